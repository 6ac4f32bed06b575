"""What a trained network makes of maps that are turned by the rotations of their sampling.

A rotation that permutes the vertices of all levels loses nothing. A network that knows no place and
no direction gives the turned prediction; one that has learnt them gives another one.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from deepsphere_pipe.channels import CLASSES, EVENTS
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.evaluation.inference import Labelled, observe
from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.nn.pooling import SYMMETRIC
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.samplings import make_sampling

BINS = 2**12
"""Of the histograms: average precision within some 1e-4."""


def permutations(hierarchy: Hierarchy) -> np.ndarray:
    """Return where each rotation of a hierarchy brings each vertex of its finest level.

    Returns
    -------
    ndarray of int, shape (rotation, vertex)
        The identity first, and alone for vertices without symmetry.
    """
    parameters: dict[str, Any] = hierarchy.sampling_parameters
    if {"region", "masked"} & parameters.keys() or hierarchy.sampling_name not in SYMMETRIC:
        return np.arange(hierarchy.levels[0].n_vertices)[None]
    sampling = make_sampling(hierarchy.sampling_name, **parameters)
    coarsest = sampling
    for _ in range(hierarchy.depth):
        coarsest = coarsest.coarser() or coarsest
    return np.array([sampling.permutation(rotation) for rotation in coarsest.rotations])


class Turned(nn.Module):
    """A network that sees turned maps, and whose logits are turned back.

    Parameters
    ----------
    network
        From fields (batch, …, vertex, channel) to logits (batch, vertex, class).
    vertices : Tensor of int64, shape (vertex,)
        Where the rotation brings each vertex.
    """

    def __init__(self, network: nn.Module, vertices: Tensor) -> None:
        super().__init__()
        self.network = network
        self.vertices, self.from_vertices = vertices, vertices.argsort()

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, vertex, class) of fields (batch, …, vertex, channel)."""
        return self.network(x[..., self.from_vertices, :])[:, self.vertices]


class _Pass(Labelled):
    """What is counted of one rotation, and what is predicted."""

    def __init__(self) -> None:
        super().__init__(BINS)
        self.predicted: list[Tensor] = []

    def update(self, scores: Tensor, labels: Tensor) -> None:
        super().update(scores, labels)
        self.predicted.append(scores.argmax(-1).cpu())


def scores_by_rotation(
    network: nn.Module, maps: MapLoader, device: torch.device, turns: np.ndarray
) -> pd.DataFrame:
    """Return scores of a network on maps that are turned, its predictions turned back.

    Parameters
    ----------
    network, maps, device
        As for `observe`.
    turns : ndarray of int, shape (rotation, vertex)
        See `permutations`.

    Returns
    -------
    DataFrame
        For each rotation ``average_precision_tc``, ``average_precision_ar`` and
        ``changed_share``: of the vertices predicted as an event on the maps as they are, how many
        are predicted as something else (NaN if there are none); and ``maps``.
    """
    rows, reference = [], None
    for vertices in torch.from_numpy(turns).to(device):
        counted = _Pass()
        observe(Turned(network, vertices), maps, device, counted)
        predicted = torch.cat(counted.predicted)
        reference = predicted if reference is None else reference
        events = reference > 0
        changed = (predicted != reference)[events].double().mean().item()
        precision = counted.histograms.average_precision()
        scores = {
            f"average_precision_{name.lower()}": precision[CLASSES.index(name)] for name in EVENTS
        }
        rows.append({**scores, "changed_share": changed, "maps": len(maps.windows)})
    return pd.DataFrame(rows)


def write_rotations(
    path: Path,
    network: nn.Module,
    test: MapLoader,
    device: torch.device,
    hierarchy: Hierarchy,
    n_maps: int,
) -> None:
    """Write `scores_by_rotation` of some test maps as csv, a row for each rotation."""
    n = len(test.windows)
    few = test.only(np.unique(np.linspace(0, n - 1, min(n, n_maps)).round().astype(int)))
    table = scores_by_rotation(network, few, device, permutations(hierarchy))
    with atomic_write(path) as temporary:
        table.to_csv(temporary, index_label="rotation")
