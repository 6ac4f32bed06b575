"""Samplings and graphs compared by their equivariance error: the figure."""

import os

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator, ScalarFormatter

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting import graph_files
from deepsphere_pipe.reporting.cells import whole
from deepsphere_pipe.reporting.figures.style import (
    LINE_STYLES,
    SERIES_COLOURS,
    FigureSettings,
    Sheet,
    figure_of,
)

PANELS = 3
"""Degrees that the figure shows."""
OTHER_GRAPHS = {"perraudin": (8, "s"), "khasanova_frossard": (4, "D")}
"""Neighbours and marker of the graphs that are not of nearest neighbours."""
HOLLOW: dict = {"linestyle": "", "markerfacecolor": "none", "markersize": 6.5}
LINES_OF_K = ("full lines", "dashed lines")


def read_samplings(path: str | os.PathLike) -> pd.DataFrame:
    """Return the known errors of the csv file of ``graph-analysis samplings``.

    UserError if it cannot be read or holds no error of a nearest-neighbour graph.
    """
    table = graph_files.read_analysis(path, graph_files.OF_SAMPLINGS).dropna(subset=["error"])
    if not (table["graph"] == "knn").any():
        raise UserError(f"{path} holds no error of a nearest-neighbour graph that could be drawn.")
    return table


@figure_of(read_samplings)
def samplings_figure(table: pd.DataFrame, settings: FigureSettings) -> Sheet:
    """Draw the error against k at the largest size, and against the number of vertices."""
    nearest = table[table["graph"] == "knn"]
    degrees = sorted(nearest["degree"].unique())
    places = np.linspace(0, len(degrees) - 1, PANELS).round().astype(int)
    degrees = [degrees[place] for place in np.unique(places)]
    largest = table[graph_files.size_of(table) == graph_files.size_of(table).max()]
    colours = dict(zip(table["sampling"].unique(), SERIES_COLOURS, strict=False))
    # The most neighbours first: the full line belongs to the best graphs.
    ks = sorted({nearest["neighbours"].min(), nearest["neighbours"].max()}, reverse=True)
    figure = Sheet(settings.width_inches, 6.2)
    panels = figure.subplots(2, len(degrees), sharey=True, sharex="row", squeeze=False)
    for (by_k, by_size), degree in zip(panels.T, degrees, strict=True):
        _draw_by_k(by_k, largest[largest["degree"] == degree], colours)
        _draw_by_size(by_size, nearest[nearest["degree"] == degree], ks, colours)
        by_k.set_title(f"degree {degree}", fontweight="bold")
    # All share one axis: high degrees are missing where there are few vertices.
    panels[1, 0].set_xticks(sorted(graph_files.size_of(nearest).unique()))
    for axes in panels[:, 0]:
        axes.set_ylabel("mean equivariance error")
    lines = {line.get_label(): line for axes in panels[0] for line in axes.get_lines()}
    # A stable sort: the nearest-neighbour graphs, which have lines, come first.
    handles = sorted(lines.values(), key=lambda line: line.get_linestyle() == "None")
    figure.legend_above(handles)
    sizes = " to ".join(dict.fromkeys(map(whole, np.sort(largest["n_vertices"])[[0, -1]])))
    chosen = " and ".join(f"k = {k:.0f} ({name})" for k, name in zip(ks, LINES_OF_K, strict=False))
    figure.note(f"Above: {sizes} vertices. Below: {chosen}. {graph_files.drawn_from(table)}")
    return figure


def _draw_by_k(axes: Axes, table: pd.DataFrame, colours: dict[str, str]) -> None:
    for sampling, colour in colours.items():
        part = table[table["sampling"] == sampling]
        knn = part[part["graph"] == "knn"].sort_values("neighbours")
        label = f"{sampling}, k-NN"
        axes.plot(knn["neighbours"], knn["error"], "o-", color=colour, markersize=4, label=label)
        for graph, (neighbours, marker) in OTHER_GRAPHS.items():
            label = f"{sampling}, {graph_files.graph_name(graph, np.nan)}"
            for error in part[part["graph"] == graph]["error"]:
                axes.plot(neighbours, error, marker, color=colour, label=label, **HOLLOW)
    axes.set(xlabel="neighbours k", yscale="log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))


def _draw_by_size(
    axes: Axes, table: pd.DataFrame, ks: list[float], colours: dict[str, str]
) -> None:
    for sampling, colour in colours.items():
        for k, line in zip(ks, LINE_STYLES, strict=False):
            part = table[(table["sampling"] == sampling) & (table["neighbours"] == k)]
            part = part.sort_values("n_vertices")
            style: dict = {"linestyle": line, "color": colour, "marker": "o", "markersize": 4}
            axes.plot(part["n_vertices"], part["error"], **style)
    axes.set(xlabel="number of vertices", xscale="log", yscale="log")
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_locator(NullLocator())
