"""The paper's figure of the equivariance error, ours beside the published values.

``published_equivariance_error.csv`` holds the values behind the figure of Defferrard et al.
(DeepSphere, ICLR 2020) at nside 32: plain ratios, rotated by transforms without iterations.
"""

import os
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator, ScalarFormatter

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures.style import (
    LINE_STYLES,
    SERIES_COLOURS,
    FigureSettings,
    Sheet,
    figure_of,
)
from deepsphere_pipe.reporting.graph_files import DRAWN_FROM, drawn_from, graph_name, read_analysis
from deepsphere_pipe.reporting.reading import published

OF_CURVES = ("sampling", "resolution", "graph", "neighbours", "rotation", "degree")
COLUMNS = (*OF_CURVES, "error", "error_squared", *DRAWN_FROM)
TITLES = {"as_published": "as published", "exact": "exact rotation"}
MEASURES = {"error": "mean error (ratio)", "error_squared": "mean error (squared ratio)"}
STYLES = (*LINE_STYLES, (0, (1, 3)), (0, (8, 2)), (0, (6, 2, 1, 2, 1, 2)))
RESOLUTION_NAMES = {"healpix": "nside", "equiangular": "bandwidth"}
PUBLISHED_GRAPHS = {
    "k-NN, k=8": "k-NN, k = 8",
    "k-NN, k=20": "k-NN, k = 20",
    "k-NN, k=40": "k-NN, k = 40",
    # The weights that give what was published, see `graphs.perraudin_graph`.
    "Perraudin et al. 2019, k=8": "Perraudin et al., equal weights",
}
PUBLISHED_NSIDE = 32
MOST_MARKERS = 20
HOLLOW: dict = {"linestyle": "", "marker": "o", "markerfacecolor": "none", "markersize": 5.5}


def read_errors(path: str | os.PathLike) -> pd.DataFrame:
    """Return the csv file of ``graph-analysis``; UserError if it holds something else."""
    table = read_analysis(path, COLUMNS)
    if not set(TITLES) & set(table["rotation"]):
        raise UserError(f"{path}: the column rotation must hold {' or '.join(TITLES)}.")
    return table


@figure_of(read_errors)
def equivariance_error_figure(table: pd.DataFrame, settings: FigureSettings) -> Sheet:
    """Draw the equivariance error against the degree, for both rotations and both measures."""
    rotations = [rotation for rotation in TITLES if rotation in set(table["rotation"])]
    pairs = zip(table["graph"], table["neighbours"], strict=True)
    table = table.assign(name=[graph_name(*pair) for pair in pairs])
    colours = dict(zip(table["name"].unique(), SERIES_COLOURS, strict=False))
    styles = _styles(table)
    one_by_one = ("healpix", PUBLISHED_NSIDE) in styles and "as_published" in rotations
    reference = published("published_equivariance_error.csv", __package__) if one_by_one else None
    figure = Sheet(settings.width_inches, 7.2)
    panels = figure.subplots(2, len(rotations), sharex=True, sharey="row", squeeze=False)
    for row, (measure, label) in zip(panels, MEASURES.items(), strict=True):
        for axes, rotation in zip(row, rotations, strict=True):
            _draw_curves(axes, table[table["rotation"] == rotation], measure, colours, styles)
            if reference is not None and rotation == "as_published":
                _draw_published(axes, reference, colours, squared=measure != "error")
            axes.set_yscale("log")
        row[0].set_ylabel(label)
    for axes, rotation in zip(panels[0], rotations, strict=True):
        axes.set_title(TITLES[rotation], fontweight="bold")
    for axes in panels[-1]:
        axes.set_xlabel("degree of the spherical harmonics")
    if len({resolution for _, resolution in styles}) > 2:
        _use_log_degrees(panels[0, 0], table["degree"])
    figure.legend_above(_handles(colours, styles, reference is not None))
    figure.note(drawn_from(table))
    return figure


def _styles(table: pd.DataFrame) -> dict[tuple, Any]:
    """Return the line style of each sampling and resolution: coarsest first, in both samplings."""
    return {
        (sampling, resolution): STYLES[number % len(STYLES)]
        for sampling, its_rows in table.groupby("sampling", sort=False)
        for number, resolution in enumerate(np.unique(its_rows["resolution"]))
    }


def _draw_curves(
    axes: Axes, table: pd.DataFrame, measure: str, colours: dict, styles: dict
) -> None:
    keys = ["name", "sampling", "resolution"]
    for (name, *where), curve in table.groupby(keys, sort=False):
        curve = curve.sort_values("degree")
        # Points show where the degrees are, unless there are so many that they run together.
        marker = "." if len(curve) <= MOST_MARKERS and len(styles) <= 2 else ""
        marker = marker or ("." if len(curve) == 1 else "")
        style: dict = {"color": colours[name], "linestyle": styles[tuple(where)], "markersize": 3}
        axes.plot(curve["degree"], curve[measure], marker=marker, **style)


def _draw_published(axes: Axes, table: pd.DataFrame, colours: dict, squared: bool) -> None:
    for name, points in table.groupby("graph", sort=False):
        if (ours := PUBLISHED_GRAPHS[str(name)]) in colours:
            errors = points["mean_equivariance_error"] ** (2 if squared else 1)
            axes.plot(points["degree"], errors, color=colours[ours], **HOLLOW)


def _use_log_degrees(axes: Axes, degrees: pd.Series) -> None:
    """Coarse resolutions have their degrees at the left end of what fine ones have."""
    axes.set_xscale("log")
    n_doublings = int(np.log2(degrees.max() / degrees.min()))
    axes.set_xticks(degrees.min() * 2 ** np.arange(n_doublings + 1))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_locator(NullLocator())


def _handles(colours: dict, styles: dict, with_published: bool) -> list[Line2D]:
    handles = [Line2D([], [], color=colour, label=name) for name, colour in colours.items()]
    if with_published:
        label = f"published (nside {PUBLISHED_NSIDE})"
        handles.append(Line2D([], [], color="#555555", label=label, **HOLLOW))
    for style in dict.fromkeys(styles.values()):
        label = ", ".join(
            f"{RESOLUTION_NAMES.get(sampling, sampling)} {resolution}"
            for (sampling, resolution), its_style in styles.items()
            if its_style == style
        )
        handles.append(Line2D([], [], color="#555555", linestyle=style, label=label))
    return handles
