"""What an evaluation writes: scores with their means, and examples that only the truth chooses."""

import json

import numpy as np
import pytest

from deepsphere_pipe.evaluation.evaluate import Scored, choose_examples, write_scores
from deepsphere_pipe.evaluation.scores import ScoreHistograms


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


def test_mean_ap_is_over_events_and_accuracy_over_all_classes(tmp_path):
    histograms = ScoreHistograms(3)
    generator = np.random.default_rng(0)
    histograms.update(generator.dirichlet([1, 1, 1], 300), generator.integers(0, 3, 300))
    write_scores(tmp_path / "a.json", Scored("a-seed0", "a", "network", 0), histograms, {"x": 1})
    scores = json.loads((tmp_path / "a.json").read_text())
    classes = scores["classes"]
    events = [classes[name]["average_precision"] for name in ("TC", "AR")]
    assert scores["mean_average_precision"] == pytest.approx(np.mean(events))
    accuracies = [classes[name]["accuracy"] for name in ("BG", "TC", "AR")]
    assert scores["mean_accuracy"] == pytest.approx(np.mean(accuracies))
    assert scores["run"] == "a-seed0" and scores["provenance"] == {"x": 1}


def test_scores_of_an_absent_class_and_their_means_are_null(tmp_path):
    histograms = ScoreHistograms(3)
    generator = np.random.default_rng(0)
    histograms.update(generator.dirichlet([1, 1, 1], 300), 2 * generator.integers(0, 2, 300))
    write_scores(tmp_path / "a.json", Scored("a", "a", "baseline"), histograms, {})
    scores = json.loads((tmp_path / "a.json").read_text())
    assert scores["classes"]["TC"]["average_precision"] is None
    assert scores["mean_average_precision"] is None and scores["mean_accuracy"] is None
