"""What trainings and evaluations left, read for the explorer."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.runs import Run, read_experiments

CERTAIN = 255
"""What a probability of one is stored as."""

BAND = 4.0
"""Height in degrees of the bands in which vertices follow each other: neighbours lie near each
other in a file, which then compresses better."""


@dataclass(frozen=True)
class Maps:
    """Predictions of a few maps: of validation maps after every epoch, or of test maps once.

    Attributes
    ----------
    titles : list of str
        When each map was, and in which ensemble run.
    truth : ndarray of uint8, shape (map, vertex)
    field : ndarray of float32, shape (map, vertex)
        Moisture, or another channel where a study lacks it.
    epochs : ndarray of int, shape (epoch,)
        After which of them it was predicted.
    predicted : ndarray of uint8, shape (epoch, map, vertex)
        The class of highest probability.
    probability : ndarray of uint8, shape (epoch, map, event, vertex)
        Of every class but the background, times `CERTAIN`.
    """

    titles: list[str]
    truth: np.ndarray
    field: np.ndarray
    epochs: np.ndarray
    predicted: np.ndarray
    probability: np.ndarray

    def only(self, n_maps: int | None, n_epochs: int | None, best: int) -> "Maps":
        """Return the first maps, and epochs at even distances with the last and the best one.

        Parameters
        ----------
        n_maps, n_epochs : int or None
            How many at most; None: all.
        best : int
            An epoch to be kept.
        """
        kept = np.arange(len(self.epochs))
        if n_epochs is not None and len(kept) > n_epochs:
            even = np.linspace(0, len(kept) - 1, n_epochs - 1).round().astype(int)
            kept = np.union1d(even, np.flatnonzero(self.epochs == best))
        return Maps(
            self.titles[:n_maps], self.truth[:n_maps], self.field[:n_maps], self.epochs[kept],
            self.predicted[kept, :n_maps], self.probability[kept, :n_maps],
        )  # fmt: skip


@dataclass(frozen=True)
class ExploredRun(Run):
    """The folder of a trained network, and what it predicts on a few maps.

    Attributes
    ----------
    is_first_seed : bool
        Whether it is the first run of its experiment on its sampling and split.
    best_epoch : int
        Whose weights were kept.
    longitude, latitude, areas : ndarray, shape (vertex,)
        Of the vertices, in degrees and steradian.
    channel : tuple of str
        Name, meaning and units of the field that the maps show.
    parts : dict of str to Maps
        Those of ``validation`` and of ``test``.
    """

    is_first_seed: bool
    best_epoch: int
    longitude: np.ndarray
    latitude: np.ndarray
    areas: np.ndarray
    channel: tuple[str, str, str]
    parts: dict[str, Maps]


def read_runs(folders: Iterable[str | os.PathLike]) -> list[ExploredRun]:
    """Read the folders of runs; the seeds of an experiment follow each other.

    Parameters
    ----------
    folders : iterable of path-like
        Each with ``history.csv``, ``epochs.nc``, ``scores.json`` and ``predictions.nc``.

    Raises
    ------
    UserError
        If there is none, a file cannot be read, or those of a run are of different spheres.
    """
    experiments = read_experiments(Path(folder) / "scores.json" for folder in folders)
    return [
        _explored(run, is_first_seed=run is experiment.runs[0])
        for experiment in experiments
        for run in experiment.runs
    ]


def _explored(run: Run, is_first_seed: bool) -> ExploredRun:
    """Read the maps of a run."""
    epochs, predictions = (_read(run.folder / name) for name in ("epochs.nc", "predictions.nc"))
    for name in ("longitude", "latitude"):
        if not np.array_equal(epochs[name], predictions[name]):
            raise UserError(
                f"{run.folder}: epochs.nc and predictions.nc are of different spheres; train and "
                "evaluate again."
            )
    best = run.scores.get("best_epoch")
    if best is None:
        best = run.history["epoch"].iloc[int(run.history["validation_mean_ap"].argmax())]
    probability = predictions["probability"].values
    events = np.round(CERTAIN * probability[..., 1:]).astype(np.uint8)
    predictions = predictions.assign(
        epoch=("epoch", [int(best)]),
        predicted=(("epoch", "map", "vertex"), probability.argmax(-1).astype(np.uint8)[None]),
        probability=(("epoch", "map", "vertex", "event"), events[None]),
    )
    return ExploredRun(
        run.folder,
        run.scores,
        is_first_seed=is_first_seed,
        best_epoch=int(best),
        **{name: epochs[name].values for name in ("longitude", "latitude", "areas")},
        channel=_channel(epochs["tmq"]),
        parts={"validation": _maps(epochs), "test": _maps(predictions)},
    )


def _read(path: Path) -> xr.Dataset:
    """Read predictions, vertices in bands from south to north."""
    try:
        # As they are stored: the browser unpacks probabilities itself.
        with xr.open_dataset(path, engine="netcdf4", mask_and_scale=False) as file:
            content = file.load()
        order = np.lexsort((content["longitude"], np.round(content["latitude"] / BAND)))
        return content.isel(vertex=order)
    except (OSError, KeyError, ValueError) as error:
        raise UserError(f"{path} cannot be read as predictions: {error}") from error


def _maps(file: xr.Dataset) -> Maps:
    times = file["time"].dt.strftime("%Y-%m-%d %H:%M UTC").values
    return Maps(
        titles=[
            f"{time}, ensemble run {run}"
            for time, run in zip(times, file["run"].values, strict=True)
        ],
        truth=file["truth"].values,
        field=file["tmq"].values,
        epochs=file["epoch"].values,
        predicted=file["predicted"].values,
        probability=file["probability"].transpose("epoch", "map", "event", "vertex").values,
    )


def _channel(field: xr.DataArray) -> tuple[str, str, str]:
    name = field.attrs.get("long_name", "TMQ")
    for channel in cam5_channels():
        if channel.name == name:
            return name, channel.long_name, channel.units
    return name, name, ""
