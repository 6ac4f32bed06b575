"""Sphere graphs: weights in closed form, spectra of the sphere, symmetry, determinism."""

import logging

import numpy as np
import pygsp
import pytest
from scipy import sparse
from scipy.sparse.linalg import eigsh
from scipy.spatial.distance import cdist

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs import (
    LAPLACIANS,
    SphereGraph,
    largest_eigenvalue,
    scaled_laplacian,
    sphere_graph,
)
from deepsphere_pipe.samplings import Icosahedral


def reference_weights(points, k, width=None):
    """Dense matrix of weights straight from the definition, vertex by vertex."""
    chords = cdist(points, points)
    nearest = np.sort(chords, axis=1)[:, 1 : k + 1]
    width = width or nearest.mean()
    weights = np.zeros_like(chords)
    for i, row in enumerate(chords):
        for j in np.flatnonzero(row <= nearest[i, -1] * (1 + 1e-9)):
            if j != i:
                weights[i, j] = weights[j, i] = 0.5 ** (row[j] ** 2 / width**2)
    return weights, width


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("neighbours", [3, 6, 20])
def test_weights_equal_the_definition(level, neighbours):
    points = Icosahedral(level).coordinates
    graph = sphere_graph(Icosahedral(level), neighbours)
    expected, width = reference_weights(points, min(neighbours, len(points) - 1))
    assert graph.kernel_width == pytest.approx(width, rel=1e-13)
    np.testing.assert_allclose(graph.W.toarray(), expected, atol=1e-13)


def test_weight_is_one_half_at_the_kernel_width():
    points = Icosahedral(0).coordinates
    width = np.linalg.norm(points[0] - points[11])
    graph = sphere_graph(Icosahedral(0), neighbours=5, kernel_width=width)
    assert graph.kernel_width == width
    assert graph.W.nnz == 60
    np.testing.assert_allclose(graph.W.data, 0.5, rtol=1e-12)


def test_tied_neighbours_are_all_taken():
    degrees = sphere_graph(Icosahedral(4), neighbours=6).d
    # The five second neighbours of each of the twelve pentagons tie for the sixth place.
    assert np.bincount(degrees)[[6, 7, 10]].tolist() == [2490, 60, 12]
    assert (degrees[:12] == 10).all()


def test_graph_turns_with_the_sphere():
    """The symmetries of the icosahedron permute the vertices and leave all weights alone."""
    points = Icosahedral(3).coordinates
    angle = 2 * np.pi / 5
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    where = cdist(points @ turn.T, points).argmin(axis=1)
    weights = sphere_graph(Icosahedral(3), neighbours=6).W.toarray()
    np.testing.assert_allclose(weights[np.ix_(where, where)], weights, atol=1e-12)


def test_neighbours_are_capped_at_all_other_vertices():
    graph = sphere_graph(Icosahedral(0), neighbours=40)
    assert (graph.d == 11).all()


@pytest.mark.parametrize("laplacian", LAPLACIANS)
def test_laplacian_equals_that_of_pygsp_and_of_the_definition(laplacian):
    graph = sphere_graph(Icosahedral(2), laplacian=laplacian)
    plain = pygsp.graphs.Graph(graph.W.copy(), lap_type=laplacian)
    assert np.abs((graph.L - plain.L).toarray()).max() < 1e-14
    weights = graph.W.toarray()
    degrees = weights.sum(axis=1)
    expected = np.diag(degrees) - weights
    if laplacian == "normalized":
        expected = expected / np.sqrt(np.outer(degrees, degrees))
    np.testing.assert_allclose(graph.L.toarray(), expected, atol=1e-13)


def test_null_space_is_the_constants():
    graph = sphere_graph(Icosahedral(3))
    assert np.abs(graph.L @ np.ones(graph.N)).max() < 1e-13
    values = np.linalg.eigvalsh(graph.L.toarray())
    assert abs(values[0]) < 1e-12
    assert values[1] > 1e-3


def test_lowest_eigenvalues_are_those_of_spherical_harmonics():
    """Degrees 1, 2, 3 have 3, 5, 7 harmonics and eigenvalues in the ratio 2 : 6 : 12."""
    graph = sphere_graph(Icosahedral(5))
    start = np.cos(np.arange(graph.N))
    values = eigsh(graph.L, 16, sigma=-1e-3, v0=start, return_eigenvectors=False)
    first, second, third = np.split(np.sort(values)[1:], [3, 8])
    # The icosahedron's symmetry keeps degrees 1 and 2 together exactly, and splits degree 3.
    assert np.ptp(first) / first.mean() < 1e-8
    assert np.ptp(second) / second.mean() < 1e-8
    assert np.ptp(third) / third.mean() < 0.15
    assert second.mean() / first.mean() == pytest.approx(3, rel=0.01)
    assert third.mean() / first.mean() == pytest.approx(6, rel=0.02)


