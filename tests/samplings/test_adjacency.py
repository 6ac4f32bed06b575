"""Vertices are adjacent where their cells share a side or a corner, whatever the graph."""

import healpy
import numpy as np
import pytest
from scipy import ndimage, sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import SphericalVoronoi
from scipy.spatial.distance import cdist

from deepsphere_pipe.samplings import Custom, Equiangular, Healpix, Icosahedral, within
from deepsphere_pipe.samplings.healpix_pixels import pixel_corners
from tests.samplings.conftest import PARTS, WHOLE, scattered

ALL = WHOLE | PARTS


def as_set(pairs):
    return set(map(tuple, pairs.tolist()))


def degrees(sampling):
    return np.bincount(sampling.adjacent.ravel(), minlength=sampling.n_vertices)


@pytest.mark.parametrize("sampling", ALL.values(), ids=ALL)
def test_each_pair_is_there_once_in_order(sampling):
    pairs = sampling.adjacent
    assert (pairs[:, 0] < pairs[:, 1]).all() and 0 <= pairs.min() < pairs.max()
    np.testing.assert_array_equal(pairs, np.unique(pairs, axis=0))
    assert pairs.max() < sampling.n_vertices and not pairs.flags.writeable


@pytest.mark.parametrize("sampling", WHOLE.values(), ids=WHOLE)
def test_no_vertex_is_alone_on_the_whole_sphere(sampling):
    pairs, n = sampling.adjacent, sampling.n_vertices
    graph = sparse.coo_array((np.ones(len(pairs)), pairs.T), (n, n))
    assert connected_components(graph, directed=False)[0] == 1


@pytest.mark.parametrize("nside", [1, 2, 4, 8, 16, 32])
def test_healpix_pixels_have_the_neighbours_of_healpy(nside):
    found = healpy.get_all_neighbours(nside, np.arange(12 * nside**2), nest=True)
    expected = {(i, j) for i, row in enumerate(found.T) for j in row if i < j}
    assert as_set(Healpix(nside).adjacent) == expected


@pytest.mark.parametrize("nside", [1, 2, 8])
def test_pixel_corners_are_those_of_healpy(nside):
    corners = pixel_corners(nside)
    for pixel in range(0, 12 * nside**2, 5):
        expected = healpy.boundaries(nside, pixel, nest=True).T
        assert cdist(corners[pixel], expected).min(axis=1).max() < 1e-14


def test_icosahedral_vertices_have_six_neighbours_and_twelve_have_five():
    sampling = Icosahedral(4)
    assert (degrees(sampling)[:12] == 5).all() and (degrees(sampling)[12:] == 6).all()
    sides = np.sort(sampling.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    assert as_set(sampling.adjacent) == as_set(sides)


def test_of_custom_vertices_the_voronoi_cells_touch():
    points = scattered(300)
    cells = SphericalVoronoi(points)
    has = np.zeros((len(points), len(cells.vertices)), bool)
    for vertex, region in enumerate(cells.regions):
        has[vertex, region] = True
    expected = np.argwhere(np.triu(has.astype(int) @ has.T, 1))
    np.testing.assert_array_equal(Custom(points).adjacent, expected)


def test_cells_that_meet_in_one_corner_are_adjacent_whichever_diagonal_the_mesh_has():
    """The cube's faces cut into triangles either way: all corners of a face meet in its middle."""
    cube = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T / np.sqrt(3)
    assert (degrees(Custom(cube)) == 6).all()  # all but the opposite corner


def wrapped_label(mask):
    """Label with scipy's image labelling, eight neighbours, longitudes wrapping."""
    n_lon = mask.shape[1]
    twice = ndimage.label(np.hstack([mask, mask, mask]), np.ones((3, 3)))[0]
    same = [twice[:, i * n_lon : (i + 1) * n_lon][mask] for i in range(3)]
    n = twice.max() + 1
    joined = sparse.coo_array((np.ones(2 * mask.sum()), (np.r_[same[0], same[1]],
                              np.r_[same[1], same[2]])), (n, n))  # fmt: skip
    return connected_components(joined, directed=False)[1][same[1]]


@pytest.mark.parametrize("poles", [False, True])
def test_components_on_a_grid_are_those_of_image_labelling_that_wraps(poles):
    sampling = Equiangular(n_lat=24, n_lon=48, poles=poles)
    generator, pairs, wrapping = np.random.default_rng(0), sampling.adjacent, 0
    for density in (0.2, 0.25, 0.3, 0.35):
        mask = generator.random(sampling.shape) < density
        inside = mask.ravel()[pairs].all(axis=1)
        n = sampling.n_vertices
        graph = sparse.coo_array((np.ones(inside.sum()), pairs[inside].T), (n, n))
        found = connected_components(graph, directed=False)[1][mask.ravel()]
        expected = wrapped_label(mask)
        np.testing.assert_array_equal(found[:, None] == found, expected[:, None] == expected)
        wrapping += ndimage.label(mask, np.ones((3, 3)))[1] > len(np.unique(expected)) > 5
    assert wrapping >= 2  # else hardly anything crossed the seam


def test_nothing_is_joined_across_a_pole():
    sampling = Equiangular(n_lat=8, n_lon=12)
    first_row = sampling.adjacent[(sampling.adjacent < 12).all(axis=1)]
    assert as_set(first_row) == {(i, i + 1) for i in range(11)} | {(0, 11)}


def test_a_part_keeps_what_is_adjacent_in_the_whole():
    whole = Healpix(8)
    part = within(whole, -60, -40, 60, 40)
    back = part.vertices[part.adjacent]
    assert as_set(back) < as_set(whole.adjacent)
    assert len(back) == np.isin(whole.adjacent, part.vertices).all(axis=1).sum()
