"""Influences are the derivatives of scores, and blocks of days follow from what they are."""

import numpy as np
import pytest
import torch

from deepsphere_pipe.evaluation import Tally
from deepsphere_pipe.evaluation.groups import Days
from deepsphere_pipe.evaluation.influence import SCORES, influence, precision_derivative, score_of
from deepsphere_pipe.evaluation.precision import average_precision_from_counts
from deepsphere_pipe.evaluation.scores import ScoreHistograms


@pytest.fixture(scope="module")
def tally():
    generator = np.random.default_rng(0)
    labels = generator.choice(3, (12, 200), p=[0.6, 0.1, 0.3])
    scores = torch.as_tensor(
        generator.uniform(0, 3, (12, 1, 1)) * np.eye(3)[labels]
        + generator.normal(size=(12, 200, 3))
    ).softmax(-1)
    days = Days.of(24 * np.arange(12), np.zeros(12))
    tally = Tally(3, np.linspace(1, 2, 200), days=days)
    tally.update(scores, torch.as_tensor(labels))
    return tally


def of_weighted_days(tally, weights, by_area):
    """Return the histograms in which each day counts by a weight."""
    grouped = tally.blocks.by_area if by_area else tally.blocks.per_vertex
    histograms = ScoreHistograms(3, grouped.counts.shape[-1])
    histograms.counts = np.tensordot(weights, grouped.counts, 1)
    histograms.confusion = np.tensordot(weights, grouped.confusion, 1)
    return histograms


@pytest.mark.parametrize("by_area", [False, True])
@pytest.mark.parametrize("score", SCORES)
def test_an_influence_is_what_a_little_more_of_a_day_changes(tally, score, by_area):
    found = influence(tally.blocks, score, by_area)
    step, expected = 1e-4, []
    for day in np.eye(12):
        ends = (of_weighted_days(tally, 1 + sign * step * day, by_area) for sign in (1, -1))
        more, less = (score_of(histograms, score) for histograms in ends)
        expected.append((more - less) / (2 * step))
    np.testing.assert_allclose(found, expected, atol=1e-7)
    assert found.sum() == pytest.approx(0, abs=1e-12)
    assert np.abs(found).max() > 1e-4


def test_the_derivative_of_precision_is_by_every_count():
    generator = np.random.default_rng(1)
    counts = generator.integers(0, 5, (2, 30)).astype(float)
    counts[1, 5], counts[:, 7] = 0, 0
    counts[:, 0] = 1
    found = precision_derivative(*counts)
    for place in np.ndindex(counts.shape):
        ends = [counts.copy(), counts.copy()]
        step = 1e-5 if counts[place] else 0.0  # a count cannot fall below none
        ends[0][place] += 1e-5
        ends[1][place] -= step
        more, less = (average_precision_from_counts(*each) for each in ends)
        assert found[place] == pytest.approx((more - less) / (1e-5 + step), abs=2e-4)


def test_a_class_that_is_absent_has_no_influence():
    generator = np.random.default_rng(0)
    tally = Tally(3, days=Days.of(24 * np.arange(5), np.zeros(5)))
    scores = torch.as_tensor(generator.dirichlet([1, 1, 1], (5, 50)))
    tally.update(scores, torch.as_tensor(2 * generator.integers(0, 2, (5, 50))))
    for score in ("average_precision_tc", "mean_average_precision", "iou_tc", "f1_tc", "recall_tc"):
        assert np.isnan(influence(tally.blocks, score)).all()
    assert np.isfinite(influence(tally.blocks, "iou_ar")).all()
