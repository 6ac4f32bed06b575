"""Derivatives on the graph, and layers that use them."""

import numpy as np
import pytest
import torch

from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.nn.layer import GraphConvolution
from deepsphere_pipe.nn.orientation import Derivatives, derivatives
from deepsphere_pipe.nn.pooling import make_unpooling
from deepsphere_pipe.nn.sparse import SparseMatrix
from deepsphere_pipe.samplings import Equiangular, Healpix, Icosahedral

SPHERES = {
    "icosahedral": (Icosahedral(4), 6),
    "healpix": (Healpix(16), 8),
    "equiangular": (Equiangular(32, 64), 8),
}


@pytest.fixture(scope="module", params=SPHERES)
def levels(request):
    sampling, neighbours = SPHERES[request.param]
    return build_hierarchy(sampling, depth=1, neighbours=neighbours).levels


def spacing(level):
    edges = level.laplacian.tocoo()
    apart = edges.row != edges.col
    chords = level.coordinates[edges.row[apart]] - level.coordinates[edges.col[apart]]
    return np.linalg.norm(chords, axis=1).mean()


def test_derivatives_are_those_of_closed_forms(levels):
    """Of x = cos φ cos λ and z = sin φ, away from the poles."""
    level = levels[0]
    east, north = (matrix / spacing(level) for matrix in derivatives(level))
    x, y, z = level.coordinates.T
    latitude, longitude = np.arcsin(z), np.arctan2(y, x)
    inside = np.abs(latitude) < np.radians(75)

    def error(found, expected):
        return np.abs(found - expected)[inside].max()

    assert error(north @ z, np.cos(latitude)) < 0.05
    assert error(east @ z, 0) < 0.05
    assert error(east @ x, -np.sin(longitude)) < 0.05
    assert error(north @ x, -np.sin(latitude) * np.cos(longitude)) < 0.05
    for matrix in (east, north):
        assert np.abs(matrix @ np.ones_like(x)).max() < 1e-10


def test_there_is_no_east_at_a_pole():
    level = build_hierarchy(Icosahedral(2), depth=0).levels[0]
    poles = np.abs(level.coordinates[:, 2]) > 1 - 1e-9
    assert poles.sum() == 2
    for matrix in derivatives(level):
        rows = np.diff(matrix.tocsr().indptr)
        assert not matrix.toarray()[poles].any()
        assert rows[~poles].min() >= 5


@pytest.mark.parametrize("training", [True, False])
def test_a_layer_is_the_sum_of_isotropic_and_oriented_terms(levels, training):
    """With concatenation and unpooling, against dense matrices."""
    torch.manual_seed(0)
    fine, coarse = levels
    layer = GraphConvolution(5, 4, 3, oriented=True).double().train(training)
    plain = GraphConvolution(5, 4, 3, activation=False).double()
    plain.load_state_dict(
        {"convolution.weight": layer.convolution.weight, "convolution.bias": torch.zeros(4)}
    )
    laplacian = SparseMatrix(fine.laplacian).double()()
    both = Derivatives(fine).double()
    dense = [torch.from_numpy(matrix.toarray()) for matrix in derivatives(fine)]
    unpool = make_unpooling("symmetric", fine).double()

    def expected(x):
        y = plain(x, laplacian)
        for matrix, weight in zip(dense, layer.orientation, strict=True):
            y = y + torch.einsum("uv,vbf->ubf", matrix, x @ weight)
        return layer.normalisation(y.flatten(0, 1)).relu().view_as(y)

    x = torch.randn(fine.n_vertices, 2, 5).double()
    below = torch.randn(coarse.n_vertices, 2, 5).double()
    with torch.no_grad():
        for found, wanted in (
            (layer(x, laplacian, both), expected(x)),
            (layer(x[..., :2], laplacian, both, skip=x[..., 2:]), expected(x)),
            (layer(below, laplacian, both, expansion=unpool), expected(unpool(below))),
        ):
            torch.testing.assert_close(found, wanted, rtol=1e-10, atol=1e-10)
