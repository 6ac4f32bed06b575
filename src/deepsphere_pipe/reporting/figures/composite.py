"""The mean cyclone that a network finds beside the one that it misses."""

from functools import partial

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.contour import ContourSet

from deepsphere_pipe.reporting.figures.style import (
    FigureSettings,
    Sheet,
    class_ramp,
    figure_of,
    say_instead,
)
from deepsphere_pipe.reporting.reading import read_netcdf

TITLES = {"hit": "Hits", "miss": "Misses"}

SHADED = {
    "TMQ": ("precipitable water (kg m$^{-2}$)", "cividis"),
    "wind_speed_850": ("wind speed at 850 hPa (m s$^{-1}$)", "cividis"),
    "wind_speed_BOT": ("wind speed near the surface (m s$^{-1}$)", "cividis"),
}
"""Fields that may lie under the pressure, with label and colormap: the first one that there is."""

MOST_LINES = 14
"""Of pressure, between the least and the greatest."""


@figure_of(partial(read_netcdf, kind="a composite"))
def composite_cyclones(data: xr.Dataset, settings: FigureSettings) -> Sheet:
    """Draw the mean fields around true cyclones, and the mean probability, for hits and misses."""
    outcomes = data["outcome"].attrs["flag_meanings"].split()
    shaded = next((name for name in SHADED if name in data), None)
    width = settings.width_inches
    figure = Sheet(width, 0.86 * width + 0.4, layout="compressed")
    panels = figure.subplots(2, len(outcomes), sharex=True, sharey=True)
    for column, outcome in zip(panels.T, outcomes, strict=True):
        number = int(data["cyclones"].sel(outcome=outcomes.index(outcome)))
        column[0].set_title(f"{TITLES[outcome]} ({number} cyclones)")
        for axes in column:
            _frame(axes, data)
            if number == 0:
                say_instead(axes, "none")
        column[1].set_xlabel("eastwards (km)")
    for axes in panels[:, 0]:
        axes.set_ylabel("polewards (km)")
    step = _draw_fields(figure, panels[0], data, shaded)
    _draw_probability(figure, panels[1], data, settings)
    by = data.attrs.get("predicted_by")
    note = "Mean over true cyclones of the test part, southern ones mirrored"
    note += f"; predicted by {by}." if by else "."
    note += f" Lines: pressure every {step:g}\N{NO-BREAK SPACE}hPa." if step else ""
    figure.note(note)
    return figure


def _frame(axes: Axes, data: xr.Dataset) -> None:
    edge = float(data["x"].max())
    ticks = np.arange(-1000, 1001, 1000)
    axes.set(xlim=(-edge, edge), ylim=(-edge, edge), aspect="equal", xticks=ticks, yticks=ticks)
    axes.grid(False)


def _draw_fields(
    figure: Sheet, panels: np.ndarray, data: xr.Dataset, shaded: str | None
) -> float | None:
    """Draw the shaded field and lines of pressure; return the step of the lines in hPa."""
    x, y = data["x"].values, data["y"].values
    images = []
    if shaded is not None and np.isfinite(data[shaded]).any():
        label, colormap = SHADED[shaded]
        low, high = float(data[shaded].min()), float(data[shaded].max())
        images = [
            axes.pcolormesh(x, y, values, cmap=colormap, vmin=low, vmax=high, rasterized=True)
            for axes, values in zip(panels, data[shaded].values, strict=True)
        ]
        bar = figure.colorbar(images[-1], ax=list(panels), label=label)
        bar.outline.set_visible(False)
    if "PSL" not in data or not np.isfinite(data["PSL"]).any():
        return None
    pressure = data["PSL"].values / 100
    low, high = np.nanmin(pressure), np.nanmax(pressure)
    step = next((each for each in (0.5, 1, 2, 4, 8) if (high - low) / each <= MOST_LINES), 16)
    levels = np.arange(np.ceil(low / step), high / step) * step
    for axes, values in zip(panels, pressure, strict=True):
        if len(levels) and np.isfinite(values).any():
            colour = "white" if images else "black"
            lines = axes.contour(x, y, values, levels, colors=colour, linewidths=0.9)
            _label_lines(axes, lines, x.max())
    return step


def _label_lines(axes: Axes, lines: ContourSet, edge: float) -> None:
    """Write its value on every second line, well inside the panel."""
    places = []
    for segments in lines.allsegs[::2]:
        for line in segments:
            inside = line[(np.abs(line) < 0.8 * edge).all(axis=1)]
            if len(inside) and np.ptp(line, axis=0).sum() > edge:
                places.append(inside[np.argmin(np.abs(inside[:, 0] - 0.55 * edge))])
                break
    if places:
        axes.clabel(lines, fmt="%g", fontsize=7, manual=places)


def _draw_probability(
    figure: Sheet, panels: np.ndarray, data: xr.Dataset, settings: FigureSettings
) -> None:
    x, y = data["x"].values, data["y"].values
    colormap = class_ramp(settings.colours["TC"])
    fields = data["probability"].values, data["truth"].values
    for axes, values, truth in zip(panels, *fields, strict=True):
        image = axes.pcolormesh(x, y, values, cmap=colormap, vmin=0, vmax=1, rasterized=True)
        if np.nanmax(truth, initial=0) > 0.5:
            axes.contour(x, y, truth, [0.5], colors="black", linewidths=1)
    label = "probability of TC (line: half of the truth)"
    bar = figure.colorbar(image, ax=list(panels), label=label)
    bar.outline.set_visible(False)
