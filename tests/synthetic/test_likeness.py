"""The twin that imitates ERA5 has its pressure, its winds and its warmth."""

import numpy as np
import pytest

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.synthetic.systems import STEPS_PER_YEAR
from deepsphere_pipe.synthetic.weather import Weather

ERA5 = {
    "PSL": (101158.0, 1056.0),
    "UBOT": (-0.63, 5.18),
    "VBOT": (0.06, 4.43),
    "TREFHT": (287.5, 15.75),
}
"""Mean and standard deviation of the 24 maps of the sample, weighted by area."""

MARCH = 80 * 8


def moments(grid, imitates):
    """Return mean and standard deviation of each channel over late March of some years."""
    weather = Weather(grid, seed=1, run=1, imitates=imitates)
    steps = [year * STEPS_PER_YEAR + MARCH + 17 * n for year in (2106, 2107) for n in range(6)]
    fields = np.stack([weather.fields(step) for step in steps]).astype(np.float64)
    means = (fields * grid.area).sum((2, 3)).mean(0)
    squares = ((fields - means[:, None, None]) ** 2 * grid.area).sum((2, 3)).mean(0)
    return dict(zip(CHANNEL_NAMES, zip(means, np.sqrt(squares), strict=True), strict=True))


def test_late_march_is_as_in_era5(grid):
    found = moments(grid, "era5")
    for name, (mean, std) in ERA5.items():
        assert found[name][1] == pytest.approx(std, rel=0.25), name
        assert found[name][0] == pytest.approx(mean, rel=0.25, abs=0.25 * std), name
    assert found["PSL"][0] == pytest.approx(ERA5["PSL"][0], abs=300)


def test_pressure_of_the_archive_varies_three_times_as_much(grid):
    assert 2.2 < moments(grid, "cam5")["PSL"][1] / moments(grid, "era5")["PSL"][1] < 4.5
