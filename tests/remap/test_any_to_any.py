"""Remapping between any two grids or samplings: conservation, exactness, convergence."""

import numpy as np
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap import METHODS, area_shares, conservative, make_remapping
from deepsphere_pipe.remap.grids import areas_of, owners_of, points_of
from deepsphere_pipe.samplings import Custom, Equiangular, Healpix, Icosahedral, LatLonGrid, within
from tests.samplings.conftest import scattered

GRIDS = {
    "grid with poles": LatLonGrid(np.linspace(-90, 90, 25), np.arange(0, 360, 7.5)),
    "grid from the north": LatLonGrid(np.linspace(87, -87, 30), np.arange(-180, 180, 6)),
    "icosahedral": Icosahedral(3),
    "healpix": Healpix(8),
    "equiangular": Equiangular(n_lat=24, n_lon=48),
    "equiangular, coarser": Equiangular(n_lat=24, n_lon=48).coarser(),
    "custom": Custom(scattered(800)),
}
pairs = [(source, target) for source in GRIDS for target in GRIDS]


def smooth(points):
    x, y, z = points.T
    return 1 + x + z**2 + x * y


@pytest.mark.parametrize(("source", "target"), pairs)
def test_conservative_keeps_means_and_constants(source, target):
    source, target = GRIDS[source], GRIDS[target]
    matrix = conservative(source, target)
    field = np.random.default_rng(0).random(matrix.shape[1])
    before, after = areas_of(source) @ field, areas_of(target) @ (matrix @ field)
    assert after == pytest.approx(before, rel=1e-9)
    assert matrix.data.min() > 0
    np.testing.assert_allclose(matrix @ np.ones(matrix.shape[1]), 1, rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("source", "target"), pairs)
def test_constants_stay_constant_and_weights_are_not_negative(method, source, target):
    matrix = make_remapping(method, GRIDS[source], GRIDS[target])
    shape = (len(areas_of(GRIDS[target])), len(areas_of(GRIDS[source])))
    assert matrix.shape == shape and matrix.data.min() >= 0
    np.testing.assert_allclose(matrix.sum(axis=1), 1, rtol=1e-12)


@pytest.mark.parametrize("method", ["bilinear", "nearest"])
@pytest.mark.parametrize("name", GRIDS)
def test_places_keep_their_values_on_themselves(method, name):
    grid = GRIDS[name]
    field = smooth(points_of(grid))
    np.testing.assert_allclose(make_remapping(method, grid, grid) @ field, field, atol=1e-10)


REFINED = {
    "healpix to icosahedral": lambda r: (Healpix(8 * 2**r), Icosahedral(3 + r)),
    "icosahedral to healpix": lambda r: (Icosahedral(3 + r), Healpix(8 * 2**r)),
    "equiangular to icosahedral": lambda r: (Equiangular(bandwidth=12 * 2**r), Icosahedral(3 + r)),
    "icosahedral to grid": lambda r: (
        Icosahedral(3 + r),
        LatLonGrid(np.linspace(-90, 90, 20 * 2**r), np.arange(0, 360, 9 / 2**r)),
    ),
}


@pytest.mark.parametrize(
    ("method", "gain"), [("bilinear", 3), ("nearest", 1.4), ("conservative", 1.4)]
)
@pytest.mark.parametrize("name", REFINED)
def test_errors_shrink_with_the_order_of_the_method(method, gain, name):
    errors = []
    for refinement in range(3):
        source, target = REFINED[name](refinement)
        found = make_remapping(method, source, target) @ smooth(points_of(source))
        errors.append(np.abs(found - smooth(points_of(target))).max())
    assert errors[0] / errors[1] > gain and errors[1] / errors[2] > gain


def test_conservative_overlaps_equal_a_fine_count():
    source, target = LatLonGrid(np.linspace(-75, 75, 6), np.arange(0, 360, 45)), Icosahedral(1)
    points = Healpix(256).coordinates
    counts = np.zeros((42, 48))
    np.add.at(counts, (target.owners(points), owners_of(source, points)), 1)
    expected = counts / counts.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(conservative(source, target).toarray(), expected, atol=0.05)


def test_nested_pixels_take_the_mean_of_their_children():
    matrix = conservative(Healpix(8), Healpix(4)).toarray()
    expected = np.repeat(np.eye(192), 4, axis=1) / 4
    np.testing.assert_allclose(matrix, expected, atol=1e-9)


def test_a_part_of_the_sphere_can_be_target_and_source():
    whole, part = Icosahedral(4), within(Healpix(8), -60, -40, 60, 40)
    for method in METHODS:
        matrix = make_remapping(method, whole, part)
        error = np.abs(matrix @ smooth(whole.coordinates) - smooth(part.coordinates)).max()
        assert error < 0.12
    inner = within(Icosahedral(3), -40, -25, 40, 25)
    back = conservative(part, inner) @ smooth(part.coordinates)
    assert np.abs(back - smooth(inner.coordinates)).max() < 0.15
    with pytest.raises(UserError, match=r"covers no part of .* % of the target's cells"):
        conservative(part, Icosahedral(3))
    assert area_shares(whole, part).sum(axis=1) == pytest.approx(1)


def test_unknown_method_is_told_in_a_sentence():
    with pytest.raises(UserError, match="no remapping 'cubic': choose one of bilinear, nearest"):
        make_remapping("cubic", Healpix(2), Healpix(4))
