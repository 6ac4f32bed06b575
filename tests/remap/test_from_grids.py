"""Remapping from latitude-longitude grids: exactness, convergence, seams, poles, conventions."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap import LatLonGrid, area_shares, bilinear, majority, nearest
from deepsphere_pipe.samplings import Icosahedral

MATRICES = [bilinear, nearest, area_shares]


def make_grid(n_lat, poles=True, west=0.0):
    """A grid of n_lat × 2 n_lat cells with or without rows at the poles."""
    edge = 90 if poles else 90 - 90 / n_lat
    n_lon = 2 * n_lat
    return LatLonGrid(np.linspace(-edge, edge, n_lat), west + 360 / n_lon * np.arange(n_lon))


def cell_centres(grid):
    longitude, latitude = np.meshgrid(np.radians(grid.longitudes), np.radians(grid.latitudes))
    x, y = np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude)
    return np.stack([x, y, np.sin(latitude)], axis=-1).reshape(-1, 3)


@pytest.mark.parametrize("make", MATRICES)
@pytest.mark.parametrize("grid", [make_grid(24), make_grid(90, poles=False), make_grid(5)])
def test_constants_stay_constant(make, grid):
    matrix = make(grid, Icosahedral(3))
    assert matrix.shape == (642, grid.shape[0] * grid.shape[1])
    assert matrix.data.min() > 0
    np.testing.assert_allclose(matrix @ np.full(matrix.shape[1], 3.7), 3.7, rtol=1e-12)


@pytest.mark.parametrize("poles", [True, False])
@pytest.mark.parametrize("west", [0.0, -180.0, 0.7])
def test_bilinear_is_second_order_everywhere(poles, west):
    sampling = Icosahedral(4)
    errors = []
    for n_lat in (24, 48, 96):
        grid = make_grid(n_lat, poles, west)
        matrix = bilinear(grid, sampling)
        error = np.abs(matrix @ cell_centres(grid) - sampling.coordinates)
        errors.append(error.max())
    assert errors[0] < 0.02
    assert errors[0] / errors[1] > 3
    assert errors[1] / errors[2] > 3


def test_bilinear_is_exact_on_a_plane_of_latitude_and_longitude():
    """Away from the seam of the function itself, a·lat + b·lon is reproduced exactly."""
    sampling, grid = Icosahedral(3), make_grid(30, poles=True, west=-180)
    longitude, latitude = np.meshgrid(grid.longitudes, grid.latitudes)
    result = bilinear(grid, sampling) @ (2 * latitude + longitude).ravel()
    inside = sampling.longitude <= grid.longitudes[-1]
    expected = 2 * sampling.latitude + sampling.longitude
    np.testing.assert_allclose(result[inside], expected[inside], atol=1e-10)


def test_bilinear_crosses_the_seam():
    """Between the last and the first meridian the weights are those of any other interval."""
    sampling = Icosahedral(4)
    grid = make_grid(18, west=0)
    seam = (sampling.longitude > -10) & (sampling.longitude < 0) & (abs(sampling.latitude) < 60)
    _, cells = bilinear(grid, sampling)[seam].nonzero()
    assert seam.sum() > 10
    assert set(cells % 36) == {35, 0}


@pytest.mark.parametrize("pole", [8, 11])
def test_pole_without_a_row_is_the_mean_of_the_last_parallel(pole):
    grid = make_grid(12, poles=False)
    field = np.random.default_rng(0).random(grid.shape)
    expected = field[0 if pole == 8 else -1].mean()
    assert (bilinear(grid, Icosahedral(0)) @ field.ravel())[pole] == pytest.approx(expected)


def test_pole_with_a_row_takes_its_value():
    grid = make_grid(13, poles=True)
    field = np.random.default_rng(0).random(grid.shape)
    field[0], field[-1] = 5.0, 6.0
    result = bilinear(grid, Icosahedral(0)) @ field.ravel()
    assert result[[8, 11]] == pytest.approx([5, 6])


@pytest.mark.parametrize("make", MATRICES)
def test_order_of_latitudes_does_not_matter(make):
    grid = make_grid(24)
    flipped = LatLonGrid(grid.latitudes[::-1], grid.longitudes)
    field = np.random.default_rng(0).random(grid.shape)
    result = make(flipped, Icosahedral(4)) @ field[::-1].ravel()
    np.testing.assert_allclose(result, make(grid, Icosahedral(4)) @ field.ravel(), rtol=1e-12)


@pytest.mark.parametrize("make", MATRICES)
@pytest.mark.parametrize("west", [0.0, 0.3])
def test_convention_of_longitudes_does_not_matter(make, west):
    grid = make_grid(24, west=west)
    field = np.random.default_rng(0).random(grid.shape)
    expected = make(grid, Icosahedral(4)) @ field.ravel()
    jumping = LatLonGrid(grid.latitudes, (grid.longitudes + 180) % 360 - 180)
    rolled = LatLonGrid(grid.latitudes, np.roll(jumping.longitudes, 24))
    for other, values in ((jumping, field), (rolled, np.roll(field, 24, axis=1))):
        result = make(other, Icosahedral(4)) @ values.ravel()
        np.testing.assert_allclose(result, expected, rtol=1e-12)


def test_nearest_takes_the_nearest_centre():
    grid, sampling = make_grid(20, poles=False, west=0.123), Icosahedral(3)
    chords = cdist(sampling.coordinates, cell_centres(grid))
    matrix = nearest(grid, sampling)
    assert (np.diff(matrix.indptr) == 1).all()
    chosen = chords[np.arange(642), matrix.indices]
    np.testing.assert_allclose(chosen, chords.min(axis=1), rtol=1e-12)


@pytest.mark.parametrize("poles", [True, False])
def test_cell_areas_cover_the_sphere(poles):
    grid = make_grid(10, poles)
    flipped = LatLonGrid(grid.latitudes[::-1], grid.longitudes)
    assert grid.cell_areas.sum() == pytest.approx(4 * np.pi)
    np.testing.assert_allclose(flipped.cell_areas[::-1], grid.cell_areas, rtol=1e-12)
    assert grid.cell_areas.min() > 0
    band = np.sin(np.radians(18 if not poles else 20)) * 2 * np.pi / 20
    assert grid.cell_areas[5, 0] == pytest.approx(band)


def test_area_shares_equal_the_definition():
    grid, sampling = make_grid(40, poles=False, west=0.123), Icosahedral(2)
    owners = cdist(cell_centres(grid), sampling.coordinates).argmin(axis=1)
    expected = np.zeros((162, 3200))
    expected[owners, np.arange(3200)] = grid.cell_areas.ravel()
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(area_shares(grid, sampling).toarray(), expected, atol=1e-12)


def test_area_shares_conserve_the_mean_of_a_fine_grid():
    grid, sampling = make_grid(360, poles=False), Icosahedral(3)
    x, y, z = cell_centres(grid).T
    field = 1 + x + z**2 + x * y
    result = area_shares(grid, sampling) @ field
    assert result @ sampling.areas / (4 * np.pi) == pytest.approx(4 / 3, rel=1e-3)


def test_vertices_without_a_cell_take_the_nearest():
    grid, sampling = make_grid(8, poles=False, west=0.123), Icosahedral(4)
    shares = area_shares(grid, sampling).toarray()
    owners = set(cdist(cell_centres(grid), sampling.coordinates).argmin(axis=1))
    empty = [vertex for vertex in range(2562) if vertex not in owners]
    assert len(empty) == 2562 - len(owners) > 2000
    expected = nearest(grid, sampling).toarray()
    assert (shares[empty] == expected[empty]).all()


def test_majority_takes_the_largest_area():
    shares = np.array([[0.6, 0.4, 0, 0], [0.3, 0.3, 0.4, 0], [0, 0, 0, 1]])
    labels = np.array([[0, 1, 2, 2], [1, 1, 2, 0]])
    result = majority(shares, labels, 3)
    assert result.dtype == np.uint8
    assert result.tolist() == [[0, 2, 2], [1, 1, 0]]
    assert majority(shares, labels[1], 3).tolist() == [1, 1, 0]
    assert majority(shares, labels.reshape(2, 1, 4), 3).shape == (2, 1, 3)


def test_majority_breaks_ties_for_the_rarer_class():
    shares = np.array([[0.5, 0.5]])
    pairs = [[0, 1], [2, 0], [1, 2], [2, 1], [0, 0]]
    assert majority(shares, np.array(pairs), 3)[:, 0].tolist() == [1, 2, 1, 1, 0]


def test_majority_keeps_a_cap_where_it_is():
    grid, sampling = make_grid(180), Icosahedral(4)
    labels = (cell_centres(grid) @ [0.6, 0, 0.8] > 0.9).astype(np.uint8)
    result = majority(area_shares(grid, sampling), labels, 2)
    height = sampling.coordinates @ [0.6, 0, 0.8]
    clear = np.abs(height - 0.9) > 0.02
    assert (result[clear] == (height[clear] > 0.9)).all()


@pytest.mark.parametrize("bad", [-1, 3, 255])
def test_majority_refuses_unknown_classes(bad):
    with pytest.raises(UserError, match="class indices from 0 to 2, but range from"):
        majority(np.eye(2), np.array([0, bad]), 3)


@pytest.mark.parametrize(
    ("latitudes", "longitudes", "message"),
    [
        ([-90, 10, 0, 90], np.arange(0, 360, 30), "rise or fall steadily"),
        ([-95, 0, 95], np.arange(0, 360, 30), "between -90 and 90"),
        ([-90, np.nan, 90], np.arange(0, 360, 30), "finite latitudes"),
        ([0], np.arange(0, 360, 30), "at least two finite latitudes"),
        ([-90, 0, 90], np.linspace(0, 360, 13), "without repeating the first"),
        ([-90, 0, 90], np.arange(0, 180, 30), "even steps of 60 degrees"),
        ([-90, 0, 90], np.arange(0, 360, 30)[::-1], "eastward"),
        ([-90, 0, 90], np.zeros((2, 2)), "list of at least two"),
    ],
)
def test_bad_grids_are_told_in_a_sentence(latitudes, longitudes, message):
    with pytest.raises(UserError, match=message):
        LatLonGrid(latitudes, longitudes)
