"""A turning globe with truth beside prediction, as an animated GIF and WebP, and as a page."""

import base64
import html
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Patch
from PIL import Image

from deepsphere_pipe.reporting.figures.style import FigureSettings, figure_style
from deepsphere_pipe.reporting.maps.animation import encoded
from deepsphere_pipe.reporting.maps.coastlines import coastlines
from deepsphere_pipe.reporting.maps.projections import make_projection
from deepsphere_pipe.reporting.maps.raster import graticule
from deepsphere_pipe.reporting.maps.snapshot import (
    EVENT_OPACITY,
    FIELD_OPACITY,
    channel_of,
    class_patches,
    raster_of,
    read_snapshot,
    snapshot_title,
)
from deepsphere_pipe.runtime.atomic import atomic_write

MAX_BYTES = 2_000_000

DIAMETERS = (320, 240, 180)
"""Of a globe in pixels: the first with which both files are no larger than `MAX_BYTES`."""

COLUMNS = 1080
"""Of the map that every frame looks up: a third of a degree, less than a pixel in the middle of
the globe."""

SHADES = 12
"""Steps of the field under the events: few, so that the files stay small."""

TILT = 15.0
"""Latitude above which the globe is seen, degrees north."""

COAST, GRATICULE, EMPTY, NOTE = "#333333", "#9a9a9a", "#ececec", "#555555"
MARGIN, HEAD, FOOT = 12, 58, 30
"""Around the globes, in pixels."""

DPI = 100


def turning_globe(
    predictions: str | os.PathLike, out_stem: str | os.PathLike, settings: Any = None
) -> None:
    """Draw truth and prediction of the first snapshot on globes that turn once around.

    Parameters are those of other maps, see `style.Drawing`. The animation is written as
    ``out_stem``.gif and ``out_stem``.webp, and the latter inside of ``out_stem``.html: Snakemake's
    report shows pages, but no animations.
    """
    settings = FigureSettings.of(settings)
    snapshot = read_snapshot(predictions)
    maps = _painted(snapshot, settings)
    for diameter in DIAMETERS:
        with figure_style():
            frames = list(_frames(snapshot, maps, diameter, settings))
            files = encoded(frames, class_patches(settings), settings.seconds / settings.frames)
        if all(len(content) <= MAX_BYTES for content in files.values()):
            break
    files["html"] = _page(files["webp"], snapshot_title(snapshot))
    for suffix, content in files.items():
        with atomic_write(Path(f"{os.fspath(out_stem)}.{suffix}")) as temporary:
            temporary.write_bytes(content)


def _painted(snapshot: xr.Dataset, settings: FigureSettings) -> list[np.ndarray]:
    """Return truth and prediction as equirectangular maps of colours, (row, column, 3) uint8."""
    cell = raster_of(snapshot, make_projection("equirectangular"), COLUMNS).nearest
    field = snapshot["tmq"].values.astype(float)
    low, high = np.nanmin(field), np.nanmax(field)
    steps = np.floor((field - low) / max(high - low, 1e-12) * SHADES).clip(0, SHADES - 1)
    shades = 1 - FIELD_OPACITY * (1 - mpl.colormaps[settings.colormap](steps / (SHADES - 1)))
    painted = []
    for labels in (snapshot["truth"].values, snapshot["probability"].values.argmax(axis=-1)):
        colours = np.vstack([shades[:, :3], to_rgb(EMPTY)])  # the last one is that of no cell: -1
        for name, label in settings.event_classes.items():
            of_class = np.flatnonzero(labels == label)
            own = EVENT_OPACITY * np.array(to_rgb(settings.colours[name]))
            colours[of_class] = (1 - EVENT_OPACITY) * colours[of_class] + own
        painted.append(np.rint(255 * colours).astype(np.uint8)[cell])
    return painted


def _frames(
    snapshot: xr.Dataset, maps: list[np.ndarray], diameter: int, settings: FigureSettings
) -> Iterator[Image.Image]:
    """Draw the frames; the globes turn eastwards, as the Earth does."""
    figure = _lettering(snapshot, diameter, settings)
    canvas = FigureCanvasAgg(figure)
    steps = (np.arange(2 * diameter) + 0.5) / diameter - 1  # twice as fine: edges become smooth
    globe = make_projection("orthographic", (0, TILT))
    longitude, latitude = globe.inverse(*np.meshgrid(steps, -steps))
    outside = np.isnan(longitude)
    row = (np.nan_to_num(90 - latitude) / 180 * COLUMNS // 2).clip(max=COLUMNS // 2 - 1).astype(int)
    column = (np.nan_to_num(longitude + 180) / 360 * COLUMNS).astype(int)
    drawn: list[tuple[AxesImage, list[Line2D]]] = []
    for axes in figure.axes:
        image = axes.imshow(np.zeros((1, 1, 3)), extent=(-1, 1, -1, 1))
        curves = [
            axes.plot([], [], color=colour, linewidth=width)[0]
            for colour, width in ((GRATICULE, 0.4), (COAST, 0.7))
        ]
        axes.add_patch(Circle((0, 0), 1, fill=False, edgecolor=COAST, clip_on=False))
        drawn.append((image, curves))
    for number in range(settings.frames):
        east = -360 * number / settings.frames
        view = make_projection("orthographic", (east, TILT))
        lines = [view.forward(*line) for line in (graticule(), coastlines())]
        turned = (column + round(east / 360 * COLUMNS)) % COLUMNS
        for (image, curves), painted in zip(drawn, maps, strict=True):
            pixels = painted[row, turned]
            pixels[outside] = 255
            image.set_data(pixels)
            for curve, line in zip(curves, lines, strict=True):
                curve.set_data(*line)
        canvas.draw()
        yield Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def _lettering(snapshot: xr.Dataset, diameter: int, settings: FigureSettings) -> Figure:
    """Return a figure with room for the globes: titles above, what the colours mean below."""
    width, height = 2 * (diameter + 2 * MARGIN), HEAD + diameter + FOOT
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    for number, title in enumerate(("Truth", "Prediction")):
        left = MARGIN + number * width / 2
        box = (left / width, FOOT / height, diameter / width, diameter / height)
        axes = figure.add_axes(box, xlim=(-1, 1), ylim=(-1, 1))
        axes.set_axis_off()
        axes.set_title(title, fontweight="bold", pad=5)
    title = snapshot_title(snapshot)
    figure.suptitle(title, y=1 - 5 / height, fontsize=8, color=NOTE, wrap=True)
    label = f"shading: {channel_of(snapshot['tmq'])[0]}"
    grey = mpl.colormaps[settings.colormap](0.5)
    handles = [*class_patches(settings), Patch(facecolor=grey, alpha=FIELD_OPACITY, label=label)]
    figure.legend(handles=handles, loc="lower center", ncols=len(handles))
    return figure


def _page(animation: bytes, title: str) -> bytes:
    """Return an HTML page that shows an animation, which it holds."""
    source = f"data:image/webp;base64,{base64.b64encode(animation).decode()}"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}'
        '</title></head>\n<body style="margin: 0; text-align: center">'
        f'<img alt="Truth and prediction on a turning globe, {html.escape(title)}" '
        f'style="max-width: 100%" src="{source}"></body></html>\n'
    ).encode()
