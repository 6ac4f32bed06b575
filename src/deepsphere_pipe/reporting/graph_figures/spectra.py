"""Laplacian spectra: eigenvalues, and the alignment of eigenvectors with spherical harmonics."""

from functools import partial

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from deepsphere_pipe.reporting.figures.style import (
    SERIES_COLOURS,
    FigureSettings,
    Sheet,
    figure_of,
)
from deepsphere_pipe.reporting.graph_files import degree_of, groups_of, made_with, read_spectra


@figure_of(partial(read_spectra, names=("eigenvalues", "alignment", "longitude")))
def spectra_figure(spectra: xr.DataTree, settings: FigureSettings) -> Sheet:
    """Draw eigenvalues beside those of the sphere, and the alignment of eigenvectors."""
    groups = groups_of(spectra)
    figure = Sheet(settings.width_inches, 6.6)
    panels = figure.subplots(2, len(groups), sharey="row", sharex="row", squeeze=False)
    columns = zip(panels.T, groups.items(), SERIES_COLOURS, strict=False)
    for (spectrum, heat), (name, group), colour in columns:
        spectrum.set_title(f"{name}\n{len(group['longitude'])} vertices", fontweight="bold")
        _draw_eigenvalues(spectrum, group["eigenvalues"].values, colour)
        image = _draw_alignment(heat, group["alignment"].values)
    panels[0, 0].set_ylabel("eigenvalue (scaled)")
    panels[1, 0].set_ylabel("eigenvectors of group l")
    figure.colorbar(image, ax=panels[1], label="share of energy (%)", shrink=0.8)
    figure.note(made_with(spectra))
    return figure


def _draw_eigenvalues(axes: Axes, values: np.ndarray, colour: str) -> None:
    index = np.arange(len(values))
    degree = degree_of(index)
    # The scale of the graph's eigenvalues is that of its weights: the three of degree 1 are made
    # to be 2 in the mean, as on the sphere.
    style: dict = {"color": "#999999", "linewidth": 1, "drawstyle": "steps-mid"}
    axes.plot(index, degree * (degree + 1), label="sphere: l(l + 1)", **style)
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
