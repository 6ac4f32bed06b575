"""The Brier score is scikit-learn's, and levels tell apart honest and boastful probabilities."""

import numpy as np
import torch
from sklearn.metrics import brier_score_loss

from deepsphere_pipe.evaluation.binning import bin_scores
from deepsphere_pipe.evaluation.reliability import LEVELS, Reliability


def drawn(n=20_000, seed=0):
    """Labels that are drawn from the probabilities themselves."""
    generator = np.random.default_rng(seed)
    scores = generator.dirichlet([1, 1, 1], n).astype(np.float32)
    labels = (generator.random(n)[:, None] > scores.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return scores, labels


def reliability_of(scores, labels, weights=None):
    result = Reliability(3)
    for part in np.array_split(np.arange(len(labels)), 3):
        weight = None if weights is None else torch.from_numpy(weights[part])
        result.count(bin_scores(scores[part], labels[part], 3), weight)
    return result


def test_the_brier_score_is_scikit_learns():
    scores, labels = drawn()
    weights = np.random.default_rng(1).integers(1, 1000, len(labels))
    for weight in (None, weights):
        expected = [
            brier_score_loss(labels == c, scores[:, c], sample_weight=weight) for c in range(3)
        ]
        found = reliability_of(scores, labels, weight).brier()
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_constant_probability_has_the_brier_score_of_its_formula():
    labels = np.repeat([0, 1], [75, 25])
    scores = np.tile([0.75, 0.25, 0], (100, 1))
    found = reliability_of(scores, labels).brier()
    np.testing.assert_allclose(found, [0.75 * 0.25, 0.75 * 0.25, 0])


def test_honest_probabilities_lie_on_the_diagonal():
    reliability = reliability_of(*drawn())
    observed = reliability.positive / reliability.total
    told = reliability.probability_sum / reliability.total
    spread = np.sqrt(told * (1 - told) / reliability.total)
    assert np.nanmax(np.abs(observed - told) / spread) < 4.5
    assert reliability.total.sum(axis=1).tolist() == [20_000] * 3
    edges = np.arange(LEVELS + 1) / LEVELS
    assert np.all((told >= edges[:-1] - 1e-6) & (told <= edges[1:] + 1e-6))


def test_boastful_probabilities_do_not():
    scores, labels = drawn()
    boastful = torch.from_numpy(scores).log().mul(3).softmax(-1)
    reliability = reliability_of(boastful.numpy(), labels)
    observed = reliability.positive / reliability.total
    assert observed[0, -1] < 0.9 and observed[0, 0] > 0.03


def test_without_pixels_it_is_undefined():
    assert np.isnan(Reliability(3).brier()).all()
