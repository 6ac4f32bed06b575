"""Equiangular grids: latitudes, quadrature, blocks."""

import numpy as np
import pytest
from scipy.special import sph_harm_y

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import Equiangular


def test_bandwidth_gives_the_offset_grid():
    sampling = Equiangular(bandwidth=4)
    assert sampling.shape == (8, 8)
    assert sampling == Equiangular(n_lat=8, n_lon=8)
    expected = 90 - np.degrees(np.pi * (2 * np.arange(8) + 1) / 16)
    np.testing.assert_allclose(sampling.latitudes, expected[::-1], atol=1e-12)
    assert sampling.longitudes.tolist() == [0, 45, 90, 135, 180, 225, 270, 315]


def test_the_grid_of_cam5_has_its_poles():
    sampling = Equiangular(n_lat=768, n_lon=1152, poles=True)
    assert sampling.latitudes[[0, -1]].tolist() == [-90, 90]
    np.testing.assert_allclose(sampling.latitudes, np.linspace(-90, 90, 768), atol=1e-12)
    assert (sampling.coordinates[:1152] == [0, 0, -1]).all()
    assert (sampling.coordinates[-1152:] == [0, 0, 1]).all()
    assert sampling.longitude[1] == pytest.approx(0.3125)
    assert sampling.coarser().shape == (384, 576)


def test_a_field_ravels_to_a_map():
    sampling = Equiangular(n_lat=6, n_lon=8, west=10)
    longitude, latitude = np.meshgrid(sampling.longitudes, sampling.latitudes)
    np.testing.assert_allclose(sampling.latitude, latitude.ravel())
    np.testing.assert_allclose(sampling.longitude % 360, longitude.ravel() % 360)


@pytest.mark.parametrize("poles", [False, True])
@pytest.mark.parametrize("n_lat", [8, 9, 24])
def test_quadrature_is_exact_below_the_number_of_latitudes(n_lat, poles):
    sampling = Equiangular(n_lat=n_lat, n_lon=2 * n_lat, poles=poles)
    colatitude = np.radians(90 - sampling.latitude)
    for degree in range(n_lat):
        for order in range(degree + 1):
            values = sph_harm_y(degree, order, colatitude, np.radians(sampling.longitude))
            expected = np.sqrt(4 * np.pi) if degree == 0 else 0
            assert abs(values @ sampling.areas - expected) < 1e-12


@pytest.mark.parametrize("poles", [False, True])
@pytest.mark.parametrize("n_lat", [3, 4, 31, 50, 721])
def test_rows_lie_inside_bands_of_their_weight(n_lat, poles):
    sampling = Equiangular(n_lat=n_lat, n_lon=4, poles=poles)
    borders = sampling.latitude_borders
    assert borders[0] == -90 and borders[-1] == 90
    assert (borders[:-1] <= sampling.latitudes).all() and (sampling.latitudes <= borders[1:]).all()
    np.testing.assert_allclose(np.diff(np.sin(np.radians(borders))), sampling.latitude_weights)


def test_the_hierarchy_of_era5_ends_where_blocks_do():
    shapes, sampling = [], Equiangular(n_lat=721, n_lon=1440, poles=True)
    while sampling is not None:
        shapes.append(sampling.shape)
        sampling = sampling.coarser()
    assert shapes == [(721, 1440), (361, 720), (181, 360), (91, 180), (46, 90)]


@pytest.mark.parametrize(
    ("n_lat", "rows"), [(6, [0, 0, 1, 1, 2, 2]), (5, [0, 1, 1, 1, 2]), (7, [0, 1, 1, 1, 2, 2, 3])]
)
def test_rows_between_go_towards_the_equator(n_lat, rows):
    sampling = Equiangular(n_lat=n_lat, n_lon=8, poles=True)
    assert (sampling.parents.reshape(n_lat, 8)[:, 0] // 4).tolist() == rows
    assert (sampling.parents[:8] % 4).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_blocks_meet_at_the_seam_wherever_a_grid_begins():
    fine = Equiangular(n_lat=8, n_lon=16, west=-180)
    coarse = fine.coarser()
    assert coarse.west == -168.75
    mean = fine.longitudes.reshape(8, 2).mean(axis=1)
    np.testing.assert_allclose(coarse.longitudes, mean)


def test_points_near_the_borders_of_cells_have_the_right_owners():
    sampling = Equiangular(n_lat=9, n_lon=16, poles=True, west=7)
    step = 360 / 16
    for row in range(9):
        south, north = sampling.latitude_borders[row : row + 2] + np.array([1e-6, -1e-6])
        for latitude in (south, north):
            longitude = sampling.longitudes[:, None] + [-step / 2 + 1e-6, step / 2 - 1e-6]
            cosine = np.cos(np.radians(latitude))
            x, y = cosine * np.cos(np.radians(longitude)), cosine * np.sin(np.radians(longitude))
            z = np.full_like(x, np.sin(np.radians(latitude)))
            owners = sampling.owners(np.stack([x.ravel(), y.ravel(), z.ravel()], axis=1))
            assert (owners == np.repeat(row * 16 + np.arange(16), 2)).all()


def test_lattice_is_closed_and_crosses_the_poles():
    sampling = Equiangular(n_lat=6, n_lon=8)
    degrees = np.bincount(sampling.lattice_edges.ravel())
    assert (degrees == 4).all()
    pairs = {frozenset(pair) for pair in sampling.lattice_edges.tolist()}
    assert {frozenset((0, 7)), frozenset((0, 8)), frozenset((0, 4))} <= pairs
    with_poles = np.bincount(Equiangular(n_lat=6, n_lon=8, poles=True).lattice_edges.ravel())
    assert (with_poles[:8] == 1).all() and (with_poles[8:16] == 4).all()


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({}, "either 'bandwidth' or 'n_lat' and 'n_lon'"),
        ({"bandwidth": 4, "n_lat": 8}, "either 'bandwidth' or"),
        ({"n_lat": 8}, "or 'n_lat' and 'n_lon'"),
        ({"n_lat": 1, "n_lon": 8}, "n_lat is 1; it must be at least 2"),
        ({"n_lat": 2, "n_lon": 8, "poles": True}, "'n_lat' must be at least 3"),
        ({"n_lat": 4097, "n_lon": 4}, "n_lat is 4097; it must be at most 4096"),
        ({"n_lat": 4, "n_lon": 8194}, "n_lon is 8194; it must be at most 8192"),
        ({"bandwidth": 2049}, "bandwidth is 2049; it must be at most 2048"),
        ({"n_lat": 8, "n_lon": 9}, "n_lon is 9; it must be a multiple of 2"),
        ({"n_lat": 8.0, "n_lon": 8}, "n_lat is 8.0; it must be a whole number"),
        ({"bandwidth": 4, "west": np.nan}, "west is nan; it must be"),
        ({"bandwidth": 4, "west": "Greenwich"}, "west is 'Greenwich'; it must be a number"),
        ({"bandwidth": 4, "poles": "no"}, "poles is 'no'; it must be true or false"),
    ],
)
def test_impossible_grids_are_told_in_a_sentence(parameters, sentence):
    with pytest.raises(UserError, match=sentence):
        Equiangular(**parameters)
