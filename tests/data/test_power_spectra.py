"""Spectra by closed forms, and those of the synthetic twin beside ERA5's."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from deepsphere_pipe.channels import CHANNEL_NAMES, cam5_channels
from deepsphere_pipe.data.power_spectra import power_spectra
from deepsphere_pipe.data.sources.snapshot import Map, Snapshot
from deepsphere_pipe.data.sources.source import Source
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.harmonics import HarmonicTransform, degree_power
from deepsphere_pipe.samplings import Equiangular, Healpix, LatLonGrid, within
from deepsphere_pipe.synthetic.geography import Grid
from deepsphere_pipe.synthetic.systems import STEPS_PER_YEAR
from deepsphere_pipe.synthetic.weather import Weather

ERA5 = np.load(Path(__file__).with_name("era5_t42.npz"))


class Fields(Source):
    """Given fields of TMQ, one a snapshot."""

    channels = cam5_channels()[:1]
    title, rejected = "fields", {}

    def __init__(self, grid, fields):
        self.grid = grid
        self.fields = fields
        self.snapshots = [Snapshot(0, i, str(i), "") for i in range(len(fields))]

    def read(self, snapshot, channels):
        return Map(self.fields[snapshot.time][None], np.zeros(0), "")


def coefficients(degree_max):
    """Return real maps' coefficients whose power at degree l is 1 / (l + 1)."""
    random = np.random.default_rng(0)
    shape = (2, degree_max + 1, degree_max + 1)
    found = np.tril(random.normal(size=shape) + 1j * random.normal(size=shape))
    found[:, :, 0] = found[:, :, 0].real
    degrees = np.arange(degree_max + 1)
    power = degree_power(found) / (2 * degrees + 1)
    return found / np.sqrt(power * (degrees + 1))[:, :, None]


GRIDS = {
    "cam5": (LatLonGrid(np.linspace(-90, 90, 49), np.arange(72) * 5), False, False),
    "era5": (LatLonGrid(np.linspace(90, -90, 49), np.arange(72) * 5), True, False),
    "date line first": (LatLonGrid(np.linspace(-90, 90, 49), np.arange(72) * 5 - 180), False, True),
}


@pytest.mark.parametrize("name", GRIDS)
def test_known_spectra_come_out_whatever_the_order_of_the_grid(name):
    grid, north_first, date_line_first = GRIDS[name]
    sampling = Equiangular(n_lat=49, n_lon=72, poles=True)
    maps = HarmonicTransform(sampling, 20).synthesis(coefficients(20)).reshape(2, 49, 72)
    maps = maps[:, ::-1] if north_first else maps
    maps = np.roll(maps, 36, axis=2) if date_line_first else maps
    table = power_spectra(Fields(grid, maps.reshape(2, -1)), ["TMQ"], 9, degree_max=20)
    assert_allclose(table["power"], 1 / (np.arange(21) + 1), rtol=1e-6)
    assert set(table["snapshots"]) == {2} and set(table["units"]) == {"kg m-2"}


def test_maps_on_a_sampling_serve_too_but_no_part_of_one():
    sampling = Healpix(16)
    maps = HarmonicTransform(sampling, 12).synthesis(coefficients(12))
    table = power_spectra(Fields(sampling, maps), ["TMQ"], 2, degree_max=12)
    assert_allclose(table["power"], 1 / (np.arange(13) + 1), rtol=0.02)
    with pytest.raises(UserError, match="whole sphere"):
        power_spectra(Fields(within(sampling, 0, 0, 90, 90), maps), ["TMQ"], 2)
    uneven = LatLonGrid(np.degrees(np.arcsin(np.linspace(-0.99, 0.99, 30))), np.arange(60) * 6)
    with pytest.raises(UserError, match="evenly spaced latitudes"):
        power_spectra(Fields(uneven, maps), ["TMQ"], 2)


@pytest.fixture(scope="module", params=[("cam5", 2), ("era5", 7)], ids=["cam5", "era5"])
def twin(request):
    """Mean power of the twin over a year, by channel and degree, and from where it is as real."""
    imitates, lowest = request.param
    grid = Grid.of_size(96, 144)
    weather = Weather(grid, seed=1, run=1, imitates=imitates)
    transform = HarmonicTransform(Equiangular(n_lat=96, n_lon=144, poles=True), 42)
    rows = [CHANNEL_NAMES.index(name) for name in ERA5["channels"]]
    steps = 2107 * STEPS_PER_YEAR + np.arange(7, STEPS_PER_YEAR, 97)
    fields = (weather.fields(int(step))[rows].reshape(len(rows), -1) for step in steps)
    power = np.mean([degree_power(transform.analysis(f.astype(float))) for f in fields], axis=0)
    return dict(zip(ERA5["channels"], power / (2 * np.arange(43) + 1), strict=True)), lowest


@pytest.mark.parametrize("channel", ERA5["channels"])
def test_the_twin_has_the_spectra_of_the_real_atmosphere(twin, channel):
    """Within a factor of four of ERA5 up to degree 40, from 2 or from the scales of weather on."""
    shape = (len(ERA5["times"]), 43, 43)
    era5 = np.zeros(shape, complex)
    index = list(ERA5["channels"]).index(channel)
    era5[:, ERA5["degree"], ERA5["order"]] = ERA5["coefficients"][:, index]
    power = degree_power(era5).mean(axis=0) / (2 * np.arange(43) + 1)
    spectra, lowest = twin
    ratio = (spectra[channel] / power)[lowest:41]
    assert ratio.min() > 1 / 4 and ratio.max() < 4
