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
from weakref import WeakKeyDictionary

import numpy as np

from deepsphere_pipe.channels import CLASSES, EVENTS
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.groups import Blocks, StoredBlocks
from deepsphere_pipe.evaluation.precision import average_precision_from_counts
from deepsphere_pipe.evaluation.scores import ScoreHistograms
from deepsphere_pipe.evaluation.tally import Tally

REPLICATES = 1000
CONFIDENCE = 0.95
SEED = 0

SCORES = (
    "mean_average_precision",
    *(f"average_precision_{name.lower()}" for name in EVENTS),
    *(f"{kind}_{name.lower()}" for kind in ("recall", "iou", "f1") for name in CLASSES),
    "mean_recall",
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
    tallies
        Of every seed, on the same test maps.
    score
        One of `SCORES`.
    by_area
    replicates
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
    first, *others = [_blocks_of(tally).days for tally in tallies]
    if not all(days.equals(first) for days in others):
        raise UserError("The scores are of different test maps and cannot be compared by day.")


def _blocks_of(tally: Tally) -> Blocks | StoredBlocks:
    if tally.blocks is None:
        raise UserError("These histograms have no days to draw: evaluate the networks again.")
    return tally.blocks


def _interval(
    experiments: Sequence[Sequence[Tally]],
    signs: Sequence[float],
    score: str,
    by_area: bool,
    replicates: int,
) -> Interval:
    estimate, replicated = 0.0, np.zeros(1 + replicates)
    for tallies, sign in zip(experiments, signs, strict=True):
        for tally in tallies:
            estimate += sign * score_of(tally.weighted(by_area), score) / len(tallies)
            replicated += sign * _scores_of_draws(tally, score, by_area, replicates) / len(tallies)
    deviations = replicated[1:] - replicated[0]
    # A draw without a single vertex of a class has no score; what is left must be enough.
    deviations = deviations[np.isfinite(deviations)]
    if len(deviations) < 0.9 * replicates or len(_blocks_of(experiments[0][0]).days.day) < 2:
        return Interval(float(estimate), float("nan"), float("nan"))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(deviations, [tail, 1 - tail])
    return Interval(float(estimate), float(estimate + low), float(estimate + high))


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


def _resample(n_days: int, replicates: int) -> np.ndarray:
    """Return how often each draw has each day (draw, day); the first has each once.

    The same for the same number of days, so that experiments are compared on the same draws.
    """
    generator = np.random.default_rng(SEED)
    drawn = generator.multinomial(n_days, np.full(n_days, 1 / n_days), size=replicates)
    return np.vstack([np.ones(n_days, dtype=drawn.dtype), drawn])


def _scores_of_draws(tally: Tally, score: str, by_area: bool, replicates: int) -> np.ndarray:
    """Return the score of each draw, (draw,).

    What was computed is kept, as a study of n networks compares each with n − 1 others.
    """
    if score == "mean_average_precision":
        names = (f"average_precision_{name.lower()}" for name in EVENTS)
        return np.mean([_scores_of_draws(tally, name, by_area, replicates) for name in names], 0)
    cached = _CACHE.setdefault(tally, {})
    key = (score, by_area, replicates)
    if key not in cached:
        blocks = _blocks_of(tally)
        drawn = _resample(len(blocks.days.day), replicates)
        compute = _precision_of_draws if "average_precision" in score else _confusion_of_draws
        cached[key] = compute(blocks, drawn, score, by_area)
    return cached[key]


_CACHE: WeakKeyDictionary[Tally, dict[tuple, np.ndarray]] = WeakKeyDictionary()


def _precision_of_draws(
    blocks: Blocks | StoredBlocks, drawn: np.ndarray, score: str, by_area: bool
) -> np.ndarray:
    label = CLASSES.index(score.rsplit("_", 1)[1].upper())
    counts = blocks.class_counts(label, by_area)
    occupied = counts.any(axis=(0, 1))  # most of the bins of a class are empty
    # Exact in float64, in which matrices are multiplied much faster.
    counts = counts[..., occupied][..., ::-1].reshape(len(counts), -1).astype(float)
    of_draws = (drawn.astype(float) @ counts).reshape(len(drawn), 2, -1)
    return np.array([average_precision_from_counts(*each) for each in of_draws])


def _confusion_of_draws(
    blocks: Blocks | StoredBlocks, drawn: np.ndarray, score: str, by_area: bool
) -> np.ndarray:
    confusion = np.tensordot(drawn, blocks.confusion(by_area), axes=1)
    result = np.empty(len(drawn))
    for i, each in enumerate(confusion):
        histograms = ScoreHistograms(len(each), 1)
        histograms.confusion = each
        result[i] = score_of(histograms, score)
    return result
