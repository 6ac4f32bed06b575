"""Laplacian spectra: eigenvalues, and the alignment of eigenvectors with spherical harmonics."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from deepsphere_pipe.reporting.figures.style import (
    SERIES_COLOURS,
    FigureSettings,
    add_note,
    figure_of,
)
from deepsphere_pipe.reporting.graph_figures.files import Spectra, degree_of, read_spectra


@figure_of(partial(read_spectra, names=("eigenvalues", "alignment", "longitude")))
def spectra_figure(spectra: Spectra, settings: FigureSettings) -> Figure:
    """Draw eigenvalues beside those of the sphere, and the alignment of eigenvectors."""
    figure = Figure(figsize=(settings.width_inches, 6.6), layout="constrained")
    panels = figure.subplots(2, len(spectra.groups), sharey="row", sharex="row", squeeze=False)
    for column, (name, group), colour in zip(
        panels.T, spectra.groups.items(), SERIES_COLOURS, strict=False
    ):
        spectrum, heat = column
        spectrum.set_title(f"{name}\n{len(group['longitude'])} vertices", fontweight="bold")
        _draw_eigenvalues(spectrum, group["eigenvalues"], colour)
        image = _draw_alignment(heat, group["alignment"])
    panels[0, 0].set_ylabel("eigenvalue (scaled)")
    panels[1, 0].set_ylabel("eigenvectors of group l")
    figure.colorbar(image, ax=panels[1], label="share of energy (%)", shrink=0.8)
    add_note(figure, spectra.made_with())
    return figure


def _draw_eigenvalues(axes: Axes, values: np.ndarray, colour: str) -> None:
    index = np.arange(len(values))
    degree = degree_of(index)
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
