"""What an evaluation writes: scores with their means, and examples that only the truth chooses."""

import json

import numpy as np
import pytest
import torch

from deepsphere_pipe.evaluation.evaluate import Scored, write_scores
from deepsphere_pipe.evaluation.examples import choose_examples
from deepsphere_pipe.evaluation.tally import Tally


class FewMaps:
    """Six maps of two days; labels (map, vertex)."""

    runs = np.ones(6, int)
    hours = np.array([0, 3, 6, 24, 27, 30])
    shares = ((9, 0), (2, 2), (4, 4), (0, 9), (1, 1), (0, 0))  # vertices of TC and AR

    def labels(self, index):
        tc, ar = self.shares[index]
        return np.repeat([0, 1, 2], [40 - tc - ar, tc, ar]).astype(np.uint8)


def test_examples_have_both_events_and_differ_in_day():
    chosen = choose_examples(FewMaps(), np.arange(6), n=4)
    assert chosen.tolist() == [2, 4]
    assert choose_examples(FewMaps(), np.array([0, 1]), n=1).tolist() == [1]


def tally_of(draw_labels):
    """Three maps of 100 vertices of different areas with random scores."""
    generator = np.random.default_rng(0)
    tally = Tally(3, areas=generator.uniform(0.1, 1, 100))
    scores = torch.from_numpy(generator.dirichlet([1, 1, 1], (3, 100)))
    tally.update(scores, torch.from_numpy(draw_labels(generator)))
    return tally


def test_mean_ap_is_over_events_and_accuracy_over_all_classes(tmp_path):
    tally = tally_of(lambda generator: generator.integers(0, 3, (3, 100)))
    write_scores(tmp_path / "a.json", Scored("a-seed0", "a", "network", 0), tally, {"x": 1})
    scores = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    for kind in (scores, scores["by_area"]):
        classes = kind["classes"]
        events = [classes[name]["average_precision"] for name in ("TC", "AR")]
        assert kind["mean_average_precision"] == pytest.approx(np.mean(events))
        accuracies = [classes[name]["accuracy"] for name in ("BG", "TC", "AR")]
        assert kind["mean_accuracy"] == pytest.approx(np.mean(accuracies))
    assert scores["classes"] != scores["by_area"]["classes"]
    assert scores["run"] == "a-seed0" and scores["provenance"] == {"x": 1}


def test_scores_of_an_absent_class_and_their_means_are_null(tmp_path):
    tally = tally_of(lambda generator: 2 * generator.integers(0, 2, (3, 100)))
    write_scores(tmp_path / "a.json", Scored("a", "a", "baseline"), tally, {})
    scores = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert scores["classes"]["TC"]["average_precision"] is None
    assert scores["mean_average_precision"] is None and scores["mean_accuracy"] is None


def test_the_exact_score_stands_beside_that_of_the_histograms(tmp_path):
    tally = tally_of(lambda generator: generator.integers(0, 3, (3, 100)))
    exact = np.array([0.5, np.nan, 0.25])
    write_scores(tmp_path / "a.json", Scored("a", "a", "network"), tally, {}, 0.5, [], exact)
    scores = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert scores["exact_average_precision"] == {"BG": 0.5, "TC": None, "AR": 0.25}
    assert scores["loss"] == 0.5 and scores["events"]["TC"]["true"] == 0
