"""Optimal kernel widths against the number of vertices, ours beside the published table."""

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from deepsphere_pipe.graphs.widths import published_widths
from deepsphere_pipe.reporting.figures.style import (
    SERIES_COLOURS,
    FigureSettings,
    Sheet,
    figure_of,
    say_instead,
)
from deepsphere_pipe.reporting.graph_files import DRAWN_FROM, drawn_from, read_analysis

COLUMNS = ("nside", "n_vertices", "neighbours", "kernel_width", *DRAWN_FROM)
BAND = 0.1
"""Difference from the published widths that is marked as a band."""
APART = 1.04
"""Ratios of different k are drawn beside each other by this factor in nside, not over another."""
HOLLOW: dict = {"linestyle": "", "marker": "s", "markerfacecolor": "none", "markersize": 6.5}
PALE = 0.35


@figure_of(partial(read_analysis, columns=COLUMNS))
def kernel_widths_figure(table: pd.DataFrame, settings: FigureSettings) -> Sheet:
    """Draw kernel widths, and their ratio to the published ones."""
    ks = sorted(table["neighbours"].unique())
    colours = dict(zip(ks, SERIES_COLOURS, strict=False))
    reference = pd.DataFrame(published_widths())
    reference = reference[reference["neighbours"].isin(ks)]
    figure = Sheet(settings.width_inches, 4.4)
    widths, ratios = figure.subplots(1, 2)
    _draw_widths(widths, table, reference, colours)
    _draw_ratios(ratios, table.merge(reference, on=["nside", "neighbours"]), colours)
    figure.legend_above(_handles(colours, bool(reference["extrapolated"].any())))
    figure.note(drawn_from(table))
    return figure


def _draw_widths(
    axes: Axes, table: pd.DataFrame, reference: pd.DataFrame, colours: dict[int, str]
) -> None:
    for k, colour in colours.items():
        ours = table[table["neighbours"] == k].sort_values("nside")
        axes.plot(ours["nside"], ours["kernel_width"], "o-", color=colour, markersize=3.5)
        theirs = reference[reference["neighbours"] == k]
        for extrapolated, part in theirs.groupby("extrapolated"):
            style = HOLLOW | ({"alpha": PALE} if extrapolated else {})
            axes.plot(part["nside"], part["width"], color=colour, **style)
    axes.set(xscale="log", yscale="log", ylabel="kernel width (radii)")
    _label_vertices(axes, sorted({*table["nside"], *reference["nside"]}))


def _draw_ratios(axes: Axes, both: pd.DataFrame, colours: dict[int, str]) -> None:
    if both.empty:
        axes.set_axis_off()
        say_instead(axes, "no published widths\nat these resolutions", colour="black")
        return
    axes.axhspan(1 - BAND, 1 + BAND, color="#eeeeee", zorder=0)
    axes.axhline(1, color="#999999", linewidth=0.8, zorder=0)
    for number, (k, colour) in enumerate(colours.items()):
        part = both[both["neighbours"] == k].sort_values("nside")
        x = part["nside"] * APART ** (number - (len(colours) - 1) / 2)
        ratio = part["kernel_width"] / part["width"]
        axes.plot(x, ratio, "o-", color=colour, markersize=4, linewidth=0.8)
    nsides = sorted(both["nside"].unique())
    low, high = axes.get_ylim()
    axes.set(xscale="log", ylabel=f"ours / published (band: ± {100 * BAND:.0f} %)")
    axes.set(xlim=(nsides[0] / 1.4, nsides[-1] * 1.4), ylim=(min(low, 0.8), max(high, 1.2)))
    _label_vertices(axes, nsides)


def _label_vertices(axes: Axes, nsides: list[int]) -> None:
    axes.minorticks_off()
    axes.set_xticks(nsides, [f"{nside}\n{_short(12 * nside**2)}" for nside in nsides])
    axes.set_xlabel("nside and number of vertices n")


def _short(n: int) -> str:
    """Return a number of vertices in three digits."""
    power = int(np.log10(n)) // 3
    return f"{n / 1000**power:.3g}" + ("", " k", " M")[power]


def _handles(colours: dict[int, str], some_extrapolated: bool) -> list[Line2D]:
    handles = [
        Line2D([], [], color=colour, marker="o", markersize=4, label=f"k = {k}, ours")
        for k, colour in colours.items()
    ]
    handles.append(Line2D([], [], color="#555555", label="published", **HOLLOW))
    if some_extrapolated:
        label = "published, extrapolated by the authors"
        handles.append(Line2D([], [], color="#555555", alpha=PALE, label=label, **HOLLOW))
    return handles
