"""The synthetic twin: reproducible bytes, published statistics, weather-like labels."""

import hashlib
import os
import subprocess
import sys

import cftime
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import sph_harm_y

from deepsphere_pipe.channels import CHANNEL_NAMES, cam5_channels
from deepsphere_pipe.config import SyntheticConfig
from deepsphere_pipe.data.sources import cam5
from deepsphere_pipe.synthetic import days_written, simulation, snapshots, synthesize, writer
from deepsphere_pipe.synthetic.channels import quantum
from deepsphere_pipe.synthetic.cyclone_labels import candidates, cyclones
from deepsphere_pipe.synthetic.geography import Grid, land_fraction
from deepsphere_pipe.synthetic.imprint import Imprint
from deepsphere_pipe.synthetic.river_labels import connected, river_mask
from deepsphere_pipe.synthetic.spectral import RandomField, Synthesis, legendre_and_slopes
from deepsphere_pipe.synthetic.vortices import Profiles, add_vortices
from deepsphere_pipe.synthetic.weather import Weather

SMALL = SyntheticConfig(
    seed=3, n_lat=24, n_lon=48, years=(2106,), runs=(1, 2), days_per_year=2, days_in_a_row=1
)
STEPS_PER_YEAR = 2920


@pytest.fixture(scope="module")
def grid():
    return Grid.of_size(96, 144)


def digest(folder):
    """Hash names and bytes of all files of a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


# --- the bytes -------------------------------------------------------------------------------

SCRIPT = """
import sys
from pathlib import Path
from deepsphere_pipe.config import SyntheticConfig
from deepsphere_pipe.synthetic import synthesize
if __name__ == "__main__":
    settings = SyntheticConfig.model_validate_json(sys.argv[1])
    synthesize(settings, Path(sys.argv[2]), workers=int(sys.argv[3]), progress=False)
