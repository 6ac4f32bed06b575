"""Average precision, from the ranking of all scores or from counts per threshold."""

import numpy as np


def average_precision(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the exact average precision of each class against the rest, by sorting.

    Parameters
    ----------
    scores : ndarray, shape (n, class)
        Any scores that rank the pixels, for instance probabilities.
    labels : ndarray, shape (n,)
        Integer class of every pixel.

    Returns
    -------
    ndarray of float64, shape (class,)
        NaN for a class without a single true pixel.

    Raises
    ------
    ValueError
        If the shapes disagree or a score is NaN.
    """
    from sklearn.metrics import average_precision_score  # here: few evaluations ask for it

    present = [(labels == index).any() for index in range(scores.shape[1])]
    return np.array([
        average_precision_score(labels == index, scores[:, index]) if there else np.nan
        for index, there in enumerate(present)
    ])  # fmt: skip


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
