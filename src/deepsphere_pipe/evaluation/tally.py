"""Score histograms of maps on a sphere, where every vertex counts alike and by its area.

Per vertex is how Defferrard et al. (2020) score. Where vertices have different areas, as on
latitude-longitude grids, that counts the poles for more than they are, and scores of different
samplings do not compare; scores by area do.
"""

import os
from typing import Any

import netCDF4
import numpy as np

from deepsphere_pipe.atomic import atomic_write
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.scores import ScoreHistograms

UNIT_WEIGHT = 2**16
"""Weight of a vertex of mean area. Whole numbers add up to the same in every order."""

GROUP = "by_area"
"""Group of the file that holds the histograms by area."""


def area_weights(areas: np.ndarray) -> np.ndarray:
    """Return whole-numbered weights proportional to areas.

    Parameters
    ----------
    areas : ndarray, shape (vertex,)
        Areas of the vertices, in any unit.

    Returns
    -------
    ndarray of int64, shape (vertex,)
        `UNIT_WEIGHT` for a vertex of mean area.
    """
    return np.rint(areas / np.mean(areas) * UNIT_WEIGHT).astype(np.int64)


class Tally:
    """Histograms of both kinds over the labelled vertices of maps.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    areas : ndarray, shape (vertex,), optional
        Areas of the vertices; without them nothing is counted by area.

    Attributes
    ----------
    per_vertex : ScoreHistograms
        Every vertex counts 1.
    by_area : ScoreHistograms or None
        A vertex of mean area counts `UNIT_WEIGHT`.
    """

    def __init__(self, n_classes: int, areas: np.ndarray | None = None) -> None:
        self.per_vertex = ScoreHistograms(n_classes)
        self.by_area = None if areas is None else ScoreHistograms(n_classes)
        self._weights = None if areas is None else area_weights(areas)

    def update(self, scores: Any, labels: Any) -> None:
        """Count the vertices of a batch of maps, on the device where the scores lie.

        Parameters
        ----------
        scores : Tensor, shape (map, vertex, class)
            Probabilities in [0, 1].
        labels : Tensor, shape (map, vertex)
            Class of every vertex; a negative number where it has none.
        """
        import torch  # here, for figures, which only read, have no need of it

        labelled = labels >= 0
        scores, classes = scores[labelled], labels[labelled]
        self.per_vertex.update(scores, classes)
        if self.by_area is not None:
            weights = torch.as_tensor(self._weights, device=labels.device)
            weights = weights.expand_as(labels)[labelled]
            self.by_area.update(scores, classes, weights)

    @property
    def histograms(self) -> list[ScoreHistograms]:
        """Those that there are."""
        return [each for each in (self.per_vertex, self.by_area) if each is not None]

    def save(self, path: str | os.PathLike) -> None:
        """Write the histograms as netCDF-4 (compressed: a few kilobytes per class)."""
        with atomic_write(path) as temporary, netCDF4.Dataset(temporary, "w") as file:
            self.per_vertex.write(file)
            if self.by_area is not None:
                group = file.createGroup(GROUP)
                group.unit_weight = UNIT_WEIGHT
                self.by_area.write(group)

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Tally":
        """Read histograms written by `save`.

        Raises
        ------
        UserError
            If the file is missing or holds no histograms.
        """
        try:
            with netCDF4.Dataset(path) as file:
                file.set_auto_mask(False)
                per_vertex = ScoreHistograms.read(file)
                group = file.groups.get(GROUP)
                by_area = None if group is None else ScoreHistograms.read(group)
        except (OSError, IndexError) as error:
            raise UserError(f"{path} cannot be read as score histograms: {error}") from error
        tally = cls(per_vertex.n_classes)
        tally.per_vertex, tally.by_area = per_vertex, by_area
        return tally
