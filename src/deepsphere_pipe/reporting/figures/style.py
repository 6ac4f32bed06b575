"""The one frame of all figures: fonts, colours, size, and how a figure reaches the disk."""

import os
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.config import figures, parse
from deepsphere_pipe.runtime.atomic import atomic_write

MAX_WIDTH_PIXELS = 1600

RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same on every machine
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "figure.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.linewidth": 1.5,
    "legend.frameon": False,
    "pdf.fonttype": 42,
}

SERIES_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
"""Colours of experiments: Okabe and Ito (2008), told apart by colour-blind readers."""

LINE_STYLES = ("-", "--", ":", "-.")
LEGEND_COLUMN_INCHES = 2.45
NOTE_SIZE = 8
NOTE_LETTERS_PER_INCH = 15
"""Of the font of notes, at most; so that no note is wider than its figure."""


PICTURES: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
"""Kinds of files, and what of their metadata is left out: dates and numbers of versions, so that
the same input gives the same file."""


class FigureSettings(
    figures.FigureStyle,
    figures.TrainingCurvesConfig,
    figures.PrecisionRecallConfig,
    figures.MapConfig,
    figures.GlobeConfig,
):
    """What a study may say about its figures: the keys of all their sections, with defaults."""

    @classmethod
    def of(cls, settings: Any = None) -> "FigureSettings":
        """Return settings from None (all defaults), a mapping or a section of the config.

        UserError if a key is unknown or a value not allowed.
        """
        if isinstance(settings, cls):
            return settings
        if hasattr(settings, "model_dump"):
            settings = settings.model_dump()
        return parse(cls, {} if settings is None else settings, "figure settings")

    @property
    def event_classes(self) -> dict[str, int]:
        """Label value of every class but the background, by name."""
        return {name: label for label, name in enumerate(CLASSES) if label > 0}

    def grid(self, n: int, least: float) -> tuple[int, int]:
        """Return rows and columns of n panels that are each at least so many inches wide."""
        columns = max(1, min(n, int(self.width_inches / least)))
        return -(-n // columns), columns


class Sheet(Figure):
    """A figure with panels, a legend above them and a note below; width and height in inches."""

    def __init__(self, width: float, height: float, layout: Any = "constrained") -> None:
        super().__init__(figsize=(width, height), layout=layout)

    def grid(self, n: int, rows: int, columns: int, above: int = 1, **subplots: Any) -> np.ndarray:
        """Return panels (n, above) row by row, so many above each other in each of n places."""
        panels = self.subplots(rows * above, columns, squeeze=False, **subplots)
        places = panels.reshape(rows, above, columns).swapaxes(1, 2).reshape(-1, above)
        for axes in places[n:].flat:
            axes.set_axis_off()
        return places[:n]

    def legend_above(self, handles: Iterable[Artist]) -> None:
        """Write a legend, if there is any, in as many columns as the width allows."""
        columns = max(1, int(self.get_figwidth() / LEGEND_COLUMN_INCHES))
        if handles := list(handles):
            self.legend(handles=handles, loc="outside upper center", ncols=columns)

    def note(self, text: str) -> None:
        """Write below the panels, in as many lines as the width asks for."""
        letters = int(NOTE_LETTERS_PER_INCH * self.get_figwidth())
        self.supxlabel(textwrap.fill(text, letters), fontsize=NOTE_SIZE, color="#555555")


class Drawing:
    """A figure as a function of its files: one function reads them, another draws what it read."""

    def __init__(
        self, read: Callable[[Any], Any], draw: Callable[[Any, FigureSettings], Figure]
    ) -> None:
        self._read, self._draw = read, draw
        self.__doc__ = draw.__doc__

    def figure(self, files: Any, settings: Any = None) -> Figure:
        """Return the figure; parameters and errors are those of a call."""
        settings = FigureSettings.of(settings)
        data = self._read(files)
        with figure_style():
            return self._draw(data, settings)

    def __call__(self, files: Any, out_stem: str | os.PathLike, settings: Any = None) -> None:
        """Write the figure as ``out_stem``.png and ``out_stem``.pdf.

        Files are one path, or one of every run; settings as `FigureSettings.of` takes them say
        colours and size. UserError if a file cannot be read or holds something else.
        """
        settings = FigureSettings.of(settings)
        figure = self.figure(files, settings)
        with figure_style():
            save_figure(figure, out_stem, settings.dpi)


def figure_of(
    read: Callable[[Any], Any],
) -> Callable[[Callable[[Any, FigureSettings], Figure]], Drawing]:
    """Return a decorator of functions that draw what another one reads, see `Drawing`."""
    return lambda draw: Drawing(read, draw)


def say_instead(axes: Axes, text: str, colour: str = "#555555") -> None:
    """Write in an empty panel why it is empty."""
    axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, color=colour)


def class_ramp(colour: str) -> LinearSegmentedColormap:
    """Return a colormap from white to the colour of a class."""
    return LinearSegmentedColormap.from_list(colour, ["white", colour])


def save_figure(figure: Figure, out_stem: str | os.PathLike, dpi: int) -> None:
    """Write a figure as ``out_stem``.png and ``out_stem``.pdf; equal figures give equal bytes."""
    for suffix in ("png", "pdf"):
        save_picture(figure, Path(f"{os.fspath(out_stem)}.{suffix}"), dpi)


def save_picture(figure: Figure, out: Path, dpi: int) -> None:
    """Write a figure as its file's suffix says, one of `PICTURES`."""
    dpi = min(dpi, int(MAX_WIDTH_PIXELS / figure.get_figwidth()))
    with atomic_write(out) as temporary:
        figure.savefig(temporary, dpi=dpi, metadata=PICTURES[out.suffix])


def figure_style() -> Any:
    """Return a context within which figures are made in the common style, whatever the user's."""
    settings: Any = {**mpl.rcParamsDefault, **RC, "backend": "agg"}
    return mpl.rc_context(settings)
