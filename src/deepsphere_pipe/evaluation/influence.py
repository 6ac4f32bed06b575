"""How much each day of the test part moved a score: its influence.

Scores are smooth functions of counts that add up over days, so a small change of a day's counts
changes them by its product with a derivative. The sum over days of these products is, to first
order, how far a score is from that of an endless test part (the delta method; Hampel 1974, The
influence curve and its role in robust estimation, Journal of the American Statistical Association
69). As no score changes where all counts grow by one factor, influences sum to zero.
"""

import numpy as np

from deepsphere_pipe.channels import CLASSES, EVENTS
from deepsphere_pipe.evaluation.groups import Blocks, StoredBlocks
from deepsphere_pipe.evaluation.scores import ScoreHistograms

SCORES = (
    "mean_average_precision",
    *(f"average_precision_{name.lower()}" for name in EVENTS),
    *(f"{kind}_{name.lower()}" for kind in ("recall", "iou", "f1") for name in CLASSES),
    "mean_recall",
)
"""What can be asked for."""


def score_of(histograms: ScoreHistograms, score: str) -> float:
    """Return one of `SCORES`, NaN if it is undefined."""
    kind, _, name = score.rpartition("_")
    if score == "mean_average_precision":
        return float(histograms.average_precision()[1:].mean())
    if score == "mean_recall":
        return float(histograms.recall().mean())
    if score not in SCORES:
        raise ValueError(f"{score!r} is none of {', '.join(SCORES)}")
    label = [each.lower() for each in CLASSES].index(name)
    return float(getattr(histograms, kind)()[label])


def influence(blocks: Blocks | StoredBlocks, score: str, by_area: bool = False) -> np.ndarray:
    """Return the influence of each day on a score.

    Parameters
    ----------
    blocks
        Histograms of every day.
    score
        One of `SCORES`.
    by_area

    Returns
    -------
    ndarray of float64, shape (day,)
        Sums to zero; all NaN if the score is undefined.
    """
    kind, _, name = score.rpartition("_")
    if score == "mean_average_precision":
        of_events = [f"average_precision_{event.lower()}" for event in EVENTS]
        return np.mean([influence(blocks, each, by_area) for each in of_events], axis=0)
    if score == "mean_recall":
        of_classes = [f"recall_{each.lower()}" for each in CLASSES]
        return np.mean([influence(blocks, each, by_area) for each in of_classes], axis=0)
    label = CLASSES.index(name.upper())
    if kind == "average_precision":
        counts = blocks.class_counts(label, by_area).astype(float)
        derivative = precision_derivative(*counts.sum(axis=0)[:, ::-1])[:, ::-1]
        return counts.reshape(len(counts), -1) @ derivative.ravel()
    confusion = blocks.confusion(by_area).astype(float)
    derivative = _DERIVATIVES[kind](confusion.sum(axis=0), label)
    return confusion.reshape(len(confusion), -1) @ derivative.ravel()


def precision_derivative(negative: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """Return the derivative of average precision by the counts that it is made of.

    Parameters
    ----------
    negative, positive : ndarray, shape (threshold,)
        As `precision.average_precision_from_counts` has them: highest threshold first.

    Returns
    -------
    ndarray of float64, shape (2, threshold)
        By the negative and by the positive counts, where there are pixels at the threshold or
        above; NaN without a single positive.
    """
    total = positive.sum()
    if total == 0:
        return np.full((2, len(positive)), np.nan)
    true_positive, predicted = np.cumsum(positive), np.cumsum(positive + negative)
    predicted = np.where(predicted > 0, predicted, 1.0)  # nothing so far: neither counts
    precision = true_positive / predicted
    # One more pixel lowers the precision at its own and all lower thresholds; if it is positive,
    # it is one more hit there, and has a share of its own.
    lower = np.cumsum((positive * precision / predicted)[::-1])[::-1]
    hits = np.cumsum((positive / predicted)[::-1])[::-1]
    score = np.sum(positive * precision) / total
    return np.stack([-lower, precision - score + hits - lower]) / total


def _recall_derivative(confusion: np.ndarray, label: int) -> np.ndarray:
    hits, true = confusion[label, label], confusion[label].sum()
    return _ratio_derivative(hits, true, *_hits_and_true(confusion, label))


def _iou_derivative(confusion: np.ndarray, label: int) -> np.ndarray:
    by_hits, by_true = _hits_and_true(confusion, label)
    by_union = by_true.copy()
    by_union[:, label] = 1
    union = np.sum(by_union * confusion)
    undefined = confusion[label].sum() == 0
    return _ratio_derivative(confusion[label, label], 0 if undefined else union, by_hits, by_union)


def _f1_derivative(confusion: np.ndarray, label: int) -> np.ndarray:
    by_hits, by_true = _hits_and_true(confusion, label)
    by_both = by_true.copy()
    by_both[:, label] += 1
    both = np.sum(by_both * confusion) if confusion[label].sum() else 0
    return _ratio_derivative(2 * confusion[label, label], both, 2 * by_hits, by_both)


def _hits_and_true(confusion: np.ndarray, label: int) -> tuple[np.ndarray, np.ndarray]:
    by_hits, by_true = np.zeros_like(confusion), np.zeros_like(confusion)
    by_hits[label, label], by_true[label] = 1, 1
    return by_hits, by_true


def _ratio_derivative(
    part: float, whole: float, by_part: np.ndarray, by_whole: np.ndarray
) -> np.ndarray:
    """Return the derivative of part / whole by what both are sums of; NaN without a whole."""
    if whole == 0:
        return np.full(by_part.shape, np.nan)
    return (by_part - part / whole * by_whole) / whole


_DERIVATIVES = {"recall": _recall_derivative, "iou": _iou_derivative, "f1": _f1_derivative}
