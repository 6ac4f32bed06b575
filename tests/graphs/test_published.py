"""The graphs of the published package, against what they are by their description."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs import published_graph, scaled_laplacian, sphere_graph
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.graphs.neighbours import exactly_nearest, nearest_neighbours
from deepsphere_pipe.graphs.published import SIXTH
from deepsphere_pipe.samplings import Equiangular, Healpix, Icosahedral, masked


def plain_weights(points, k, width=None, sixth=()):
    """Gaussian weights of exactly k nearest neighbours, of ties the sixth or the first ones."""
    chords = cdist(points, points)
    np.fill_diagonal(chords, np.inf)
    place = chords.round(10)
    for vertex, neighbour in enumerate(sixth):
        place[vertex, neighbour] -= 1e-9
    nearest = np.argsort(place, axis=1, kind="stable")[:, :k]
    joined = np.zeros(chords.shape, bool)
    np.put_along_axis(joined, nearest, True, axis=1)
    joined |= joined.T
    width = width or chords[joined].mean()
    return np.where(joined, np.exp(-np.log(2) * (chords / width) ** 2), 0)


def plain_laplacian(weights, kind):
    degrees = weights.sum(1)
    laplacian = np.diag(degrees) - weights
    if kind == "normalized":
        laplacian /= np.sqrt(np.outer(degrees, degrees))
    largest = 1.01 * np.linalg.eigvalsh(laplacian)[-1]
    return 2 * laplacian / largest - np.eye(len(weights))


@pytest.mark.parametrize("kind", ["combinatorial", "normalized"])
@pytest.mark.parametrize(
    ("sampling", "k", "width"),
    [
        (Icosahedral(0), 5, None),
        (Icosahedral(1), 6, None),
        (Icosahedral(3), 6, None),
        (Healpix(1), 11, 0.03185 * 32),
        (Healpix(4), 20, 0.03185 * 8),
    ],
)  # fmt: skip
def test_laplacians_are_those_of_the_description(sampling, k, width, kind):
    (level,) = build_hierarchy(sampling, 0, laplacian=kind, kind="published").levels
    sixth = SIXTH.get(getattr(sampling, "level", None), ())
    weights = plain_weights(sampling.coordinates, k, width, sixth)
    expected = plain_laplacian(weights, kind)
    assert np.abs(level.laplacian.toarray() - expected).max() < 1e-9
    assert (scaled_laplacian(published_graph(sampling, kind)) != level.laplacian).nnz == 0


def test_ours_joins_more_and_less_padded():
    """At the twelve vertices with five adjacent ones, theirs takes one of five that tie."""
    sampling = Icosahedral(3)
    theirs, ours = published_graph(sampling), sphere_graph(sampling, 6)
    assert [graph.d[:12].sum() for graph in (theirs, ours)] == [12 * 6, 12 * 10]
    assert (theirs.W != 0).sum() == (ours.W != 0).sum() - 2 * 4 * 12
    assert theirs.kernel_width != pytest.approx(ours.kernel_width, rel=1e-4)
    exact = np.linalg.eigvalsh(theirs.L.toarray())[-1]
    assert theirs.lmax == pytest.approx(1.01 * exact, rel=1e-9)
    rescaled = np.linalg.eigvalsh(scaled_laplacian(theirs).toarray())
    assert rescaled[[0, -1]] == pytest.approx([-1, 2 / 1.01 - 1], abs=1e-9)


@pytest.mark.parametrize("level", SIXTH)
def test_the_sixth_neighbours_are_each_one_of_five_that_tie(level):
    edges = nearest_neighbours(Icosahedral(level).coordinates, 6)
    weights = published_graph(Icosahedral(level)).W
    for vertex, neighbour in enumerate(SIXTH[level]):
        chords = edges.chords[edges.sources == vertex]
        tied = edges.targets[edges.sources == vertex][chords > chords.max() * (1 - 1e-9)]
        assert len(tied) == 5 and neighbour in tied
        assert weights[vertex, tied].nnz == 1


def test_exactly_so_many_neighbours_and_none_farther_than_the_rest():
    points = Healpix(4).coordinates
    edges = exactly_nearest(points, 9, np.array([[0, 1]]))
    assert (np.bincount(edges.sources) == 9).all()
    pairs = np.stack([edges.sources, edges.targets], 1)
    assert len(np.unique(pairs, axis=0)) == len(pairs) and (edges.sources != edges.targets).all()
    chords = cdist(points, points)
    limit = np.sort(chords, axis=1)[:, 9]
    assert (edges.chords <= limit[edges.sources] * (1 + 1e-9)).all()


def test_weights_of_equiangular_grids_are_inverse_squares():
    graph = published_graph(Equiangular(n_lat=8, n_lon=12))
    sources, targets, weights = graph.get_edge_list()
    squares = np.sum((graph.coords[sources] - graph.coords[targets]) ** 2, axis=1)
    np.testing.assert_allclose(weights * (squares + 1e-8), 1, rtol=1e-12)
    later = sphere_graph(Equiangular(n_lat=8, n_lon=12), kind="khasanova_frossard")
    assert ((graph.W != 0) != (later.W != 0)).nnz == 0
    assert graph.lmax == pytest.approx(1.01 * np.linalg.eigvalsh(graph.L.toarray())[-1])


@pytest.mark.parametrize(
    "sampling",
    [
        Equiangular(n_lat=9, n_lon=12, poles=True),
        masked(Healpix(4), Healpix(4).latitude > 0),
    ],
)
def test_other_samplings_are_refused(sampling):
    with pytest.raises(UserError, match="'published' exists for whole icosahedral"):
        published_graph(sampling)
