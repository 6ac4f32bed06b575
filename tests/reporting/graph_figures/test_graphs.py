"""The figure of the graphs shows the front of the globe."""

import numpy as np
from PIL import Image

from deepsphere_pipe.reporting.figures.style import FigureSettings
from deepsphere_pipe.reporting.graph_figures.graphs import graphs_figure
from tests.reporting.graph_figures.conftest import drawn


def test_only_the_front_of_a_graph_is_drawn(spectra_file):
    (axes,) = drawn(graphs_figure, spectra_file).axes
    (edges,) = axes.collections
    assert len(edges.get_segments()) == 4
    heavy, *light = edges.get_linewidths()
    assert heavy > max(light) and np.ptp(light) == 0
    shown = axes.get_lines()[0].get_xydata()
    assert np.isfinite(shown).all(axis=1).tolist() == [True] * 4 + [False]
    assert axes.get_title() == "icosahedral\n5 vertices, k = 4\n5 edges"


def test_figures_are_at_most_1600_pixels_wide(spectra_file, tmp_path):
    settings = FigureSettings(width_inches=12.0, dpi=600)
    graphs_figure(spectra_file, tmp_path / "out", settings)
    with Image.open(tmp_path / "out.png") as image:
        assert 1500 < image.width <= 1600
