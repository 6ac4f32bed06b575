"""The network of a run: built, described, and built again from its file."""

from pathlib import Path

from torch import nn

from deepsphere_pipe.architecture import PUBLISHED_PARAMETERS
from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.config import RunConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.nn import make_model
from deepsphere_pipe.training.model_record import ModelRecord, read_record


def build_network(run: RunConfig, hierarchy: Hierarchy, n_channels: int) -> nn.Module:
    """Build the network of a run on the levels of a sphere.

    Raises
    ------
    UserError
        If the network pools more often than the sphere has levels for, or cannot be built.
    """
    if len(hierarchy.levels) <= run.model.depth:
        raise UserError(
            f"The network pools {run.model.depth} times, but the sphere "
            f"{hierarchy.identifier} has levels for {len(hierarchy.levels) - 1}; make the network "
            "shallower or the sphere finer."
        )
    return make_model(
        run.model, hierarchy.levels, n_channels, len(CLASSES), run.window.sequence_length
    )


def describe_size(run: RunConfig, network: nn.Module) -> str:
    """Return a line on the number of parameters, beside the published one of a preset."""
    line = f"{run.name}: {sum(p.numel() for p in network.parameters()):,} parameters"
    if run.model.temporal == "lstm":
        n_lstm = sum(p.numel() for p in network.get_submodule("recurrence").parameters())
        line += f", of which {n_lstm:,} in the LSTM"
    preset = getattr(run.model, "preset", None)
    if preset:
        line += f" (published for {preset}: {PUBLISHED_PARAMETERS[preset]})"
    return line


def load_model(
    path: str | Path, hierarchy: Hierarchy, on_another_sampling: bool = False
) -> tuple[nn.Module, ModelRecord]:
    """Read a model file or a checkpoint and build the network again.

    Parameters
    ----------
    path
    hierarchy
        On which the network is to be used.
    on_another_sampling
        Whether that may be another one than that of the training. The filters are polynomials of
        the Laplacian, which are the same operators on another sampling as far as its graph
        approximates the same one on the sphere: as many vertices and the same kind of graph give
        the closest. A dense LSTM depends on the vertices and cannot be used elsewhere.

    Returns
    -------
    network, record
        What the file says of it; by its statistics maps of any sampling are normalised.

    Raises
    ------
    UserError
        If the file is no model, the model was trained on another sphere and that is not allowed,
        or its weights do not fit to the network on this one.
    """
    record = read_record(path)
    return rebuilt(record, path, hierarchy, on_another_sampling), record


def rebuilt(
    record: ModelRecord,
    path: str | Path,
    hierarchy: Hierarchy,
    on_another_sampling: bool = False,
) -> nn.Module:
    """Return the network of a record that was read from `path`, see `load_model`."""
    elsewhere = record.sphere != hierarchy.identifier
    if elsewhere and not on_another_sampling:
        raise UserError(
            f"{path}: was trained on sphere {record.sphere}, but the sphere given is "
            f"{hierarchy.identifier}; use the sphere of the training."
        )
    network = build_network(record.run, hierarchy, len(record.statistics.channels))
    if different := _differing_weights(network, record.weights):
        reason = "depends on the sampling" if elsewhere else "has changed in the code since"
        raise UserError(
            f"{path}: was trained on {record.sphere} and cannot be used on {hierarchy.identifier}, "
            f"as {different} {reason}; train it there."
        )
    network.load_state_dict(record.weights)
    return network.eval()


def _differing_weights(network: nn.Module, weights: dict) -> str | None:
    """Return the name of the first weight that the network has not, or of another shape."""
    there = {name: value.shape for name, value in network.state_dict().items()}
    given = {name: value.shape for name, value in weights.items()}
    names = dict.fromkeys([*there, *given])
    return next((name for name in names if there.get(name) != given.get(name)), None)