@pytest.mark.parametrize("laplacian", LAPLACIANS)
@pytest.mark.parametrize("level", [0, 1, 3])
def test_scaled_laplacian_spans_minus_one_to_one(level, laplacian):
    scaled = scaled_laplacian(sphere_graph(Icosahedral(level), laplacian=laplacian))
    values = np.linalg.eigvalsh(scaled.toarray())
    assert values[0] == pytest.approx(-1, abs=1e-9)
    assert values[-1] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("laplacian", LAPLACIANS)
def test_scaled_laplacian_is_symmetric_to_the_last_bit_and_sorted(laplacian):
    scaled = scaled_laplacian(sphere_graph(Icosahedral(4), laplacian=laplacian))
    assert (scaled != scaled.T).nnz == 0
    assert scaled.dtype == np.float64
    assert scaled.format == "csr"
    by_row = np.diff(scaled.indices.astype(int)) + scaled.shape[0] * np.diff(
        np.repeat(np.arange(scaled.shape[0]), np.diff(scaled.indptr))
    )
    assert (by_row > 0).all()


@pytest.mark.parametrize("laplacian", LAPLACIANS)
def test_largest_eigenvalue_is_exact_and_deterministic(laplacian):
    graph = sphere_graph(Icosahedral(3), laplacian=laplacian)
    value = largest_eigenvalue(graph)
    assert value == pytest.approx(np.linalg.eigvalsh(graph.L.toarray())[-1], rel=1e-9)
    np.random.seed(1)  # noqa: NPY002  (the state that ARPACK's own start vector would use)
    assert largest_eigenvalue(sphere_graph(Icosahedral(3), laplacian=laplacian)) == value


def test_lmax_is_exact_and_survives_a_change_of_the_laplacian():
    graph = sphere_graph(Icosahedral(2))
    assert graph.lmax == largest_eigenvalue(graph)
    graph.estimate_lmax()
    graph.compute_laplacian("normalized")
    graph.estimate_lmax()
    assert graph.lmax == largest_eigenvalue(graph)
    assert 1 < graph.lmax < 2


def test_bound_of_lmax_survives_a_change_of_the_laplacian():
    graph = sphere_graph(Icosahedral(2))
    graph.estimate_lmax("bounds")
    graph.compute_laplacian("normalized")
    graph.estimate_lmax("bounds")
    assert graph.lmax == 2


def test_building_twice_gives_equal_bits():
    first, second = (scaled_laplacian(sphere_graph(Icosahedral(4))) for _ in range(2))
    assert (first.data == second.data).all()
    assert (first.indices == second.indices).all()


def test_wrong_order_makes_a_smooth_field_noise():
    graph = sphere_graph(Icosahedral(5))
    x, y, z = graph.coords.T
    field = x * y * z + 0.3 * z**2 + 0.5 * np.sin(3 * x)

    def relative_energy(field):
        field = field - field.mean()
        return graph.dirichlet_energy(field) / (graph.lmax * field @ field)

    permuted = np.random.default_rng(0).permutation(field)
    assert relative_energy(field) < 2e-3
    assert 0.5 < relative_energy(permuted) < 1


def test_the_callers_arrays_stay_as_they_are():
    adjacency = sparse.csr_matrix(np.array([[0.0, 1, 0], [1, 0, 2], [0, 2, 0]]))
    adjacency[0, 1] = adjacency[1, 0] = 0  # stored zeros, which PyGSP would drop in place
    coordinates = np.eye(3)
    graph = SphereGraph(adjacency, coordinates, kernel_width=1.0)
    graph.coords[0] = 7
    assert adjacency.nnz == 4
    assert (coordinates == np.eye(3)).all()


def test_pygsp_is_silent(capfd, caplog):
    caplog.set_level(logging.DEBUG)
    graph = sphere_graph(Icosahedral(1))
    assert graph.lmax > 0
    assert not graph.logger.isEnabledFor(logging.INFO)
    assert not caplog.records
    assert capfd.readouterr().err == ""


def test_impossible_choices_are_told_in_a_sentence():
    with pytest.raises(UserError, match="at least 1 neighbour per vertex, not 0"):
        sphere_graph(Icosahedral(1), neighbours=0)
    with pytest.raises(UserError, match="no Laplacian 'random_walk'"):
        sphere_graph(Icosahedral(1), laplacian="random_walk")
    for width in ("optimum", 0, -1.0, np.nan):
        with pytest.raises(UserError, match="'optimal' or a positive number"):
            sphere_graph(Icosahedral(1), kernel_width=width)
