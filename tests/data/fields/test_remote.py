"""A zarr group at an address: only what is wanted comes, and what fails is told in a sentence."""

import numpy as np
import pytest
import xarray as xr
from climate import CHANNELS, climate

from deepsphere_pipe.config import parse_study
from deepsphere_pipe.data.fields import remote
from deepsphere_pipe.data.prepare import prepare
from deepsphere_pipe.data.sources import open_source, version_of
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import Unreachable, UserError
from deepsphere_pipe.remap.grids import degrees_of
from deepsphere_pipe.samplings import Icosahedral
from tests.data.store_server import StoreServer

LATITUDE, LONGITUDE = np.linspace(90, -90, 13), np.arange(0, 360, 15.0)
LEVELS = [200, 500, 850, 1000]
HOURS = 25
FIRST = 1051896  # hours from 1900 to 2020
GRAVITY = 9.80665
SURFACE = {
    "2m_temperature": ("TREFHT", "K", 1),
    "mean_sea_level_pressure": ("PSL", "Pa", 1),
    "surface_pressure": ("PS", "Pa", 1),
    "total_column_water_vapour": ("TMQ", "kg m**-2", 1),
    "10m_u_component_of_wind": ("UBOT", "m s**-1", 1),
}
ON_LEVELS = {
    "temperature": ({200: "T200", 500: "T500"}, "K", 1),
    "geopotential": ({200: "Z200", 1000: "Z1000"}, "m**2 s**-2", GRAVITY),
    "u_component_of_wind": ({850: "U850"}, "m s**-1", 1),
}


def value(channel, time):
    east, north = np.meshgrid(LONGITUDE, LATITUDE)
    return climate(channel, east, north, time / 10)


def arco(path, zarr_format, **shape):
    """Write a group as ARCO-ERA5 is: a chunk an hour, all levels in it, hours since 1900."""
    hours, dims = range(HOURS), ("time", "latitude", "longitude")
    content = {
        name: (dims, np.stack([factor * value(channel, t) for t in hours]), {"units": units})
        for name, (channel, units, factor) in SURFACE.items()
    }
    for name, (channels, units, factor) in ON_LEVELS.items():
        at = [[value(channels.get(level, "T500"), t) for level in LEVELS] for t in hours]
        content[name] = (("time", "level", *dims[1:]), factor * np.array(at), {"units": units})
    times = {"units": "hours since 1900-01-01", "calendar": "proleptic_gregorian"}
    coordinates = {
        "time": ("time", np.arange(FIRST, FIRST + HOURS), times),
        "level": ("level", np.array(LEVELS)),
        "latitude": ("latitude", LATITUDE, {"units": "degrees_north"}),
        "longitude": ("longitude", LONGITUDE, {"units": "degrees_east"}),
    }
    data = xr.Dataset(content, coordinates).astype(dict.fromkeys(content, "f4"))
    chunks = {name: {"chunks": (1, *data[name].shape[1:])} for name in content}
    data.to_zarr(path, encoding=chunks, zarr_format=zarr_format, consolidated=True, **shape)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    for version in (2, 3):
        arco(folder / f"v{version}.zarr", version)
    return folder


@pytest.fixture
def server(folder, monkeypatch):
    monkeypatch.setattr(remote, "PAUSES", (0.01, 0.01))
    with StoreServer(folder) as server:
        yield server


TIMES = {"start": "2020-01-01T06:00", "end": "2020-01-01", "every_hours": 6}
WANTED = ("TREFHT", "TMQ", "T200", "T500", "Z200", "U850")


def chunks_of(requests):
    """Return which chunks of variables were read, with times and levels, as often as they were."""
    paths = [path.replace("/c/", "/").replace(".zarr/", " ").split(" ")[1] for path in requests]
    named = [path.replace(".", "/").split("/")[:2] for path in paths if "metadata" not in path]
    return sorted((name, int(at[0])) for name, *at in named if name in {**SURFACE, **ON_LEVELS})


@pytest.mark.parametrize("version", [2, 3])
def test_only_what_is_wanted_is_read(server, version):
    source = open_source("era5", server.address(f"v{version}.zarr/"), times=TIMES)
    assert chunks_of(server.requests) == []
    assert [s.time.isoformat()[:13] for s in source.snapshots] == [
        "2020-01-01T06", "2020-01-01T12", "2020-01-01T18",
    ]  # fmt: skip
    opened = list(server.requests)
    read = source.read(source.snapshots[1], WANTED)
    for row, name in zip(read.fields, WANTED, strict=True):
        np.testing.assert_allclose(
            row, value(name, 12).ravel(), rtol=1e-6, atol=1e-5 * CHANNELS[name].published_std
        )
    variables = ["2m_temperature", "geopotential", "temperature", "total_column_water_vapour"]
    assert chunks_of(server.requests) == [(n, 12) for n in [*variables, "u_component_of_wind"]]
    assert len(server.requests) == len(opened) + 5 and len(opened) <= 8
    longitude, latitude = degrees_of(source.grid)
    assert latitude[0] == 90 and longitude[1] == 15


