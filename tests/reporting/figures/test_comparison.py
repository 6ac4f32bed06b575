"""The figure that compares networks shows intervals, and of how many blocks they are."""

import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer

from deepsphere_pipe.evaluation import Tally
from deepsphere_pipe.evaluation.influence import score_of
from deepsphere_pipe.evaluation.intervals import interval
from deepsphere_pipe.reporting.figures.comparison import SCORES, score_comparison
from tests.reporting.figures.conftest import drawn, panels_of


def errorbars(axes):
    """Return middle and ends of every interval in a panel, horizontal or vertical."""
    found = []
    for bars in axes.containers:
        assert isinstance(bars, ErrorbarContainer)
        line, _, (ends,) = bars
        along = int(ends.get_segments()[0][0][0] == ends.get_segments()[0][1][0])
        found.append((line.get_xydata()[0][along], *ends.get_segments()[0][:, along]))
    return found


def test_error_bars_are_the_intervals(study):
    files = study("net-seed0", 0, skill=0.2) | study("net-seed1", 1, skill=0.2)
    files |= study("other-seed0", 2, skill=0.1)
    figure = drawn(score_comparison, files)
    groups = [
        [Tally.load(files[name]) for name in names]
        for names in (("net-seed0", "net-seed1"), ("other-seed0",))
    ]
    for axes, score in zip(panels_of(figure), SCORES.values(), strict=True):
        for shown, tallies in zip(errorbars(axes), groups, strict=True):
            expected = interval(tallies, score)
            assert expected.low < expected.estimate < expected.high
            np.testing.assert_allclose(
                shown, 100 * np.array([expected.estimate, expected.low, expected.high])
            )
        seeds = next(line for line in axes.get_lines() if line.get_marker() == ".")
        of_seeds = [100 * score_of(tally.per_vertex, score) for tally in groups[0]]
        np.testing.assert_allclose(seeds.get_xdata(), of_seeds)
    names = [label.get_text() for label in panels_of(figure)[0].get_yticklabels()]
    assert names == ["net", "other"]


def test_samplings_are_compared_by_area(study):
    files = study("net-ico-seed0", 0, skill=0.2, sampling_name="ico", experiment="net")
    files |= study("net-grid-seed0", 0, skill=0.2, sampling_name="grid", experiment="net")
    figure = drawn(score_comparison, files)
    (ico, *_), expected = errorbars(panels_of(figure)[0])[0], []
    for by_area in (True, False):
        tallies = [Tally.load(files["net-ico-seed0"])]
        expected.append(100 * interval(tallies, by_area=by_area).estimate)
    assert ico == pytest.approx(expected[0]) and ico != pytest.approx(expected[1])
    assert panels_of(figure)[0].get_xlabel() == "AP by area (%)"
    names = [label.get_text() for label in panels_of(figure)[0].get_yticklabels()]
    assert names == ["net, ico", "net, grid"]


def test_scores_of_an_older_version_have_no_interval(study):
    files = study("net-seed0", complete=False, skill=0.2) | study("b-seed0", 1, complete=False)
    figure = drawn(score_comparison, files)
    tally = Tally.load(files["net-seed0"])
    expected = 100 * score_of(tally.per_vertex, "mean_average_precision")
    bars = panels_of(figure)[0].containers[0]
    assert bars[0].get_xdata()[0] == pytest.approx(expected)
    assert bars.has_xerr is False
