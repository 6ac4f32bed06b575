"""The paper's figure of the equivariance error, ours beside the published values.

``published_equivariance_error.csv`` holds the values behind the figure of Defferrard et al.
(DeepSphere, ICLR 2020) at nside 32: plain ratios, rotated by transforms without iterations.
"""

import os
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from deepsphere_pipe.reporting.study_files import drawn_from, graph_name, read_study
from deepsphere_pipe.reporting.style import (
    SERIES_COLOURS,
    FigureSettings,
    figure_style,
    save_figure,
)

COLUMNS = (
    "sampling",
    "resolution",
    "graph",
    "neighbours",
    "rotation",
    "degree",
    "error",
    "error_squared",
)
COLUMNS += ("functions", "rotations", "seed", "laplacian")
TITLES = {"as_published": "as published", "exact": "exact rotation"}
MEASURES = {"error": "mean error", "error_squared": "mean squared error"}
LINE_STYLES = ("-", "--", ":", "-.")
PUBLISHED_GRAPHS = {
    "k-NN, k=8": "k-NN, k = 8",
    "k-NN, k=20": "k-NN, k = 20",
    "k-NN, k=40": "k-NN, k = 40",
    "Perraudin et al. 2019, k=8": "Perraudin et al., equal weights",
}
PUBLISHED_NSIDE = 32


def equivariance_error_figure(
    path: str | os.PathLike, out_stem: str | os.PathLike, settings: Any = None
) -> None:
    """Draw the equivariance error against the degree, for both rotations and both measures.

    Parameters
    ----------
    path : path-like
        csv file of ``graph-study equivariance_error``.
    out_stem : path-like
        The figure is written as ``out_stem``.png and ``out_stem``.pdf.
    settings : FigureSettings, mapping or config section, optional
        Size and resolution.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    settings = FigureSettings.of(settings)
    table = read_study(path, COLUMNS)
    table["name"] = [graph_name(*row) for row in zip(table["graph"], table["neighbours"])]  # noqa: B905
    names = list(dict.fromkeys(table["name"]))
    colours = dict(zip(names, SERIES_COLOURS, strict=False))
    resolutions = {
        sampling: sorted(set(part["resolution"])) for sampling, part in table.groupby("sampling")
    }
    nsides = resolutions.get("healpix", [])
    published = _published() if PUBLISHED_NSIDE in nsides else None
    with figure_style():
        figure = Figure(figsize=(settings.width_inches, 7.2), layout="constrained")
        panels = figure.subplots(2, 2, sharex=True, sharey="row")
        for row, (measure, label) in zip(panels, MEASURES.items(), strict=True):
            for axes, (rotation, title) in zip(row, TITLES.items(), strict=True):
                part = table[table["rotation"] == rotation]
                keys = ["name", "sampling", "resolution"]
                for (name, sampling, resolution), curve in part.groupby(keys, sort=False):
                    style = LINE_STYLES[resolutions[sampling].index(resolution) % 4]
                    axes.plot(
                        curve["degree"], curve[measure], color=colours[name], linestyle=style,
                        marker=_marker(curve), markersize=3,
                    )  # fmt: skip
                if published is not None and rotation == "as_published":
                    _draw_published(axes, published, colours, squared=measure != "error")
                axes.set_yscale("log")
                if measure == "error":
                    axes.set_title(title, fontweight="bold")
                else:
                    axes.set_xlabel("degree of the spherical harmonics")
            row[0].set_ylabel(label)
        if len(nsides) > 1:
            panels[0, 0].set_xscale("log")
        _legend(figure, colours, resolutions, published is not None)
        figure.supxlabel(drawn_from(table), fontsize=8, color="#555555")
        save_figure(figure, out_stem, settings.dpi)


def _published() -> pd.DataFrame:
    with (files(__package__) / "published_equivariance_error.csv").open() as file:
        return pd.read_csv(file)


def _draw_published(axes: Axes, table: pd.DataFrame, colours: dict, squared: bool) -> None:
    for name, points in table.groupby("graph", sort=False):
        if PUBLISHED_GRAPHS[name] in colours:
            errors = points["mean_equivariance_error"]
            axes.plot(
                points["degree"], errors**2 if squared else errors, "o", markersize=5.5,
                markerfacecolor="none", color=colours[PUBLISHED_GRAPHS[name]],
            )  # fmt: skip


def _legend(figure: Figure, colours: dict, resolutions: dict, published: bool) -> None:
    handles = [Line2D([], [], color=colour, label=name) for name, colour in colours.items()]
    if published:
        handles.append(
            Line2D(
                [], [], linestyle="", marker="o", markersize=5.5, markerfacecolor="none",
                color="#555555", label=f"published (nside {PUBLISHED_NSIDE})",
            )
        )  # fmt: skip
    for number, style in enumerate(LINE_STYLES[: max(map(len, resolutions.values()))]):
        label = ", ".join(
            f"{'nside' if sampling == 'healpix' else 'bandwidth'} {values[number]}"
            for sampling, values in reversed(resolutions.items())
            if number < len(values)
        )
        handles.append(Line2D([], [], color="#555555", linestyle=style, label=label))
    figure.legend(handles=handles, loc="outside upper center", ncols=3)


def _marker(curve: pd.DataFrame) -> str:
    """Points show where the degrees are, unless there are so many that they run together."""
    return "." if len(np.unique(curve["degree"])) < 20 else ""
