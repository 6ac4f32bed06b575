"""The figure of calibration shows observed against predicted frequencies."""

import json

import numpy as np

from deepsphere_pipe.evaluation import Tally
from deepsphere_pipe.reporting.figures.calibration import reliability_curves
from tests.reporting.figures.conftest import drawn, panels_of


def test_reliability_is_observed_against_predicted(study):
    files = study("net-seed0", 0) | study("net-seed1", 1)
    figure = drawn(reliability_curves, files)
    tallies = [Tally.load(path) for path in files.values()]
    scores = [
        json.loads(path.with_name("scores.json").read_text(encoding="utf-8"))
        for path in files.values()
    ]
    curve, share = panels_of(figure)[0], panels_of(figure)[2]
    total, positive, probability = (
        sum(getattr(tally.reliability, name)[1] for tally in tallies)
        for name in ("total", "positive", "probability_sum")
    )
    there = total > 0
    line = next(each for each in curve.get_lines() if each.get_label().startswith("net"))
    np.testing.assert_allclose(line.get_xdata(), 100 * (probability / total)[there])
    np.testing.assert_allclose(line.get_ydata(), 100 * (positive / total)[there])
    np.testing.assert_allclose(share.get_lines()[0].get_ydata().sum(), 100)
    brier = [each["classes"]["TC"]["brier"] for each in scores]
    assert line.get_label().startswith(f"net: Brier {np.mean(brier):.3g} ± ")
    frequency = positive.sum() / total.sum()
    labels = [text.get_text() for text in share.get_legend().get_texts()]
    assert labels[1] == f"always the share of TC: Brier {frequency * (1 - frequency):.3g}"
