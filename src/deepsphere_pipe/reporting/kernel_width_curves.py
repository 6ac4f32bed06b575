"""Optimal kernel widths against the number of vertices, ours beside the published table."""

import os
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from deepsphere_pipe.reporting.study_files import drawn_from, read_study
from deepsphere_pipe.reporting.style import (
    SERIES_COLOURS,
    FigureSettings,
    figure_style,
    save_figure,
)

COLUMNS = ("nside", "n_vertices", "neighbours", "kernel_width", "functions", "rotations", "seed")
COLUMNS += ("laplacian",)
BAND = 0.1
"""Difference from the published widths that is marked as a band."""


def kernel_widths_figure(
    path: str | os.PathLike, out_stem: str | os.PathLike, settings: Any = None
) -> None:
    """Draw kernel widths, and their ratio to the published ones.

    Parameters
    ----------
    path : path-like
        csv file of ``graph-study kernel_widths``.
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
    published = _published()
    with figure_style():
        figure = Figure(figsize=(settings.width_inches, 4.4), layout="constrained")
        widths, ratios = figure.subplots(1, 2)
        ratios.axhspan(1 - BAND, 1 + BAND, color="#eeeeee", zorder=0)
        ratios.axhline(1, color="#999999", linewidth=0.8, zorder=0)
        colours = dict(zip(sorted(set(table["neighbours"])), SERIES_COLOURS, strict=False))
        for k, colour in colours.items():
            ours = table[table["neighbours"] == k].sort_values("nside")
            theirs = published[published["k"] == k]
            widths.plot(ours["nside"], ours["kernel_width"], "o-", color=colour, markersize=4)
            for extrapolated, part in theirs.groupby(theirs["note"].notna()):
                widths.plot(
                    part["nside"], part["fwhm_like_width"], "s", markerfacecolor="none",
                    color=colour, markersize=7, alpha=0.35 if extrapolated else 1,
                )  # fmt: skip
            both = ours.merge(theirs, on="nside")
            ratio = both["kernel_width"] / both["fwhm_like_width"]
            ratios.plot(both["nside"], ratio, "o-", color=colour, markersize=4)
        nsides = sorted({*table["nside"], *published["nside"]})
        for axes in (widths, ratios):
            axes.set_xscale("log", base=2)
        widths.set_yscale("log")
        _label_vertices(widths, nsides)
        shared = sorted(set(table["nside"]) & set(published["nside"])) or nsides
        ratios.set_xlim(shared[0] / 1.4, shared[-1] * 1.4)
        _label_vertices(ratios, shared)
        low, high = ratios.get_ylim()
        ratios.set_ylim(min(low, 0.8), max(high, 1.2))
        widths.set_ylabel("kernel width (radii)")
        ratios.set_ylabel("ours / published")
        figure.legend(handles=_handles(colours), loc="outside upper center", ncols=4)
        figure.supxlabel(drawn_from(table), fontsize=8, color="#555555")
        save_figure(figure, out_stem, settings.dpi)


def _published() -> pd.DataFrame:
    with (files("deepsphere_pipe.graphs") / "published_kernel_widths.csv").open() as file:
        return pd.read_csv(file)


def _label_vertices(axes, nsides: list[int]) -> None:
    axes.set_xticks(nsides, [f"{nside}\n{_short(12 * nside**2)}" for nside in nsides])
    axes.minorticks_off()
    axes.set_xlabel("nside and number of vertices")


def _short(n: int) -> str:
    """Return a number of vertices in three digits."""
    power = int(np.log10(n)) // 3
    text = f"{n / 1000**power:.3g}"
    return text + ("", " k", " M")[power]


def _handles(colours: dict[int, str]) -> list[Line2D]:
    handles = [
        Line2D([], [], color=colour, marker="o", markersize=4, label=f"k = {k}, ours")
        for k, colour in colours.items()
    ]
    hollow = {"linestyle": "", "marker": "s", "markerfacecolor": "none", "color": "#555555"}
    return [
        *handles,
        Line2D([], [], **hollow, label="published"),
        Line2D([], [], **hollow, alpha=0.35, label="published, extrapolated there"),
    ]
