"""The figure of eigenvectors shows each relative to its largest entry."""

import numpy as np

from deepsphere_pipe.reporting.graph_figures.eigenvectors import eigenvectors_figure
from tests.reporting.graph_figures.conftest import drawn


def test_eigenvectors_are_drawn_relative_to_their_largest_entry(spectra_file):
    figure = drawn(eigenvectors_figure, spectra_file)
    first, second = figure.axes
    assert first.get_title().endswith("eigenvector 1 (l = 1)")
    assert second.get_title() == "eigenvector 9 (l = 3)"
    image = first.images[0].get_array()
    assert set(np.unique(image.compressed())) == {-1, 0, 0.25, 0.5}
    assert image.mask[0, 0]  # off the map
    assert first.images[0].get_clim() == (-1, 1)
