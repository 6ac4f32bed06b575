"""Maps of one snapshot: the true events, the predicted ones, and how probable they were."""

import math
import os
import re

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.reporting.figures.style import FigureSettings, class_ramp, figure_of
from deepsphere_pipe.reporting.maps.projections import Projection, make_projection, place_facing
from deepsphere_pipe.reporting.maps.raster import DARK, VertexRaster, draw_frame
from deepsphere_pipe.reporting.reading import read_netcdf, reading
from deepsphere_pipe.samplings.sampling import unit_vectors

EVENT_OPACITY = 0.85
FIELD_OPACITY = 0.55
"""The field under the events is washed out, so that events and coasts stand out of it."""
RASTER_WIDTH = 1000


def read_snapshot(predictions: str | os.PathLike) -> xr.Dataset:
    """Return the first map of a file of predictions, the one with most events.

    Parameters
    ----------
    predictions
        netCDF file with ``truth`` and ``tmq`` (map, vertex), ``probability`` (map, vertex, class),
        ``longitude`` and ``latitude`` (vertex) in degrees, ``time`` and ``run`` (map); for a
        sphere that is covered in part ``areas`` (vertex) in steradian. UserError if it is none.
    """
    with reading(predictions, "predictions"):
        return read_netcdf(predictions, "predictions").isel(map=0)


@figure_of(read_snapshot)
def truth_and_prediction(snapshot: xr.Dataset, settings: FigureSettings) -> Figure:
    """Draw truth, prediction and the probability of each event class for the first snapshot."""
    projection = make_projection(settings.projection, _facing_events(snapshot, settings))
    truth, probability = snapshot["truth"].values, snapshot["probability"].values
    figure, panels = place_maps(projection, 2 + len(settings.event_classes), settings.width_inches)
    raster = raster_of(snapshot, projection, RASTER_WIDTH)
    shown = {"Truth": truth, "Prediction (most probable class)": probability.argmax(axis=-1)}
    for (axes, _), (title, labels) in zip(panels[:2], shown.items(), strict=True):
        tmq = raster.draw(axes, snapshot["tmq"].values, cmap=settings.colormap, alpha=FIELD_OPACITY)
        draw_classes(axes, raster, labels, settings)
        finish_map(axes, raster, title)
    _colour_bar(figure, panels[0][1], tmq, _field_label(snapshot["tmq"]))
    legend_below(panels[1][1], class_patches(settings))
    for panel, (name, label) in zip(panels[2:], settings.event_classes.items(), strict=True):
        outlined = truth == label
        found = probability[:, label]
        draw_probability(figure, panel, raster, found, name, outlined, "truth", settings)
    write_title(figure, snapshot_title(snapshot))
    return figure


def draw_classes(
    axes: Axes, raster: VertexRaster, labels: np.ndarray, settings: FigureSettings
) -> None:
    """Fill the cells of each event class; labels (vertex,)."""
    for name, label in settings.event_classes.items():
        raster.fill(axes, labels == label, settings.colours[name], EVENT_OPACITY)


def draw_probability(
    figure: Figure, panel: tuple[Axes, Axes], raster: VertexRaster, probability: np.ndarray,
    name: str, outlined: np.ndarray, outline: str, settings: FigureSettings,
) -> None:  # fmt: skip
    """Draw the probability of a class (vertex,), some cells (vertex,) outlined, and its bar.

    `name` is that of the class, `outline` what the outline is.
    """
    axes, bar = panel
    ramp = class_ramp(settings.colours[name])
    image = raster.draw(axes, probability, cmap=ramp, vmin=0, vmax=1)
    raster.outline(axes, outlined, "black")
    finish_map(axes, raster, f"Probability of {name}", colour="#888888")
    _colour_bar(figure, bar, image, f"probability (outline: {outline})")


def finish_map(axes: Axes, raster: VertexRaster, title: str, colour: str = DARK) -> None:
    """Draw title, coasts, graticule and the edge of the map."""
    axes.set_title(title)
    draw_frame(axes, raster.projection, colour)
    raster.draw_edge(axes)


def legend_below(strip: Axes, handles: list[Patch]) -> None:
    """Write a legend into the strip below a map."""
    strip.set_axis_off()
    strip.legend(handles=handles, loc="upper center", ncols=len(handles), borderaxespad=0)


