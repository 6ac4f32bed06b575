"""Average precision of experiments side by side, with its uncertainty."""

import textwrap

import numpy as np
from matplotlib.axes import Axes

from deepsphere_pipe.evaluation.intervals import Interval
from deepsphere_pipe.reporting.figures import series
from deepsphere_pipe.reporting.figures.style import FigureSettings, Sheet, figure_of, say_instead
from deepsphere_pipe.reporting.intervals import compared_by_area, interval_of, scores_of_seeds
from deepsphere_pipe.reporting.runs import Experiment, read_experiments

SCORES = {
    "mean AP": "mean_average_precision",
    "AP TC": "average_precision_tc",
    "AP AR": "average_precision_ar",
}
"""Scores that have intervals, by their names in tables."""

LEAST_INCHES = 2.2
"""Width of a panel."""

NAME_LETTERS = 22
"""After how many letters the name of an experiment goes on in the next line."""


@figure_of(read_experiments)
def score_comparison(experiments: list[Experiment], settings: FigureSettings) -> Sheet:
    """Draw the average precision of each experiment as a point with its interval.

    Experiments on several samplings are compared by area, as long as all files have that.
    """
    styles = series.styles(experiments, settings)
    by_area = compared_by_area(experiments)
    rows, columns = settings.grid(len(SCORES), LEAST_INCHES)
    names = [textwrap.fill(each.legend, NAME_LETTERS) for each in experiments]
    lines = sum(1.0 + name.count("\n") for name in names)
    figure = Sheet(settings.width_inches, rows * (0.24 * lines + 0.75) + 0.45)
    panels, intervals = figure.grid(len(SCORES), rows, columns, sharey=True)[:, 0], []
    for axes, (title, score) in zip(panels, SCORES.items(), strict=True):
        axes.set(title=title, xlabel=f"AP{' by area' if by_area else ''} (%)")
        for row, experiment in enumerate(experiments):
            colour = styles[experiment.legend]["color"]
            intervals.append(_draw_row(axes, row, experiment, score, by_area, colour))
        if not any(len(line.get_xdata()) for line in axes.get_lines()):
            say_instead(axes, "not defined")
        axes.set_yticks(range(len(experiments)), names)
        axes.set_ylim(len(experiments) - 0.5, -0.5)
        axes.margins(x=0.08)
    several = any(len(each.tallies) > 1 for each in experiments)
    figure.note(series.interval_note(intervals, several, single_seeds=True))
    return figure


def _draw_row(
    axes: Axes, row: int, experiment: Experiment, score: str, by_area: bool, colour: str
) -> Interval:
    seeds = 100 * np.array(scores_of_seeds(experiment, score, by_area))
    seeds = seeds[np.isfinite(seeds)]
    if len(seeds) > 1:
        axes.plot(seeds, np.full(len(seeds), row + 0.22), ".", color=colour, markersize=4)
    found = interval_of(experiment, score, by_area)
    if np.isfinite(found.estimate):
        style: dict = {"fmt": "o", "color": colour, "markersize": 6, "capsize": 3}
        axes.errorbar(100 * found.estimate, row, xerr=series.error_bars(found), **style)
    return found
