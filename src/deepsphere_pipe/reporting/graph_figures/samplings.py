"""Comparison of samplings and graphs by their equivariance error: a table and a figure."""

import os
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator, ScalarFormatter

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures.style import (
    LINE_STYLES,
    SERIES_COLOURS,
    FigureSettings,
    add_legend,
    add_note,
    figure_style,
    save_figure,
)
from deepsphere_pipe.reporting.graph_figures.files import drawn_from, graph_name, read_study
from deepsphere_pipe.reporting.tables.markup import ABSENT, whole
from deepsphere_pipe.reporting.tables.table import Table

GRAPH_COLUMNS = ("sampling", "parameters", "n_vertices", "graph", "neighbours", "kernel_width")
GRAPH_COLUMNS += ("n_edges", "largest_eigenvalue", "area_spread")
COLUMNS = (*GRAPH_COLUMNS, "laplacian", "degree", "error", "functions", "rotations", "seed")
PANELS = 3
"""Degrees that the figure shows."""
OTHER_GRAPHS = {"perraudin": (8, "s"), "khasanova_frossard": (4, "D")}
"""Neighbours and marker of the graphs that are not of nearest neighbours."""
LINES_OF_K = ("full lines", "dashed lines")


def samplings_table(path: str | os.PathLike) -> Table:
    """Return the table: a row per sampling and graph, a column per degree, small sizes first.

    Parameters
    ----------
    path : path-like
        csv file of ``graph-analysis samplings``.

    Returns
    -------
    Table
        The csv holds plain ratios; for reading they are per cent, with the least error of each
        size and degree in bold. Samplings are of one size if they have about as many vertices as
        one icosahedral level.

    Raises
    ------
    UserError
        If the file cannot be read or has more than one error of a graph at a degree.
    """
    table = read_study(path, COLUMNS)
    keys = list(GRAPH_COLUMNS)
    if table.duplicated([*keys, "degree"]).any():
        raise UserError(f"{path} holds more than one error of the same graph at the same degree.")
    degrees = sorted(table["degree"].unique())
    errors = (
        table.assign(row=table.groupby(keys, dropna=False, sort=False).ngroup())
        .pivot(index="row", columns="degree", values="error")[degrees]
        .set_axis([f"error_degree_{degree}" for degree in degrees], axis=1)
    )
    result = table[keys].drop_duplicates(ignore_index=True).join(errors)
    sizes = _size(result).sort_values(kind="stable")
    result = result.loc[sizes.index].reset_index(drop=True).astype({"neighbours": "Int64"})
    shown = _rendered(result, sizes.to_numpy())
    caption = (
        f"Equivariance error: how much the Laplacian of a rotated function differs from the "
        f"rotated Laplacian, relative to the Laplacian; exact rotations. {drawn_from(table)} "
        f"Kernel widths in radii. Bold: the least error of its size and degree. {ABSENT}: the "
        "sampling does not resolve the degree, or the graph has no kernel."
    )
    kinds = [f"size-{size}" for size in sizes]
    return Table("Samplings and graphs", result, shown, caption, kinds)


def samplings_figure(
    path: str | os.PathLike, out_stem: str | os.PathLike, settings: Any = None
) -> None:
    """Draw the error against k at the largest size, and against the number of vertices.

    Parameters
    ----------
    path : path-like
        csv file of ``graph-analysis samplings``.
    out_stem : path-like
        The figure is written as ``out_stem``.png and ``out_stem``.pdf.
    settings : FigureSettings, mapping or config section, optional
        Size and resolution.

    Raises
    ------
    UserError
        If the file cannot be read or holds no error of a nearest-neighbour graph.
    """
    settings = FigureSettings.of(settings)
    table = read_study(path, COLUMNS).dropna(subset=["error"])
    nearest = table[table["graph"] == "knn"]
    if nearest.empty:
        raise UserError(f"{path} holds no error of a nearest-neighbour graph that could be drawn.")
    degrees = sorted(nearest["degree"].unique())
    places = np.linspace(0, len(degrees) - 1, PANELS).round().astype(int)
    degrees = [degrees[place] for place in np.unique(places)]
    largest = table[_size(table) == _size(table).max()]
    colours = dict(zip(table["sampling"].unique(), SERIES_COLOURS, strict=False))
    # The most neighbours first: the full line belongs to the best graphs.
    ks = sorted({nearest["neighbours"].min(), nearest["neighbours"].max()}, reverse=True)
    with figure_style():
        figure = Figure(figsize=(settings.width_inches, 6.2), layout="constrained")
        panels = figure.subplots(2, len(degrees), sharey=True, sharex="row", squeeze=False)
        for (by_k, by_size), degree in zip(panels.T, degrees, strict=True):
            _draw_by_k(by_k, largest[largest["degree"] == degree], colours)
            _draw_by_size(by_size, nearest[nearest["degree"] == degree], ks, colours)
            by_k.set_title(f"degree {degree}", fontweight="bold")
        # All share one axis: high degrees are missing where there are few vertices.
        panels[1, 0].set_xticks(sorted(_size(nearest).unique()))
        for axes in panels[:, 0]:
            axes.set_ylabel("mean equivariance error")
        lines = {line.get_label(): line for axes in panels[0] for line in axes.get_lines()}
        # A stable sort: the nearest-neighbour graphs, which have lines, come first.
        handles = sorted(lines.values(), key=lambda line: line.get_linestyle() == "None")
        add_legend(figure, handles)
        sizes = " to ".join(dict.fromkeys(map(whole, np.sort(largest["n_vertices"])[[0, -1]])))
        chosen = " and ".join(
            f"k = {k:.0f} ({name})" for k, name in zip(ks, LINES_OF_K, strict=False)
        )
        note = f"Above: {sizes} vertices. Below: {chosen}. "
        add_note(figure, note + drawn_from(table))
        save_figure(figure, out_stem, settings.dpi)


