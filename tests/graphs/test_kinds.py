"""Earlier graphs, joined parts, the vertex-order proof, and spectra of all samplings."""

import healpy
import matplotlib
import numpy as np
import pygsp
import pytest
from scipy.sparse.csgraph import connected_components

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs import (
    check_vertex_order,
    khasanova_frossard_graph,
    perraudin_graph,
    relative_dirichlet_energy,
    scaled_laplacian,
    sphere_graph,
)
from deepsphere_pipe.graphs.neighbours import nearest_neighbours
from deepsphere_pipe.harmonics import HarmonicTransform, degree_power, random_functions
from deepsphere_pipe.samplings import Custom, Equiangular, Healpix, Icosahedral, masked
from tests.samplings.conftest import PARTS, WHOLE, scattered

EVERY = WHOLE | PARTS


def test_weights_of_perraudin_are_those_of_the_formula():
    graph = perraudin_graph(Healpix(4))
    sources, targets, weights = graph.get_edge_list()
    squares = np.sum((graph.coords[sources] - graph.coords[targets]) ** 2, axis=1)
    np.testing.assert_allclose(weights, np.exp(-squares / (2 * squares.mean())), rtol=1e-12)
    assert set(np.unique(graph.d)) == {7, 8} and (graph.d == 7).sum() == 24
    assert set(perraudin_graph(Healpix(4), equal_weights=True).W.data) == {1.0}


@pytest.mark.parametrize("poles", [False, True])
def test_weights_of_khasanova_and_frossard_are_inverse_distances(poles):
    sampling = Equiangular(n_lat=8, n_lon=12, poles=poles)
    graph = khasanova_frossard_graph(sampling)
    sources, targets, weights = graph.get_edge_list()
    points = sampling.distinct_coordinates
    chords = np.linalg.norm(points[sources] - points[targets], axis=1)
    np.testing.assert_allclose(weights * chords, 1, rtol=1e-12)
    assert connected_components(graph.W)[0] == 1
    assert np.median(graph.d) == 4


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("neighbours", [3, 8])
def test_every_graph_is_connected_with_the_constants_as_null_space(name, neighbours):
    graph = sphere_graph(EVERY[name], neighbours)
    assert connected_components(graph.W)[0] == 1
    assert np.abs(graph.L @ np.ones(graph.N)).max() < 1e-12
    values = np.linalg.eigvalsh(graph.L.toarray())
    assert abs(values[0]) < 1e-11 and values[1] > 1e-9


def test_rings_near_the_poles_are_joined_and_the_rest_is_left_alone():
    sampling = Equiangular(n_lat=36, n_lon=72)
    edges = nearest_neighbours(sampling.distinct_coordinates, 4)
    alone = edges.adjacency(np.ones(len(edges.chords)))
    n_parts, part = connected_components(alone)
    assert n_parts > 5
    joined = sphere_graph(sampling, 4).W
    added = (joined != 0).astype(int) - (alone != 0).astype(int)
    assert added.min() == 0
    sources, targets = added.nonzero()
    assert (part[sources] != part[targets]).all()
    # The symmetry of the grid stays: all meridians are treated alike.
    turn = np.roll(np.arange(sampling.n_vertices).reshape(36, 72), 5, axis=1).ravel()
    assert np.abs(joined[turn][:, turn] - joined).max() < 1e-9


def test_islands_are_joined():
    sampling = Healpix(16)
    islands = (sampling.latitude > 60) | (sampling.latitude < -60)
    graph = sphere_graph(masked(sampling, islands), 6, kernel_width=0.5)
    assert connected_components(graph.W)[0] == 1


def test_copies_of_a_pole_make_no_clique():
    graph = sphere_graph(Equiangular(n_lat=19, n_lon=36, poles=True), 8)
    assert graph.d.max() <= 12


@pytest.mark.parametrize("name", WHOLE)
def test_laplacian_equals_that_of_pygsp_and_is_symmetric(name):
    for laplacian in ("combinatorial", "normalized"):
        graph = sphere_graph(WHOLE[name], 8, laplacian=laplacian)
        plain = pygsp.graphs.Graph(graph.W.copy(), lap_type=laplacian)
        assert np.abs((graph.L - plain.L).toarray()).max() < 1e-13
        scaled = scaled_laplacian(graph)
        assert (scaled != scaled.T).nnz == 0