def write_title(figure: Figure, title: str) -> None:
    """Write above all maps."""
    figure.suptitle(title, y=1 - 0.1 / figure.get_figheight(), va="top")


def raster_of(snapshot: xr.Dataset, projection: Projection, width: int) -> VertexRaster:
    """Return the pixels of a map of the vertices, which is so many pixels wide."""
    place = snapshot["longitude"].values, snapshot["latitude"].values
    areas = snapshot["areas"].values if "areas" in snapshot else None
    return VertexRaster(projection, *place, width, areas)


def _facing_events(snapshot: xr.Dataset, settings: FigureSettings) -> tuple[float, float]:
    """Return whence most of the true events are seen; without any, most of the vertices."""
    truth = snapshot["truth"].values
    areas = snapshot["areas"].values if "areas" in snapshot else np.ones(len(truth))
    weights = np.zeros(len(truth))
    for label in settings.event_classes.values():
        if (of_class := areas * (truth == label)).any():
            weights += of_class / of_class.sum()
    coordinates = unit_vectors(snapshot["longitude"].values, snapshot["latitude"].values)
    return place_facing(coordinates, weights if weights.any() else areas)


def place_maps(
    projection: Projection, n: int, width: float, columns: int = 2
) -> tuple[Figure, list]:
    """Place n maps in columns, each with its title above and a strip for a bar below.

    Everything but the maps has a fixed size in inches, so that text never meets a map whatever
    the shape of the globe.
    """
    margin, gap, title, bar, strip, head = 0.1, 0.2, 0.28, 0.13, 0.62, 0.32
    left, right, bottom, top = projection.extent
    map_width = (width - 2 * margin - (columns - 1) * gap) / columns
    map_height = map_width * (top - bottom) / (right - left)
    rows = math.ceil(n / columns)
    height = head + rows * (title + map_height + strip)
    figure = Figure(figsize=(width, height))
    panels = []
    for index in range(n):
        row, column = divmod(index, columns)
        x = margin + column * (map_width + gap)
        y = height - head - row * (title + map_height + strip) - title - map_height
        bar_width = min(map_width, 3.0) * 0.8
        axes = figure.add_axes((x / width, y / height, map_width / width, map_height / height))
        axes.set_axis_off()
        centre = x + (map_width - bar_width) / 2
        box = centre / width, (y - 0.08 - bar) / height, bar_width / width, bar / height
        panels.append((axes, figure.add_axes(box)))
    return figure, panels


def _colour_bar(figure: Figure, axes: Axes, image: AxesImage, label: str) -> None:
    figure.colorbar(image, cax=axes, orientation="horizontal", label=label)
    axes.xaxis.labelpad = 1
    axes.grid(False)


def class_patches(settings: FigureSettings) -> list[Patch]:
    """Return what the colours of the classes are in a legend."""
    return [
        Patch(facecolor=to_rgba(settings.colours[name], EVENT_OPACITY), label=name)
        for name in settings.event_classes
    ]


def channel_of(field: xr.DataArray) -> tuple[str, str, str]:
    """Return name, meaning and units of a field: moisture, unless its attributes tell otherwise."""
    name = field.attrs.get("long_name", "TMQ")
    told = {each.name: (name, each.long_name, each.units) for each in cam5_channels()}
    return told.get(name, (name, name, ""))


def titles_of(maps: xr.Dataset) -> list[str]:
    """Return time and run of each map."""
    times = np.atleast_1d(maps["time"].dt.strftime("%Y-%m-%d %H:%M UTC"))
    runs = np.atleast_1d(maps["run"])
    return [f"{time}, ensemble run {run}" for time, run in zip(times, runs, strict=True)]


def snapshot_title(snapshot: xr.Dataset) -> str:
    """Return time and run of a map, and who predicted it."""
    by = f", predicted by {name}" if (name := snapshot.attrs.get("predicted_by")) else ""
    return titles_of(snapshot)[0] + by


def _field_label(field: xr.DataArray) -> str:
    name, meaning, units = channel_of(field)
    units = re.sub(r"(-\d+)", r"$^{\1}$", units)
    short = re.sub(r" \(.*?\)", "", meaning)
    return f"{name}: {short} ({units})" if units else name
