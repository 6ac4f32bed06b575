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
from deepsphere_pipe.synthetic import elementary as el
from deepsphere_pipe.synthetic.channels import quantum
from deepsphere_pipe.synthetic.cyclone_labels import candidates, cyclones
from deepsphere_pipe.synthetic.geography import Grid, land_fraction
from deepsphere_pipe.synthetic.imprint import Imprint, Vortex, add_vortex
from deepsphere_pipe.synthetic.river_labels import connected, river_mask
from deepsphere_pipe.synthetic.spectral import Harmonics, RandomField, fixed_point, legendre
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
from hashlib import sha256
from pathlib import Path
from deepsphere_pipe.config import SyntheticConfig
from deepsphere_pipe.synthetic import synthesize
from deepsphere_pipe.synthetic.channels import free_air, surface
from deepsphere_pipe.synthetic.geography import Grid
from deepsphere_pipe.synthetic.weather import Weather
if __name__ == "__main__":
    settings = SyntheticConfig.model_validate_json(sys.argv[1])
    synthesize(settings, Path(sys.argv[2]), workers=int(sys.argv[3]), progress=False)
    unrounded = sha256()
    for step in range(2920, 2 * 2920, 730):
        moment = Weather(Grid.of_size(48, 72), seed=0, run=1).moment(step)
        free = free_air(moment)
        for field in (*free.values(), *surface(moment, free).values()):
            unrounded.update(field.tobytes())
    print(unrounded.hexdigest())
"""


def features():
    """Return the CPU features that this numpy dispatches on and this machine has."""
    try:
        from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
    except ImportError:
        return ""
    return " ".join(name for name in __cpu_dispatch__ if __cpu_features__.get(name))


def test_bytes_do_not_depend_on_cpu_features_threads_or_workers(tmp_path):
    script = tmp_path / "write.py"
    script.write_text(SCRIPT, encoding="utf-8")
    variants = {
        "plain": (1, {}),
        "old": (
            2,
            {
                "NPY_DISABLE_CPU_FEATURES": features(),
                "OPENBLAS_CORETYPE": "Nehalem",
                "OPENBLAS_NUM_THREADS": "1",
                "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F",
            },
        ),
    }
    digests = set()
    for name, (workers, environment) in variants.items():
        folder = tmp_path / name
        arguments = [sys.executable, script, SMALL.model_dump_json(), folder, str(workers)]
        # Rounding hides most differences in a last bit; the fields before it must not have any.
        done = subprocess.run(
            arguments, check=True, env={**os.environ, **environment}, stdout=subprocess.PIPE
        )
        digests.add((digest(folder), done.stdout))
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


# --- arithmetic and random fields -----------------------------------------------------------


def test_elementary_functions_agree_with_numpy():
    x = np.random.default_rng(0).uniform(-300, 300, 10_000)
    assert_allclose(el.exp(x), np.exp(x), rtol=2e-15)
    assert_allclose(el.log(np.abs(x)), np.log(np.abs(x)), rtol=1e-15, atol=1e-15)
    assert_allclose(el.sin(x), np.sin(x), atol=1e-15)
    assert_allclose(el.cos(x), np.cos(x), atol=1e-15)


def test_legendre_functions_agree_with_scipy():
    latitude = np.array([-80.0, -12.5, 0.0, 33.0, 89.0])
    values, slopes = legendre(latitude)
    for order, degree in ((0, 1), (0, 40), (1, 1), (5, 17), (40, 63), (63, 63)):

        def reference(lat, order=order, degree=degree):
            y = sph_harm_y(degree, order, np.radians(90 - lat), 0.0).real * (-1) ** order
            return y * np.sqrt(4 * np.pi) * (np.sqrt(2) if order else 1)

        assert_allclose(values[order, :, degree], reference(latitude), atol=1e-10)
        slope = (reference(latitude + 1e-4) - reference(latitude - 1e-4)) / np.radians(2e-4)
        assert_allclose(slopes[order, :, degree], slope, rtol=1e-5, atol=1e-4)


def test_random_field_has_unit_variance_and_its_spectrum(grid):
    spectrum = RandomField("test", peak=6.0, slope=3.0, lifetime=8, drift=5.0)
    steps = range(0, 400, 8)
    coefficients = np.stack([spectrum.coefficients(0, 1, step) for step in steps])
    power = (coefficients**2).mean(0).sum((0, 1))
    expected = spectrum.amplitudes() ** 2
    ratio = power[4:50] / (2 * np.arange(4, 50) + 2) / expected[4:50]
    assert_allclose(ratio, 1.0, atol=0.3)
    fields = Harmonics(grid.lat, grid.lon).scalar(coefficients)
    assert (fields**2 * grid.area).sum() / len(fields) == pytest.approx(1.0, abs=0.1)


def test_random_field_changes_smoothly_and_drifts_east(grid):
    spectrum = RandomField("test", peak=6.0, slope=4.0, lifetime=40, drift=20.0)
    harmonics = Harmonics(grid.lat, grid.lon)
    now, later, long_after = harmonics.scalar(
        np.stack([spectrum.coefficients(0, 1, step) for step in (0, 4, 400)])
    )
    moved = np.roll(now, 4, axis=1)  # ten degrees in half a day
    assert np.corrcoef(moved.ravel(), later.ravel())[0, 1] > 0.97
    assert np.corrcoef(now.ravel(), later.ravel())[0, 1] < 0.9
    assert abs(np.corrcoef(now.ravel(), long_after.ravel())[0, 1]) < 0.4


def test_sums_of_the_synthesis_are_exact():
    """Coefficients in any order, as another BLAS would add them, give the same bits."""
    harmonics = Harmonics(*cam5.grid_axes(24, 48))
    c = RandomField("test", 8.0, 3.0, 8).coefficients(0, 1, 0)[None]
    direct = harmonics.scalar(c)
    order = np.random.default_rng(0).permutation(c.shape[3])
    shuffled = object.__new__(Harmonics)
    shuffled.__dict__ |= harmonics.__dict__
    shuffled.values = harmonics.values[:, :, order]
    np.testing.assert_array_equal(shuffled.scalar(c[..., order]), direct)
    assert np.all(fixed_point(c, 2.0**-20) == c)


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


@pytest.mark.parametrize("lat", [18.0, -18.0])
def test_a_vortex_turns_cyclonically_with_low_pressure_and_a_warm_core(grid, lat):
    imprint = Imprint(grid)
    add_vortex(imprint, Vortex(lat, 358.9, 3000, 120, 1.4, 500, 2.0, 3.0, 10.0, 1e-6))
    sums = imprint.by_name()
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
    imprint = Imprint(grid)
    add_vortex(imprint, Vortex(lat, lon, depth, 120, 1.4, 500, 0.7 * warm, warm, 12.0, 0))
    fields, sums = background(grid), imprint.by_name()
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
