"""Scores of a segmentation from histograms that add up across batches, devices and jobs.

Average precision needs the ranking of all pixels of all maps. Instead of keeping every score, each
class keeps two histograms of its probability: over the pixels that belong to the class and over
those that do not. The bins are the thresholds of the precision–recall curve, so memory stays
constant, and histograms of different batches are merged by adding them.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from deepsphere_pipe.evaluation.binning import FINE, Binned, bin_scores, count
from deepsphere_pipe.evaluation.precision import average_precision_from_counts
from deepsphere_pipe.runtime.netcdf import COMPRESSED

if TYPE_CHECKING:
    import torch

COUNTS_ATTRIBUTES = {
    "long_name": "pixels by probability p of the class, in equal bins of (p + scaled log-odds) / 2"
    "; membership 0: other class, 1: class",
    "units": "1",
}
CONFUSION_ATTRIBUTES = {"long_name": "pixels by true class and most probable class", "units": "1"}


class ScoreHistograms:
    """Histograms of the class probabilities and the confusion matrix of a segmentation.

    Parameters
    ----------
    n_classes
        Number of classes; labels run from 0 to ``n_classes - 1``.
    bins
        Bins over [0, 1], see `binning`. Scores in one bin count as ties.

    Attributes
    ----------
    counts : numpy.ndarray, shape (class, 2, bins), int64
        ``counts[c, 1]`` is the histogram of the probability of class c over pixels of class c,
        ``counts[c, 0]`` the one over all other pixels.
    confusion : numpy.ndarray, shape (class, class), int64
        Pixels by true class (row) and most probable class (column).
    """

    def __init__(self, n_classes: int, bins: int = FINE):
        if n_classes < 1 or bins < 1:
            raise ValueError(f"n_classes and bins must be positive, got {n_classes} and {bins}")
        self.counts = np.zeros((n_classes, 2, bins), dtype=np.int64)
        self.confusion = np.zeros((n_classes, n_classes), dtype=np.int64)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return self.counts.shape[0]

    @property
    def bins(self) -> int:
        """Number of bins."""
        return self.counts.shape[2]

    def update(self, scores: Any, labels: Any, weights: Any = None) -> None:
        """Count the pixels of one batch, on the device where the scores lie.

        Parameters
        ----------
        scores : array or torch.Tensor, shape (..., class)
            Probabilities in [0, 1].
        labels : array or torch.Tensor, shape (...)
            Integer class of every pixel.
        weights : array or torch.Tensor of int64, shape (...), optional
            How much a pixel counts; 1 by default. Whole numbers, so that sums are exact.

        Raises
        ------
        ValueError
            If the shapes disagree, a score is NaN or outside [0, 1], a label is no class, or a
            weight is negative or no whole number.
        """
        binned = bin_scores(scores, labels, self.n_classes, self.bins)
        if weights is not None:
            weights = _checked_weights(weights, binned.labels)
        self.count(binned, weights)

    def count(self, binned: Binned, weights: "torch.Tensor | None" = None) -> None:
        """Count pixels that are binned already; `weights` is int64 (pixel,)."""
        for index, bin_number in enumerate(binned.bins):
            cell = bin_number + (binned.labels == index) * self.bins
            counts = count(cell, 2 * self.bins, weights)
            self.counts[index] += counts.cpu().numpy().reshape(2, self.bins)
        pairs = count(binned.labels * self.n_classes + binned.predicted, self.n_classes**2, weights)
        self.confusion += pairs.cpu().numpy().reshape(self.confusion.shape)

    def merge(self, other: "ScoreHistograms") -> "ScoreHistograms":
        """Return the histograms of both sets of pixels together.

        Raises
        ------
        ValueError
            If the two have different numbers of classes or bins.
        """
        if self.counts.shape != other.counts.shape:
            raise ValueError(
                f"cannot merge histograms of shapes {self.counts.shape} and {other.counts.shape}"
            )
        merged = ScoreHistograms(self.n_classes, self.bins)
        merged.counts = self.counts + other.counts
        merged.confusion = self.confusion + other.confusion
        return merged

    __add__ = merge

    def average_precision(self) -> np.ndarray:
        """Return the average precision AP = Σₙ (Rₙ − Rₙ₋₁) Pₙ of each class against the rest.

        Returns
        -------
        numpy.ndarray, shape (class,), float64
            NaN for a class without a single true pixel.
        """
        return np.array([average_precision_from_counts(*counts[:, ::-1]) for counts in self.counts])

    def precision_recall(
        self, class_index: int, max_points: int = 1000
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the precision–recall curve of one class, from the highest threshold down.

        Parameters
        ----------
        class_index
            The class.
        max_points
            At most this many points, spread evenly over recall.

        Returns
        -------
        precision, recall : numpy.ndarray, shape (point,), float64
            Of "class where the probability reaches the threshold"; recall never falls. Empty for
            a class without a single true pixel.
        """
        negative, positive = self.counts[class_index, :, ::-1]
        true_positive, predicted = np.cumsum(positive), np.cumsum(positive + negative)
        if true_positive[-1] == 0:
            return np.empty(0), np.empty(0)
        points = np.flatnonzero(positive + negative)
        recall = true_positive[points] / true_positive[-1]
        precision = true_positive[points] / predicted[points]
        if len(points) > max_points:
            levels = np.linspace(recall[0], recall[-1], max_points)
            keep = np.unique(np.searchsorted(recall, levels))
            precision, recall = precision[keep], recall[keep]
        return precision, recall

    def prevalence(self) -> np.ndarray:
        """Return the share of pixels that belong to each class; NaN without any pixel."""
        return _ratio(self.confusion.sum(axis=1), self.confusion.sum())

    def recall(self) -> np.ndarray:
        """Return the share of each class's pixels that are found (recall of the arg max).

        Like `iou` and `f1`: shape (class,), float64, NaN for a class without a true pixel.
        """
        return _ratio(np.diag(self.confusion), self.confusion.sum(axis=1))

    def iou(self) -> np.ndarray:
        """Return the intersection over union of true and predicted pixels of each class.

        A class without a true pixel has none (NaN), even if it is predicted; scikit-learn's
        Jaccard index is 0 then.
        """
        hits, true, predicted = self._hits_true_predicted()
        return np.where(true > 0, _ratio(hits, true + predicted - hits), np.nan)

    def f1(self) -> np.ndarray:
        """Return the harmonic mean of precision and recall of the arg max of each class."""
        hits, true, predicted = self._hits_true_predicted()
        return np.where(true > 0, _ratio(2 * hits, true + predicted), np.nan)

    def _hits_true_predicted(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return np.diag(self.confusion), self.confusion.sum(axis=1), self.confusion.sum(axis=0)

    def summary(self, class_names: tuple[str, ...]) -> dict[str, dict[str, float | None]]:
        """Return all scores by class name, ready for JSON: None where a score is undefined."""
        scores = {
            "average_precision": self.average_precision(),
            "accuracy": self.recall(),
            "iou": self.iou(),
            "f1": self.f1(),
        }
        return {
            name: {
                score: None if np.isnan(values[index]) else float(values[index])
                for score, values in scores.items()
            }
            for index, name in enumerate(class_names)
        }

    def variables(self) -> dict[str, tuple]:
        """Return the histograms as `xarray.Dataset` takes them."""
        return {
            "counts": (("class", "membership", "bin"), self.counts, COUNTS_ATTRIBUTES, COMPRESSED),
            "confusion": (("class", "predicted_class"), self.confusion, CONFUSION_ATTRIBUTES),
        }

    @classmethod
    def read(cls, data: xr.Dataset) -> "ScoreHistograms":
        """Return what `variables` gave; a KeyError tells that there are none."""
        counts = data["counts"].values
        histograms = cls(counts.shape[0], counts.shape[2])
        histograms.counts, histograms.confusion = counts, data["confusion"].values
        return histograms


def _checked_weights(weights: Any, labels: Any) -> Any:
    """Return weights as a tensor beside the flat labels."""
    import torch

    weights = torch.as_tensor(weights)
    if weights.numel() != labels.numel():
        raise ValueError(f"{weights.numel()} weights do not fit {labels.numel()} labels")
    if weights.is_floating_point() or weights.min() < 0:
        raise ValueError("weights must be whole numbers that are not negative")
    return weights.reshape(-1).to(labels.device, torch.int64)


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide, with NaN instead of a warning where the denominator is zero."""
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    result = np.full(numerator.shape, np.nan)
    return np.divide(numerator, denominator, out=result, where=denominator > 0)
