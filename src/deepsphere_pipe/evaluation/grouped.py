"""Score histograms of groups of pixels: of days, for intervals, and of bands of latitude."""

from typing import TYPE_CHECKING, Self

import numpy as np
import xarray as xr

from deepsphere_pipe.evaluation.binning import FINE, Binned, count
from deepsphere_pipe.evaluation.scores import CONFUSION_ATTRIBUTES, ScoreHistograms
from deepsphere_pipe.runtime.netcdf import COMPRESSED

if TYPE_CHECKING:
    import torch

COARSE = 1024
"""Bins of the histograms of groups, each of which is 64 bins of `FINE`; average precision from
them is within 2e-3 of the exact one, if logits do not lie hundreds apart."""


class GroupedHistograms:
    """Coarse score histograms and confusion matrices, one of each for every group.

    Parameters
    ----------
    n_groups, n_classes
    bins
        A divisor of the bins that are counted.

    Attributes
    ----------
    counts : ndarray of int64, shape (group, class, 2, bins)
        As in `ScoreHistograms`.
    confusion : ndarray of int64, shape (group, class, class)
        Pixels by true class (row) and most probable class (column).
    """

    def __init__(self, n_groups: int, n_classes: int, bins: int = COARSE) -> None:
        self.counts = np.zeros((n_groups, n_classes, 2, bins), dtype=np.int64)
        self.confusion = np.zeros((n_groups, n_classes, n_classes), dtype=np.int64)

    def __len__(self) -> int:
        """Return the number of groups."""
        return len(self.counts)

    def count(
        self, binned: Binned, groups: "torch.Tensor", weights: "torch.Tensor | None" = None
    ) -> None:
        """Count the pixels of one batch.

        Parameters
        ----------
        binned
            With a multiple of this object's bins.
        groups : Tensor of int64, shape (pixel,)
            Group of every pixel.
        weights : Tensor of int64, shape (pixel,), optional
        """
        import torch

        n_classes, bins = binned.n_classes, self.counts.shape[-1]
        if binned.n_bins % bins:
            raise ValueError(f"{bins} bins do not divide {binned.n_bins}")
        # Of the few groups that occur in this batch, so that the others cost nothing.
        present, local = torch.unique(groups, return_inverse=True)
        present, n = present.cpu().numpy(), len(present)
        for index, bin_number in enumerate(binned.bins):
            cell = (2 * local + (binned.labels == index)) * bins
            cell += bin_number // (binned.n_bins // bins)
            counts = count(cell, n * 2 * bins, weights).cpu().numpy()
            self.counts[present, index] += counts.reshape(n, 2, bins)
        cell = (local * n_classes + binned.labels) * n_classes + binned.predicted
        pairs = count(cell, n * n_classes**2, weights).cpu().numpy()
        self.confusion[present] += pairs.reshape(n, n_classes, n_classes)

    @property
    def histograms(self) -> list[ScoreHistograms]:
        """The histograms of each group, which share the memory of this object."""
        _, n_classes, _, bins = self.counts.shape
        result = []
        for counts, confusion in zip(self.counts, self.confusion, strict=True):
            each = ScoreHistograms(n_classes, bins)
            each.counts, each.confusion = counts, confusion
            result.append(each)
        return result

    def variables(self, dimension: str, suffix: str = "") -> dict[str, tuple]:
        """Return counts and confusion matrices as `xarray.Dataset` takes them.

        Parameters
        ----------
        dimension
            What the groups are called.
        suffix
            Of the names, where two kinds of weights lie in one data set.
        """
        said = f"as in the root group, {FINE // self.counts.shape[-1]} bins in one"
        counted = {"long_name": said, "units": "1"}
        by_bin = (dimension, "class", "membership", "coarse_bin")
        by_class = (dimension, "class", "predicted_class")
        return {
            f"counts{suffix}": (by_bin, self.counts, counted, COMPRESSED),
            f"confusion{suffix}": (by_class, self.confusion, CONFUSION_ATTRIBUTES, COMPRESSED),
        }

    @classmethod
    def read(cls, data: xr.Dataset, suffix: str = "") -> Self:
        """Return what `variables` gave; a KeyError tells that there is nothing."""
        n_groups, n_classes = data[f"counts{suffix}"].shape[:2]
        return cls(n_groups, n_classes)._fill(data, suffix)

    def _fill(self, data: xr.Dataset, suffix: str = "") -> Self:
        self.counts = data[f"counts{suffix}"].values
        self.confusion = data[f"confusion{suffix}"].values
        return self