def _draw_by_k(axes: Axes, table: pd.DataFrame, colours: dict[str, str]) -> None:
    for sampling, colour in colours.items():
        part = table[table["sampling"] == sampling]
        knn = part[part["graph"] == "knn"].sort_values("neighbours")
        axes.plot(
            knn["neighbours"], knn["error"], "o-", color=colour, markersize=4,
            label=f"{sampling}, k-NN",
        )  # fmt: skip
        for graph, (neighbours, marker) in OTHER_GRAPHS.items():
            for error in part[part["graph"] == graph]["error"]:
                axes.plot(
                    neighbours, error, marker, color=colour, markerfacecolor="none",
                    markersize=6.5, linestyle="", label=f"{sampling}, {graph_name(graph, np.nan)}",
                )  # fmt: skip
    axes.set(xlabel="neighbours k", yscale="log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))


def _draw_by_size(
    axes: Axes, table: pd.DataFrame, ks: list[float], colours: dict[str, str]
) -> None:
    for sampling, colour in colours.items():
        for k, line in zip(ks, LINE_STYLES, strict=False):
            part = table[(table["sampling"] == sampling) & (table["neighbours"] == k)]
            part = part.sort_values("n_vertices")
            axes.plot(
                part["n_vertices"], part["error"], linestyle=line, color=colour,
                marker="o", markersize=4,
            )  # fmt: skip
    axes.set(xlabel="number of vertices", xscale="log", yscale="log")
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_locator(NullLocator())


def _rendered(result: pd.DataFrame, sizes: np.ndarray) -> pd.DataFrame:
    """Return the table as text, one column per column of the page."""
    pairs = zip(result["graph"], result["neighbours"], strict=True)
    shown = pd.DataFrame(
        {
            "sampling": result["sampling"] + " (" + result["parameters"] + ")",
            "graph": [graph_name(*pair) for pair in pairs],
            "vertices": result["n_vertices"].map(whole),
            "edges": result["n_edges"].map(whole),
            "kernel width": result["kernel_width"].map(
                lambda width: f"{width:.4f}" if np.isfinite(width) else ABSENT
            ),
            "area max/min": result["area_spread"].map("{:.2f}".format),
        }
    )
    for name in result.columns[len(GRAPH_COLUMNS) :]:
        least = result.groupby(sizes)[name].transform("min")
        shown[f"error, degree {name.removeprefix('error_degree_')} (%)"] = [
            _percent(error, best=error == smallest)
            for error, smallest in zip(result[name], least, strict=True)
        ]
    return shown


def _size(table: pd.DataFrame) -> pd.Series:
    """Return the icosahedral number of vertices that each row is to be compared at."""
    sizes = np.array([10 * 4**level + 2 for level in range(9)])
    distance = np.abs(np.log(table["n_vertices"].to_numpy()[:, None] / sizes))
    return pd.Series(sizes[distance.argmin(axis=1)], index=table.index)


def _percent(error: float, best: bool) -> str:
    """Return an error in per cent with two digits, three if it is 100 % or more."""
    if np.isnan(error):
        return ABSENT
    power = np.floor(np.log10(max(float(f"{100 * error:.1e}"), 1e-3)))
    text = f"{100 * error:.{max(0, int(1 - power))}f}"
    return f"**{text}**" if best else text
