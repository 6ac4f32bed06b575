"""Tracks of the test part on maps: those of the labels above those of a network."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from deepsphere_pipe.reporting.figures.style import FigureSettings, Sheet, figure_of
from deepsphere_pipe.reporting.maps.coastlines import coastlines, project_lines
from deepsphere_pipe.reporting.maps.projections import Projection, make_projection
from deepsphere_pipe.reporting.maps.raster import draw_frame
from deepsphere_pipe.reporting.reading import reading
from deepsphere_pipe.tracking.formats import read_tracks
from deepsphere_pipe.tracking.matching import match

COLOURS = "plasma"
"""Map of the least pressure of cyclones: the deepest are darkest."""


@dataclass(frozen=True)
class Tracks:
    """Fixes of both sides, the tracks of each that match one of the other, and whose they are."""

    sides: dict[str, pd.DataFrame]
    matched: dict[str, set[int]]
    run: str
    match_km: float


def read_both(path: str | os.PathLike) -> Tracks:
    """Return what lies beside the scores of tracks; UserError if something does not."""
    with reading(path, "a file of scores of tracks"):
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        run, km = content["run"], float(content["match_km"])
    true, predicted = (
        read_tracks(Path(path).with_name(name)) for name in ("true_tracks.csv", "tracks.csv")
    )
    pairs = match(true, predicted, km)
    sides = {"truth": true, "prediction": predicted}
    matched = {"truth": {*pairs["true"]}, "prediction": {*pairs["predicted"]}}
    return Tracks(sides, matched, run, km)


@figure_of(read_both)
def tracks_on_maps(data: Tracks, settings: FigureSettings) -> Figure:
    """Draw the storms of the labels and those of a network, each with what the other lacks."""
    width = settings.width_inches
    figure = Sheet(width, 0.98 * width + 0.8, layout="compressed")
    panels = figure.subplots(2, 1)
    projection = make_projection(settings.projection)
    pressures = np.concatenate(
        [_lowest(fixes).to_numpy(float) for fixes in data.sides.values()] + [[990.0, 1000.0]]
    )
    least, greatest = np.nanmin(pressures), np.nanmax(pressures)
    norm = Normalize(least, greatest + 0.15 * (greatest - least))  # its end is pale
    shades = ScalarMappable(norm, COLOURS)
    for axes, (side, fixes) in zip(panels, data.sides.items(), strict=True):
        _draw(axes, projection, fixes, data.matched[side], shades, settings.colours["AR"])
        storms = fixes.drop_duplicates("track_id")["class"].value_counts()
        told = ", ".join(f"{storms.get(name, 0)} {name}s" for name in ("TC", "AR"))
        axes.set_title(f"{side}: {told}" if side == "truth" else f"{data.run}: {told}")
    bar = figure.colorbar(
        shades, ax=panels, orientation="horizontal", shrink=0.5, label="least pressure (hPa)"
    )
    bar.ax.grid(False)
    figure.note(
        f"Solid: within {data.match_km:.0f} km of a storm of the other map at one time at least; "
        "dotted: missed, or made up. Dots: births. Cyclones by their least pressure; rivers are "
        "thin lines."
    )
    return figure


def _lowest(fixes: pd.DataFrame) -> pd.Series:
    cyclones = fixes[fixes["class"] == "TC"]
    return cyclones.groupby("track_id")["pressure_hpa"].min()


def _draw(
    axes: Axes, projection: Projection, fixes: pd.DataFrame, matched: set[int],
    shades: ScalarMappable, of_rivers: Any,
) -> None:  # fmt: skip
    draw_frame(axes, projection, colour="#999999")
    axes.plot(*project_lines(projection, *coastlines()), color="#999999", linewidth=0.5)
    lowest = _lowest(fixes)
    for number, storm in fixes.groupby("track_id"):
        cyclone = storm["class"].iloc[0] == "TC"
        pressure = lowest.get(number, np.nan)
        shade = of_rivers if not cyclone else "black" if np.isnan(pressure) else None
        colour = shades.to_rgba(pressure) if shade is None else shade
        line = project_lines(projection, storm["lon"].to_numpy(), storm["lat"].to_numpy())
        axes.plot(
            *line, color=colour, linewidth=1.6 if cyclone else 0.5, zorder=3 if cyclone else 2,
            linestyle="-" if number in matched else ":",
        )  # fmt: skip
        if cyclone:
            axes.plot(line[0][0], line[1][0], "o", color=colour, markersize=3, zorder=4)
    axes.set_axis_off()
    axes.set_aspect("equal")
