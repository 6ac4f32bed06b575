"""One file per network: weights, and all that is needed to use them without the config."""

from dataclasses import asdict
from pathlib import Path

import torch

from deepsphere_pipe.architecture import PUBLISHED_PARAMETERS
from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.config import RunConfig, parse
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.nn import Architecture, SphericalUNet, make_network, match_parameters
from deepsphere_pipe.runtime.atomic import atomic_write


def build_network(run: RunConfig, sphere: Hierarchy, n_channels: int) -> SphericalUNet:
    """Build the network of a run on the levels of a sphere.

    Raises
    ------
    UserError
        If the network pools more often than the sphere has levels for, or cannot be built.
    """
    model = run.model
    if len(sphere.levels) <= model.depth:
        raise UserError(
            f"The network pools {model.depth} times, but the sphere {sphere.identifier} has "
            f"levels for {len(sphere.levels) - 1}; make the network shallower or the sphere finer."
        )
    levels = sphere.levels[: model.depth + 1]
    architecture = Architecture.of(model.preset or model.widths, len(levels))
    shape = {
        "in_channels": n_channels, "out_channels": len(CLASSES), "kernel_size": model.kernel_size,
        "sequence_length": run.window.sequence_length,
    }  # fmt: skip
    if model.matched_parameters:
        n_coarsest = levels[-1].laplacian.shape[0]
        architecture = match_parameters(
            model.temporal, architecture, **shape, n_coarsest=n_coarsest
        )
    return make_network(
        model.temporal,
        levels,
        architecture,
        **shape,
        pooling=model.pooling,
        unpooling=model.unpooling,
    )


def size_in_words(run: RunConfig, network: SphericalUNet) -> str:
    """Return a line on the number of parameters, beside the published one of a preset."""
    n = network.parameter_counts()["total"]
    line = f"{run.name}: {n:,} parameters"
    if run.model.temporal == "lstm":
        n_lstm = sum(p.numel() for p in network.recurrence.parameters())
        line += f", of which {n_lstm:,} in the LSTM"
    if run.model.preset:
        line += f" (published for {run.model.preset}: {PUBLISHED_PARAMETERS[run.model.preset]})"
    return line


def model_content(
    weights: dict[str, torch.Tensor],
    run: RunConfig,
    sphere: Hierarchy,
    statistics: Statistics,
    progress: dict[str, object],
) -> dict[str, object]:
    """Return what a file has to hold for `load_model`.

    Parameters
    ----------
    weights : dict
        Of the network.
    run : RunConfig
        How it was built and trained.
    sphere : Hierarchy
        On which.
    statistics : Statistics
        Of the training part.
    progress : dict
        How far the training came, and where.
    """
    return {
        "weights": weights,
        "run": run.model_dump(mode="json"),
        "sphere": sphere.identifier,
        "statistics": asdict(statistics),
        "progress": progress,
    }


def save_model(path: str | Path, content: dict[str, object]) -> None:
    """Write what `model_content` returned."""
    with atomic_write(path) as temporary:
        torch.save(content, temporary)


def recorded_progress(path: str | Path) -> dict[str, object]:
    """Return what a model file tells of its training; empty if it is no such file."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)["progress"]
    except Exception:  # torch raises whatever unpickling a broken file comes to
        return {}


def load_model(
    path: str | Path, sphere: Hierarchy
) -> tuple[SphericalUNet, RunConfig, Statistics, dict]:
    """Read what `save_model` or a checkpoint holds and build the network again.

    Returns
    -------
    network, run, statistics, progress

    Raises
    ------
    UserError
        If the file is no model, or the model was trained on another sphere.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        run = parse(RunConfig, content["run"], path)
        statistics = Statistics(**content["statistics"])
        weights, trained_on = content["weights"], content["sphere"]
    except UserError:
        raise
    except Exception as error:  # torch raises whatever unpickling a broken file comes to
        raise UserError(
            f"{path}: is not a trained model of this version ({type(error).__name__}); "
            "train it again."
        ) from None
    if trained_on != sphere.identifier:
        raise UserError(
            f"{path}: was trained on sphere {trained_on}, but the sphere given is "
            f"{sphere.identifier}; use the sphere of the training."
        )
    network = build_network(run, sphere, len(statistics.channels))
    network.load_state_dict(weights)
    return network.eval(), run, statistics, content["progress"]
