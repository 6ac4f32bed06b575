"""A followed cyclone at its strongest: the globe, and its surroundings."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from deepsphere_pipe.reporting.figures.style import FigureSettings, Sheet, class_ramp, figure_of
from deepsphere_pipe.reporting.maps.followed import (
    MARK,
    Painter,
    Surroundings,
    in_hpa,
    read_followed,
    strongest,
    told_in_note,
    units_of,
)
from deepsphere_pipe.reporting.maps.projections import make_projection, place_facing
from deepsphere_pipe.reporting.maps.raster import VertexRaster, draw_frame
from deepsphere_pipe.samplings.sampling import unit_vectors

HALF_WIDTH_KM = 1800
RASTER_WIDTH = 1000


@figure_of(read_followed)
def map_at_its_strongest(data: xr.Dataset, settings: FigureSettings) -> Figure:
    """Draw what is predicted everywhere when the followed minimum is lowest."""
    time = strongest(data)
    longitude, latitude = (
        float(data[f"centre_{axis}"][time]) for axis in ("longitude", "latitude")
    )
    height = 0.42 * settings.width_inches + 0.9
    figure = Sheet(settings.width_inches, height, layout="compressed")
    globe, around = figure.subplots(1, 2, width_ratios=[2, 1])
    here = unit_vectors(np.array([longitude]), np.array([latitude]))
    projection = make_projection(settings.projection, place_facing(here, np.ones(1)))
    raster = VertexRaster(
        projection, data["longitude"].values, data["latitude"].values, RASTER_WIDTH
    )
    probability = data["probability"].values[time]
    ramp = class_ramp(settings.colours[data.attrs["event"]])
    image = raster.draw(globe, probability, cmap=ramp, vmin=0, vmax=1)
    draw_frame(globe, projection, colour="#888888")
    raster.draw_edge(globe)
    globe.plot(*projection.forward(np.array(longitude), np.array(latitude)), **MARK)
    globe.set_axis_off()
    globe.set_title(str(data["time"].dt.strftime("%d %B %Y, %H:%M UTC").values[time]))
    Painter(data, Surroundings(longitude, latitude, HALF_WIDTH_KM), settings).draw(around, time)
    lowest = in_hpa(data, data["centre_value"].values[time])
    around.set_title(f"{lowest:.0f} {units_of(data)}, p = {float(data['near'][time]):.2f}")
    label = f"probability of {data.attrs['event']}"
    bar = figure.colorbar(image, ax=globe, orientation="horizontal", label=label, shrink=0.5)
    bar.ax.grid(False)
    figure.note(told_in_note(data))
    return figure
