"""Maps of what networks predict for fields of a user's own: a picture, a globe, an animation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from PIL import Image
from tqdm import tqdm

from deepsphere_pipe.channels import CLASSES, EVENTS, UNLABELLED
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures.style import (
    PICTURES,
    FigureSettings,
    figure_style,
    save_picture,
)
from deepsphere_pipe.reporting.maps.animation import SUFFIXES, encoded
from deepsphere_pipe.reporting.maps.answers import Answers, open_answers
from deepsphere_pipe.reporting.maps.projections import make_projection, place_facing
from deepsphere_pipe.reporting.maps.raster import VertexRaster
from deepsphere_pipe.reporting.maps.snapshot import (
    RASTER_WIDTH,
    class_patches,
    draw_classes,
    draw_probability,
    finish_map,
    legend_below,
    place_maps,
    write_title,
)
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.samplings.sampling import unit_vectors

ALL = "classes"
SHOWN = (ALL, *CLASSES)
"""What a map can show: the most probable class, or the probability of one."""

LEVELS = {0.2: ":", 0.5: "--", 0.8: "-"}
"""Probabilities of events along which lines are drawn, and how."""

DARKER = 0.6
"""How bright the lines are, of the colour of their class: they cross its area."""

NO_VALUE = "#c8c8c8"
SECONDS = 0.4
"""How long an animation shows a map."""

FRAME_DPI = 110


def plot_map(
    dataset: xr.Dataset,
    time: int | str | None = None,
    shown: str = ALL,
    projection: str = "mollweide",
    settings: Any = None,
) -> Figure:
    """Draw one map of what `predict` returned.

    Parameters
    ----------
    dataset
        Probabilities (time, class, …) with the coordinates of their places.
    time
        Number of the map, or the beginning of its time such as ``2026-03-26T06``; by default the
        one with most events.
    shown
        "classes": the most probable class with lines of probability; or the probability of "TC",
        "AR" or "BG".
    projection
        As `figures.map.projection` of a study; "orthographic" is a globe, seen from where most
        events are.
    settings
        Colours and size, as keys of `figures.style` of a study.

    Returns
    -------
    Figure
        Of matplotlib; in a notebook it shows itself.

    Raises
    ------
    UserError
        If the data set holds no probabilities, or there is no such time, class or projection.
    """
    answers = Answers(dataset)
    index = answers.strongest() if time is None else answers.index_of(str(time))
    return _Drawing(answers, [index], shown, projection, settings).figure(index)


def plot_prediction(
    path: Path,
    out: Path,
    times: Sequence[str] = (),
    shown: str = ALL,
    projection: str = "mollweide",
    settings: Any = None,
) -> None:
    """Draw a file that `predict` wrote.

    Parameters
    ----------
    path
        netCDF file or zarr folder.
    out
        Picture of one map (``.png``, ``.pdf``), or an animation of several (``.gif``, ``.webp``).
    times
        Of a picture one, by default that with most events; of an animation the first and the
        last, by default of all. See `plot_map`.
    shown, projection, settings
        As in `plot_map`.

    Raises
    ------
    UserError
        As `plot_map`, or if the file cannot be read, or a picture is wanted of another kind.
    """
    kinds = [*PICTURES, *(f".{suffix}" for suffix in SUFFIXES)]
    if out.suffix not in kinds:
        raise UserError(f"{out}: must end with {', '.join(kinds)}.")
    animated = out.suffix not in PICTURES
    if len(times) > 1 + animated:
        raise UserError(f"{out}: shows one time; for several, end it with .gif or .webp.")
    try:
        with open_answers(path) as dataset:
            answers = Answers(dataset)
            chosen = [answers.index_of(time) for time in times]
            if not animated:
                index = chosen[0] if chosen else answers.strongest()
                drawing = _Drawing(answers, [index], shown, projection, settings)
                save_picture(drawing.figure(index), out, drawing.settings.dpi)
                return
            first, last = (chosen[0], chosen[-1]) if chosen else (0, len(answers) - 1)
            drawing = _Drawing(answers, range(first, last + 1), shown, projection, settings)
            content = drawing.animation()[out.suffix[1:]]
    except UserError as error:
        raise UserError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None
    with atomic_write(out) as temporary:
        temporary.write_bytes(content)


class _Drawing:
    """Maps of one file, which all lie on the same pixels."""

    def __init__(
        self, answers: Answers, indices: Sequence[int], shown: str, projection: str, settings: Any
    ) -> None:
        if shown not in SHOWN:
            raise UserError(f"nothing is called '{shown}'; show one of {', '.join(SHOWN)}.")
        if not indices:
            raise UserError("the last time comes before the first.")
        self.answers, self.indices, self.shown = answers, indices, shown
        self.settings = FigureSettings.of(settings)
        facing = self._facing() if projection.strip() == "orthographic" else (0.0, 0.0)
        place = answers.longitude, answers.latitude
        self.raster = VertexRaster(
            make_projection(projection, facing), *place, RASTER_WIDTH, answers.areas
        )

    def figure(self, index: int) -> Figure:
        """Draw the map of one of the times."""
        with figure_style():
            return self._drawn(index)

    def animation(self) -> dict[str, bytes]:
        """Return the maps of all times as files by their suffixes."""
        frames = []
        with figure_style():
            for index in tqdm(self.indices, "plot", unit="map", disable=None):
                figure = self._drawn(index)
                figure.set_dpi(FRAME_DPI)
                canvas = FigureCanvasAgg(figure)
                canvas.draw()
                frames.append(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))
        return encoded(frames, class_patches(self.settings), SECONDS)

    def _drawn(self, index: int) -> Figure:
        labels, found = self.answers.classes(index), self.answers.probability(index)
        projection, settings = self.raster.projection, self.settings
        figure, (panel,) = place_maps(projection, 1, settings.width_inches, columns=1)
        axes, strip = panel
        absent = labels == UNLABELLED
        self.raster.fill(axes, absent, NO_VALUE, 1.0)
        if self.shown == ALL:
            draw_classes(axes, self.raster, labels, settings)
            for name in EVENTS:
                self._lines(axes, found[CLASSES.index(name)], settings.colours[name])
            finish_map(axes, self.raster, "Most probable class")
            handles: list[Any] = class_patches(settings)
            for level, style in LEVELS.items():
                label = f"probability {level:g}"
                handles.append(Line2D([], [], color="#555555", ls=style, lw=0.8, label=label))
            if absent.any():
                handles.append(Patch(facecolor=NO_VALUE, label="no value"))
            legend_below(strip, handles)
        else:
            number = CLASSES.index(self.shown)
            outlined = labels == number
            values = np.ma.masked_invalid(found[number])
            what = f"where {self.shown} is most probable"
            draw_probability(
                figure, panel, self.raster, values, self.shown, outlined, what, settings
            )
        write_title(figure, self.answers.title(index))
        return figure

    def _lines(self, axes: Any, probability: np.ndarray, colour: str) -> None:
        pixels = self.raster.paint(np.ma.masked_invalid(probability)).filled(0.0)
        dark = tuple(DARKER * part for part in to_rgb(colour))
        levels = [level for level in LEVELS if pixels.min() < level < pixels.max()]
        if levels:
            axes.contour(
                pixels, levels, extent=self.raster.projection.extent, origin="upper",
                colors=[dark], linewidths=0.8, linestyles=[LEVELS[level] for level in levels],
            )  # fmt: skip

    def _facing(self) -> tuple[float, float]:
        """Return whence most of the events that are shown are seen, at all times together.

        Without any, most of the cells.
        """
        areas = self.answers.areas
        areas = np.ones(self.answers.longitude.size) if areas is None else areas
        names = [self.shown] if self.shown in EVENTS else EVENTS
        of_classes = np.zeros((len(names), areas.size))
        for index in self.indices:
            labels = self.answers.classes(index)
            of_classes += [areas * (labels == CLASSES.index(name)) for name in names]
        totals = of_classes.sum(axis=1, keepdims=True)
        weights = (of_classes / np.where(totals > 0, totals, 1)).sum(axis=0)
        points = unit_vectors(self.answers.longitude, self.answers.latitude)
        return place_facing(points, weights if weights.any() else areas)
