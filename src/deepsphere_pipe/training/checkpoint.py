"""One file per network: weights, and all that is needed to use them without the config."""

from dataclasses import asdict
from pathlib import Path

import torch

from deepsphere_pipe.atomic import atomic_write
from deepsphere_pipe.config import ModelConfig, RunConfig, parse
from deepsphere_pipe.data.channels import CLASSES
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.nn import SphericalUNet
from deepsphere_pipe.spheres import Sphere


def build_network(model: ModelConfig, sphere: Sphere, n_channels: int) -> SphericalUNet:
    """Build the network of a config on the levels of a sphere.

    Raises
    ------
    UserError
        If the network pools more often than the sphere has levels for.
    """
    if len(sphere.levels) <= model.depth:
        raise UserError(
            f"The network pools {model.depth} times, but the sphere {sphere.identifier} has "
            f"levels for {len(sphere.levels) - 1}; make the network shallower or the sphere finer."
        )
    return SphericalUNet(
        sphere.levels[: model.depth + 1],
        model.preset or model.widths,
        in_channels=n_channels,
        out_channels=len(CLASSES),
        kernel_size=model.kernel_size,
        pooling=model.pooling,
        unpooling=model.unpooling,
    )


def save_model(
    path: str | Path,
    network: SphericalUNet,
    run: RunConfig,
    sphere: Sphere,
    statistics: Statistics,
    progress: dict[str, object],
) -> None:
    """Write weights with run config, sphere identifier, statistics and training progress."""
    content = {
        "weights": network.state_dict(),
        "run": run.model_dump(mode="json"),
        "sphere": sphere.identifier,
        "statistics": asdict(statistics),
        "progress": progress,
    }
    with atomic_write(path) as temporary:
        torch.save(content, temporary)


def load_model(
    path: str | Path, sphere: Sphere
) -> tuple[SphericalUNet, RunConfig, Statistics, dict]:
    """Read what `save_model` wrote and build the network again.

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
    network = build_network(run.model, sphere, len(statistics.channels))
    network.load_state_dict(weights)
    return network.eval(), run, statistics, content["progress"]
