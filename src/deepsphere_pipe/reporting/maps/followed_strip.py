"""A followed cyclone time by time: a small map for each, in one place."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from deepsphere_pipe.reporting.figures.style import FigureSettings, Sheet, figure_of
from deepsphere_pipe.reporting.maps.followed import (
    Painter,
    Surroundings,
    in_hpa,
    read_followed,
    times_of,
    told_in_note,
    units_of,
)
from deepsphere_pipe.samplings.sampling import unit_vectors
from deepsphere_pipe.samplings.sphere import EARTH_RADIUS_KM, longitude_latitude

MARGIN_KM = 1100
"""From the way of the cyclone to the edge."""


PANEL_INCHES = 1.45


@figure_of(read_followed)
def map_of_each_time(data: xr.Dataset, settings: FigureSettings) -> Figure:
    """Draw what is predicted around the way of the followed minimum, a map for each time."""
    times = times_of(data)
    rows, columns = settings.grid(len(times), PANEL_INCHES)
    side = settings.width_inches / columns
    height = rows * (side + 0.26) + 0.5
    figure = Sheet(settings.width_inches, height, layout="compressed")
    panels = figure.grid(len(times), rows, columns)[:, 0]
    painter = Painter(data, _around_way(data), settings)
    for number, (axes, time) in enumerate(zip(panels, times, strict=True)):
        painter.draw(axes, number)
        near, value = float(data["near"][number]), float(data["centre_value"][number])
        told = ""
        if np.isfinite(near):
            told = f"\n{in_hpa(data, np.array(value)):.0f} {units_of(data)}, p = {near:.2f}"
        axes.set_title(f"{time}{told}", fontsize=7)
    figure.note(told_in_note(data))
    return figure


def _around_way(data: xr.Dataset) -> Surroundings:
    alive = np.isfinite(data["centre_longitude"].values)
    way = unit_vectors(
        data["centre_longitude"].values[alive], data["centre_latitude"].values[alive]
    )
    middle = way.mean(axis=0)
    middle /= np.linalg.norm(middle)
    farthest = EARTH_RADIUS_KM * np.arccos(np.clip(way @ middle, -1, 1)).max()
    longitude, latitude = longitude_latitude(middle)
    return Surroundings(float(longitude), float(latitude), farthest + MARGIN_KM)
