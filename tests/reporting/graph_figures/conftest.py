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
