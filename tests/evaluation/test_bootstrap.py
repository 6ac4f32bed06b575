"""Intervals: closed forms, what pairing gains, and how often they hold the truth."""

import numpy as np
import pytest
import torch

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation import Tally
from deepsphere_pipe.evaluation.bootstrap import SCORES, difference, interval, score_of
from deepsphere_pipe.evaluation.groups import Days

N_VERTICES = 60


def tally_of(scores, labels, days=None):
    """Return the tally of maps (map, vertex), each on a day of its own."""
    n = len(labels)
    days = days or Days.of(24 * np.arange(n), np.zeros(n))
    areas = np.linspace(1, 2, labels.shape[1])
    tally = Tally(3, areas, days=days)
    tally.update(torch.as_tensor(scores), torch.as_tensor(labels))
    return tally


def noisy(n_days=40, skill=1.0, seed=0, hardness_seed=1, n_vertices=N_VERTICES):
    """Return scores and labels whose difficulty differs from day to day."""
    labels = np.random.default_rng(hardness_seed).choice(3, (n_days, n_vertices), p=[0.6, 0.1, 0.3])
    hardness = np.random.default_rng(hardness_seed + 1).uniform(0.1, 2, (n_days, 1, 1))
    noise = np.random.default_rng(seed).normal(size=(n_days, n_vertices, 3))
    logits = torch.from_numpy(skill * hardness * np.eye(3)[labels] + noise)
    return logits.softmax(-1), labels


@pytest.mark.parametrize("by_area", [False, True])
@pytest.mark.parametrize("score", SCORES)
def test_the_estimate_is_the_score_itself(score, by_area):
    tally = tally_of(*noisy())
    found = interval([tally], score, by_area, replicates=50)
    whole = tally.by_area if by_area else tally.per_vertex
    assert found.estimate == score_of(whole, score)
    assert found.low < found.estimate < found.high


def test_equal_days_leave_nothing_uncertain():
    scores, labels = (each[:1] for each in noisy())
    tally = tally_of(np.repeat(scores.numpy(), 10, axis=0), np.repeat(labels, 10, axis=0))
    found = interval([tally], replicates=100)
    assert found.high - found.low == pytest.approx(0, abs=1e-12)


def test_the_interval_of_a_share_is_that_of_a_mean_of_days():
    """Accuracy of BG, every day with as many vertices of it: a mean of independent days."""
    generator = np.random.default_rng(0)
    labels = np.zeros((400, N_VERTICES), int)
    labels[:, :10], labels[:, 10:20] = 1, 2
    right = generator.random((400, N_VERTICES)) < generator.uniform(0.2, 0.9, (400, 1))
    scores = np.eye(3)[np.where(right, labels, (labels + 1) % 3)]
    found = interval([tally_of(scores, labels)], "recall_bg")
    of_days = right[:, 20:].mean(axis=1)
    half = 1.96 * of_days.std() / np.sqrt(400)
    assert found.estimate == pytest.approx(of_days.mean())
    assert found.high - found.estimate == pytest.approx(half, rel=0.15)
    assert found.estimate - found.low == pytest.approx(half, rel=0.15)


def test_days_and_not_maps_are_drawn():
    """Eight copies of every day's map say no more than one."""
    scores, labels = noisy()
    once, n = interval([tally_of(scores, labels)]), len(labels)
    days = Days.of(np.repeat(24 * np.arange(n), 8) + np.tile(3 * np.arange(8), n), np.zeros(8 * n))
    copies = tally_of(np.repeat(scores.numpy(), 8, axis=0), np.repeat(labels, 8, axis=0), days)
    often = interval([copies])
    assert often.high - often.low == pytest.approx(once.high - once.low, rel=1e-6)


def test_a_difference_is_more_certain_than_its_parts():
    good, bad = tally_of(*noisy(skill=1.3)), tally_of(*noisy(skill=1.0, seed=5))
    found = difference([good], [bad])
    assert found.estimate == pytest.approx(
        score_of(good.per_vertex, SCORES[0]) - score_of(bad.per_vertex, SCORES[0])
    )
    widths = [i.high - i.low for i in (interval([good]), interval([bad]))]
    assert found.high - found.low < 0.9 * np.hypot(*widths)
    assert found.low > 0


def test_an_experiment_does_not_differ_from_itself():
    tally = tally_of(*noisy())
    found = difference([tally], [tally])
    assert (found.estimate, found.low, found.high) == (0, 0, 0)


def test_seeds_are_averaged():
    tallies = [tally_of(*noisy(seed=seed)) for seed in (1, 2, 3)]
    expected = np.mean([score_of(each.per_vertex, SCORES[0]) for each in tallies])
    assert interval(tallies, replicates=20).estimate == pytest.approx(expected)


@pytest.mark.slow
def test_intervals_hold_the_truth_about_as_often_as_they_say():
    truth = score_of(tally_of(*noisy(20_000, hardness_seed=99)).per_vertex, "recall_tc")
    held = 0
    for seed in range(100):
        found = interval(
            [tally_of(*noisy(60, seed=seed, hardness_seed=200 + 2 * seed))],
            "recall_tc",
            False,
            200,
        )
        held += found.low <= truth <= found.high
    assert 87 <= held <= 100


def test_an_absent_class_is_undefined():
    scores, labels = noisy()
    tally = tally_of(scores, np.where(labels == 1, 0, labels))
    for score in ("average_precision_tc", "mean_average_precision", "recall_tc"):
        found = interval([tally], score, replicates=20)
        assert np.isnan([found.estimate, found.low, found.high]).all()
    assert np.isfinite(interval([tally], "average_precision_ar", replicates=20).low)


def test_a_single_day_has_no_interval():
    scores, labels = noisy(1)
    found = interval([tally_of(scores, labels)], replicates=20)
    assert np.isfinite(found.estimate) and np.isnan(found.low)


def test_other_days_or_none_are_refused():
    scores, labels = noisy()
    other = Days.of(24 * np.arange(1, 41), np.zeros(40))
    with pytest.raises(UserError, match="different test maps"):
        difference([tally_of(scores, labels)], [tally_of(scores, labels, other)])
    old = Tally(3)
    old.update(scores, torch.as_tensor(labels))
    with pytest.raises(UserError, match="have no days"):
        interval([old])


def test_stored_days_give_the_same_and_are_read_when_asked_for(tmp_path):
    tally = tally_of(*noisy())
    tally.save(tmp_path / "histograms.nc")
    loaded = Tally.load(tmp_path / "histograms.nc")
    for score in ("mean_average_precision", "iou_ar"):
        for by_area in (False, True):
            expected = interval([tally], score, by_area, replicates=50)
            assert interval([loaded], score, by_area, replicates=50) == expected
    assert not any(isinstance(value, np.ndarray) for value in vars(loaded.blocks).values())
