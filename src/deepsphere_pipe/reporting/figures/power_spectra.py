"""Angular power spectra of two kinds of data, and their ratio."""

import os

import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator, NullLocator

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures.style import SERIES_COLOURS, FigureSettings, Sheet, figure_of
from deepsphere_pipe.reporting.reading import read_table

COLUMNS = ("data", "snapshots", "channel", "units", "degree", "power")
BAND = 4.0
"""Factor between the two that is marked as a band."""


def read_power_spectra(path: str | os.PathLike) -> pd.DataFrame:
    """Return the csv file of ``power-spectra``; UserError if it holds something else."""
    table = read_table(path, "a table of power spectra", COLUMNS, made_by="power-spectra")
    if table["data"].nunique() != 2 or not np.isfinite(table["power"]).all():
        raise UserError(
            f"{path}: holds no power spectra of two kinds of data; make it with 'power-spectra'."
        )
    return table


@figure_of(read_power_spectra)
def power_spectra_figure(table: pd.DataFrame, settings: FigureSettings) -> Sheet:
    """Draw spectra of two kinds of data above their ratio, one column a channel."""
    names, channels = table["data"].unique(), table["channel"].unique()
    figure = Sheet(settings.width_inches, 4.6)
    panels = figure.subplots(
        2, len(channels), sharex=True, sharey="row", squeeze=False, height_ratios=[1.5, 1]
    )
    for (spectra, ratios), channel in zip(panels.T, channels, strict=True):
        part = table[(table["channel"] == channel) & (table["degree"] > 0)]
        power = part.pivot(index="degree", columns="data", values="power")[names]
        # Variance per degree in units of the second kind's total, so that channels compare.
        scale = (power[names[-1]] * (2 * power.index + 1)).sum()
        for name, colour in zip(names, SERIES_COLOURS, strict=False):
            spectra.plot(power.index, power[name] / scale, color=colour, label=name)
        ratios.axhspan(1 / BAND, BAND, color="#eeeeee", zorder=0)
        ratios.axhline(1, color="#999999", linewidth=0.8)
        ratios.plot(power.index, power[names[0]] / power[names[-1]], color="#333333")
        spectra.set_title(channel, fontweight="bold")
        ratios.set_xlabel("degree l")
    for axes in panels.ravel():
        axes.set(xscale="log", yscale="log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks([1, 4, 16, 64], ["1", "4", "16", "64"])
        axes.yaxis.set_major_locator(LogLocator(numticks=8))
        axes.set_xlim(1, table["degree"].max())
    panels[0, 0].set_ylabel("power / variance")
    panels[1, 0].set_ylabel("ratio")
    figure.legend_above(panels[0, 0].get_lines())
    counts = table.groupby("data", sort=False)["snapshots"].first()
    note = "; ".join(f"{name}: {count} snapshots" for name, count in counts.items())
    figure.note(f"{note}. Ratio: first to second; band: a factor of {BAND:.0f}.")
    return figure
