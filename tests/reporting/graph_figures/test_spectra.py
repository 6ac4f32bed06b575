"""The figure of spectra shows them in units of the sphere's; what is no file of them is told."""

import netCDF4
import numpy as np
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.graph_figures.graphs import graphs_figure
from deepsphere_pipe.reporting.graph_figures.spectra import spectra_figure
from tests.reporting.graph_figures.conftest import drawn


def test_eigenvalues_are_scaled_to_those_of_the_sphere(spectra_file):
    spectrum, heat, *_ = drawn(spectra_figure, spectra_file).axes
    sphere, graph = (line.get_ydata() for line in spectrum.get_lines())
    np.testing.assert_allclose(graph, sphere)
    assert sphere[[0, 1, 4, 9, 15]].tolist() == [0, 2, 6, 12, 12]
    assert heat.get_title() == "diagonal 52–100 %"
    assert heat.images[0].get_array()[2, 2] == pytest.approx(80)
    assert heat.images[0].origin == "lower"


def test_spectra_that_lack_something_are_told(spectra_file, tmp_path):
    with netCDF4.Dataset(spectra_file, "a") as file:
        file["icosahedral"].renameVariable("graph_edges", "edges")
    with pytest.raises(UserError, match="lacks graph_edges"):
        graphs_figure(spectra_file, tmp_path / "out")
    with netCDF4.Dataset(tmp_path / "none.nc", "w") as file:
        file.setncatts({"neighbours": 4, "kernel_width": "optimal", "laplacian": "normal"})
    with pytest.raises(UserError, match="lacks a sampling"):
        spectra_figure(tmp_path / "none.nc", tmp_path / "out")


def test_a_folder_that_cannot_be_written_is_not_blamed_on_the_input(spectra_file, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises((OSError, UserError)) as caught:
        spectra_figure(spectra_file, tmp_path / "file" / "out")
    assert "cannot be read" not in str(caught.value)
