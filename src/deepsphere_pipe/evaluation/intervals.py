"""How certain is a score, or the difference of two? Intervals of confidence by days and seeds.

The variance of a score is that of the sum of its `influence` by day, `dependence` of days being
taken into account. For a difference, that is the sum of the differences of the influences of both
experiments, which takes out what makes a day easy or hard for both. Where an experiment has several
seeds, the variance of their mean is added, less what days alone let seeds differ by. How often such
intervals hold the truth is in docs/intervals.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from scipy.special import expit, logit, stdtrit

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.dependence import MIN_BLOCKS, sum_of_days
from deepsphere_pipe.evaluation.groups import Blocks, Days, StoredBlocks
from deepsphere_pipe.evaluation.influence import influence, score_of
from deepsphere_pipe.evaluation.tally import Tally

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A score, or a difference of scores, with its interval of confidence; NaN if undefined.

    Attributes
    ----------
    estimate, low, high
    block_days, blocks
        Length of a block of days and their number; None where no days are known.
    """

    estimate: float
    low: float
    high: float
    block_days: int | None = None
    blocks: int | None = None

    @property
    def too_short(self) -> bool:
        """Whether there are too few days for an honest interval."""
        return self.blocks is not None and self.blocks < MIN_BLOCKS


def interval(
    tallies: Sequence[Tally],
    score: str = "mean_average_precision",
    by_area: bool = False,
    block_days: int | None = None,
) -> Interval:
    """Return the mean score of the seeds of one experiment and its interval.

    Its ends are found on the scale of log-odds, so they stay between 0 and 1.

    Parameters
    ----------
    tallies
        Of every seed, on the same test maps.
    score
        One of `influence.SCORES`.
    by_area
    block_days
        Length of a block of days; by default as the data tells.

    Raises
    ------
    UserError
        If the tallies have no days, or different ones.
    """
    return _on_odds(*_estimate([tallies], [1.0], score, by_area, block_days))


def interval_of_share(
    parts: np.ndarray, wholes: np.ndarray, days: Days, block_days: int | None = None
) -> Interval:
    """Return the mean over the seeds of a share of what is counted by day, and its interval.

    Parameters
    ----------
    parts, wholes : ndarray, shape (seed, day)
        Counts of each day, such as hits among true events.
    days, block_days
    """
    total = wholes.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = parts.sum(axis=1, keepdims=True) / total
        influences = (parts - shares * wholes) / total
    return _on_odds(*_combine([shares[:, 0]], [influences], [1.0], days, block_days))


def _on_odds(found: Interval, half: float) -> Interval:
    """Return an interval whose ends are between 0 and 1, of a symmetric one and half its length."""
    estimate = found.estimate
    if not 0 < estimate < 1:
        return found
    odds, half = logit(estimate), half / (estimate * (1 - estimate))
    low, high = (float(expit(end)) for end in (odds - half, odds + half))
    return Interval(estimate, low, high, found.block_days, found.blocks)


def difference(
    first: Sequence[Tally],
    second: Sequence[Tally],
    score: str = "mean_average_precision",
    by_area: bool = False,
    block_days: int | None = None,
) -> Interval:
    """Return how much higher the mean score of the first experiment is, and the interval of that.

    Parameters are those of `interval`.

    Raises
    ------
    UserError
        If the tallies have no days, or different ones.
    """
    return _estimate([first, second], [1.0, -1.0], score, by_area, block_days)[0]


def _estimate(
    experiments: Sequence[Sequence[Tally]],
    signs: Sequence[float],
    score: str,
    by_area: bool,
    block_days: int | None,
) -> tuple[Interval, float]:
    """Return a sum of mean scores with its symmetric interval, and half of its length."""
    days = common_days([tally for tallies in experiments for tally in tallies])
    scores, influences = [], []
    for tallies in experiments:
        scores.append(np.array([score_of(each.weighted(by_area), score) for each in tallies]))
        influences.append(np.array([_influence(each, score, by_area) for each in tallies]))
    return _combine(scores, influences, signs, days, block_days)


def _combine(
    scores: Sequence[np.ndarray],
    influences: Sequence[np.ndarray],
    signs: Sequence[float],
    days: Days,
    block_days: int | None,
) -> tuple[Interval, float]:
    """Return the same of scores (seed,) and influences (seed, day) of each experiment."""
    estimate, of_days = 0.0, np.zeros(len(days.day))
    of_seeds = []  # variance and degrees of freedom of each experiment that has several
    for each, by_day, sign in zip(scores, influences, signs, strict=True):
        estimate += sign * float(each.mean())
        of_days += sign * by_day.mean(axis=0)
        if len(each) > 1:
            of_seeds.append((_of_seeds(each, by_day, days, block_days), len(each) - 1))
    if not np.isfinite(of_days).all():
        return Interval(estimate, np.nan, np.nan), np.nan
    found = sum_of_days(of_days, days, block_days)
    parts = [(found.variance, found.degrees), *of_seeds]
    variance = sum(part for part, _ in parts)
    half = 0.0
    if variance > 0:
        # Degrees of freedom of a sum of variances (Satterthwaite 1946).
        degrees = variance**2 / sum(part**2 / n for part, n in parts if part > 0)
        half = float(stdtrit(degrees, (1 + CONFIDENCE) / 2) * np.sqrt(variance))
    elif np.isnan(variance):
        half = np.nan
    ends = estimate - half, estimate + half
    return Interval(estimate, *ends, found.block_days, found.blocks), half


def _of_seeds(
    scores: np.ndarray, influences: np.ndarray, days: Days, block_days: int | None
) -> float:
    """Return the variance of the mean over the seeds that days do not account for."""
    apart = influences - influences.mean(axis=0)
    if not np.isfinite(apart).all():
        return np.nan
    n = len(scores)
    # What cannot be told of days is not taken off.
    of_each = np.nan_to_num([sum_of_days(each, days, block_days).variance for each in apart])
    by_days = np.mean(of_each)
    return float(np.maximum(scores.var(ddof=1) - by_days * n / (n - 1), 0) / n)


def common_days(tallies: Sequence[Tally]) -> Days:
    """Return the days of test parts; a UserError tells that they have none, or different ones."""
    first, *others = [_blocks_of(tally).days for tally in tallies]
    if not all(days.equals(first) for days in others):
        raise UserError("The scores are of different test maps and cannot be compared by day.")
    return first


def _blocks_of(tally: Tally) -> Blocks | StoredBlocks:
    if tally.blocks is None:
        raise UserError("These histograms have no days: evaluate the networks again.")
    return tally.blocks


def _influence(tally: Tally, score: str, by_area: bool) -> np.ndarray:
    """Return the influence of each day.

    What was computed is kept, as a study of n networks compares each with n − 1 others.
    """
    cached = _CACHE.setdefault(tally, {})
    if (score, by_area) not in cached:
        cached[score, by_area] = influence(_blocks_of(tally), score, by_area)
    return cached[score, by_area]


_CACHE: WeakKeyDictionary[Tally, dict[tuple, np.ndarray]] = WeakKeyDictionary()
