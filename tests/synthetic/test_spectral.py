"""Random fields: sums of harmonics with a spectrum, moving in time."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import sph_harm_y

from deepsphere_pipe.data.sources import cam5_format
from deepsphere_pipe.synthetic.spectral import RandomField, Synthesis, legendre_and_slopes


def test_legendre_functions_agree_with_scipy():
    latitude = np.array([-80.0, -12.5, 0.0, 33.0, 89.0])
    values, slopes = legendre_and_slopes(latitude)
    for order, degree in ((0, 1), (0, 40), (1, 1), (5, 17), (40, 63), (63, 63)):

        def reference(lat, order=order, degree=degree):
            y = sph_harm_y(degree, order, np.radians(90 - lat), 0.0).real * (-1) ** order
            return y * np.sqrt(4 * np.pi) * (np.sqrt(2) if order else 1)

        assert_allclose(values[order, :, degree], reference(latitude), atol=1e-10)
        slope = (reference(latitude + 1e-4) - reference(latitude - 1e-4)) / np.radians(2e-4)
        assert_allclose(slopes[order, :, degree], slope, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("size", [(96, 144), (24, 48)])
def test_fields_and_slopes_are_the_sums_of_their_harmonics(size):
    """On a grid with fewer longitudes than waves, too; between two knots; with a drift."""
    field = RandomField("test", peak=8.0, slope=3.0, lifetime=8, drift=5.0)
    lat, lon = cam5_format.grid_axes(*size)
    rows = slice(1, -1)  # slopes are not at the poles themselves
    values, slopes = Synthesis(lat, lon, seed=0, run=1)(13, (field,), (field,))
    share = np.pi / 2 * 5 / 8
    cosines, sines = np.cos(share) * field.coefficients(0, 1, 1) + np.sin(
        share
    ) * field.coefficients(0, 1, 2)
    order = np.arange(len(cosines))[:, None]
    angle = order * np.radians(lon - 5.0 * 13 / 8)
    tables = legendre_and_slopes(lat[rows])
    along, poleward = (
        [np.einsum("myn,mn->my", table, part) for part in (cosines, sines)] for table in tables
    )
    wave = (np.cos(angle), np.sin(angle))
    expected = along[0].T @ wave[0] + along[1].T @ wave[1]
    assert_allclose(values[field][rows], expected, atol=1e-4)
    north = poleward[0].T @ wave[0] + poleward[1].T @ wave[1]
    assert_allclose(slopes[field][1][rows], north, atol=1e-3)
    east = (order * along[1]).T @ wave[0] - (order * along[0]).T @ wave[1]
    cos_lat = np.cos(np.radians(lat[rows]))[:, None]
    assert_allclose(slopes[field][0][rows], east / cos_lat, atol=5e-3)


def test_random_field_has_unit_variance_and_its_spectrum(grid):
    field = RandomField("test", peak=6.0, slope=3.0, lifetime=8, drift=5.0)
    power = np.mean([(field.coefficients(0, 1, knot) ** 2).sum((0, 1)) for knot in range(50)], 0)
    degree = np.arange(4, 50)
    assert_allclose(power[degree] / (2 * degree + 2) / field.amplitudes()[degree] ** 2, 1, atol=0.3)
    synthesis = Synthesis(grid.lat, grid.lon, seed=0, run=1)
    fields = np.stack([synthesis(step, (field,))[0][field] for step in range(3, 400, 8)])
    assert (fields**2 * grid.area).sum() / len(fields) == pytest.approx(1.0, abs=0.1)


def test_random_field_changes_smoothly_and_drifts_east(grid):
    field = RandomField("test", peak=6.0, slope=4.0, lifetime=40, drift=20.0)
    synthesis = Synthesis(grid.lat, grid.lon, seed=0, run=1)
    now, later, long_after = (synthesis(step, (field,))[0][field] for step in (0, 4, 400))
    moved = np.roll(now, 4, axis=1)  # ten degrees in half a day
    assert np.corrcoef(moved.ravel(), later.ravel())[0, 1] > 0.97
    assert np.corrcoef(now.ravel(), later.ravel())[0, 1] < 0.9
    assert abs(np.corrcoef(now.ravel(), long_after.ravel())[0, 1]) < 0.4
