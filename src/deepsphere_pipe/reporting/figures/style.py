"""The one frame of all figures: fonts, colours, size, and how a figure reaches the disk."""

import os
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.config import parse
from deepsphere_pipe.config.figures import (
    FigureStyle,
    GlobeConfig,
    MapConfig,
    PrecisionRecallConfig,
    TrainingCurvesConfig,
)
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


class FigureSettings(
    FigureStyle, TrainingCurvesConfig, PrecisionRecallConfig, MapConfig, GlobeConfig
):
    """What a study may say about its figures: the keys of all their sections, with defaults."""

    @classmethod
    def of(cls, settings: Any = None) -> "FigureSettings":
        """Return settings from None (all defaults), a mapping, or an object with the same names.

        Raises
        ------
        UserError
            If a key is unknown or a value not allowed.
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


class Drawing:
    """A figure as a function of its files.

    Parameters
    ----------
    read : callable
        Returns the data of one path, or of those of all runs; raises a UserError where it cannot.
    draw : callable
        Makes the figure of such data and `FigureSettings`.
    """

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

        Parameters
        ----------
        files : path-like, or iterable of path-like
            What it is drawn from: one file, or one of every run.
        out_stem : path-like
            Path without suffix.
        settings : FigureSettings, mapping or config section, optional
            Colours and size.

        Raises
        ------
        UserError
            If a file cannot be read or holds something else.
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


def grid_for(n: int, width: float, least: float) -> tuple[int, int]:
    """Return rows and columns of n panels that are each at least so many inches wide."""
    columns = max(1, min(n, int(width / least)))
    return -(-n // columns), columns


def span(texts: Iterable[str]) -> str:
    """Return the first and the last of texts, or the one if they are equal."""
    first, *_, last = [*texts] * 2
    return first if first == last else f"{first}–{last}"


def say_instead(axes: Axes, text: str) -> None:
    """Write in an empty panel why it is empty."""
    axes.text(
        0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, color="#555555"
    )  # fmt: skip


def class_ramp(colour: str) -> LinearSegmentedColormap:
    """Return a colormap from white to the colour of a class."""
    return LinearSegmentedColormap.from_list(colour, ["white", colour])


def add_legend(figure: Figure, handles: Sequence[Artist]) -> None:
    """Write a legend above the panels, in as many columns as the width of the figure allows."""
    columns = max(1, int(figure.get_figwidth() / LEGEND_COLUMN_INCHES))
    figure.legend(handles=handles, loc="outside upper center", ncols=columns)


def add_note(figure: Figure, text: str) -> None:
    """Write a note below the panels, in as many lines as the width of the figure asks for."""
    letters = int(NOTE_LETTERS_PER_INCH * figure.get_figwidth())
    figure.supxlabel(textwrap.fill(text, letters), fontsize=NOTE_SIZE, color="#555555")


def save_figure(figure: Figure, out_stem: str | os.PathLike, dpi: int) -> None:
    """Write a figure as ``out_stem``.png and ``out_stem``.pdf; equal figures give equal bytes."""
    dpi = min(dpi, int(MAX_WIDTH_PIXELS / figure.get_figwidth()))
    # Dates and version numbers are left out so that the same input gives the same file.
    metadata = {
        "png": {"Software": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }
    for suffix, entries in metadata.items():
        with atomic_write(Path(f"{os.fspath(out_stem)}.{suffix}")) as temporary:
            figure.savefig(temporary, dpi=dpi, metadata=entries)


def figure_style() -> Any:
    """Return a context within which figures are made in the common style, whatever the user's."""
    settings: Any = {**mpl.rcParamsDefault, **RC, "backend": "agg"}
    return mpl.rc_context(settings)