def test_it_is_prepared_by_several_processes(server, tmp_path):
    address = server.address("v2.zarr")
    source = open_source("era5", address, times={"every_hours": 6})
    server.requests.clear()
    prepare(source, Icosahedral(1), tmp_path / "a.nc", ["PSL", "T500"], workers=2)
    with Store(tmp_path / "a.nc") as store:
        assert [time.hour for time in store.times] == [0, 6, 12, 18, 0]
        nearest = store.fields(4)[0] / CHANNELS["PSL"].published_mean
        assert 0.98 < nearest.min() < nearest.max() < 1.02
    variables = ("mean_sea_level_pressure", "temperature")
    each = [(name, hour) for name in variables for hour in range(0, HOURS, 6)]
    read = chunks_of(server.requests)
    # The first map is read once more, as the one with which the others are compared.
    assert sorted({*read}) == each and len(read) == len(each) + 2


@pytest.mark.parametrize("version", [2, 3])
def test_the_version_is_that_of_the_metadata(server, folder, version, tmp_path):
    address = server.address(f"v{version}.zarr")
    first = version_of("era5", address)
    assert first == version_of("era5", address + "/") and len(server.requests) == 2
    assert open_source("era5", address).snapshots[5].version == first
    arco(tmp_path / "other.zarr", version, append_dim=None)
    xr.Dataset({"x": ("y", [1])}).to_zarr(
        tmp_path / "other.zarr", mode="a", zarr_format=version, consolidated=True
    )
    with StoreServer(tmp_path) as other:
        assert version_of("era5", other.address("other.zarr")) not in (first, None)


@pytest.mark.parametrize(
    ("status", "said"),
    [(500, "the server answers 500"), (403, "the server answers 403"), (0, "Response payload")],
)
def test_what_fails_is_told_in_a_sentence(server, status, said):
    source = open_source("era5", server.address("v2.zarr"))
    chunk = "2m_temperature/1.0.0"
    server.failures[f"v2.zarr/{chunk}"] = (2, status)
    if status in (500, 0):  # it comes with the third attempt
        source.read(source.snapshots[1], ["TREFHT"])
    server.failures[f"v2.zarr/{chunk}"] = (99, status)
    with pytest.raises(Unreachable) as error:
        source.read(source.snapshots[1], ["TREFHT"])
    assert str(error.value).startswith(f"2020-01-01T01:00:00: 2m_temperature: {chunk} cannot be")
    assert said in str(error.value) and str(error.value).endswith(".")
    source.read(source.snapshots[2], ["TREFHT"])


@pytest.mark.parametrize("status", [500, 404, 0])
@pytest.mark.parametrize("file", [".zmetadata", "time/0"])
def test_a_group_that_does_not_come_is_told(server, status, file):
    server.failures[f"v2.zarr/{file}"] = (99, status)
    if (status, file) == (404, "time/0"):  # which stands for zeros in zarr
        source = open_source("era5", server.address("v2.zarr"))
        assert len(source.rejected) == HOURS - 1
        return
    message = "cannot be read: |there is no zarr group with consolidated metadata"
    with pytest.raises(UserError, match=message) as error:
        open_source("era5", server.address("v2.zarr"))
    assert "\n" not in str(error.value) and str(error.value).endswith(".")


def test_no_damage_is_made_of_a_server_that_fails(server, tmp_path):
    """Snapshots would be left out for ever, as damaged."""
    source = open_source("era5", server.address("v2.zarr"), times={"every_hours": 12})
    server.failures["v2.zarr/2m_temperature/12.0.0"] = (99, 503)
    with pytest.raises(Unreachable):
        prepare(source, Icosahedral(1), tmp_path / "a.nc", ["TREFHT"], on_error="skip")
    server.failures.clear()
    prepare(source, Icosahedral(1), tmp_path / "a.nc", ["TREFHT"], on_error="skip")
    with Store(tmp_path / "a.nc") as store:
        assert len(store.times) == 3


def test_nothing_is_at_the_address(server, folder):
    for place in ("nowhere.zarr", "v2.zarr/time"):
        with pytest.raises(Unreachable, match="there is no zarr group with consolidated metadata"):
            open_source("era5", server.address(place))
    (folder / "page.zarr").mkdir(exist_ok=True)
    (folder / "page.zarr/.zmetadata").write_bytes(b'<html>"metadata"</html>')
    with pytest.raises(Unreachable, match="is no zarr group with consolidated metadata"):
        open_source("era5", server.address("page.zarr"))
    closed = StoreServer(folder)
    closed.server_close()
    with pytest.raises(Unreachable, match=r"cannot be read: .*onnect"):
        open_source("era5", closed.address("v2.zarr"))


def test_google_needs_its_package(monkeypatch):
    monkeypatch.setattr(remote, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="gs://a/b: needs gcsfs, which is not installed"):
        open_source("era5", "gs://a/b")


def test_addresses_are_those_of_sources_that_read_them():
    def data(**keys):
        return {"name": "x", "data": keys}

    address = "https://example.org/a.zarr"
    assert parse_study(data(source="era5", input=address), "s").data.input == address
    with pytest.raises(UserError, match="source 'climatenet' must be a path"):
        parse_study(data(source="climatenet", input=address), "s")
    with pytest.raises(UserError, match="is read where it is: leave out 'download'"):
        parse_study(data(source="era5", input=address, download={"urls": ["https://a/b"]}), "s")
