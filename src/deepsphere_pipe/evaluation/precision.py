"""Average precision, exactly: from the ranking of all scores."""

import numpy as np


def average_precision(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the exact average precision of each class against the rest, by sorting.

    AP = Σₙ (Rₙ − Rₙ₋₁) Pₙ over all distinct scores in falling order, the definition of
    scikit-learn's ``average_precision_score``; it does not interpolate.

    Parameters
    ----------
    scores : array_like, shape (n, class)
        Any scores that rank the pixels, for instance probabilities.
    labels : array_like, shape (n,)
        Integer class of every pixel.

    Returns
    -------
    numpy.ndarray, shape (class,), float64
        NaN for a class without a single true pixel.

    Raises
    ------
    ValueError
        If the shapes disagree or a score is NaN.
    """
    scores, labels = np.asarray(scores), np.asarray(labels)
    if scores.ndim != 2 or labels.shape != scores.shape[:1]:
        raise ValueError(f"scores {scores.shape} and labels {labels.shape} do not fit together")
    if np.isnan(scores).any():
        raise ValueError("scores must not hold NaN")
    result = np.empty(scores.shape[1])
    for index in range(scores.shape[1]):
        _, tie_group = np.unique(-scores[:, index], return_inverse=True)
        positive = np.bincount(tie_group, weights=labels == index)
        result[index] = average_precision_from_counts(np.bincount(tie_group) - positive, positive)
    return result


def average_precision_from_counts(negative: np.ndarray, positive: np.ndarray) -> float:
    """Return the average precision of one class from counts per threshold.

    Parameters
    ----------
    negative, positive : numpy.ndarray, shape (threshold,)
        Pixels outside and inside the class whose score is this threshold, highest first.

    Returns
    -------
    float
        NaN without a single positive.
    """
    total = positive.sum()
    if total == 0:
        return float("nan")
    gained = positive > 0
    true_positive = np.cumsum(positive)[gained]
    predicted = np.cumsum(positive + negative)[gained]
    return float(np.sum(positive[gained] / total * (true_positive / predicted)))