def spreads(sampling, neighbours, width="mean_distance"):
    """Spread of the eigenvalues of each of the degrees 1 to 4, relative to their mean."""
    graph = sphere_graph(sampling, neighbours, width)
    values = np.linalg.eigvalsh(graph.L.toarray())
    groups = [values[degree**2 : (degree + 1) ** 2] for degree in range(1, 5)]
    return np.array([np.ptp(group) / group.mean() for group in groups])


def test_groups_of_eigenvalues_narrow_with_resolution_on_healpix():
    coarse, fine = (spreads(Healpix(nside), 20, "published") for nside in (4, 8))
    assert (fine[[1, 2, 3]] < coarse[[1, 2, 3]]).all()
    assert (fine < 0.03).all()


def test_groups_of_eigenvalues_on_the_icosahedral_sampling():
    """Symmetry keeps degrees 1 and 2 together; degree 3 splits by the uneven density."""
    coarse, fine = (spreads(Icosahedral(level), 6) for level in (2, 3))
    assert coarse[:2].max() < 1e-10 and fine[:2].max() < 1e-10
    assert 0.1 < fine[2] < 0.2 and spreads(Icosahedral(3), 8)[2] < fine[2] / 2


@pytest.mark.parametrize(
    ("sampling", "neighbours", "share"),
    [(Icosahedral(4), 6, 0.99), (Healpix(16), 20, 0.995), (Equiangular(36, 72), 8, 0.6)],
)
def test_filtered_harmonics_stay_harmonics_of_their_degree(sampling, neighbours, share):
    graph = sphere_graph(sampling, neighbours)
    transform = HarmonicTransform(sampling)
    for degree in (1, 4, 8):
        power = np.zeros(transform.degree_max + 1)
        power[degree] = 1
        maps = transform.synthesis(random_functions(1, power, np.random.default_rng(degree)))
        heat = pygsp.filters.Heat(graph, 10)
        filtered = heat.filter(maps[0])[None]
        energy = degree_power(transform.analysis(filtered, 5))[0]
        assert energy[degree] / (filtered**2 @ sampling.areas)[0] > share


@pytest.mark.parametrize(
    "sampling", [Icosahedral(4), Healpix(16), Equiangular(36, 72), Custom(scattered(2500))]
)
def test_a_permuted_order_is_caught(sampling):
    scaled = scaled_laplacian(sphere_graph(sampling, 8))
    x, y, z = sampling.coordinates.T
    smooth = np.stack([280 + 10 * z**2 + x * y, 5000 * np.ones_like(x)])
    energy = relative_dirichlet_energy(scaled, smooth)
    assert energy[0] < 0.02 and np.isnan(energy[1])
    check_vertex_order(scaled, sampling.coordinates, smooth, ["T200", "Z200"], "maps.nc")
    permuted = np.random.default_rng(0).permutation(smooth, axis=1)
    with pytest.raises(UserError, match=r"maps\.nc: the smooth field T200 is noise"):
        check_vertex_order(scaled, sampling.coordinates, permuted, ["T200", "Z200"], "maps.nc")


def test_ring_order_is_caught_on_healpix():
    scaled = scaled_laplacian(sphere_graph(Healpix(16), 8))
    points = Healpix(16).coordinates
    zonal = points[healpy.ring2nest(16, np.arange(3072)), 2] ** 2  # as temperature is, the hardest
    with pytest.raises(UserError, match="in another order"):
        check_vertex_order(scaled, points, zonal[None], ["TS"], "maps.nc")


def test_pygsp_draws_and_transforms_our_graphs():
    matplotlib.use("agg")
    graph = sphere_graph(Healpix(4), 8)
    graph.compute_fourier_basis()
    signal = graph.coords[:, 2]
    np.testing.assert_allclose(graph.igft(graph.gft(signal)), signal, atol=1e-10)
    figure, _ = graph.plot(signal)
    assert figure.axes


def test_impossible_graphs_are_told_in_a_sentence():
    with pytest.raises(UserError, match="'perraudin' joins HEALPix pixels"):
        sphere_graph(Icosahedral(2), kind="perraudin")
    with pytest.raises(UserError, match="rows and columns of an equiangular grid"):
        sphere_graph(Healpix(2), kind="khasanova_frossard")
    with pytest.raises(UserError, match="no graph 'delaunay': choose one of knn, perraudin"):
        sphere_graph(Healpix(2), kind="delaunay")
