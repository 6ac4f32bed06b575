"""What the file of a network says: its weights, and all that is needed to build it again.

That is its architecture, the channels with units and statistics, and the recipe of its sphere.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.config import RunConfig, parse
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.runtime.torch_files import read_tensors, refusing


@dataclass(frozen=True)
class ModelRecord:
    """A trained network without the network.

    Attributes
    ----------
    weights
    run
        How it was built and trained.
    sphere
        Identifier of the hierarchy on which it was trained.
    recipe
        How that is made, see `recipe_of`.
    statistics
        Of the training part: its maps are normalised by them.
    progress
        How far the training came, and where.
    """

    weights: dict[str, torch.Tensor]
    run: RunConfig
    sphere: str
    recipe: dict[str, Any]
    statistics: Statistics
    progress: dict[str, Any]

    def content(self) -> dict[str, object]:
        """Return what a file holds, plain values and tensors."""
        return {
            "weights": self.weights,
            "run": self.run.model_dump(mode="json"),
            "sphere": self.sphere,
            "recipe": self.recipe,
            "statistics": asdict(self.statistics),
            "units": _units(self.statistics.channels),
            "progress": self.progress,
        }


def recipe_of(hierarchy: Hierarchy) -> dict[str, Any]:
    """Return how a sphere is made: its choices and depth, and the vertices that a file had."""
    recipe: dict[str, Any] = {**hierarchy.choices, "depth": hierarchy.depth}
    if "file" in hierarchy.sampling_parameters:
        finest = hierarchy.levels[0]
        recipe |= {
            "coordinates": torch.tensor(finest.coordinates),
            "areas": torch.tensor(finest.areas),
        }
    return recipe


def _units(channels: tuple[str, ...]) -> list[str]:
    table = {channel.name: channel.units for channel in cam5_channels()}
    return [table[name] for name in channels]


def save_content(path: str | Path, content: dict[str, object]) -> None:
    """Write what `ModelRecord.content` returned."""
    with atomic_write(path) as temporary:
        torch.save(content, temporary)


def read_record(path: str | Path) -> ModelRecord:
    """Read a model file or a checkpoint.

    Raises
    ------
    UserError
        If the file is no model.
    """
    with refusing(path, "is not a trained model of this version", "train it again"):
        content = read_tensors(path)
        statistics = Statistics(**content["statistics"])
        if content["units"] != _units(statistics.channels):
            raise UserError(
                f"{path}: has channels in {content['units']}, but here they are in "
                f"{_units(statistics.channels)}; train it again."
            )
        return ModelRecord(
            content["weights"],
            parse(RunConfig, content["run"], path),
            content["sphere"],
            content["recipe"],
            statistics,
            content["progress"],
        )
