"""A turning globe with truth beside prediction, as an animated GIF and WebP, and as a page."""

import base64
import html
import io
import os
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.colors import to_rgb
from PIL import Image, ImageDraw, ImageFont

from deepsphere_pipe.reporting.figures.style import FigureSettings
from deepsphere_pipe.reporting.maps.coastlines import coastlines
from deepsphere_pipe.reporting.maps.projections import Orthographic
from deepsphere_pipe.reporting.maps.raster import Cells, graticule
from deepsphere_pipe.reporting.maps.snapshot import (
    EVENT_OPACITY,
    FIELD_OPACITY,
    read_snapshot,
    snapshot_title,
)
from deepsphere_pipe.runtime.atomic import atomic_write

MAX_BYTES = 2_000_000

DIAMETERS = (320, 240, 180)
"""Of a globe in pixels: the first with which both files are no larger than `MAX_BYTES`."""

FINER = 2
"""Frames are drawn so many times larger and then averaged, which smooths lines and edges."""

LOOKUP = (540, 1080)
"""Rows and columns of the table of cells that every frame reads: a third of a degree, less than a
pixel in the middle of the globe."""

SHADES = 12
"""Steps of the field under the events: few, so that the files stay small."""

COLOURS = 96
"""Of the GIF."""

TILT = 15.0
"""Latitude above which the globe is seen, degrees north."""

COAST, GRATICULE, EMPTY, TEXT, NOTE = "#333333", "#9a9a9a", "#ececec", "#000000", "#555555"
MARGIN, HEAD, FOOT = 12, 46, 30
"""Around the globes, in pixels."""


