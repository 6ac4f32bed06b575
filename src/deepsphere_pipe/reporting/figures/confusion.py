"""Confusion matrices: what each class is taken for."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.reporting.cells import ABSENT
from deepsphere_pipe.reporting.figures.style import FigureSettings, Sheet, figure_of
from deepsphere_pipe.reporting.runs import Experiment, read_experiments

LEAST_INCHES, MOST_INCHES = 2.5, 3.3
"""Width of a matrix with its labels."""

COLORMAP = "Blues"


@figure_of(read_experiments)
def confusion_matrices(experiments: list[Experiment], settings: FigureSettings) -> Sheet:
    """Draw the confusion matrix of each experiment, its seeds added up.

    A row is the true class: its shares in per cent, with the number of vertices below. The row of
    a class that is absent has no shares.
    """
    rows, columns = settings.grid(len(experiments), LEAST_INCHES)
    side = min(settings.width_inches / columns, MOST_INCHES)
    figure = Sheet(side * columns, (0.92 * side + 0.15) * rows)
    panels = figure.grid(len(experiments), rows, columns)[:, 0]
    for number, (axes, experiment) in enumerate(zip(panels, experiments, strict=True)):
        _draw_matrix(axes, experiment)
        if number % columns == 0:
            axes.set_ylabel("true class")
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
    axes.set_title(experiment.legend)
    axes.set_xticks(ticks, CLASSES)
    there = zip(CLASSES, true[:, 0] > 0, strict=True)
    axes.set_yticks(ticks, [name if any_ else f"no {name}" for name, any_ in there])
    axes.tick_params(length=0)
    axes.grid(False)
    axes.spines[:].set_visible(False)


def _count(number: int) -> str:
    """Return a count that fits in a cell: exact up to six digits."""
    if number < 1_000_000:
        return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{number / 1e6:.4g} M"
