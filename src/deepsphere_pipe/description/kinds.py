"""Every kind of file and folder that can be described: by what it is known, who tells of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from deepsphere_pipe.description import inputs, results
from deepsphere_pipe.description.look import Look
from deepsphere_pipe.errors import UserError


class Kind(NamedTuple):
    """One kind of file or folder.

    Attributes
    ----------
    name
        What it is called, with its article.
    fits
        Whether a path is of this kind.
    tell
        Yields lines on what it holds.
    """

    name: str
    fits: Callable[[Look], bool]
    tell: Callable[[Path], Iterator[str]]


def _variables(*names: str) -> Callable[[Look], bool]:
    return lambda look: look.variables >= {*names}


def _columns(*names: str) -> Callable[[Look], bool]:
    return lambda look: look.columns >= {*names}


def _keys(*names: str) -> Callable[[Look], bool]:
    return lambda look: look.tree.keys() >= {*names}


def _holds(*names: str) -> Callable[[Look], bool]:
    return lambda look: look.names >= {*names}


def _is_answers(look: Look) -> bool:
    return {"probability", "event_class"} <= (look.variables | look.names)


def _is_weights(look: Look) -> bool:
    return bool(look.tensors) and all(hasattr(each, "numel") for each in look.tensors.values())


KINDS = (
    Kind("a store of maps", _variables("fields", "labels", "channel_name"), results.store),
    Kind("a sphere", _variables("level0", "choices"), results.sphere),
    Kind("a prediction", _is_answers, results.answers),
    Kind("histograms of scores", _variables("counts", "confusion"), results.histograms),
    Kind("a composite of cyclones", _variables("outcome", "cyclones"), results.composite),
    Kind(
        "predictions on validation maps after every epoch",
        _variables("epoch", "truth", "probability"),
        results.maps,
    ),
    Kind("predictions on test maps", _variables("truth", "probability"), results.maps),
    Kind(
        "a checkpoint of a training",
        lambda look: look.tensors.keys() >= {"weights", "history", "iteration"},
        results.checkpoint,
    ),
    Kind(
        "a trained network",
        lambda look: look.tensors.keys() >= {"weights", "sphere", "statistics"},
        results.network,
    ),
    Kind("weights without a network", _is_weights, results.state_dict),
    Kind("scores of a run", _keys("run", "classes", "provenance"), results.scores),
    Kind("the audit of a split", _keys("split", "leakage_percent"), results.of_audit),
    Kind("statistics of channels", _keys("mean", "std", "n_maps"), results.of_statistics),
    Kind("the manifest of a store", _keys("class_frequencies", "skipped"), results.manifest),
    Kind("events", _columns("class", "side", "matched"), results.events),
    Kind("the history of a training", _columns("epoch", "validation_mean_ap"), results.history),
    Kind("the parts of a split", _columns("map", "part"), results.parts),
    Kind("a table", lambda look: bool(look.columns), results.table),
    Kind("a study", lambda look: look.path.suffix in (".yaml", ".yml"), results.study),
    Kind("results of a study", _holds("study.yaml"), results.results),
    Kind("a run", lambda look: bool(look.names & {"model.pt", "scores.json"}), results.run),
    Kind("a split", _holds("split.csv"), results.split),
    Kind("climate fields", inputs.is_data_set, inputs.data_set),
    Kind("a snapshot of CAM5", inputs.is_hdf5, inputs.hdf5),
    Kind("snapshots", inputs.is_snapshots, inputs.snapshots),
)
"""Kinds; the first that fits is told."""


def described_file(path: Path) -> str:
    """Return what lies at a path, and what it holds, in a few lines.

    Raises
    ------
    UserError
        If there is nothing, it is of no kind that is known, or it is damaged.
    """
    if not path.exists():
        raise UserError(f"{path}: no such file or folder.")
    look = Look(path)
    kind = next((kind for kind in KINDS if kind.fits(look)), None)
    if kind is None:
        raise UserError(
            f"{path}: is of no kind that is known here; these are files of this pipeline, and "
            "fields as netCDF, zarr, GRIB, or snapshots of CAM5, ClimateNet or UGSCNN."
        )
    try:
        lines = list(kind.tell(path))
    except UserError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise UserError(
            f"{path}: looks like {kind.name}, but cannot be read ({type(error).__name__}: {error})."
        ) from None
    return "\n".join([f"{path}: {kind.name}", *lines])
