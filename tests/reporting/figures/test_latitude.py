"""The figure of latitudes shows the scores of the bands."""

import numpy as np

from deepsphere_pipe.evaluation import Tally
from deepsphere_pipe.reporting.figures.latitude import scores_by_latitude
from tests.reporting.figures.conftest import drawn, panels_of


def test_scores_by_latitude_are_those_of_the_bands(study):
    files = study("net-seed0", 0) | study("net-seed1", 1)
    figure = drawn(scores_by_latitude, files)
    bands = [Tally.load(path).latitude for path in files.values()]
    for number, (label, score) in enumerate(
        (label, score) for score in ("average_precision", "recall") for label in (1, 2)
    ):
        axes = panels_of(figure)[number]
        (line,) = axes.get_lines()
        expected = [[getattr(h, score)()[label] for h in each.histograms] for each in bands]
        np.testing.assert_allclose(line.get_ydata(), 100 * np.mean(expected, axis=0))
        assert line.get_xdata().tolist() == list(range(-85, 90, 10))
    shares = [patch.get_height() for patch in figure.axes[4].patches]
    first = [100 * each.prevalence()[1] for each in bands[0].histograms]
    np.testing.assert_allclose(shares, first)
