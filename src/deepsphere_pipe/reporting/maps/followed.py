"""What the figures of a followed cyclone share: its file, and its surroundings on a map."""

import os
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from scipy.interpolate import LinearNDInterpolator

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures.style import FigureSettings, class_ramp
from deepsphere_pipe.reporting.maps.projections import Projection
from deepsphere_pipe.reporting.maps.raster import DARK, VertexRaster, draw_frame
from deepsphere_pipe.reporting.reading import read_netcdf
from deepsphere_pipe.samplings.sphere import EARTH_RADIUS_KM

NEEDED = ("probability", "field", "centre_longitude", "near", "greatest", "distance_km")
PIXELS = 240
"""Of the surroundings, in each direction."""
LINES_HPA = 4
"""Between lines of equal pressure."""
MOST_LINES = 12
MARK: dict[str, Any] = {"marker": "x", "color": "black", "markersize": 6, "markeredgewidth": 1.4}


def read_followed(path: str | os.PathLike) -> xr.Dataset:
    """Return the file that ``follow`` wrote; UserError if it is none."""
    data = read_netcdf(path, "a followed cyclone")
    if missing := [name for name in NEEDED if name not in data]:
        raise UserError(
            f"{path} is no followed cyclone: it lacks {missing[0]}; make it with 'follow'."
        )
    return data


def strongest(data: xr.Dataset) -> int:
    """Return the time at which the followed minimum is lowest."""
    return int(np.nanargmin(data["centre_value"].values))


def in_hpa(data: xr.Dataset, values: np.ndarray) -> np.ndarray:
    """Return values of the followed channel, pressures in hPa."""
    return values / 100 if data.attrs["units"] == "Pa" else values


def units_of(data: xr.Dataset) -> str:
    """Return the units of what `in_hpa` returns."""
    return "hPa" if data.attrs["units"] == "Pa" else str(data.attrs["units"])


class Surroundings(Projection):
    """A square map around a place, of true areas.

    Parameters
    ----------
    longitude, latitude
        Its middle, degrees.
    half_width_km
    """

    def __init__(self, longitude: float, latitude: float, half_width_km: float) -> None:
        super().__init__(f"+proj=laea +lat_0={latitude} +lon_0={longitude} +R=1 +no_defs")
        half = half_width_km / EARTH_RADIUS_KM
        self._window = (-half, half, -half, half)

    @property
    def extent(self) -> tuple[float, float, float, float]:  # type: ignore[override]
        """Of the window."""
        return self._window


class Painter:
    """Draws one time after the other on a map of the surroundings."""

    def __init__(self, data: xr.Dataset, projection: Surroundings, settings: FigureSettings):
        self._data, self._projection = data, projection
        place = data["longitude"].values, data["latitude"].values
        self._raster = VertexRaster(projection, *place, PIXELS)
        x, y = projection.forward(*place)
        reach = 1.5 * projection.extent[1]
        self._near = np.flatnonzero(np.maximum(np.abs(x), np.abs(y)) < reach)
        self._points = np.stack([x, y], axis=1)[self._near]
        self._ramp = class_ramp(settings.colours[data.attrs["event"]])

    def draw(self, axes: Axes, time: int) -> AxesImage:
        """Draw probability, lines of the field, coasts, and the way that the cyclone came."""
        data, extent = self._data, self._projection.extent
        probability = data["probability"].values[time]
        image = self._raster.draw(axes, probability, cmap=self._ramp, vmin=0, vmax=1)
        self._draw_lines(axes, time)
        draw_frame(axes, self._projection, colour="#777777")
        way = self._projection.forward(
            data["centre_longitude"].values, data["centre_latitude"].values
        )
        axes.plot(way[0][: time + 1], way[1][: time + 1], color="black", linewidth=0.9)
        axes.plot(way[0][time], way[1][time], **MARK)
        axes.set(xlim=extent[:2], ylim=extent[2:], xticks=[], yticks=[], aspect="equal")
        axes.grid(False)
        axes.spines[:].set(visible=True, linewidth=0.6, color=DARK)
        return image

    def _draw_lines(self, axes: Axes, time: int) -> None:
        values = in_hpa(self._data, self._data["field"].values[time])[self._near]
        left, right, bottom, top = self._projection.extent
        x, y = np.meshgrid(np.linspace(left, right, PIXELS), np.linspace(bottom, top, PIXELS))
        smooth = LinearNDInterpolator(self._points, values)(x, y)
        step = LINES_HPA if units_of(self._data) == "hPa" else np.ptp(values) / MOST_LINES
        levels = np.arange(np.floor(values.min() / step), values.max() / step + 1) * step
        if np.ptp(values) > 0:
            axes.contour(x, y, smooth, levels, colors="#4a6a8a", linewidths=0.5)


def times_of(data: xr.Dataset) -> list[str]:
    """Return the times as text."""
    return [str(text) for text in data["time"].dt.strftime("%d %b %H UTC").values]


def told_in_note(data: xr.Dataset) -> str:
    """Return what figures say below: of what they are, and how to read them."""
    name, near = data.attrs["channel"], float(data.attrs["near_km"])
    step = f" every {LINES_HPA} hPa" if units_of(data) == "hPa" else ""
    return (
        f"Colour: {data.attrs['predicted'].replace('each class', data.attrs['event'])}. Lines: "
        f"{name}{step}. Cross: its minimum, followed from time to time; black line: whence it "
        f"came. p: greatest probability within {near:g} km of it. Fields: {data.attrs['input']}."
    )
