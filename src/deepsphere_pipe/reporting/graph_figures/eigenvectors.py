"""Some eigenvectors of the graph Laplacian on the sphere."""

from functools import partial

import numpy as np
import xarray as xr

from deepsphere_pipe.reporting.figures.style import FigureSettings, Sheet, figure_of
from deepsphere_pipe.reporting.graph_files import degree_of, groups_of, made_with, read_spectra
from deepsphere_pipe.reporting.maps.projections import make_projection
from deepsphere_pipe.reporting.maps.raster import VertexRaster

MAP_PIXELS = 400


@figure_of(partial(read_spectra, names=("chosen", "eigenvectors", "longitude", "latitude")))
def eigenvectors_figure(spectra: xr.DataTree, settings: FigureSettings) -> Sheet:
    """Draw some eigenvectors on the sphere, a column per sampling."""
    groups = groups_of(spectra)
    rows = max(len(group["chosen"]) for group in groups.values())
    height = (0.5 * settings.width_inches / len(groups) + 0.25) * rows + 0.6
    figure = Sheet(settings.width_inches, height)
    panels = figure.subplots(rows, len(groups), squeeze=False)
    for axes in panels.flat:
        axes.set_axis_off()
    for column, (name, group) in zip(panels.T, groups.items(), strict=True):
        place = group["longitude"].values, group["latitude"].values
        raster = VertexRaster(make_projection("mollweide"), *place, MAP_PIXELS)
        drawn = zip(column, group["chosen"].values, group["eigenvectors"].values, strict=False)
        for axes, number, vector in drawn:
            raster.draw(axes, vector / np.abs(vector).max(), cmap="RdBu_r", vmin=-1, vmax=1)
            raster.draw_edge(axes)
            axes.set_title(f"eigenvector {number} (l = {degree_of(number)})", fontsize=8)
        title = f"{name}\n{column[0].get_title()}"
        column[0].set_title(title, fontweight="bold", fontsize=8)
    figure.note(made_with(spectra))
    return figure
