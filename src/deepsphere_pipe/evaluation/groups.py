"""The groups of pixels that are scored by themselves: days of runs, and bands of latitude."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from deepsphere_pipe.evaluation.binning import Binned
from deepsphere_pipe.evaluation.grouped import GroupedHistograms

if TYPE_CHECKING:
    import torch

BAND_DEGREES = 10
"""Height of a band of latitude."""


@dataclass(frozen=True, eq=False)
class Days:
    """Calendar days of ensemble runs: what a bootstrap draws, as weather lasts for hours.

    Attributes
    ----------
    day : ndarray of int64, shape (block,)
        Days since 2000-01-01 in the calendar of the data.
    run : ndarray of int64, shape (block,)
    block_of_map : ndarray of int64, shape (map,)
        The block of each map, in the order in which the maps are counted; empty for days of a file.
    """

    day: np.ndarray
    run: np.ndarray
    block_of_map: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))

    @classmethod
    def of(cls, hours: np.ndarray, runs: np.ndarray) -> "Days":
        """Return the days of maps from their hours since 2000-01-01 and their runs, (map,)."""
        pairs = np.stack([np.asarray(runs, np.int64), np.asarray(hours, np.int64) // 24])
        (run, day), block_of_map = np.unique(pairs, axis=1, return_inverse=True)
        return cls(day, run, block_of_map.reshape(-1))

    def find(self, day: ArrayLike, run: ArrayLike) -> np.ndarray:
        """Return the blocks of days (…) of runs (…), which are there."""
        first, span = (self.day.min(), np.ptp(self.day) + 1) if len(self.day) else (0, 1)
        places = self.run * span + self.day - first
        return np.searchsorted(places, np.asarray(run, np.int64) * span + np.asarray(day) - first)

    def equals(self, other: "Days") -> bool:
        """Return whether both have the same days of the same runs."""
        return np.array_equal(self.day, other.day) and np.array_equal(self.run, other.run)


class Blocks:
    """Histograms of every day by itself.

    Attributes
    ----------
    days
    per_vertex : GroupedHistograms
    by_area
    """

    def __init__(self, days: Days, n_classes: int, by_area: bool) -> None:
        self.days = days
        self.per_vertex = GroupedHistograms(len(days.day), n_classes)
        self.by_area = GroupedHistograms(len(days.day), n_classes) if by_area else None

    def count(
        self, binned: Binned, blocks: "torch.Tensor", weights: "torch.Tensor | None" = None
    ) -> None:
        """Count pixels, each of which belongs to one of `blocks` (pixel,)."""
        self.per_vertex.count(binned, blocks)
        if self.by_area is not None:
            self.by_area.count(binned, blocks, weights)

    def variables(self) -> dict[str, tuple]:
        """Return the histograms as `xarray.Dataset` takes them."""
        day = {"long_name": "days since 2000-01-01 in the calendar of the data"}
        result = self.per_vertex.variables("block")
        if self.by_area is not None:
            result |= self.by_area.variables("block", "_by_area")
        run = {"standard_name": "realization", "units": "1"}
        return result | {
            "day": ("block", self.days.day, day),
            "run": ("block", self.days.run, run),
        }

    def class_counts(self, label: int, by_area: bool = False) -> np.ndarray:
        """Return the histograms of one class, int64 (block, 2, bin)."""
        return self._weighted(by_area).counts[:, label]

    def confusion(self, by_area: bool = False) -> np.ndarray:
        """Return the confusion matrices, int64 (block, class, class)."""
        return self._weighted(by_area).confusion

    def _weighted(self, by_area: bool) -> GroupedHistograms:
        histograms = self.by_area if by_area else self.per_vertex
        if histograms is None:
            raise ValueError("these days were not counted by area")
        return histograms


class StoredBlocks:
    """The same in a file, read when it is asked for.

    A run of the paper's study has 6500 days in its test part, so those of all its runs together
    would not fit in memory.

    Parameters
    ----------
    path
        Of histograms.
    data
        Their group of blocks.
    """

    def __init__(self, path: str | os.PathLike, data: xr.Dataset) -> None:
        self._path = path
        self.days = Days(data["day"].values, data["run"].values)
        self.has_area = "counts_by_area" in data

    @property
    def per_vertex(self) -> GroupedHistograms:
        """All histograms of vertices that count alike."""
        return self._read(GroupedHistograms.read)

    @property
    def by_area(self) -> GroupedHistograms | None:
        """All histograms by area, None if there are none."""
        if not self.has_area:
            return None
        return self._read(lambda data: GroupedHistograms.read(data, "_by_area"))

    def class_counts(self, label: int, by_area: bool = False) -> np.ndarray:
        """Return the histograms of one class, int64 (block, 2, bin)."""
        return self._read(lambda data: data["counts" + "_by_area" * by_area][:, label].values)

    def confusion(self, by_area: bool = False) -> np.ndarray:
        """Return the confusion matrices, int64 (block, class, class)."""
        return self._read(lambda data: data["confusion" + "_by_area" * by_area].values)

    def _read(self, read: Callable[[xr.Dataset], Any]) -> Any:
        with xr.open_dataset(self._path, engine="netcdf4", group="blocks") as data:
            return read(data)


class Latitudes(GroupedHistograms):
    """Histograms of bands of latitude, southernmost first; `south` and `north` are in degrees."""

    edges = np.arange(-90, 91, BAND_DEGREES)
    south, north = edges[:-1], edges[1:]

    def __init__(self, n_classes: int) -> None:
        super().__init__(len(self.south), n_classes)

    @classmethod
    def band(cls, latitude: np.ndarray) -> np.ndarray:
        """Return the band of each vertex, from degrees (vertex,); an edge is the northern one's."""
        band = np.searchsorted(cls.edges, latitude, side="right") - 1
        return np.clip(band, 0, len(cls.south) - 1)

    def variables(self, dimension: str = "band", suffix: str = "") -> dict[str, tuple]:
        """Return the histograms and the bands as `xarray.Dataset` takes them."""
        edges = {
            name: (dimension, getattr(self, name), {"units": "degrees_north"})
            for name in ("south", "north")
        }
        return super().variables(dimension, suffix) | edges

    @classmethod
    def read(cls, data: xr.Dataset, suffix: str = "") -> Self:
        """Return what `variables` gave; a KeyError tells that there is nothing."""
        return cls(data[f"counts{suffix}"].shape[1])._fill(data, suffix)
