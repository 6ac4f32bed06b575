"""Sums over days: known variances, lengths of blocks, gaps and runs."""

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.special import stdtrit

from deepsphere_pipe.evaluation.dependence import MIN_BLOCKS, block_length, sum_of_days
from deepsphere_pipe.evaluation.groups import Days


def one_run(n):
    return Days(np.arange(n), np.zeros(n, int))


def process(coefficient, n, generator):
    """A stationary AR(1) process of unit variance."""
    noise = generator.normal(size=n) * np.sqrt(1 - coefficient**2)
    return lfilter([1], [1, -coefficient], noise, zi=[coefficient * generator.normal()])[0]


def centred(values):
    return values - values.mean()


def test_the_length_of_blocks_is_that_of_the_literature():
    """Politis and White's optimum for an AR(1), (2 G² / D)^(1/3) n^(1/3), of long series."""
    generator = np.random.default_rng(0)
    for coefficient in (0.5, 0.8):
        lengths = [
            block_length(centred(process(coefficient, 4000, generator)), one_run(4000))
            for _ in range(9)
        ]
        ratio = 2 * coefficient / (1 - coefficient**2)  # of G to the spectrum at zero
        assert np.median(lengths) == pytest.approx(np.cbrt(1.5 * ratio**2 * 4000), rel=0.25)
    lengths = [block_length(centred(generator.normal(size=4000)), one_run(4000)) for _ in range(9)]
    assert np.median(lengths) <= 4


def test_a_block_is_no_shorter_than_a_stretch_that_leaves_enough_blocks():
    values = centred(np.random.default_rng(0).normal(size=120))
    dozens = Days(np.arange(120) + 30 * (np.arange(120) // 12), np.zeros(120, int))
    assert block_length(values, dozens) == 12
    runs = Days(np.arange(120) % 12, np.arange(120) // 12)
    assert block_length(values, runs) == 12
    halves = Days(np.arange(120) % 60, np.arange(120) // 60)
    assert block_length(values, halves) < 12  # of stretches of 60 days there are two
    found = sum_of_days(values, dozens)
    assert (found.block_days, found.blocks) == (12, 10)


def test_too_few_blocks_have_no_variance():
    values = centred(np.random.default_rng(0).normal(size=70))
    assert np.isfinite(sum_of_days(values, one_run(70), 8).variance)
    found = sum_of_days(values, one_run(70), 9)
    assert np.isnan(found.variance) and (found.block_days, found.blocks) == (9, 7)
    for n in (0, 1, 2, MIN_BLOCKS - 1):
        assert np.isnan(sum_of_days(np.zeros(n), one_run(n)).variance)


def test_independent_days_have_the_variance_of_independent_days():
    generator = np.random.default_rng(0)
    values = generator.normal(size=(200, 100))
    ratios = [sum_of_days(centred(each), one_run(100)).variance / 100 for each in values]
    assert np.isnan(ratios).mean() < 0.05
    # The correction is for dependence that might be there.
    assert 1 <= np.nanmean(ratios) < 1.15


@pytest.mark.parametrize(
    "days",
    [
        one_run(240),
        Days(np.arange(240) % 24, np.arange(240) // 24),
        Days(np.arange(480)[np.arange(480) % 8 < 4], np.zeros(240, int)),
    ],
    ids=["one run", "ten runs", "stretches of four days with gaps"],
)
def test_the_variance_of_dependent_days_is_found_whatever_their_stretches(days):
    generator, found = np.random.default_rng(0), []
    for _ in range(100):
        values = np.stack([process(0.7, 480, generator) for _ in range(10)])[days.run, days.day]
        found.append(sum_of_days(centred(values), days).variance)
    apart = np.abs(np.subtract.outer(days.day, days.day))
    true = np.sum(0.7**apart * np.equal.outer(days.run, days.run))
    assert 0.85 * true < np.mean(found) < 1.3 * true
    assert true > 2.5 * 240  # else there was nothing to find


@pytest.mark.parametrize(("coefficient", "least"), [(0.0, 0.93), (0.5, 0.92), (0.8, 0.88)])
def test_means_of_days_lie_within_their_intervals_as_often_as_said(coefficient, least):
    generator, held, shown = np.random.default_rng(0), 0, 0
    for _ in range(250):
        values = process(coefficient, 60, generator)
        found = sum_of_days(centred(values), one_run(60))
        if np.isfinite(found.variance):
            shown += 1
            half = stdtrit(found.degrees, 0.975) * np.sqrt(found.variance)
            held += abs(values.sum()) <= half
    assert shown > 150 and held / shown >= least - 0.02  # the error of so many
    assert held / shown < 0.98
