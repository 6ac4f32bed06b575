"""The twin's weather: published statistics, balance, land."""

import numpy as np
import pytest

from deepsphere_pipe.channels import CHANNEL_NAMES, cam5_channels
from deepsphere_pipe.synthetic import snapshots
from deepsphere_pipe.synthetic.channels import quantum
from deepsphere_pipe.synthetic.geography import Grid, land_fraction
from deepsphere_pipe.synthetic.weather import Weather
from tests.synthetic.conftest import SMALL, vortex_alone

STEPS_PER_YEAR = 2920


def test_stored_values_are_multiples_of_their_quantum():
    for _, fields, _ in snapshots(SMALL, 1, 2106):
        for name, field in zip(CHANNEL_NAMES, fields, strict=True):
            parts = field.astype(np.float64) / quantum(name)
            assert np.all(parts == np.round(parts)), name
        break


@pytest.mark.parametrize("size", [(48, 72), (96, 144)])
def test_means_and_deviations_of_every_channel_are_the_published_ones(size):
    """Over a year, weighted by area: within a quarter, or near zero a quarter of the spread."""
    grid = Grid.of_size(*size)
    weather = Weather(grid, seed=1, run=1)
    steps = 2107 * STEPS_PER_YEAR + np.arange(7, STEPS_PER_YEAR, 73)
    fields = np.stack([weather.fields(int(step)) for step in steps]).astype(np.float64)
    means = (fields * grid.area).sum((2, 3)).mean(0)
    squares = ((fields - means[:, None, None]) ** 2 * grid.area).sum((2, 3)).mean(0)
    for channel, mean, std in zip(cam5_channels(), means, np.sqrt(squares), strict=True):
        assert std == pytest.approx(channel.published_std, rel=0.25), channel.name
        near_zero = abs(channel.published_mean) < channel.published_std / 4
        tolerance = 0.25 * (channel.published_std if near_zero else abs(channel.published_mean))
        assert mean == pytest.approx(channel.published_mean, abs=tolerance), channel.name


def test_wind_blows_along_the_isobars_of_middle_latitudes(grid):
    fields = Weather(grid, seed=0, run=1).fields(2106 * STEPS_PER_YEAR + 100)
    psl, v850 = (fields[CHANNEL_NAMES.index(name)].astype(float) for name in ("PSL", "V850"))
    slope = (np.roll(psl, -1, 1) - np.roll(psl, 1, 1)) / np.radians(5) / grid.cos_lat / 6.371e6
    geostrophic = slope / grid.coriolis / 1.2
    for belt in (grid.lat > 35) & (grid.lat < 60), (grid.lat < -35) & (grid.lat > -60):
        assert np.corrcoef(geostrophic[belt].ravel(), v850[belt].ravel())[0, 1] > 0.6


def test_heights_are_hypsometric_and_pressure_falls_with_the_ground(grid):
    fields = Weather(grid, seed=0, run=1).fields(2106 * STEPS_PER_YEAR + 900)
    get = dict(zip(CHANNEL_NAMES, fields.astype(float), strict=True))
    assert np.corrcoef(get["Z200"].ravel(), get["T500"].ravel())[0, 1] > 0.9
    assert np.all(get["PS"] <= get["PSL"] + 1)
    highest = np.unravel_index(grid.height.argmax(), grid.height.shape)
    assert get["PS"][highest] < 6.5e4
    assert np.all(get["PRECT"] >= 0) and np.all(get["TMQ"] > 0) and np.all(get["QREFHT"] > 0)


@pytest.mark.parametrize("lat", [18.0, -18.0])
def test_a_vortex_turns_cyclonically_with_low_pressure_and_a_warm_core(grid, lat):
    sums = vortex_alone(
        grid, lat, 358.9, depth=3000, warm500=2.0, warm200=3.0, moist=10.0, rain=1e-6
    )
    row = np.abs(grid.lat - lat).argmin()
    east, west = sums["v"][row, 1], sums["v"][row, -3]
    assert np.sign(east) == np.sign(lat) and np.sign(west) == -np.sign(lat)
    assert abs(east) > 8
    lowest = np.unravel_index(sums["psl"].argmin(), sums["psl"].shape)
    assert abs(grid.lat[lowest[0]] - lat) < 2 and grid.lon[lowest[1]] in (357.5, 0.0)
    assert sums["t200"].max() > 1 and sums["tmq"].max() > 5
    assert np.count_nonzero(sums["psl"]) < 0.1 * sums["psl"].size


def test_land_is_where_land_is():
    assert land_fraction(50.0, 100.0) > 0.9 and land_fraction(-25.0, 135.0) > 0.9
    assert land_fraction(-80.0, 60.0) > 0.9 and land_fraction(5.0, 20.0) > 0.9
    assert land_fraction(0.0, 220.0) < 0.1 and land_fraction(35.0, 320.0) < 0.1
    assert land_fraction(0.0, 359.9) == pytest.approx(land_fraction(0.0, 0.1), abs=0.05)
