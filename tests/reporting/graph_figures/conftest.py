"""Files as the graph analysis leaves them, with numbers that can be recognised."""

import netCDF4
import numpy as np
import pandas as pd
import pytest

DRAWS = {"functions": 2, "rotations": 3, "seed": 7}


def drawn(draw, path, settings=None):
    """Return a figure with all at its place."""
    figure = draw.figure(path, settings)
    figure.draw_without_rendering()
    return figure


def lines(axes, hollow=False):
    """Return the lines of axes that are (or are not) of hollow markers, as arrays (2, point)."""
    return [
        np.array(line.get_data())
        for line in axes.get_lines()
        if (line.get_markerfacecolor() == "none") == hollow
    ]


def legend_texts(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


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


GRAPHS = [
    ("icosahedral", "level 3", 642, "knn", 8, 0.1, [0.2, 0.0996]),
    ("icosahedral", "level 3", 642, "knn", 20, 0.2, [0.1, 0.004]),
    ("healpix", "nside 8", 768, "perraudin", None, 0.15, [0.15, 1.234]),
    ("equiangular", "n_lat 18, n_lon 36", 648, "khasanova_frossard", None, np.nan, [0.3, np.nan]),
    ("icosahedral", "level 2", 162, "knn", 8, 0.1, [0.005, 0.05]),
]


@pytest.fixture
def samplings_file(tmp_path):
    columns = ["sampling", "parameters", "n_vertices", "graph", "neighbours", "kernel_width"]
    rows = [
        [*graph, degree, error]
        for *graph, errors in GRAPHS
        for degree, error in zip((5, 10), errors, strict=True)
    ]
    table = pd.DataFrame(rows, columns=[*columns, "degree", "error"])
    table = table.assign(n_edges=2000, largest_eigenvalue=3.0, area_spread=1.3, **DRAWS)
    table.assign(laplacian="combinatorial").to_csv(tmp_path / "samplings.csv", index=False)
    return tmp_path / "samplings.csv"


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
