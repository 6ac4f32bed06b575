"""Confusion matrices: what each class is taken for."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.reporting.figures.style import FigureSettings, figure_of, grid_for
from deepsphere_pipe.reporting.runs import Experiment, read_experiments
from deepsphere_pipe.reporting.tables.cells import ABSENT

LEAST_INCHES, MOST_INCHES = 2.5, 3.3
"""Width of a matrix with its labels."""

COLORMAP = "Blues"


@figure_of(read_experiments)
def confusion_matrices(experiments: list[Experiment], settings: FigureSettings) -> Figure:
    """Draw the confusion matrix of each experiment, its seeds added up.

    A row is the true class: its shares in per cent, with the number of vertices below. The row of
    a class that is absent has no shares.
    """
    rows, columns = grid_for(len(experiments), settings.width_inches, LEAST_INCHES)
    side = min(settings.width_inches / columns, MOST_INCHES)
    size = (side * columns, (0.92 * side + 0.15) * rows)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes in panels.flat[len(experiments) :]:
        axes.set_axis_off()
    for axes, experiment in zip(panels.flat, experiments, strict=False):
        _draw_matrix(axes, experiment)
    for axes in panels[:, 0]:
        axes.set_ylabel("true class")
    for number, axes in enumerate(panels.flat[: len(experiments)]):
        if number + columns >= len(experiments):  # nothing below it
            axes.set_xlabel("predicted class")
    return figure


def _draw_matrix(axes: Axes, experiment: Experiment) -> None:
    counts = np.sum([tally.per_vertex.confusion for tally in experiment.tallies], axis=0)
    true = counts.sum(axis=1, keepdims=True)
    shares = np.divide(100 * counts, true, out=np.full(counts.shape, np.nan), where=true > 0)
    axes.imshow(shares, cmap=COLORMAP, vmin=0, vmax=100)
    for row, column in np.ndindex(*counts.shape):
        share = shares[row, column]
        colour = "white" if share > 55 else "black"
        text = ABSENT if np.isnan(share) else f"{share:.1f} %"
        place: dict[str, Any] = {"ha": "center", "color": colour}
        axes.text(column, row - 0.03, text, va="bottom", fontsize=9, **place)
        axes.text(column, row + 0.08, _count(counts[row, column]), va="top", fontsize=7, **place)
    ticks = range(len(counts))
    names = CLASSES[: len(counts)]
    axes.set(title=experiment.legend, xticks=ticks, yticks=ticks)
    axes.set_xticklabels(names)
    axes.set_yticklabels(
        [f"no {name}" if n == 0 else name for name, n in zip(names, true[:, 0], strict=True)]
    )
    axes.tick_params(length=0)
    axes.grid(False)
    axes.spines[:].set_visible(False)


def _count(number: int) -> str:
    """Return a count that fits in a cell: exact up to six digits."""
    if number < 1_000_000:
        return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{number / 1e6:.4g} M"