"""


def test_bytes_do_not_depend_on_threads_or_workers(tmp_path):
    script = tmp_path / "write.py"
    script.write_text(SCRIPT, encoding="utf-8")
    digests = set()
    for workers, threads in (("1", "1"), ("2", "4")):
        folder = tmp_path / workers
        arguments = [sys.executable, script, SMALL.model_dump_json(), folder, workers]
        environment = os.environ | {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        subprocess.run(arguments, check=True, env=environment)
        digests.add(digest(folder))
    assert len(digests) == 1


def test_another_seed_or_run_is_other_weather():
    def first(seed, run):
        settings = SMALL.model_copy(update={"seed": seed})
        return next(snapshots(settings, run, 2106))[1][CHANNEL_NAMES.index("PSL")]

    fields = [first(3, 1), first(4, 1), first(3, 2)]
    for i, a in enumerate(fields):
        for b in fields[:i]:
            assert np.corrcoef((a - a.mean(1, keepdims=True)).ravel(),
                               (b - b.mean(1, keepdims=True)).ravel())[0, 1] < 0.8  # fmt: skip


def test_weather_does_not_depend_on_which_days_are_asked_for(monkeypatch):
    def look(days):
        monkeypatch.setattr(simulation, "days_written", lambda *_: days)
        found = snapshots(SMALL, 1, 2106)
        return {time: (fields, labels) for time, fields, labels in found if time[2] == 11}

    alone, among = look([10]), look([9, 10, 12])
    assert len(alone) == len(among) == 8
    for time, (fields, labels) in alone.items():
        np.testing.assert_array_equal(fields, among[time][0])
        np.testing.assert_array_equal(labels, among[time][1])


def test_files_appear_all_at_once(tmp_path, monkeypatch):
    folder = tmp_path / "native"
    (tmp_path / "native.partial").mkdir()
    (tmp_path / "native.partial" / "rest").touch()

    def fail(*_):
        raise RuntimeError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(writer, "write_snapshot", fail)
        with pytest.raises(RuntimeError):
            synthesize(SMALL, folder, progress=False)
    assert not folder.exists()

    synthesize(SMALL, folder, progress=False)
    assert not (tmp_path / "native.partial").exists()
    found = cam5.Cam5(folder).snapshots
    assert len(found) == sum(8 * len(days_written(SMALL, run, 2106)) for run in SMALL.runs)
    fields, labels = cam5.read_snapshot(folder / found[0].name)
    time, expected, classes = next(snapshots(SMALL, 1, 2106))
    year, month, day, slot = time
    assert found[0].time == cftime.DatetimeNoLeap(year, month, day, 3 * slot)
    np.testing.assert_array_equal(fields, expected)
    np.testing.assert_array_equal(labels, classes)


def test_days_come_in_blocks_and_some_are_missing():
    settings = SyntheticConfig(days_per_year=120, days_in_a_row=3, missing_days=0.1)
    days = np.array(days_written(settings, 1, 2106))
    assert 0.8 * 120 < len(days) < 120
    assert (np.diff(days) == 1).mean() > 0.5
    assert days.min() < 20 and days.max() > 345
    assert days_written(settings, 1, 2106) != days_written(settings, 2, 2106)
    whole = SyntheticConfig(days_per_year=365, days_in_a_row=365, missing_days=0.0)
    assert days_written(whole, 1, 2106) == list(range(365))


# --- random fields ----------------------------------------------------------------------------


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
    lat, lon = cam5.grid_axes(*size)
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


# --- the weather ------------------------------------------------------------------------------


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


def vortex_alone(grid, lat, lon, **profile):
    """Return what one vortex at full strength adds, by quantity."""
    imprint = Imprint(grid)
    place = (np.array([x], dtype=np.float32) for x in (lat, lon, 1.0))
    add_vortices(imprint, *place, Profiles.of(1, core=120, shape=1.4, reach=500, **profile))
    return imprint.sums


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


# --- the labels -------------------------------------------------------------------------------


def background(grid):
    """Return calm, smooth channels by name."""
    shape = grid.area.shape
    warm = 1 - (grid.lat[:, None] / 90) ** 2 + np.zeros(shape)
    fields = {name: np.zeros(shape) for name in CHANNEL_NAMES}
    fields |= {"PSL": np.full(shape, 101000.0), "T200": 210 + 10 * warm, "T500": 235 + 30 * warm}
    fields["TMQ"] = 5 + 35 * warm**4
    return fields


def with_vortex(grid, lat, lon, warm=3.0, depth=2500.0):
    sums = vortex_alone(
        grid, lat, lon, depth=depth, warm500=0.7 * warm, warm200=warm, moist=12.0, rain=0.0
    )
    fields = background(grid)
    for name, part in (("PSL", "psl"), ("U850", "u"), ("V850", "v"), ("TMQ", "tmq")):
        fields[name] = fields[name] + sums[part]
    return fields | {"T200": fields["T200"] + sums["t200"], "T500": fields["T500"] + sums["t500"]}


def test_a_warm_vortex_is_a_candidate_and_a_cold_one_is_not(grid):
    found = candidates(with_vortex(grid, 15.0, 0.4), grid)
    assert len(found) == 1
    assert found[0].centre @ [np.cos(np.radians(15)), 0, np.sin(np.radians(15))] > 0.999
    assert 3 <= len(found[0].rows) <= 12
    assert set(found[0].columns) <= {142, 143, 0, 1, 2}
    assert not candidates(with_vortex(grid, 15.0, 0.4, warm=-3.0), grid)
    assert not candidates(with_vortex(grid, 52.0, 0.4), grid)
    assert not candidates(background(grid), grid)


def test_only_what_lasts_and_moves_is_a_cyclone(grid):
    def tracked(present, speed):
        maps = [
            candidates(with_vortex(grid, 15.0, 150.0 - speed * step), grid) if here else []
            for step, here in enumerate(present)
        ]
        return [len(cyclones(maps, index, grid)) for index in range(len(maps))]

    lasting = [False, False] + [True] * 9 + [False, False]
    assert tracked(lasting, 0.7) == [int(here) for here in lasting]
    assert sum(tracked(lasting, 0.0)) == 0
    assert sum(tracked([False, True, True, True, True, True, False], 0.7)) == 0
    gap = [True] * 5 + [False] + [True] * 5
    assert tracked(gap, 0.7) == [int(here) for here in gap]


def plume(grid, low, high, width=4.0, lon0=350.0):
    """Return stored channels (16, lat, lon) with a moist and windy band leaning east."""
    fields = background(grid)
    lat = grid.lat[:, None]
    across = (grid.lon[None, :] - lon0 - 1.5 * (lat - low) + 540) % 360 - 180
    band = np.exp(-0.5 * (across / width) ** 2) * ((lat > low) & (lat < high))
    fields["TMQ"] = fields["TMQ"] + 18 * band
    fields["U850"], fields["V850"] = 18 * band, 14 * band
    return np.stack([fields[name] for name in CHANNEL_NAMES]).astype(np.float32)


def test_long_narrow_plumes_are_rivers_also_across_the_seam(grid):
    mask = river_mask(plume(grid, 23, 50), grid)
    assert 0.002 < (mask * grid.area).sum() < 0.02
    assert mask[:, :20].any() and mask[:, -4:].any()
    assert not mask[np.abs(grid.lat) < 20].any()
    shifted = river_mask(plume(grid, 23, 50, lon0=150.0), grid)
    assert mask.sum() == shifted.sum()


def test_short_wide_and_tropical_plumes_are_no_rivers(grid):
    assert not river_mask(plume(grid, 30, 37), grid).any()
    assert not river_mask(plume(grid, 23, 50, width=16.0), grid).any()
    assert not river_mask(plume(grid, -12, 12), grid).any()
    assert not river_mask(plume(grid, 5, 32), grid).any()


def test_connected_parts_join_across_the_seam():
    mask = np.zeros((5, 8), dtype=bool)
    mask[1, [0, 1, 7]] = mask[2, 6] = mask[4, 3] = True
    parts = connected(mask)
    assert len(np.unique(parts[1:3][mask[1:3]])) == 1
    assert len(np.unique(parts[mask])) == 2


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "size"), [(0, (96, 144)), (5, (96, 144)), (0, (48, 72))])
def test_a_year_has_the_published_share_of_each_class(seed, size):
    """0.1 % tropical cyclones and 2.2 % atmospheric rivers of the area."""
    settings = SyntheticConfig(
        seed=seed, n_lat=size[0], n_lon=size[1], days_per_year=40, days_in_a_row=1
    )
    area = Grid.of_size(*size).area
    shares = [
        [(area * (labels == value)).sum() for value in (1, 2)]
        for _, _, labels in snapshots(settings, 1, 2106)
    ]
    cyclone, river = 100 * np.mean(shares, axis=0)
    assert cyclone == pytest.approx(0.1, abs=0.05)
    assert river == pytest.approx(2.2, abs=0.7)