def turning_globe(
    predictions: str | os.PathLike, out_stem: str | os.PathLike, settings: Any = None
) -> None:
    """Draw truth and prediction of the first snapshot on globes that turn once around.

    Parameters
    ----------
    predictions : path-like
        As in `maps.truth_and_prediction`.
    out_stem : path-like
        The animation is written as ``out_stem``.gif and ``out_stem``.webp, and the latter inside
        of ``out_stem``.html: Snakemake's report shows pages, but no animations.
    settings : FigureSettings, mapping or config section, optional
        Colours, number of frames, and how long a turn takes.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    settings = FigureSettings.of(settings)
    snapshot = read_snapshot(predictions)
    maps = _painted(snapshot, settings)
    for diameter in DIAMETERS:
        base = _lettering(snapshot, diameter, settings)
        globe = _Globe(diameter * FINER)
        places = [(MARGIN + i * (diameter + 2 * MARGIN), HEAD) for i in range(len(maps))]
        frames = [
            _frame(base, globe, maps, places, 360 * number / settings.frames)
            for number in range(settings.frames)
        ]
        files = _encoded(frames, 1000 * settings.seconds / settings.frames, settings)
        if all(len(content) <= MAX_BYTES for content in files.values()):
            break
    files["html"] = _page(files["webp"], snapshot_title(snapshot))
    for suffix, content in files.items():
        with atomic_write(Path(f"{os.fspath(out_stem)}.{suffix}")) as temporary:
            temporary.write_bytes(content)


class _Globe:
    """A globe of some diameter in pixels: which pixel shows what, and the lines on it."""

    def __init__(self, diameter: int) -> None:
        self.diameter = diameter
        steps = (np.arange(diameter) + 0.5) / diameter * 2 - 1
        longitude, latitude = Orthographic(0, TILT).inverse(*np.meshgrid(steps, -steps))
        self.inside = np.isfinite(longitude)
        rows, columns = LOOKUP
        place = (90 - latitude[self.inside]) / 180 * rows
        self.row = np.clip(place.astype(int), 0, rows - 1)
        self.column = ((longitude[self.inside] + 180) / 360 * columns).astype(int)
        self.lines = ((graticule(), GRATICULE, 1), (coastlines(), COAST, 2))

    def picture(self, painted: np.ndarray, centre: float) -> Image.Image:
        """Return the globe above a longitude, from a map (row, column, colour) of all of it."""
        shifted = (self.column + round(centre / 360 * LOOKUP[1])) % LOOKUP[1]
        pixels = np.full((self.diameter, self.diameter, 3), 255, np.uint8)
        pixels[self.inside] = painted[self.row, shifted]
        return Image.fromarray(pixels)

    def draw_lines(self, draw: ImageDraw.ImageDraw, corners: list, centre: float) -> None:
        """Draw coasts, meridians and parallels, and the rim, at each of the upper left corners."""
        radius = self.diameter / 2
        for (longitude, latitude), colour, width in self.lines:
            x, y = Orthographic(centre, TILT).forward(longitude, latitude)
            for piece in _pieces(np.stack([radius * (1 + x), radius * (1 - y)])):
                for corner in corners:
                    points = (piece.T + np.array(corner)).ravel().tolist()
                    draw.line(points, fill=colour, width=width)
        for x, y in corners:
            box = (x, y, x + self.diameter, y + self.diameter)
            draw.ellipse(box, outline=COAST, width=FINER)


def _pieces(line: np.ndarray) -> list[np.ndarray]:
    """Return the pieces of a line (2, point) that is interrupted by NaN; single points are none."""
    gaps = np.flatnonzero(np.isnan(line[0]))
    parts = np.split(line, gaps, axis=1)
    parts = [parts[0], *(part[:, 1:] for part in parts[1:])]
    return [part for part in parts if part.shape[1] > 1]


def _painted(snapshot: xr.Dataset, settings: FigureSettings) -> list[np.ndarray]:
    """Return truth and prediction as equirectangular maps of colours, (row, column, 3) uint8."""
    areas = snapshot["areas"].values if "areas" in snapshot else None
    cells = Cells(snapshot["longitude"].values, snapshot["latitude"].values, areas)
    rows, columns = LOOKUP
    longitude = (np.arange(columns) + 0.5) / columns * 360 - 180
    latitude = 90 - (np.arange(rows) + 0.5) / rows * 180
    cell = cells.at(*np.meshgrid(longitude, latitude))
    field = snapshot["tmq"].values.astype(float)
    low, high = np.nanmin(field), np.nanmax(field)
    steps = np.floor((field - low) / max(high - low, 1e-12) * SHADES).clip(0, SHADES - 1)
    shades = mpl.colormaps[settings.colormap](steps / (SHADES - 1))[:, :3]
    shades = 1 - FIELD_OPACITY * (1 - shades)
    painted = []
    for labels in (snapshot["truth"].values, snapshot["probability"].values.argmax(axis=-1)):
        colours = shades.copy()
        for name, label in settings.event_classes.items():
            own = np.array(to_rgb(settings.colours[name]))
            colours[labels == label] *= 1 - EVENT_OPACITY
            colours[labels == label] += EVENT_OPACITY * own
        colours = np.vstack([colours, to_rgb(EMPTY)])  # the last one is that of no cell: -1
        painted.append(np.rint(255 * colours).astype(np.uint8)[cell])
    return painted


def _lettering(snapshot: xr.Dataset, diameter: int, settings: FigureSettings) -> Image.Image:
    """Return a frame without the globes: titles above, what the colours mean below."""
    width, height = 2 * (diameter + 2 * MARGIN), HEAD + diameter + FOOT
    image = Image.new("RGB", (width * FINER, height * FINER), "white")
    draw = ImageDraw.Draw(image)
    font, small = _font("DejaVuSans-Bold", 13), _font("DejaVuSans", 11)
    title = snapshot_title(snapshot)
    while draw.textlength(title, small) > (width - MARGIN) * FINER:
        small = _font("DejaVuSans", small.size / FINER - 1)
    draw.text((width * FINER / 2, 12 * FINER), title, fill=NOTE, font=small, anchor="mm")
    for number, text in enumerate(("Truth", "Prediction")):
        x = MARGIN + diameter / 2 + number * (diameter + 2 * MARGIN)
        draw.text((x * FINER, 32 * FINER), text, fill=TEXT, font=font, anchor="mm")
    field = f"shading: {snapshot['tmq'].attrs.get('long_name', 'TMQ')}"
    small = _font("DejaVuSans", 11)
    x = (width - 60 * len(settings.event_classes) - draw.textlength(field, small) / FINER) / 2
    y, side = height - 15, 11
    for name in settings.event_classes:
        box = np.array([x, y - side / 2, x + side, y + side / 2]) * FINER
        draw.rectangle(box.tolist(), fill=tuple(_event_colour(name, settings).tolist()))
        draw.text(((x + side + 5) * FINER, y * FINER), name, fill=TEXT, font=small, anchor="lm")
        x += 60
    draw.text((x * FINER, y * FINER), field, fill=NOTE, font=small, anchor="lm")
    return image


def _font(name: str, size: float) -> ImageFont.FreeTypeFont:
    """Return a font that comes with matplotlib."""
    return ImageFont.truetype(Path(mpl.get_data_path()) / f"fonts/ttf/{name}.ttf", size * FINER)


def _frame(
    base: Image.Image, globe: _Globe, maps: list[np.ndarray], places: list, turned: float
) -> Image.Image:
    """Return one frame; the globes turn eastwards, as the Earth does."""
    image = base.copy()
    corners = [(x * FINER, y * FINER) for x, y in places]
    for painted, corner in zip(maps, corners, strict=True):
        image.paste(globe.picture(painted, -turned), corner)
    globe.draw_lines(ImageDraw.Draw(image), corners, -turned)
    return image.reduce(FINER)


def _page(animation: bytes, title: str) -> bytes:
    """Return an HTML page that shows an animation, which it holds."""
    source = f"data:image/webp;base64,{base64.b64encode(animation).decode()}"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}'
        '</title></head>\n<body style="margin: 0; text-align: center">'
        f'<img alt="Truth and prediction on a turning globe, {html.escape(title)}" '
        f'style="max-width: 100%" src="{source}"></body></html>\n'
    ).encode()


def _event_colour(name: str, settings: FigureSettings) -> np.ndarray:
    """Return the colour of a class where the field below is white, (3,) uint8."""
    colour = 1 - EVENT_OPACITY * (1 - np.array(to_rgb(settings.colours[name])))
    return np.rint(255 * colour).astype(np.uint8)


def _encoded(
    frames: list[Image.Image], milliseconds: float, settings: FigureSettings
) -> dict[str, bytes]:
    """Return the animation as GIF and as WebP, which repeat for ever."""
    # One palette for all frames, or colours would flicker; it has the colours that mean something.
    some = frames[:: max(1, len(frames) // 4)]
    joined = Image.new("RGB", (some[0].width, some[0].height * len(some)))
    for number, frame in enumerate(some):
        joined.paste(frame, (0, number * frame.height))
    exact = [np.full(3, 255), *(_event_colour(name, settings) for name in settings.event_classes)]
    palette = joined.quantize(COLOURS - len(exact), dither=Image.Dither.NONE)
    palette.putpalette([*palette.getpalette(), *np.concatenate(exact).tolist()])
    in_palette = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    files = {}
    for suffix, (first, *others), options in (
        ("gif", in_palette, {"optimize": False}),
        ("webp", frames, {"quality": 70, "method": 2}),
    ):
        content = io.BytesIO()
        first.save(
            content, suffix, save_all=True, append_images=others, loop=0,
            duration=round(milliseconds), **options,
        )  # fmt: skip
        files[suffix] = content.getvalue()
    return files
