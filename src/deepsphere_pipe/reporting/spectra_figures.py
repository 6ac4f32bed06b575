"""Figures of Laplacian spectra, eigenvectors and the graphs themselves."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import netCDF4
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.projections import Mollweide, Orthographic, unit_vectors
from deepsphere_pipe.reporting.raster import VertexRaster
from deepsphere_pipe.reporting.style import (
    SERIES_COLOURS,
    FigureSettings,
    figure_style,
    save_figure,
)

VIEW = Orthographic(-20.0, 35.0)
MAP_PIXELS = 400
EDGE_WIDTH = 1.6


def spectra_figure(
    path: str | os.PathLike, out_stem: str | os.PathLike, settings: Any = None
) -> None:
    """Draw eigenvalues beside those of the sphere, and the alignment of eigenvectors.

    Parameters
    ----------
    path : path-like
        netCDF file of ``graph-study spectra``.
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
    with _open(path) as file, figure_style():
        groups = file.groups
        figure = Figure(figsize=(settings.width_inches, 6.2), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
        panels = figure.subplots(2, len(groups), sharey="row", sharex="row", squeeze=False)
        for (spectrum, heat), (name, group), colour in zip(
            panels.T, groups.items(), SERIES_COLOURS, strict=False
        ):
            values = group["eigenvalues"][:].data
            degree = np.sqrt(np.arange(len(values))).astype(int)
            # The scale of the graph's eigenvalues is that of its weights: the three of degree 1
            # are made to be 2 in the mean, as on the sphere.
            values = values * 2 / values[1:4].mean()
            index = np.arange(len(values))
            spectrum.plot(
                index, degree * (degree + 1), color="#999999", linewidth=1, label="sphere: l(l + 1)"
            )
            spectrum.plot(index, values, ".", color=colour, markersize=3, label="graph")
            spectrum.set_title(f"{name}, {group.n_vertices} vertices", fontweight="bold")
            spectrum.set_xlabel("index of the eigenvalue")
            spectrum.legend(loc="upper left")
            image = heat.imshow(
                100 * group["alignment"][:].data, origin="lower", vmin=0, vmax=100, cmap="viridis"
            )
            heat.set_xlabel("degree of the harmonics")
            heat.grid(False)
        panels[0, 0].set_ylabel("eigenvalue (scaled)")
        panels[1, 0].set_ylabel("group of 2l + 1 eigenvectors, l")
        figure.colorbar(image, ax=panels[1], label="share of energy (%)", shrink=0.8)
        figure.supxlabel(_choices(file), fontsize=8, color="#555555")
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
    projection = Mollweide()
    with _open(path) as file, figure_style():
        groups = file.groups
        rows = max(len(group["chosen"]) for group in groups.values())
        figure = Figure(figsize=(settings.width_inches, 1.5 * rows + 0.6), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.04, h_pad=0.06)
        panels = figure.subplots(rows, len(groups), squeeze=False)
        for column, (name, group) in zip(panels.T, groups.items(), strict=True):
            places = group["longitude"][:].data, group["latitude"][:].data
            raster = VertexRaster(projection, *places, MAP_PIXELS)
            for axes in column:
                axes.set_axis_off()
            chosen = group["chosen"][:].data
            vectors = group["eigenvectors"][:].data
            for axes, number, vector in zip(column, chosen, vectors, strict=False):
                most = np.abs(vector).max()
                raster.draw(axes, vector / most, cmap="RdBu_r", vmin=-1, vmax=1)
                raster.draw_edge(axes)
                degree = int(np.sqrt(number))
                axes.set_title(f"eigenvector {number} (l = {degree})", fontsize=8)
            column[0].set_title(f"{name}\n{column[0].get_title()}", fontweight="bold", fontsize=8)
        figure.supxlabel(_choices(file), fontsize=8, color="#555555")
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
    with _open(path) as file, figure_style():
        groups = file.groups
        figure = Figure(figsize=(settings.width_inches, 3.6), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
        panels = figure.subplots(1, len(groups), squeeze=False)[0]
        for axes, (name, group), colour in zip(
            panels, groups.items(), SERIES_COLOURS, strict=False
        ):
            _draw_graph(axes, group, colour)
            n = len(group.dimensions["graph_vertex"])
            edges = len(group.dimensions["graph_edge"])
            axes.set_title(f"{name}\n{n} vertices, {edges} edges", fontweight="bold", fontsize=9)
        figure.supxlabel(
            _choices(file) + "\nThicker and darker edges have greater weights.",
            fontsize=8, color="#555555",
        )  # fmt: skip
        save_figure(figure, out_stem, settings.dpi)


def _draw_graph(axes, group: netCDF4.Group, colour: str) -> None:
    longitude, latitude = group["graph_longitude"][:].data, group["graph_latitude"][:].data
    x, y = VIEW.forward(longitude, latitude)
    ends = group["graph_edges"][:].data
    weights = group["graph_weights"][:].data
    front = np.isfinite(x[ends]).all(axis=1)
    lines = np.stack([x[ends], y[ends]], axis=-1)[front]
    strength = weights[front] / weights.max()
    # Edges away from the eye fade, so that the globe looks round.
    towards = unit_vectors(np.array(VIEW.lon0), np.array(VIEW.lat0))
    depth = (unit_vectors(longitude, latitude) @ towards)[ends][front].min(axis=1)
    axes.add_collection(
        LineCollection(
            lines, colors=colour, linewidths=0.3 + EDGE_WIDTH * strength,
            alpha=np.clip((0.15 + 0.85 * strength) * (0.35 + 0.65 * depth), 0, 1),
        )
    )  # fmt: skip
    axes.plot(x, y, ".", color="#222222", markersize=2.5)
    turn = np.linspace(0, 2 * np.pi, 361)
    axes.plot(np.cos(turn), np.sin(turn), color="#999999", linewidth=0.8)
    axes.set(xlim=(-1.03, 1.03), ylim=(-1.03, 1.03), aspect="equal")
    axes.set_axis_off()


@contextmanager
def _open(path: str | os.PathLike) -> Iterator[netCDF4.Dataset]:
    try:
        with netCDF4.Dataset(path) as file:
            if not file.groups or "laplacian" not in file.ncattrs():
                raise UserError(
                    f"{path} holds no spectra; make it with 'deepsphere-pipe graph-study spectra'."
                )
            yield file
    except OSError as error:
        raise UserError(f"{path} cannot be read as spectra: {error}") from error


def _choices(file: netCDF4.Dataset) -> str:
    width = str(file.kernel_width).replace("_", " ")
    return (
        f"k = {file.neighbours} nearest neighbours, {width} kernel width, {file.laplacian} "
        "Laplacian. No climate data."
    )
