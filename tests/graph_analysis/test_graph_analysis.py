"""What the graph study computes, and its figures and table."""

import netCDF4
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from deepsphere_pipe.config import (
    EquivarianceErrorConfig,
    KernelWidthsConfig,
    SamplingComparisonConfig,
    SpectraConfig,
)
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graph_analysis.equivariance_error import equivariance_errors, shown_degrees
from deepsphere_pipe.graph_analysis.kernel_widths import kernel_widths
from deepsphere_pipe.graph_analysis.samplings import compare_samplings, samplings_like
from deepsphere_pipe.graph_analysis.spectra import eigenpairs, harmonic_energy, spectra
from deepsphere_pipe.graphs import equivariance_error, published_width, sphere_graph
from deepsphere_pipe.reporting.graph_figures.eigenvectors import eigenvectors_figure
from deepsphere_pipe.reporting.graph_figures.equivariance_error import equivariance_error_figure
from deepsphere_pipe.reporting.graph_figures.graphs import graphs_figure
from deepsphere_pipe.reporting.graph_figures.kernel_widths import kernel_widths_figure
from deepsphere_pipe.reporting.graph_figures.samplings import samplings_figure
from deepsphere_pipe.reporting.graph_figures.spectra import spectra_figure
from deepsphere_pipe.reporting.tables.forms import write
from deepsphere_pipe.reporting.tables.samplings import samplings_table
from deepsphere_pipe.samplings import Equiangular, Healpix, Icosahedral

FEW = {"functions": 2, "rotations": 2}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The whole study, small."""
    folder = tmp_path_factory.mktemp("graphs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        errors = EquivarianceErrorConfig(nsides=(8, 16), bandwidths=(8,), **FEW)
        equivariance_errors(errors, folder / "equivariance_error.csv")
        widths = KernelWidthsConfig(nsides=(8, 16, 32), neighbours=(8,), **FEW)
        kernel_widths(widths, folder / "kernel_widths.csv")
        compared = SamplingComparisonConfig(levels=(2, 3), neighbours=(6, 8), degrees=(3, 9), **FEW)
        compare_samplings(compared, folder / "samplings.csv")
        spectra(SpectraConfig(level=3, degree_max=6), folder / "spectra.nc")
    return folder


def test_errors_are_those_of_the_library(results):
    table = pd.read_csv(results / "equivariance_error.csv")
    assert set(table["graph"]) == {"knn", "perraudin", "perraudin_equal", "khasanova_frossard"}
    row = table.query("graph == 'knn' and resolution == 8 and neighbours == 20 and degree == 6")
    graph = sphere_graph(Healpix(8), 20, published_width(Healpix(8), 20), "normalized")
    for rotation, error in zip(row["rotation"], row["error"], strict=True):
        expected = equivariance_error(graph, Healpix(8), [6], **FEW, rotation=rotation)
        assert error == pytest.approx(expected[0], rel=1e-10)
    assert (table["error_squared"] >= table["error"] ** 2).all()


def test_degrees_are_the_published_ones_at_nside_32():
    assert shown_degrees(Healpix(32), 32, None) == list(range(10, 91, 10))
    assert shown_degrees(Healpix(64), 64, None)[-1] <= 191
    assert len(shown_degrees(Equiangular(bandwidth=16), 16, 5)) == 5


def test_widths_go_with_the_law(results):
    table = pd.read_csv(results / "kernel_widths.csv").set_index("nside")
    np.testing.assert_allclose(table["kernel_width"] * table.index, 32 * 0.025, rtol=0.12)


def test_samplings_are_compared_at_like_sizes(results):
    for level in (3, 4, 5):
        sizes = [sampling.n_vertices for sampling in samplings_like(level)]
        assert max(sizes) / min(sizes) < 1.25
    table = pd.read_csv(results / "samplings.csv")
    assert len(table) == 2 * (2 + 3 + 3) * 2
    one = table.query("parameters == 'level 3' and neighbours == 6 and degree == 3").iloc[0]
    graph = sphere_graph(Icosahedral(3), 6, one["kernel_width"])
    expected = equivariance_error(graph, Icosahedral(3), [3], **FEW)[0]
    assert one["error"] == pytest.approx(expected, rel=1e-6)
    assert one["n_edges"] == graph.n_edges
    small = table.query("sampling == 'equiangular' and degree == 9 and n_vertices < 300")
    assert small["error"].isna().all()  # nine latitudes do not resolve degree 9


def test_table_has_a_row_per_graph_and_marks_the_best(results, tmp_path):
    table = samplings_table(results / "samplings.csv")
    write(table, tmp_path / "table")
    assert len(table.exact) == 16
    text = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "2 random functions × 2 random rotations (seed 0)" in text and "No climate data" in text
    assert text.count("**") == 2 * 2 * 2  # two sizes, two degrees
    assert (tmp_path / "table.html").read_text(encoding="utf-8").count("<b>") == 4
    assert (tmp_path / "table.tex").read_text(encoding="utf-8").count(r"\textbf{") == 4
    assert "–" in text


def test_eigenvectors_of_the_sphere_are_harmonics():
    graph = sphere_graph(Healpix(8), 20)
    values, vectors = eigenpairs(graph, 16)
    assert (np.diff(values) >= -1e-12).all()
    np.testing.assert_allclose(graph.L @ vectors, vectors * values, atol=1e-8)
    energy = harmonic_energy(vectors, Healpix(8), 5)
    degree = np.sqrt(np.arange(16)).astype(int)
    assert (energy[np.arange(16), degree] > 0.98).all()
    assert (energy.sum(axis=1) < 1.01).all()  # their norm is measured on the vertices


def test_spectra_hold_alignment_and_a_graph_to_draw(results):
    with netCDF4.Dataset(results / "spectra.nc") as file:
        assert list(file.groups) == ["icosahedral", "healpix", "equiangular"]
        for group in file.groups.values():
            alignment = group["alignment"][:]
            assert alignment.shape == (7, 7)
            assert abs(group["eigenvalues"][0]) < 1e-9
            assert alignment[1, 1] > 0.95
            assert group["graph_edges"][:].max() < len(group.dimensions["graph_vertex"])


FIGURES = {
    "equivariance_error.csv": [equivariance_error_figure],
    "kernel_widths.csv": [kernel_widths_figure],
    "samplings.csv": [samplings_figure],
    "spectra.nc": [spectra_figure, eigenvectors_figure, graphs_figure],
}


@pytest.mark.parametrize(
    ("name", "draw"), [(name, draw) for name, several in FIGURES.items() for draw in several]
)
def test_figures_are_drawn_the_same_each_time(results, tmp_path, name, draw):
    for stem in ("one", "two"):
        draw(results / name, tmp_path / stem, {"dpi": 80})
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert (tmp_path / "one.pdf").read_bytes().startswith(b"%PDF")
    with Image.open(tmp_path / "one.png") as image:
        assert 600 <= image.width <= 1600
        pixels = np.asarray(image.convert("L"))
        assert pixels.std() > 5
        # Nothing is cut off at the edges of the picture.
        assert min(pixels[0].min(), pixels[-1].min(), pixels[:, 0].min(), pixels[:, -1].min()) > 200


@pytest.mark.parametrize("draw", [draw for several in FIGURES.values() for draw in several])
def test_unreadable_files_are_told_in_a_sentence(tmp_path, draw):
    (tmp_path / "bad").write_text("a,b\n1,2\n", encoding="utf-8")
    for name in ("bad", "absent"):
        with pytest.raises(UserError, match=name):
            draw(tmp_path / name, tmp_path / "out")
    assert not (tmp_path / "out.png").exists()
