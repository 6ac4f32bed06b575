"""Scores of trained networks on turned maps: whether they have learnt a place or a direction."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from deepsphere_pipe.channels import EVENTS
from deepsphere_pipe.reporting.cells import spanned
from deepsphere_pipe.reporting.figures import series
from deepsphere_pipe.reporting.figures.style import FigureSettings, Sheet, figure_of
from deepsphere_pipe.reporting.reading import read_table
from deepsphere_pipe.reporting.runs import Experiment, read_experiments

PANELS = {
    **{f"average_precision_{name.lower()}": f"AP {name} (%)" for name in EVENTS},
    "changed_share": "changed class (%)",
}

LEAST_SPAN = 5
"""Per cent that every axis shows, so that rounding is not drawn as a difference."""


@figure_of(read_experiments)
def equivariance_of_networks(experiments: list[Experiment], settings: FigureSettings) -> Sheet:
    """Draw average precision and the share of changed classes for every rotation.

    A small point is one rotation of one seed, a large one the maps as they are. Of the changed
    classes the greatest share is written beside the points.
    """
    styles = series.styles(experiments, settings)
    tables = [[_read(run.folder) for run in each.runs] for each in experiments]
    figure = Sheet(settings.width_inches, 0.34 * len(experiments) + 1.3)
    panels = figure.subplots(1, len(PANELS), sharey=True)
    for axes, (column, label) in zip(panels, PANELS.items(), strict=True):
        for row, (experiment, of_seeds) in enumerate(zip(experiments, tables, strict=True)):
            _draw_row(axes, row, of_seeds, column, styles[experiment.legend]["color"])
        axes.set_xlabel(label)
        axes.margins(x=0.12)
        low, high = axes.get_xlim()
        missing = max(LEAST_SPAN - (high - low), 0) / 2
        axes.set_xlim(low - missing, high + missing)
    panels[-1].set_xlim(-0.5, max(LEAST_SPAN, panels[-1].get_xlim()[1]))
    panels[0].set_yticks(range(len(experiments)), [each.legend for each in experiments])
    panels[0].set_ylim(len(experiments) - 0.5, -0.5)
    figure.note(_note([table for of_seeds in tables for table in of_seeds]))
    return figure


def _read(folder: object) -> pd.DataFrame:
    return read_table(f"{folder}/rotations.csv", "scores by rotation", (*PANELS, "maps"))


def _draw_row(
    axes: Axes, row: int, of_seeds: Sequence[pd.DataFrame], column: str, colour: str
) -> None:
    for seed, table in enumerate(of_seeds):
        values = 100 * table[column].to_numpy(float)
        height = row + 0.24 * ((seed + 0.5) / len(of_seeds) - 0.5) * 2
        turned = values[1:]
        axes.plot(turned, np.full(len(turned), height), ".", color=colour, markersize=3, alpha=0.5)
        if column != "changed_share":
            axes.plot(values[0], height, "o", color=colour, markersize=5, markeredgecolor="black")
    if column == "changed_share":
        greatest = max(table[column][1:].max() for table in of_seeds)
        text = "no rotation" if np.isnan(greatest) else f"{100 * greatest:.3g}"
        style: dict = {"textcoords": "offset points", "va": "center", "fontsize": 8}
        axes.annotate(text, (np.nan_to_num(100 * greatest), row), xytext=(5, 0), **style)


def _note(tables: list[pd.DataFrame]) -> str:
    rotations = spanned(str(n) for n in sorted({len(table) for table in tables}))
    maps = spanned(str(n) for n in sorted({int(n) for table in tables for n in table["maps"]}))
    return (
        f"{maps} test maps in {rotations} positions that permute the vertices, predictions turned "
        "back. Large points: the maps as they are; numbers: the greatest share of vertices "
        "predicted as an event whose class changes."
    )
