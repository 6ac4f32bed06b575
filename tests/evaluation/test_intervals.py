"""Intervals: closed forms, what pairing gains, and how often they hold the truth."""

import numpy as np
import pytest
import torch

from benchmarks import intervals as simulation
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation import Tally
from deepsphere_pipe.evaluation.groups import Days
from deepsphere_pipe.evaluation.influence import SCORES, score_of
from deepsphere_pipe.evaluation.intervals import difference, interval

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
    found = interval([tally], score, by_area)
    whole = tally.by_area if by_area else tally.per_vertex
    assert found.estimate == score_of(whole, score)
    assert found.low < found.estimate < found.high


def test_equal_days_leave_nothing_uncertain():
    scores, labels = (each[:1] for each in noisy())
    tally = tally_of(np.repeat(scores.numpy(), 10, axis=0), np.repeat(labels, 10, axis=0))
    found = interval([tally])
    assert found.high - found.low == pytest.approx(0, abs=1e-12)


def test_the_interval_of_a_share_is_that_of_a_mean_of_days():
    """Accuracy of BG, every day with as many vertices of it: a mean of independent days."""
    generator, ratios = np.random.default_rng(0), []
    labels = np.zeros((400, N_VERTICES), int)
    labels[:, :10], labels[:, 10:20] = 1, 2
    for _ in range(20):
        right = generator.random((400, N_VERTICES)) < generator.uniform(0.2, 0.9, (400, 1))
        scores = np.eye(3)[np.where(right, labels, (labels + 1) % 3)]
        found = interval([tally_of(scores, labels)], "recall_bg")
        of_days = right[:, 20:].mean(axis=1)
        assert found.estimate == pytest.approx(of_days.mean())
        assert found.block_days * found.blocks <= 400
        ratios.append((found.high - found.low) / (2 * 1.96 * of_days.std() / np.sqrt(400)))
    assert 1 <= np.mean(ratios) < 1.15  # wider by Student's t of some twenty degrees of freedom


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
    assert interval(tallies).estimate == pytest.approx(expected)


@pytest.mark.slow
def test_intervals_hold_the_truth_about_as_often_as_they_say():
    truth = score_of(tally_of(*noisy(20_000, hardness_seed=99)).per_vertex, "recall_tc")
    held = 0
    for seed in range(100):
        found = interval(
            [tally_of(*noisy(60, seed=seed, hardness_seed=200 + 2 * seed))],
            "recall_tc",
        )
        held += found.low <= truth <= found.high
    assert 87 <= held <= 100


def test_an_absent_class_is_undefined():
    scores, labels = noisy()
    tally = tally_of(scores, np.where(labels == 1, 0, labels))
    for score in ("average_precision_tc", "mean_average_precision", "recall_tc"):
        found = interval([tally], score)
        assert np.isnan([found.estimate, found.low, found.high]).all()
    assert np.isfinite(interval([tally], "average_precision_ar").low)


def test_a_single_day_has_no_interval():
    scores, labels = noisy(1)
    found = interval([tally_of(scores, labels)])
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
            expected = interval([tally], score, by_area)
            assert interval([loaded], score, by_area) == expected
    assert not any(isinstance(value, np.ndarray) for value in vars(loaded.blocks).values())


def test_seeds_that_differ_widen_the_interval_and_copies_do_not():
    same = tally_of(*noisy(60))
    once, thrice = (interval([same] * n) for n in (1, 3))
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high), rel=1e-9)
    differing = [tally_of(*noisy(60, skill=skill, seed=7)) for skill in (0.7, 1.0, 1.3)]
    scores = [score_of(each.per_vertex, SCORES[0]) for each in differing]
    found, of_one = interval(differing), interval(differing[1:2])
    assert found.high - found.low > 1.5 * (of_one.high - of_one.low)
    by_seeds = 2 * 1.96 * np.std(scores, ddof=1) / np.sqrt(3)
    assert found.high - found.low > by_seeds  # which has two degrees of freedom
    assert np.ptp(scores) > 0.05


def test_the_ends_of_a_score_lie_between_zero_and_one():
    scores, labels = noisy(20, skill=6)
    found = interval([tally_of(scores, labels)], "recall_bg")
    assert 0.7 < found.low < found.estimate < found.high <= 1
    assert found.estimate - found.low > found.high - found.estimate


def test_the_length_of_a_block_can_be_set_and_too_few_blocks_are_told():
    tally = tally_of(*noisy(60))
    found = interval([tally], block_days=6)
    assert (found.block_days, found.blocks, found.too_short) == (6, 10, False)
    for short in (interval([tally], block_days=8), difference([tally], [tally], block_days=8)):
        assert short.blocks == 7 and short.too_short and np.isnan([short.low, short.high]).all()
        assert np.isfinite(short.estimate)


def test_intervals_hold_the_truth_where_days_follow_each_other(monkeypatch):
    """The simulation of docs/intervals.md, small: half of those of single days would not."""
    monkeypatch.setattr(simulation, "MANY", 10_000)
    hard = next(each for each in simulation.SCENARIOS if each.coefficient == 0.8)
    found = simulation.coverage(hard, 60, replicates=40)
    assert (found["waves"][0] >= 0.8).all() and (found["days"][0] < 0.75).all()
    assert (found["waves"][1] <= 0.25).all() and (found["days"][1] > 0.25).all()
    assert found["none"].max() < 0.3 and found["width"].max() < 2
    easy = simulation.coverage(simulation.SCENARIOS[0], 60, replicates=40)
    assert (easy["waves"][0] >= 0.85).all() and (easy["waves"][1] <= 0.2).all()
