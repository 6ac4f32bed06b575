"""All that is counted of a segmentation of maps on a sphere, in one pass.

Scores per vertex are those of Defferrard et al. (2020). Where vertices have different areas, as on
latitude-longitude grids, that counts the poles for more than they are, and scores of different
samplings do not compare; scores by area do.
"""

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.binning import bin_scores
from deepsphere_pipe.evaluation.groups import Blocks, Days, Latitudes, StoredBlocks
from deepsphere_pipe.evaluation.reliability import Reliability
from deepsphere_pipe.evaluation.scores import ScoreHistograms
from deepsphere_pipe.runtime.netcdf import write_netcdf

if TYPE_CHECKING:
    import torch

UNIT_WEIGHT = 2**16
"""Weight of a vertex of mean area. Whole numbers add up to the same in every order."""


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
    """Histograms of probabilities over the labelled vertices of maps.

    Parameters
    ----------
    n_classes
        Number of classes.
    areas : ndarray, shape (vertex,), optional
        Areas of the vertices; without them nothing is counted by area.
    latitude : ndarray, shape (vertex,), optional
        Latitudes in degrees, to count bands of latitude and the reliability as well.
    days
        Of the maps, to count every day by itself.

    Attributes
    ----------
    per_vertex : ScoreHistograms
        Every vertex counts 1.
    by_area : ScoreHistograms or None
        A vertex of mean area counts `UNIT_WEIGHT`.
    reliability, reliability_by_area
    latitude
    blocks
    """

    def __init__(
        self,
        n_classes: int,
        areas: np.ndarray | None = None,
        latitude: np.ndarray | None = None,
        days: Days | None = None,
    ) -> None:
        by_area = areas is not None
        self.per_vertex = ScoreHistograms(n_classes)
        self.by_area = ScoreHistograms(n_classes) if by_area else None
        self.reliability: Reliability | None = None
        self.reliability_by_area: Reliability | None = None
        self.latitude: Latitudes | None = None
        self.blocks: Blocks | StoredBlocks | None = None
        if latitude is not None:
            self.latitude = Latitudes(n_classes)
            self.reliability = Reliability(n_classes)
            self.reliability_by_area = Reliability(n_classes) if by_area else None
        if days is not None:
            self.blocks = Blocks(days, n_classes, by_area)
        self._weights = None if areas is None else area_weights(areas)
        self._bands = None if latitude is None else Latitudes.band(latitude)
        self._n_maps = 0

    def update(self, scores: Any, labels: Any) -> None:
        """Count the vertices of a batch of maps, on the device where the scores lie.

        Parameters
        ----------
        scores : Tensor, shape (map, vertex, class)
            Probabilities in [0, 1].
        labels : Tensor, shape (map, vertex)
            Class of every vertex; a negative number where it has none.
        """
        labelled = labels >= 0
        binned = bin_scores(scores[labelled], labels[labelled], self.per_vertex.n_classes)

        def of_pixels(of_vertices: np.ndarray) -> "torch.Tensor":
            import torch  # here, for figures, which only read, have no need of it

            values = torch.as_tensor(of_vertices, device=binned.labels.device)
            return values.expand(labels.shape)[labelled]

        weights = None if self._weights is None else of_pixels(self._weights)
        self.per_vertex.count(binned)
        if self.by_area is not None:
            self.by_area.count(binned, weights)
        if self.latitude is not None and self._bands is not None:
            self.latitude.count(binned, of_pixels(self._bands))
        if self.reliability is not None:
            self.reliability.count(binned)
        if self.reliability_by_area is not None:
            self.reliability_by_area.count(binned, weights)
        if isinstance(self.blocks, Blocks):  # those of a file are complete
            maps = slice(self._n_maps, self._n_maps + len(labels))
            self.blocks.count(binned, of_pixels(self.blocks.days.block_of_map[maps, None]), weights)
        self._n_maps += len(labels)

    @property
    def histograms(self) -> list[ScoreHistograms]:
        """Those of all vertices that there are."""
        return [each for each in (self.per_vertex, self.by_area) if each is not None]

    def weighted(self, by_area: bool) -> ScoreHistograms:
        """Return the histograms by area, or those in which every vertex counts 1.

        Raises
        ------
        UserError
            If nothing was counted by area.
        """
        histograms = self.by_area if by_area else self.per_vertex
        if histograms is None:
            raise UserError("Nothing was counted by area: evaluate the networks again.")
        return histograms

    def save(self, path: str | os.PathLike) -> None:
        """Write all histograms as netCDF-4 (compressed: a few kilobytes per class and day)."""
        groups = {name: getattr(self, name) for name in (*_KINDS, "blocks")}
        names = list(CLASSES[: self.per_vertex.n_classes])
        classes = {"class": names, "predicted_class": names}
        tree = xr.DataTree(xr.Dataset(self.per_vertex.variables(), classes))
        for name, part in groups.items():
            if part is not None:
                tree[name] = xr.DataTree(xr.Dataset(part.variables()))
        if self.by_area is not None:
            tree["by_area"].attrs["unit_weight"] = UNIT_WEIGHT
        write_netcdf(path, tree, "Pixels of test maps by true class and predicted probability")

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Tally":
        """Read histograms written by `save`; those of days stay in the file until they are used.

        Raises
        ------
        UserError
            If the file is missing or holds no histograms.
        """
        try:
            with xr.open_datatree(path, engine="netcdf4") as file:
                per_vertex = ScoreHistograms.read(file.dataset)
                tally = cls(per_vertex.n_classes)
                tally.per_vertex = per_vertex
                for name, kind in _KINDS.items():
                    setattr(
                        tally,
                        name,
                        kind.read(file[name].dataset) if name in file.children else None,
                    )
                if "blocks" in file.children:
                    tally.blocks = StoredBlocks(path, file["blocks"].dataset)
                return tally
        except (OSError, KeyError) as error:
            raise UserError(f"{path} cannot be read as score histograms: {error}") from error


_KINDS: dict[str, type[ScoreHistograms | Latitudes | Reliability]] = {
    "by_area": ScoreHistograms,
    "latitude": Latitudes,
    "reliability": Reliability,
    "reliability_by_area": Reliability,
}
"""What may lie beside the histograms per vertex, in groups of the file."""
