"""Are probabilities what they say? Reliability curves and the Brier score.

Of pixels that are given a probability of 30 %, 30 % should belong to the class. The Brier score is
the mean of (p − y)² of one class against the rest, y being 1 in the class and 0 outside (Brier
1950, Verification of forecasts expressed in terms of probability, Monthly Weather Review 78).
"""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from deepsphere_pipe.evaluation.binning import Binned

if TYPE_CHECKING:
    import torch

LEVELS = 20
"""Equal bins of probability."""

_VARIABLES = {
    "total": "pixels by probability of the class",
    "positive": "those that belong to the class",
    "probability_sum": "sum of their probabilities",
    "squared_error": "sum of the squared differences of probability and truth",
}


class Reliability:
    """Sums over the pixels of a segmentation by probability of each class.

    Attributes
    ----------
    total, positive, probability_sum, squared_error : ndarray of float64, shape (class, level)
        Sums over pixels whose probability of the class is in ``[level, level + 1) / LEVELS``: of
        1, of truth, of probability, and of (probability − truth)².
    """

    total: np.ndarray
    positive: np.ndarray
    probability_sum: np.ndarray
    squared_error: np.ndarray

    def __init__(self, n_classes: int, levels: int = LEVELS) -> None:
        for name in _VARIABLES:
            setattr(self, name, np.zeros((n_classes, levels)))

    def count(self, binned: Binned, weights: "torch.Tensor | None" = None) -> None:
        """Add the pixels of one batch; `weights` is (pixel,)."""
        import torch

        levels = self.total.shape[1]
        for index in range(binned.n_classes):
            p = binned.probability[:, index].double().clamp(0, 1)
            truth = (binned.labels == index).double()
            weight = torch.ones_like(p) if weights is None else weights.double()
            level = (p * levels).long().clamp_(max=levels - 1)
            values = torch.stack([weight, weight * truth, weight * p, weight * (p - truth) ** 2])
            # Not bincount, which a GPU refuses where only deterministic operations are allowed.
            sums = torch.zeros(len(values), levels, dtype=p.dtype, device=p.device)
            sums.index_add_(1, level, values)
            for name, added in zip(_VARIABLES, sums.cpu().numpy(), strict=True):
                getattr(self, name)[index] += added

    def brier(self) -> np.ndarray:
        """Return the Brier score of each class, (class,); NaN without any pixel."""
        total = self.total.sum(axis=1)
        return np.divide(
            self.squared_error.sum(axis=1), total, out=np.full(len(total), np.nan), where=total > 0
        )

    def variables(self) -> dict[str, tuple]:
        """Return the sums as `xarray.Dataset` takes them."""
        return {
            name: (("class", "level"), getattr(self, name), {"long_name": meaning, "units": "1"})
            for name, meaning in _VARIABLES.items()
        }

    @classmethod
    def read(cls, data: xr.Dataset) -> "Reliability":
        """Return what `variables` gave; a KeyError tells that there is nothing."""
        result = cls(*data["total"].shape)
        for name in _VARIABLES:
            setattr(result, name, data[name].values)
        return result
