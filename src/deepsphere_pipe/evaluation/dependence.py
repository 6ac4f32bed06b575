"""How certain a sum over days is that follow each other.

Weather lasts, so what one day adds to a sum is like what the day before added. Neither single days
nor, with the few days of a test part, blocks of them drawn with replacement tell how far the sum
would vary: their intervals are too narrow (docs/intervals.md has the figures). Here the variance is
that of a few slow waves over the days, each of which is worth one degree of freedom of Student's t:

- Waves: equal-weighted cosines (Müller 2004, A theory of robust long-run variance estimation,
  Journal of Econometrics 141, 2007; Lazarus, Lewis, Stock and Watson 2018, HAR inference, Journal
  of Business & Economic Statistics 36). Days are counted through, over gaps and from one run to the
  next, so it does not matter how they are divided into stretches.
- Blocks: the length of a block of days that a bootstrap would draw follows from the data (Politis
  and White 2004; Patton, Politis and White 2009, Econometric Reviews 23 and 28), and is never
  shorter than a stretch of data, where that leaves enough of them. There is one wave for every four
  blocks, so none is shorter than eight of them, and no variance where there are too few.
- Correction: even slow waves miss a part of a dependence of many days. It is the part that they
  miss of an autoregressive process, whose coefficient is taken one standard error too large.
"""

from dataclasses import dataclass

import numpy as np

from deepsphere_pipe.evaluation.groups import Days

MIN_BLOCKS = 8
"""Fewer blocks tell nothing."""

BLOCKS_PER_WAVE = 4
FEWEST_WAVES = 4
MOST_WAVES = 0.4
"""Times n^(2/3), the order at which bias and variance balance (Lazarus et al. 2018)."""

LARGEST_COEFFICIENT = 0.95

ROUNDING = 1e-12
"""Shares of a score that are nothing but rounding."""


@dataclass(frozen=True)
class SumOfDays:
    """What is known of a sum over days.

    Attributes
    ----------
    variance
        NaN if there are fewer than `MIN_BLOCKS` blocks.
    degrees
        Of freedom.
    block_days, blocks
        Length of a block, and how many there are.
    """

    variance: float
    degrees: int
    block_days: int
    blocks: int


def sum_of_days(values: np.ndarray, days: Days, block_days: int | None = None) -> SumOfDays:
    """Return how certain the sum of values is, one of each day.

    Parameters
    ----------
    values : ndarray, shape (day,)
        What each day adds; all together add up to zero.
    days
    block_days
        Length of a block, by default `block_length`.
    """
    n = len(values)
    length = block_length(values, days) if block_days is None else block_days
    blocks = n // length
    if blocks < MIN_BLOCKS:
        return SumOfDays(float("nan"), 0, length, blocks)
    most = max(FEWEST_WAVES, int(MOST_WAVES * n ** (2 / 3)))
    n_waves = int(np.clip(blocks // BLOCKS_PER_WAVE, FEWEST_WAVES, most))
    phase = np.pi * (np.arange(n) + 0.5) / n
    waves = np.sqrt(2) * np.cos(np.arange(1, n_waves + 1)[:, None] * phase)
    coefficient = _coefficient(values, days)
    sums = _autoregressive(np.vstack([np.ones(n), waves]), days, coefficient)
    missed = sums[0] / sums[1:].mean()
    few = blocks / (blocks - 1)  # as of clusters that are few
    return SumOfDays(float(few * missed * np.mean((waves @ values) ** 2)), n_waves, length, blocks)


def block_length(values: np.ndarray, days: Days) -> int:
    """Return the length of blocks of days for a circular bootstrap of their sum.

    That of Politis and White, or the longest stretch of days if that is longer and
    leaves `MIN_BLOCKS` blocks. A stretch ends at a gap of the data or with its run.
    """
    n = len(values)
    if n == 0:
        return 1
    longest = int(np.diff(_starts(days), append=n).max())
    chosen = max(1, round(_politis_white(values, days)))
    return max(chosen, longest) if n >= MIN_BLOCKS * longest else chosen


def _starts(days: Days) -> np.ndarray:
    """Return the first day of each stretch, as their numbers."""
    follows = (np.diff(days.day) == 1) & (np.diff(days.run) == 0)
    return np.flatnonzero(np.concatenate([[True], ~follows]))


def _politis_white(values: np.ndarray, days: Days) -> float:
    n = len(values)
    enough = max(5, int(np.ceil(np.sqrt(np.log10(n)))))
    lags = min(int(np.ceil(np.sqrt(n))) + enough, n - 1)
    products, pairs = _products(values, days, lags)
    if lags < 1 or products[0] < n * ROUNDING**2:
        return 1.0
    correlation = products[1:] / np.maximum(pairs[1:], 1) / (products[0] / n)
    significant = np.abs(correlation) >= 2 * np.sqrt(np.log10(n) / np.maximum(pairs[1:], 1))
    significant &= pairs[1:] > enough
    # The lag after which none of the next `enough` ones is significant.
    quiet = [not significant[lag : lag + enough].any() for lag in range(lags)]
    last = max(quiet.index(True) if any(quiet) else lags, 1)
    reach = min(2 * last, lags)
    lag = np.arange(1, reach + 1)
    taper = np.minimum(1, 2 * (1 - lag / reach))
    slope = 2 * np.sum(taper * lag * products[lag])
    spectrum = products[0] + 2 * np.sum(taper * products[lag])
    if spectrum <= 0:
        return 1.0
    length = np.cbrt(1.5 * (slope / spectrum) ** 2 * n)
    return float(np.clip(length, 1, np.ceil(min(3 * np.sqrt(n), n / 3))))


def _products(values: np.ndarray, days: Days, lags: int) -> tuple[np.ndarray, np.ndarray]:
    """Return sums of products of days of one run so many days apart, and numbers of the pairs."""
    span = int(np.ptp(days.day)) + lags + 1
    place = np.unique(days.run, return_inverse=True)[1] * span + days.day - days.day.min()
    products, pairs = np.zeros(lags + 1), np.zeros(lags + 1)
    for lag in range(lags + 1):
        later = np.minimum(np.searchsorted(place, place + lag), len(place) - 1)
        there = place[later] == place + lag
        products[lag], pairs[lag] = values[there] @ values[later[there]], there.sum()
    return products, pairs


def _coefficient(values: np.ndarray, days: Days) -> float:
    """Return the correlation of a day with the next one, an upper bound of it."""
    n = len(values)
    products, pairs = _products(values, days, 1)
    if pairs[1] <= MIN_BLOCKS or products[0] < n * ROUNDING**2:
        return 0.0
    correlation = products[1] / pairs[1] / (products[0] / n)
    unbiased = (n * correlation + 1) / (n - 4)  # Marriott and Pope 1954, the mean being unknown
    error = np.sqrt(max(1 - unbiased**2, 0.05) / pairs[1])
    return float(np.clip(unbiased + error, 0, LARGEST_COEFFICIENT))


def _autoregressive(weights: np.ndarray, days: Days, coefficient: float) -> np.ndarray:
    """Return the variances of weighted sums (sum, day) of an AR(1) process, a day's being 1."""
    step = np.where(np.diff(days.run) == 0, np.diff(days.day), np.inf)
    decay = np.where(np.isfinite(step), coefficient**step, 0.0)
    before, total = np.zeros(len(weights)), np.sum(weights**2, axis=1)
    for day, kept in enumerate(decay):
        before = kept * (before + weights[:, day])
        total = total + 2 * weights[:, day + 1] * before
    return total
