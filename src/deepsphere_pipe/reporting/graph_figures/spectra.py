"""Figures of Laplacian spectra, eigenvectors and the graphs themselves."""

import os
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from deepsphere_pipe.reporting.figures.style import (
    SERIES_COLOURS,
    FigureSettings,
    add_note,
    figure_style,
    save_figure,
)
from deepsphere_pipe.reporting.graph_figures.files import read_groups
from deepsphere_pipe.reporting.maps.projections import make_projection
from deepsphere_pipe.reporting.maps.raster import VertexRaster
from deepsphere_pipe.samplings.sampling import unit_vectors

VIEW = (-20.0, 35.0)
"""Longitude and latitude above which the globes are seen, in degrees."""

MAP_PIXELS = 400
EDGE_WIDTH = 1.6
TITLE_INCHES, NOTE_INCHES = 0.65, 0.5


def spectra_figure(
    path: str | os.PathLike, out_stem: str | os.PathLike, settings: Any = None
) -> None:
    """Draw eigenvalues beside those of the sphere, and the alignment of eigenvectors.

    Parameters
    ----------
    path : path-like
        netCDF file of ``graph-analysis spectra``.
    out_stem : path-like
        The figure is written as ``out_stem``.png and ``out_stem``.pdf.
    settings : FigureSettings, mapping or config section, optional
        Size and resolution.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    settings = FigureSettings.of(settings)
    choices, groups = read_groups(path, ("eigenvalues", "alignment", "longitude"))
    with figure_style():
        figure = Figure(figsize=(settings.width_inches, 6.6), layout="constrained")
        panels = figure.subplots(2, len(groups), sharey="row", sharex="row", squeeze=False)
        for column, (name, group), colour in zip(
            panels.T, groups.items(), SERIES_COLOURS, strict=False
        ):
            spectrum, heat = column
            spectrum.set_title(f"{name}\n{len(group['longitude'])} vertices", fontweight="bold")
            _draw_eigenvalues(spectrum, group["eigenvalues"], colour)
            image = _draw_alignment(heat, group["alignment"])
        panels[0, 0].set_ylabel("eigenvalue (scaled)")
        panels[1, 0].set_ylabel("eigenvectors of group l")
        figure.colorbar(image, ax=panels[1], label="share of energy (%)", shrink=0.8)
        add_note(figure, _told(choices))
        save_figure(figure, out_stem, settings.dpi)


def eigenvectors_figure(
    path: str | os.PathLike, out_stem: str | os.PathLike, settings: Any = None
) -> None:
    """Draw some eigenvectors on the sphere, a column per sampling; parameters as `spectra_figure`.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    settings = FigureSettings.of(settings)
    names = ("chosen", "eigenvectors", "longitude", "latitude")
    choices, groups = read_groups(path, names)
    rows = max(len(group["chosen"]) for group in groups.values())
    height = (0.5 * settings.width_inches / len(groups) + 0.25) * rows + 0.6
    with figure_style():
        figure = Figure(figsize=(settings.width_inches, height), layout="constrained")
        panels = figure.subplots(rows, len(groups), squeeze=False)
        for axes in panels.flat:
            axes.set_axis_off()
        for column, (name, group) in zip(panels.T, groups.items(), strict=True):
            place = group["longitude"], group["latitude"]
            raster = VertexRaster(make_projection("mollweide"), *place, MAP_PIXELS)
            drawn = zip(column, group["chosen"], group["eigenvectors"], strict=False)
            for axes, number, vector in drawn:
                raster.draw(axes, vector / np.abs(vector).max(), cmap="RdBu_r", vmin=-1, vmax=1)
                raster.draw_edge(axes)
                axes.set_title(f"eigenvector {number} (l = {_degree(number)})", fontsize=8)
            title = f"{name}\n{column[0].get_title()}"
            column[0].set_title(title, fontweight="bold", fontsize=8)
        add_note(figure, _told(choices))
        save_figure(figure, out_stem, settings.dpi)


