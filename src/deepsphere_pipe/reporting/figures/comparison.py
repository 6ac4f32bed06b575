"""Average precision of experiments side by side, with its uncertainty."""

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deepsphere_pipe.reporting.figures.series import INTERVAL_NOTE, error_bars, series_styles
from deepsphere_pipe.reporting.figures.style import (
    FigureSettings,
    add_note,
    figure_of,
    grid_for,
    say_instead,
)
from deepsphere_pipe.reporting.intervals import compared_by_area, interval_of, scores_of_seeds
from deepsphere_pipe.reporting.runs import Experiment, read_experiments

SCORES = {
    "mean AP": "mean_average_precision",
    "AP TC": "average_precision_tc",
    "AP AR": "average_precision_ar",
}
"""Scores of the bootstrap by their names in tables."""

LEAST_INCHES = 2.2
"""Width of a panel."""

NAME_LETTERS = 22
"""After how many letters the name of an experiment goes on in the next line."""


@figure_of(read_experiments)
def score_comparison(experiments: list[Experiment], settings: FigureSettings) -> Figure:
    """Draw the average precision of each experiment as a point with its interval.

    Experiments on several samplings are compared by area, as long as all files have that.
    """
    styles = series_styles(experiments, settings)
    by_area = compared_by_area(experiments)
    rows, columns = grid_for(len(SCORES), settings.width_inches, LEAST_INCHES)
    names = [textwrap.fill(each.legend, NAME_LETTERS) for each in experiments]
    lines = sum(1.0 + name.count("\n") for name in names)
    height = rows * (0.24 * lines + 0.75) + 0.45
    figure = Figure(figsize=(settings.width_inches, height), layout="constrained")
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in panels.flat[len(SCORES) :]:
        axes.set_axis_off()
    for axes, (title, score) in zip(panels.flat, SCORES.items(), strict=False):
        axes.set(title=title, xlabel=f"AP{' by area' if by_area else ''} (%)")
        for row, experiment in enumerate(experiments):
            _draw_row(axes, row, experiment, score, by_area, styles[experiment.legend]["color"])
        if not any(len(line.get_xdata()) for line in axes.get_lines()):
            say_instead(axes, "not defined")
        axes.set_yticks(range(len(experiments)), names)
        axes.set_ylim(len(experiments) - 0.5, -0.5)
        axes.margins(x=0.08)
    several = any(len(each.tallies) > 1 for each in experiments)
    add_note(figure, f"{INTERVAL_NOTE}{'; small points: single seeds' if several else ''}.")
    return figure


def _draw_row(
    axes: Axes, row: int, experiment: Experiment, score: str, by_area: bool, colour: str
) -> None:
    score_interval = interval_of(experiment, score, by_area)
    seeds = 100 * np.array(scores_of_seeds(experiment, score, by_area))
    seeds = seeds[np.isfinite(seeds)]
    if len(seeds) > 1:
        axes.plot(seeds, np.full(len(seeds), row + 0.22), ".", color=colour, markersize=4)
    if np.isfinite(score_interval.estimate):
        axes.errorbar(
            100 * score_interval.estimate,
            row,
            xerr=error_bars(score_interval),
            fmt="o",
            color=colour,
            markersize=6,
            capsize=3,
        )
