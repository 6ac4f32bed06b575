"""How certain is a score? Bootstrap over days, paired for the difference of two experiments.

Maps a few hours apart show the same weather, so single maps are not independent; whole days of a
run are drawn with replacement instead (block bootstrap: Künsch 1989, The jackknife and the
bootstrap for general stationary observations, Annals of Statistics 17). For a difference, both
experiments are scored on the same draws, which takes out what makes a day easy or hard for both.

The scores of drawn days come from the coarse histograms of every day. Their small bias is taken
out: what is reported is the score of all days from the fine histograms, and the quantiles of the
deviations from the coarse one of all days are added to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deepsphere_pipe.data.channels import CLASSES
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.precision import average_precision_from_counts
from deepsphere_pipe.evaluation.scores import ScoreHistograms
from deepsphere_pipe.evaluation.tally import Tally

REPLICATES = 1000
CONFIDENCE = 0.95
SEED = 0

SCORES = (
    "mean_average_precision",
    *(f"average_precision_{name.lower()}" for name in CLASSES[1:]),
    *(f"{kind}_{name.lower()}" for kind in ("accuracy", "iou", "f1") for name in CLASSES),
    "mean_accuracy",
)
"""What can be asked for."""


@dataclass(frozen=True)
class Interval:
    """A score, or a difference of scores, with its interval of confidence; NaN if undefined."""

    estimate: float
    low: float
    high: float


def interval(
    tallies: Sequence[Tally],
    score: str = "mean_average_precision",
    by_area: bool = False,
    replicates: int = REPLICATES,
) -> Interval:
    """Return the mean score of the seeds of one experiment and its interval.

    Parameters
    ----------
    tallies : sequence of Tally
        Of every seed, on the same test maps.
    score : str
        One of `SCORES`.
    by_area : bool
    replicates : int
        How often days are drawn.

    Raises
    ------
    UserError
        If the tallies have no days, or different ones.
    """
    _same_days(tallies)
    return _interval([tallies], [1.0], score, by_area, replicates)


def difference(
    first: Sequence[Tally],
    second: Sequence[Tally],
    score: str = "mean_average_precision",
    by_area: bool = False,
    replicates: int = REPLICATES,
) -> Interval:
    """Return how much higher the mean score of the first experiment is, and the interval of that.

    Parameters are those of `interval`.

    Raises
    ------
    UserError
        If the tallies have no days, or different ones.
    """
    _same_days([*first, *second])
    return _interval([first, second], [1.0, -1.0], score, by_area, replicates)


def _same_days(tallies: Sequence[Tally]) -> None:
    if any(tally.blocks is None for tally in tallies):
        raise UserError("These histograms have no days to draw: evaluate the networks again.")
    if not all(tally.blocks.days.same_as(tallies[0].blocks.days) for tally in tallies):
        raise UserError("The scores are of different test maps and cannot be compared by day.")


def _interval(
    experiments: Sequence[Sequence[Tally]],
    signs: Sequence[float],
    score: str,
    by_area: bool,
    replicates: int,
) -> Interval:
    n_days = len(experiments[0][0].blocks.days.day)
    generator = np.random.default_rng(SEED)
    drawn = generator.multinomial(n_days, np.full(n_days, 1 / n_days), size=replicates)
    drawn = np.vstack([np.ones(n_days, dtype=drawn.dtype), drawn])  # first, all days once
    estimate, replicated = 0.0, np.zeros(len(drawn))
    for tallies, sign in zip(experiments, signs, strict=True):
        for tally in tallies:
            whole = tally.by_area if by_area else tally.per_vertex
            blocks = tally.blocks.by_area if by_area else tally.blocks.per_vertex
            estimate += sign * score_of(whole, score) / len(tallies)
            replicated += sign * _scores_of_draws(blocks, drawn, score) / len(tallies)
    deviations = replicated[1:] - replicated[0]
    # A draw without a single vertex of a class has no score; what is left must be enough.
    deviations = deviations[np.isfinite(deviations)]
    if len(deviations) < 0.9 * replicates or n_days < 2:
        return Interval(float(estimate), float("nan"), float("nan"))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(deviations, [tail, 1 - tail])
    return Interval(float(estimate), float(estimate + low), float(estimate + high))


def score_of(histograms: ScoreHistograms, score: str) -> float:
    """Return one of `SCORES`, NaN if it is undefined."""
    kind, _, name = score.rpartition("_")
    if score == "mean_average_precision":
        return float(histograms.average_precision()[1:].mean())
    if score == "mean_accuracy":
        return float(histograms.accuracy().mean())
    if score not in SCORES:
        raise ValueError(f"{score!r} is none of {', '.join(SCORES)}")
    label = [each.lower() for each in CLASSES].index(name)
    return float(getattr(histograms, kind)()[label])


def _scores_of_draws(blocks, drawn: np.ndarray, score: str) -> np.ndarray:
    """Return the score of each draw (draw,), from how often it has each day (draw, day)."""
    if "average_precision" in score:
        wanted = CLASSES[1:] if score.startswith("mean") else (score.rsplit("_", 1)[1].upper(),)
        scores = []
        for name in wanted:
            counts = blocks.counts[:, CLASSES.index(name)]
            occupied = counts.any(axis=(0, 1))  # most of the bins of a class are empty
            counts = counts[..., occupied][..., ::-1].reshape(len(counts), -1)
            # Exact in float64, in which matrices are multiplied much faster.
            of_draws = (drawn.astype(float) @ counts).reshape(len(drawn), 2, -1)
            scores.append([average_precision_from_counts(*each) for each in of_draws])
        return np.mean(scores, axis=0)
    confusion = np.tensordot(drawn, blocks.confusion, axes=1)
    result = np.empty(len(drawn))
    for i, each in enumerate(confusion):
        histograms = ScoreHistograms(len(each), 1)
        histograms.confusion = each
        result[i] = score_of(histograms, score)
    return result
