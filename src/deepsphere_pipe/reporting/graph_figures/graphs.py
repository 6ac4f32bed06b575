"""Small graphs on the front of the globe."""

from functools import partial

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from deepsphere_pipe.reporting.figures.style import (
    SERIES_COLOURS,
    FigureSettings,
    Sheet,
    figure_of,
)
from deepsphere_pipe.reporting.graph_files import groups_of, made_with, read_spectra
from deepsphere_pipe.reporting.maps.projections import make_projection
from deepsphere_pipe.samplings.sampling import unit_vectors

VIEW = (-20.0, 35.0)
"""Longitude and latitude above which the globes are seen, in degrees."""

EDGE_WIDTH = 1.6
TITLE_INCHES, NOTE_INCHES = 0.65, 0.5
GRAPH = ("graph_longitude", "graph_latitude", "graph_edges", "graph_weights")
"""Variables of the file that hold one."""


@figure_of(partial(read_spectra, names=GRAPH))
def graphs_figure(spectra: xr.DataTree, settings: FigureSettings) -> Sheet:
    """Draw small graphs, edges thicker and darker with greater weight."""
    groups = groups_of(spectra)
    width = 1 / len(groups)
    globe = settings.width_inches * width
    height = TITLE_INCHES + globe + NOTE_INCHES
    # Without automatic layout, which lets titles of square panels overlap the figure's edge.
    figure = Sheet(settings.width_inches, height, layout=None)
    for number, (name, group) in enumerate(groups.items()):
        colour = SERIES_COLOURS[number % len(SERIES_COLOURS)]
        box = (number * width, NOTE_INCHES / height, width, globe / height)
        axes = figure.add_axes(box)
        _draw_graph(axes, colour, group)
        n, edges = len(group["graph_longitude"]), len(group["graph_edges"])
        title = f"{name}\n{n} vertices, k = {spectra.attrs['neighbours']}\n{edges} edges"
        axes.set_title(title, fontweight="bold", fontsize=9)
    weights = "Thicker and darker edges have greater weights; the back of the globe is hidden."
    figure.note(f"{made_with(spectra)} {weights}")
    return figure


def _draw_graph(axes: Axes, colour: str, group: xr.Dataset) -> None:
    longitude, latitude, ends, weights = (group[each].values for each in GRAPH)
    x, y = make_projection("orthographic", VIEW).forward(longitude, latitude)
    front = np.isfinite(x[ends]).all(axis=1)
    lines = np.stack([x[ends], y[ends]], axis=-1)[front]
    strength = weights[front] / weights.max()
    # Edges near the rim fade, so that the globe looks round.
    depth = (unit_vectors(longitude, latitude) @ unit_vectors(*VIEW))[ends][front].min(axis=1)
    alpha = (0.15 + 0.85 * strength) * (0.35 + 0.65 * depth)
    style: dict = {"linewidths": 0.3 + EDGE_WIDTH * strength, "alpha": np.clip(alpha, 0, 1)}
    axes.add_collection(LineCollection(lines, colors=colour, **style))
    axes.plot(x, y, ".", color="#222222", markersize=2.5)
    turn = np.linspace(0, 2 * np.pi, 361)
    axes.plot(np.cos(turn), np.sin(turn), color="#999999", linewidth=0.8)
    axes.set(xlim=(-1.03, 1.03), ylim=(-1.03, 1.03), aspect="equal")
    axes.set_axis_off()
