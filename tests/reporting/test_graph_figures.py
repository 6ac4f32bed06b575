"""Figures and table of the graph study show the numbers of their files, and nothing else."""

import netCDF4
import numpy as np
import pandas as pd
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures.style import FigureSettings
from deepsphere_pipe.reporting.graph_figures import (
    equivariance_error,
    kernel_widths,
    samplings,
    spectra,
)

DRAWS = {"functions": 2, "rotations": 3, "seed": 7}


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Return a function that draws a figure and returns it instead of writing it."""

    def drawn(draw, path, settings=None):
        kept = []
        module = __import__(draw.__module__, fromlist=["save_figure"])
        monkeypatch.setattr(module, "save_figure", lambda figure, *rest: kept.append(figure))
        draw(path, tmp_path / "unused", settings)
        kept[0].draw_without_rendering()
        return kept[0]

    return drawn


@pytest.fixture
def errors_file(tmp_path):
    """Return a function that writes equivariance errors that are 0.1 / degree times a factor."""

    def errors_file(nsides=(32,), bandwidths=(64,), rotations=("as_published", "exact")):
        graphs = [("healpix", n, "knn", 20) for n in nsides]
        graphs += [("healpix", n, "perraudin_equal", None) for n in nsides]
        graphs += [("equiangular", b, "khasanova_frossard", None) for b in bandwidths]
        rows = []
        for number, (sampling, resolution, graph, k) in enumerate(graphs):
            for rotation in rotations:
                for degree in (40, 10, 20):  # not in order
                    error = 0.1 * (number + 1) / degree * (1 if rotation == "exact" else 2)
                    rows.append(
                        [sampling, resolution, graph, k, rotation, degree, error, 2 * error**2]
                    )
        columns = ["sampling", "resolution", "graph", "neighbours", "rotation", "degree"]
        table = pd.DataFrame(rows, columns=[*columns, "error", "error_squared"])
        table.assign(**DRAWS, laplacian="normalized").to_csv(tmp_path / "errors.csv", index=False)
        return tmp_path / "errors.csv"

    return errors_file


def lines(axes, hollow=False):
    """Return the lines of axes that are (or are not) of hollow markers, as arrays (2, point)."""
    return [
        np.array(line.get_data())
        for line in axes.get_lines()
        if (line.get_markerfacecolor() == "none") == hollow
    ]


def legend_texts(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_errors_and_their_squares_stand_where_they_belong(drawn, errors_file):
    figure = drawn(equivariance_error.equivariance_error_figure, errors_file())
    published, exact, published_squared, exact_squared = figure.axes
    assert [axes.get_title() for axes in (published, exact)] == ["as published", "exact rotation"]
    for axes, factor in ((published, 2), (exact, 1)):
        knn = lines(axes)[0]
        np.testing.assert_allclose(knn, [[10, 20, 40], 0.1 * factor / np.array([10, 20, 40])])
    for above, below in ((published, published_squared), (exact, exact_squared)):
        for plain, squared in zip(lines(above), lines(below), strict=True):
            np.testing.assert_allclose(2 * plain[1] ** 2, squared[1])


def test_published_errors_are_shown_as_published_and_in_the_colour_of_their_graph(
    drawn, errors_file
):
    figure = drawn(equivariance_error.equivariance_error_figure, errors_file())
    published, exact, squared, exact_squared = figure.axes
    assert not lines(exact, hollow=True) and not lines(exact_squared, hollow=True)
    perraudin, knn = lines(published, hollow=True)  # in the order of the published file
    assert knn[1][:2] == pytest.approx([0.0825751, 0.037222])
    assert perraudin[1][-1] == pytest.approx(0.157054)
    np.testing.assert_allclose(lines(squared, hollow=True)[1][1], knn[1] ** 2)
    ours, *_ = published.get_lines()
    theirs = next(
        line for line in published.get_lines() if line.get_ydata()[0] == pytest.approx(0.0825751)
    )
    assert ours.get_color() == theirs.get_color()
    assert "published (nside 32)" in legend_texts(figure)


def test_there_is_nothing_published_at_other_resolutions(drawn, errors_file):
    figure = drawn(equivariance_error.equivariance_error_figure, errors_file(nsides=(16,)))
    assert not any(lines(axes, hollow=True) for axes in figure.axes)
    assert not any("published" in text for text in legend_texts(figure))


def test_each_resolution_has_a_line_style_and_the_legend_tells_it(drawn, errors_file):
    file = errors_file(nsides=(4, 8, 16, 32, 64), bandwidths=(64, 128))
    figure = drawn(equivariance_error.equivariance_error_figure, file)
    knn = figure.axes[1].get_lines()[:5]
    assert len({str(line._unscaled_dash_pattern) for line in knn}) == 5
    texts = legend_texts(figure)
    assert texts[-5:] == [
        "nside 4, bandwidth 64",
        "nside 8, bandwidth 128",
        "nside 16",
        "nside 32",
        "nside 64",
    ]
    assert figure.axes[0].get_xscale() == "log"


def test_a_file_of_one_rotation_makes_no_empty_panels(drawn, errors_file):
    file = errors_file(rotations=("exact",))
    figure = drawn(equivariance_error.equivariance_error_figure, file)
    assert len(figure.axes) == 2
    with pytest.raises(UserError, match="rotation must hold"):
        drawn(equivariance_error.equivariance_error_figure, errors_file(rotations=("approximate",)))


@pytest.mark.parametrize("width", [4.0, 8.0, 12.0])
def test_legends_and_notes_fit_the_figure(drawn, errors_file, width):
    figure = drawn(
        equivariance_error.equivariance_error_figure, errors_file(), {"width_inches": width}
    )
    renderer = figure._get_renderer()
    inside = figure.bbox.expanded(1.001, 1.001)
    boxes = [figure.legends[0].get_window_extent(), figure._supxlabel.get_window_extent(renderer)]
    for box in boxes:
        assert inside.contains(box.x0, box.y0) and inside.contains(box.x1, box.y1)
        assert not any(box.overlaps(axes.get_window_extent()) for axes in figure.axes)


def widths_file(folder, nsides, ks=(8, 40)):
    rows = [
        {"nside": nside, "n_vertices": 12 * nside**2, "neighbours": k, "kernel_width": 0.8 / nside}
        for nside in nsides
        for k in ks
    ]
    table = pd.DataFrame(rows).assign(laplacian="normalized", error=0.1, **DRAWS)
    table.to_csv(folder / "widths.csv", index=False)
    return folder / "widths.csv"


def test_widths_are_divided_by_the_published_ones(drawn, tmp_path):
    file = widths_file(tmp_path, (16, 32, 64))
    widths, ratios = drawn(kernel_widths.kernel_widths_figure, file).axes
    np.testing.assert_allclose(lines(widths)[0], [[16, 32, 64], [0.05, 0.025, 0.0125]])
    # One line of hollow squares for k = 8, two for k = 40: found and extrapolated.
    hollow = lines(widths, hollow=True)
    assert [len(line[0]) for line in hollow] == [6, 4, 2]
    assert hollow[2][1] == pytest.approx([0.0027755, 0.00138775])
    of_8, of_40 = lines(ratios)[1:]  # the first one is the line at 1
    assert of_8[1] == pytest.approx([1.0, 0.0125 / 0.01228])
    assert of_40[1] == pytest.approx([0.025 / 0.042432, 0.0125 / 0.021354])
    assert of_8[0] == pytest.approx([32, 64], rel=0.05)


def test_without_published_widths_the_panel_says_so(drawn, tmp_path):
    _, ratios = drawn(kernel_widths.kernel_widths_figure, widths_file(tmp_path, (4, 8))).axes
    assert "no published widths" in ratios.texts[0].get_text()


def test_figure_of_samplings_shows_the_largest_size_above_and_all_sizes_below(
    drawn, samplings_file
):
    figure = drawn(samplings.samplings_figure, samplings_file)
    by_k, _, by_size, _ = figure.axes
    filled, hollow = (
        [line for line in lines(by_k, hollow) if line.size] for hollow in (False, True)
    )
    np.testing.assert_allclose(filled, [[[8, 20], [0.2, 0.1]]])
    np.testing.assert_allclose(hollow, [[[8], [0.15]], [[4], [0.3]]])
    sizes = [line for line in lines(by_size) if line.size]
    np.testing.assert_allclose(sizes[0], [[642], [0.1]])  # k = 20, of one size only
    np.testing.assert_allclose(sizes[1], [[162, 642], [0.005, 0.2]])  # k = 8
    assert legend_texts(figure)[:1] == ["icosahedral, k-NN"]
    assert "healpix, Perraudin et al." in legend_texts(figure)
    assert "642 to 768 vertices" in figure._supxlabel.get_text()


def test_without_nearest_neighbours_there_is_nothing_to_draw(samplings_file, drawn, tmp_path):
    table = pd.read_csv(samplings_file)
    table[table["graph"] != "knn"].to_csv(tmp_path / "others.csv")
    with pytest.raises(UserError, match="no error of a nearest-neighbour graph"):
        drawn(samplings.samplings_figure, tmp_path / "others.csv")


@pytest.fixture
def spectra_file(tmp_path):
    """A square of front vertices and one behind, and the spectrum of the sphere times three."""
    path = tmp_path / "spectra.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.setncatts({"neighbours": 4, "kernel_width": "mean_distance", "laplacian": "normal"})
        group = file.createGroup("icosahedral")
        index = np.arange(16)
        degree = np.sqrt(index).astype(int)
        lon = np.array([-30.0, -10.0, -10.0, -30.0, 160.0])
        lat = np.array([25.0, 25.0, 45.0, 45.0, -35.0])
        variables = {
            "eigenvalues": (("index",), 3.0 * degree * (degree + 1)),
            "alignment": (("group_degree", "degree"), np.diag([1, 0.9, 0.8, 0.52])),
            "chosen": (("chosen",), np.array([1, 9])),
            "longitude": (("vertex",), lon),
            "latitude": (("vertex",), lat),
            "eigenvectors": (("chosen", "vertex"), np.array([[1.0, 2, 0, -4, 0], [1, 1, 1, 1, 1]])),
            "graph_longitude": (("graph_vertex",), lon),
            "graph_latitude": (("graph_vertex",), lat),
            "graph_edges": (("edge", "end"), np.array([[0, 1], [1, 2], [2, 3], [3, 0], [2, 4]])),
            "graph_weights": (("edge",), np.array([1.0, 0.5, 0.5, 0.5, 1.0])),
        }
        for name, (dimensions, values) in variables.items():
            for dimension, size in zip(dimensions, values.shape, strict=True):
                if dimension not in group.dimensions:
                    group.createDimension(dimension, size)
            kind = "i4" if values.dtype.kind == "i" else "f8"
            group.createVariable(name, kind, dimensions)[:] = values
    return path


def test_eigenvalues_are_scaled_to_those_of_the_sphere(drawn, spectra_file):
    spectrum, heat, *_ = drawn(spectra.spectra_figure, spectra_file).axes
    sphere, graph = (line.get_ydata() for line in spectrum.get_lines())
    np.testing.assert_allclose(graph, sphere)
    assert sphere[[0, 1, 4, 9, 15]].tolist() == [0, 2, 6, 12, 12]
    assert heat.get_title() == "diagonal 52–100 %"
    assert heat.images[0].get_array()[2, 2] == pytest.approx(80)
    assert heat.images[0].origin == "lower"


def test_eigenvectors_are_drawn_relative_to_their_largest_entry(drawn, spectra_file):
    figure = drawn(spectra.eigenvectors_figure, spectra_file)
    first, second = figure.axes
    assert first.get_title().endswith("eigenvector 1 (l = 1)")
    assert second.get_title() == "eigenvector 9 (l = 3)"
    image = first.images[0].get_array()
    assert set(np.unique(image.compressed())) == {-1, 0, 0.25, 0.5}
    assert image.mask[0, 0]  # off the map
    assert first.images[0].get_clim() == (-1, 1)


def test_only_the_front_of_a_graph_is_drawn(drawn, spectra_file):
    (axes,) = drawn(spectra.graphs_figure, spectra_file).axes
    (edges,) = axes.collections
    assert len(edges.get_segments()) == 4
    heavy, *light = edges.get_linewidths()
    assert heavy > max(light) and np.ptp(light) == 0
    shown = axes.get_lines()[0].get_xydata()
    assert np.isfinite(shown).all(axis=1).tolist() == [True] * 4 + [False]
    assert axes.get_title() == "icosahedral\n5 vertices, k = 4\n5 edges"


def test_spectra_that_lack_something_are_told(spectra_file, tmp_path):
    with netCDF4.Dataset(spectra_file, "a") as file:
        file["icosahedral"].renameVariable("graph_edges", "edges")
    with pytest.raises(UserError, match="lacks graph_edges"):
        spectra.graphs_figure(spectra_file, tmp_path / "out")
    with netCDF4.Dataset(tmp_path / "none.nc", "w") as file:
        file.setncatts({"neighbours": 4, "kernel_width": "optimal", "laplacian": "normal"})
    with pytest.raises(UserError, match="lacks a sampling"):
        spectra.spectra_figure(tmp_path / "none.nc", tmp_path / "out")


def test_a_folder_that_cannot_be_written_is_not_blamed_on_the_input(spectra_file, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises((OSError, UserError)) as caught:
        spectra.spectra_figure(spectra_file, tmp_path / "file" / "out")
    assert "cannot be read" not in str(caught.value)


def test_figures_are_at_most_1600_pixels_wide(spectra_file, tmp_path):
    from PIL import Image

    settings = FigureSettings(width_inches=12.0, dpi=600)
    spectra.graphs_figure(spectra_file, tmp_path / "out", settings)
    with Image.open(tmp_path / "out.png") as image:
        assert 1500 < image.width <= 1600
