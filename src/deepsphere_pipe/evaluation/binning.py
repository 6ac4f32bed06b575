"""From probabilities to bins: what all histograms of scores are counted from.

The bins are equal in (p + ℓ(p)) / 2, where ℓ is the log-odds of the probability p scaled to [0, 1]
over the range of float32. Equal bins in p alone lose the ranking of an over-confident network,
which puts most pixels within 1e-5 of 0 or 1: its average precision was off by 0.01 where these
bins stay within 1e-4 of scikit-learn. Where logits lie a hundred apart and more, most probabilities
are 0, 1 or so small that they share a bin, and average precision is off by 1e-3 to 1e-2 here, too:
`evaluation.exact_average_precision` has the exact one.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

# torch is imported by the functions: figures and tables only read histograms.

FINE = 65_536
"""Bins of the histograms that scores are computed from."""

_RANGE_TOLERANCE = 1e-5
"""Probabilities may leave [0, 1] by this much, the rounding of a float32 softmax."""

_LOG_ODDS = (-88.0, 17.0)
"""Log-odds of the least positive and of the greatest float32 below 1."""


@dataclass(frozen=True)
class Binned:
    """The pixels of one batch, on the device where their scores lie.

    Attributes
    ----------
    probability : Tensor, float32 (pixel, class)
    bins : sequence of Tensor, int64 (pixel,)
        Bin of the probability of each class.
    n_bins
    labels, predicted : Tensor, int64 (pixel,)
        True class, and the most probable one, the lowest among ties.
    """

    probability: "torch.Tensor"
    bins: "tuple[torch.Tensor, ...]"
    n_bins: int
    labels: "torch.Tensor"
    predicted: "torch.Tensor"

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.bins)


def bin_scores(scores: Any, labels: Any, n_classes: int, n_bins: int = FINE) -> Binned:
    """Check a batch of pixels and find their bins.

    Parameters
    ----------
    scores : array or torch.Tensor, shape (..., class)
        Probabilities in [0, 1].
    labels : array or torch.Tensor, shape (...)
        Integer class of every pixel.
    n_classes, n_bins

    Raises
    ------
    ValueError
        If the shapes disagree, a score is NaN or outside [0, 1], or a label is no class.
    """
    import torch

    scores = torch.as_tensor(scores).detach()
    labels = torch.as_tensor(np.asarray(labels, np.int64) if _is_numpy(labels) else labels)
    if tuple(scores.shape) != (*labels.shape, n_classes):
        raise ValueError(
            f"scores of shape {tuple(scores.shape)} do not fit labels of shape "
            f"{tuple(labels.shape)} and {n_classes} classes"
        )
    scores = scores.reshape(-1, n_classes).float()  # float16 cannot hold a bin number
    labels = labels.reshape(-1).to(scores.device, torch.int64)
    if labels.numel():
        low, high = (extreme.item() for extreme in torch.aminmax(scores))
        if not (low >= -_RANGE_TOLERANCE and high <= 1 + _RANGE_TOLERANCE):
            raise ValueError(f"scores must lie in [0, 1], got values from {low} to {high}")
        low, high = (extreme.item() for extreme in torch.aminmax(labels))
        if low < 0 or high >= n_classes:
            raise ValueError(
                f"labels must lie in 0 … {n_classes - 1}, got values from {low} to {high}"
            )
    bins = tuple(_bin_number(scores[:, c].contiguous(), n_bins) for c in range(n_classes))
    return Binned(scores, bins, n_bins, labels, first_largest(scores))


def count(places: "torch.Tensor", length: int, weights: "torch.Tensor | None") -> "torch.Tensor":
    """Return how many pixels, or which weight, each place has: a tensor of int64 (length,)."""
    import torch

    if weights is None:
        return torch.bincount(places, minlength=length)
    # Not bincount: with weights it adds floating-point numbers, and refuses to on a GPU where
    # only deterministic operations are allowed.
    counts = torch.zeros(length, dtype=torch.int64, device=places.device)
    return counts.index_add_(0, places, weights)


def first_largest(scores: "torch.Tensor") -> "torch.Tensor":
    """Arg max over the last axis of (pixel, class), lowest class first among ties.

    ``torch.argmax`` promises no order among ties, and is slow over an axis of three.
    """
    import torch

    best = scores[:, 0].clone()
    index = torch.zeros(len(scores), dtype=torch.int64, device=scores.device)
    for candidate in range(1, scores.shape[1]):
        larger = scores[:, candidate] > best
        index.masked_fill_(larger, candidate)
        best = torch.maximum(best, scores[:, candidate])
    return index


def _bin_number(probability: "torch.Tensor", n_bins: int) -> "torch.Tensor":
    import torch

    low, high = _LOG_ODDS
    # In float64, as the last bit of a float32 logarithm can depend on how a vector is divided
    # among threads, and one bit moves a pixel to the next bin.
    probability = probability.clamp(0, 1).double()
    warped = torch.logit(probability).sub_(low).div_(high - low).clamp_(0, 1).add_(probability)
    return warped.mul_(n_bins / 2).to(torch.int64).clamp_(max=n_bins - 1)


def _is_numpy(values: Any) -> bool:
    return not hasattr(values, "detach")