def graphs_figure(
    path: str | os.PathLike, out_stem: str | os.PathLike, settings: Any = None
) -> None:
    """Draw small graphs on the front of the globe; parameters as `spectra_figure`.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    settings = FigureSettings.of(settings)
    names = ("graph_longitude", "graph_latitude", "graph_edges", "graph_weights")
    choices, groups = read_groups(path, names)
    width = 1 / len(groups)
    globe = settings.width_inches * width
    height = TITLE_INCHES + globe + NOTE_INCHES
    with figure_style():
        # Without automatic layout, which lets titles of square panels overlap the figure's edge.
        figure = Figure(figsize=(settings.width_inches, height))
        for number, (name, group) in enumerate(groups.items()):
            colour = SERIES_COLOURS[number % len(SERIES_COLOURS)]
            box = (number * width, NOTE_INCHES / height, width, globe / height)
            axes = figure.add_axes(box)
            _draw_graph(axes, *(group[each] for each in names), colour)
            n, edges = len(group["graph_longitude"]), len(group["graph_edges"])
            title = f"{name}\n{n} vertices, k = {choices['neighbours']}\n{edges} edges"
            axes.set_title(title, fontweight="bold", fontsize=9)
        weights = "Thicker and darker edges have greater weights; the back of the globe is hidden."
        add_note(figure, f"{_told(choices)} {weights}")
        save_figure(figure, out_stem, settings.dpi)


def _draw_eigenvalues(axes: Axes, values: np.ndarray, colour: str) -> None:
    index = np.arange(len(values))
    degree = _degree(index)
    # The scale of the graph's eigenvalues is that of its weights: the three of degree 1 are made
    # to be 2 in the mean, as on the sphere.
    axes.plot(
        index, degree * (degree + 1), color="#999999", linewidth=1, drawstyle="steps-mid",
        label="sphere: l(l + 1)",
    )  # fmt: skip
    scaled = values * 2 / values[1:4].mean()
    axes.plot(index, scaled, ".", color=colour, markersize=3, label="graph")
    axes.set_xlabel("index")
    axes.legend(loc="upper left", fontsize=7, handlelength=1.2, borderaxespad=0.1)


def _draw_alignment(axes: Axes, alignment: np.ndarray):
    image = axes.imshow(100 * alignment, origin="lower", vmin=0, vmax=100, cmap="viridis")
    diagonal = 100 * np.diagonal(alignment)
    axes.set_title(f"diagonal {np.nanmin(diagonal):.0f}–{np.nanmax(diagonal):.0f} %", fontsize=8)
    axes.set_xlabel("degree")
    axes.grid(False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    return image


def _draw_graph(
    axes: Axes,
    longitude: np.ndarray,
    latitude: np.ndarray,
    ends: np.ndarray,
    weights: np.ndarray,
    colour: str,
) -> None:
    x, y = make_projection("orthographic", VIEW).forward(longitude, latitude)
    front = np.isfinite(x[ends]).all(axis=1)
    lines = np.stack([x[ends], y[ends]], axis=-1)[front]
    strength = weights[front] / weights.max()
    # Edges near the rim fade, so that the globe looks round.
    depth = (unit_vectors(longitude, latitude) @ unit_vectors(*VIEW))[ends][front].min(axis=1)
    alpha = (0.15 + 0.85 * strength) * (0.35 + 0.65 * depth)
    widths = 0.3 + EDGE_WIDTH * strength
    axes.add_collection(
        LineCollection(lines, colors=colour, linewidths=widths, alpha=np.clip(alpha, 0, 1))
    )
    axes.plot(x, y, ".", color="#222222", markersize=2.5)
    turn = np.linspace(0, 2 * np.pi, 361)
    axes.plot(np.cos(turn), np.sin(turn), color="#999999", linewidth=0.8)
    axes.set(xlim=(-1.03, 1.03), ylim=(-1.03, 1.03), aspect="equal")
    axes.set_axis_off()


def _degree(index: np.ndarray) -> np.ndarray:
    """Return the degree of the harmonics that eigenvectors of these numbers are to span."""
    return np.sqrt(index).astype(int)


def _told(choices: dict) -> str:
    width = str(choices["kernel_width"]).replace("_", " ")
    return (
        f"k = {choices['neighbours']} nearest neighbours, {width} kernel width, "
        f"{choices['laplacian']} Laplacian. No climate data."
    )
