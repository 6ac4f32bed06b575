"""Files on the disk are decoded by CF: packing, missing values, calendars, versions, both zarrs."""

import numpy as np
import pytest
import xarray as xr
import zarr
from climate import (
    CHANNELS,
    TIMES,
    assert_is_climate,
    climate,
    dataset,
    on_grid,
    plain,
)

from deepsphere_pipe.data.fields.opening import open_fields
from deepsphere_pipe.data.fields.plausibility import check_plausible
from deepsphere_pipe.data.fields.reading import ClimateFields
from deepsphere_pipe.data.sources import open_source
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap.grids import degrees_of

NAMES = ["TMQ", "PSL", "T500"]
FORMATS = ("nc", "zarr 2", "zarr 3")


def written(data, folder, form="nc", encoding=None):
    """Write a data set and open it again."""
    encoding = encoding or {}
    path = folder / ("data.nc" if form == "nc" else "data.zarr")
    if form == "nc":
        data.to_netcdf(path, encoding=encoding)
    else:
        version = int(form[-1])
        data.to_zarr(path, encoding=encoding, zarr_format=version, consolidated=version == 2)
    return open_fields(path)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("dtype", ["f4", "f8", "i2", "i4"])
def test_values_are_unpacked(tmp_path, form, dtype):
    """Winds of ±4 m/s were stored as ±400, and packed pressures refused."""
    encoding, step = {name: {"dtype": dtype} for name in NAMES}, 1e-6
    if dtype[0] == "i":
        for name in NAMES:
            values = on_grid(name)
            spread = float(values.max() - values.min())
            encoding[name] |= {
                "scale_factor": spread / 65000, "_FillValue": -32767,
                "add_offset": float(values.max() + values.min()) / 2,
            }  # fmt: skip
            step = max(step, spread / 65000 / CHANNELS[name].published_std)
    fields = ClimateFields(written(plain(), tmp_path, form, encoding))
    assert_is_climate(fields, NAMES, 1, atol=0.52 * step + 1e-5)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("mark", ["_FillValue", "missing_value", "valid_range", "valid_min"])
def test_missing_values_are_missing(tmp_path, form, mark):
    """TREFHT went down to -5013 K."""
    data = plain()
    values = data["T500"].values.copy()
    values[1, 4, 7:9] = -9999
    data["T500"] = data["T500"].dims, values, {"units": "K"}
    encoding = {"T500": {"_FillValue": None}}
    if mark == "valid_range":
        data["T500"].attrs["valid_range"] = np.array([100.0, 400.0])
    elif mark == "valid_min":
        data["T500"].attrs["valid_min"] = 100.0
    else:
        encoding = {"T500": {mark: -9999.0}}
    fields = ClimateFields(written(data, tmp_path, form, encoding))
    read = fields.read(["T500"], 1)[0].reshape(19, 36)
    assert np.isnan(read[4, 7:9]).all() and np.isnan(read).sum() == 2
    assert_is_climate(fields, ["T500"], 0)


def test_zeros_are_values_where_zarr_has_its_own_default(tmp_path):
    """Longitude 0 was missing in stores that were not written by xarray, and so was calm air."""
    data = plain().assign(U850=on_zero())
    group = zarr.create_group(tmp_path / "a.zarr", zarr_format=2)
    for name, variable in data.variables.items():
        values = np.arange(3) * 6 if name == "time" else variable.values
        array = group.create_array(name, shape=values.shape, dtype=values.dtype, fill_value=0)
        array[:] = values
        units = {"units": "hours since 2020-01-01"} if name == "time" else variable.attrs
        array.attrs.update({"_ARRAY_DIMENSIONS": list(variable.dims), **units})
    fields = ClimateFields(open_fields(tmp_path / "a.zarr"))
    assert_is_climate(fields, NAMES, 2)
    np.testing.assert_array_equal(fields.read(["U850"], 1)[0], on_zero()[1][1].ravel())


def on_zero():
    """Return a wind that is calm in places."""
    values = np.maximum(on_grid("U850"), 0)
    assert (values == 0).any()
    return plain()["PSL"].dims, values.astype("f4"), {"units": "m s-1"}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("group", ["atmosphere", "a/b"])
def test_the_only_group_is_opened(tmp_path, form, group):
    write = plain().to_netcdf if form == "nc" else plain().to_zarr
    path = tmp_path / ("a.nc" if form == "nc" else "a.zarr")
    options = {} if form == "nc" else {"zarr_format": int(form[-1]), "consolidated": False}
    write(path, group=group, **options)
    with open_fields(path) as data:
        assert_is_climate(ClimateFields(data), NAMES, 1)
    write(path, group="other", mode="a", **options)
    with pytest.raises(UserError, match=rf"several groups \(/{group}, /other\); keep one"):
        open_fields(path)


@pytest.mark.parametrize("key", ["scale_factor", "add_offset"])
def test_packing_that_is_no_number_is_named(tmp_path, key):
    fields = ClimateFields(written(plain().assign(x=1), tmp_path))
    assert not fields.problems
    data = plain()
    data["PSL"].attrs[key] = "one"
    (tmp_path / "data.nc").unlink()
    fields = ClimateFields(written(data, tmp_path))
    assert fields.problems == {"PSL": f"PSL: its {key} is 'one', not a number."}
    assert_is_climate(fields, ["TMQ"], 1)


def test_two_versions_are_merged():
    """ERA5 of the last months: the final version has no values where the preliminary has."""
    data = plain().expand_dims(expver=[1, 5], axis=1)
    for name in NAMES:
        values = data[name].values.copy()
        values[2:, 0], values[:2, 1] = np.nan, np.nan
        data[name] = data[name].dims, values
    fields = ClimateFields(data)
    for time in range(len(TIMES)):
        assert_is_climate(fields, NAMES, time)


def test_other_dimensions_are_chosen_by_the_user():
    data = plain().expand_dims(number=[0, 1], axis=1)
    with pytest.raises(UserError, match=r"TMQ has dimensions \{.*number.*cannot be chosen from"):
        ClimateFields(data).read(["TMQ"])


def test_one_map_for_several_times_is_refused():
    data = plain()
    data["PSL"] = data["PSL"].isel(time=0, drop=True)
    fields = ClimateFields(data)
    assert_is_climate(fields, ["TMQ"], 2)
    with pytest.raises(UserError, match="PSL: has no dimension time, of which others have several"):
        fields.read(["PSL"], 2)
    assert_is_climate(ClimateFields(data.isel(time=[0])), ["PSL"])


@pytest.mark.parametrize("calendar", ["standard", "noleap", "360_day", "proleptic_gregorian"])
def test_calendars_are_those_of_the_file(tmp_path, calendar):
    times = xr.date_range("2001-02-27", periods=3, calendar=calendar, use_cftime=True)
    fields = ClimateFields(written(plain().assign_coords(time=times), tmp_path))
    assert [time.calendar for time in fields.times.values] == [calendar] * 3
    leap = {"360_day": "2001-02-29", "noleap": "2001-03-01"}.get(calendar, "2001-03-01")
    assert fields.times.values[2].isoformat().startswith(leap)


def test_times_that_cannot_be_decoded_are_named(tmp_path):
    data = plain().assign_coords(time=("time", [0, 1, 2], {"units": "fortnights since Christmas"}))
    fields = ClimateFields(written(data, tmp_path))
    with pytest.raises(UserError, match="time: holds 0, which is no time; give it units"):
        fields.times  # noqa: B018


def test_forecasts_are_of_the_time_that_they_are_for():
    data = plain().rename(time="step").drop_vars("step").assign_coords(
        time=np.datetime64("2019-12-31T12:00", "ns"),
        valid_time=("step", np.array(TIMES, "datetime64[ns]")),
    )  # fmt: skip
    fields = ClimateFields(data)
    assert [time.hour for time in fields.times.values] == [0, 6, 12]
    assert_is_climate(fields, NAMES, 2)


CDS = {"msl": ("PSL", 1, 0, {"units": "Pa"}), "t2m": ("TREFHT", 1, 0, {"units": "K"})}


def read_all(source, channel):
    """Compare a channel with the climate at each of three times."""
    longitude, latitude = degrees_of(source.grid)
    assert len(source.snapshots) == len(TIMES)
    for time, snapshot in enumerate(source.snapshots):
        read = source.read(snapshot, [channel]).fields[0]
        np.testing.assert_allclose(
            read, climate(channel, longitude, latitude, time), rtol=1e-6, atol=1e-4
        )


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.rename(time="valid_time").assign_coords(
            number=0, expver=("valid_time", ["0001", "0001", "0005"])
        ),
        lambda d: d.expand_dims(expver=[1, 5], axis=1),
        lambda d: d.sortby("latitude").transpose("time", "longitude", "latitude"),
        lambda d: d.rename(latitude="lat", longitude="lon"),
    ],
    ids=["CDS since 2024", "two versions", "WeatherBench 2", "other names"],
)
@pytest.mark.parametrize("form", FORMATS)
def test_era5_is_read_as_others_leave_it(tmp_path, form, change):
    written(change(dataset(CDS)), tmp_path, form).close()
    (path,) = tmp_path.iterdir()
    source = open_source("era5", path)
    for channel in ("PSL", "TREFHT"):
        read_all(source, channel)
    assert source.notes == ("PSL is msl", "TREFHT is t2m")


def test_variables_and_years_may_be_in_files_of_their_own(tmp_path):
    """As CMIP6 is; and files beside them that are no fields stop nothing."""
    data = dataset({"psl": CDS["msl"], "tas": CDS["t2m"]})
    for name in data:
        for part, times in (("1", slice(2)), ("2", slice(2, 3))):
            (tmp_path / name).mkdir(exist_ok=True)
            file = data[[name]].isel(time=times).assign_attrs(variant_label="r3i1p1f1")
            file.to_netcdf(tmp_path / f"{name}/{part}.nc")
    source = open_source("cmip6", tmp_path)
    assert [snapshot.run for snapshot in source.snapshots] == [3, 3, 3] and not source.rejected
    for channel in ("PSL", "TREFHT"):
        read_all(source, channel)
    assert source.title == "CMIP6 (19 x 36 grid)"


def test_what_is_twice_damaged_or_elsewhere_is_rejected_by_name(tmp_path):
    data = dataset(CDS)
    data.to_netcdf(tmp_path / "a.nc")
    data[["msl"]].isel(time=[1]).to_netcdf(tmp_path / "b.nc")
    (tmp_path / "c.nc").write_bytes(b"no netCDF")
    data.isel(longitude=slice(None, None, 2)).to_netcdf(tmp_path / "d.nc")
    xr.Dataset({"x": 1}).to_netcdf(tmp_path / "e.nc")
    source = open_source("era5", tmp_path)
    assert {name: reason.split(" (")[0] for name, reason in source.rejected.items()} == {
        "b.nc 2020-01-01T06:00:00": "holds PSL at a time at which a.nc holds it, too.",
        "c.nc": "cannot be read as netCDF",
        "d.nc": "lies on another grid than the first file.",
    }
    assert source.notes[-1] == "Left out, as it holds none of the channels: e.nc"
    read_all(source, "PSL")
    for path in tmp_path.iterdir():
        path.write_bytes(b"")
    with pytest.raises(UserError, match=r"a\.nc: cannot be read as netCDF"):
        open_source("era5", tmp_path)


def test_calendars_are_not_mixed(tmp_path):
    for name, calendar in (("a", "noleap"), ("b", "360_day")):
        times = xr.date_range("2001-02-03", periods=3, calendar=calendar, use_cftime=True)
        dataset(CDS).assign_coords(time=times).to_netcdf(tmp_path / f"{name}.nc")
    source = open_source("era5", tmp_path)
    assert source.rejected == {
        "b.nc": "has another calendar than the first file: 360_day and noleap."
    }


def test_means_of_an_hour_are_told_by_the_hour(tmp_path):
    """MERRA-2's times are half past; rounded, every second one would be there twice."""
    middle = np.array(TIMES, "datetime64[m]").astype("datetime64[ns]") + np.timedelta64(30, "m")
    data = dataset(CDS).assign_coords(time=middle)
    data.to_netcdf(tmp_path / "a.nc")
    source = open_source("era5", tmp_path / "a.nc")
    assert [snapshot.name for snapshot in source.snapshots] == [f"{time}:00" for time in TIMES]
    assert "Times at 30 minutes past the hour are told by the hour" in source.notes
    read_all(source, "PSL")
    mixed = np.array(TIMES, "datetime64[ns]") + np.array([0, 15, 0], "m8[m]")
    data.assign_coords(time=mixed).to_netcdf(tmp_path / "b.nc")
    with pytest.raises(UserError, match="has times at 0, 15 minutes past the hour"):
        open_source("era5", tmp_path / "b.nc")


def test_a_folder_of_zarr_groups_is_read_as_one(tmp_path):
    for name in CDS:
        dataset({name: CDS[name]}).to_zarr(tmp_path / f"{name}.zarr", consolidated=False)
    source = open_source("era5", tmp_path)
    for channel in ("PSL", "TREFHT"):
        read_all(source, channel)


def outcome(path):
    """Return what becomes of a file: the number of maps that are read, or a sentence."""
    try:
        source = open_source("era5", path)
        for snapshot in source.snapshots:
            read = source.read(snapshot, [channel.name for channel in source.channels])
            check_plausible(snapshot.name, source.channels, read.fields)
    except UserError as error:
        assert "\n" not in str(error)
        return str(error)
    return len(source.snapshots)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"zarr_format": 9}']
)
@pytest.mark.parametrize("place", ["zarr.json", "msl/zarr.json", "time/zarr.json", "msl/c/1/0/0"])
def test_damaged_zarr_ends_in_a_sentence(tmp_path, place, content):
    chunks = {name: {"chunks": (1, 19, 36)} for name in CDS}
    dataset(CDS).to_zarr(tmp_path / "a.zarr", encoding=chunks, zarr_format=3, consolidated=False)
    assert outcome(tmp_path / "a.zarr") == len(TIMES)
    (tmp_path / "a.zarr" / place).write_bytes(content)
    empty_group = place == "zarr.json" and content == b"{}"  # says no less than it must
    assert isinstance(outcome(tmp_path / "a.zarr"), str) or empty_group


def test_a_chunk_that_is_gone_is_missing(tmp_path):
    chunks = {name: {"chunks": (1, 19, 36)} for name in CDS}
    path = tmp_path / "a.zarr"
    dataset(CDS).to_zarr(path, encoding=chunks, zarr_format=3, consolidated=False)
    (path / "msl/c/1/0/0").unlink()
    assert "PSL holds values that are not finite" in outcome(path)


@pytest.mark.parametrize("length", [0, 100, 2000, 5000, -3000, -1])
def test_netcdf_that_is_cut_off_ends_in_a_sentence(tmp_path, length):
    path = tmp_path / "a.nc"
    dataset(CDS).to_netcdf(path)
    path.write_bytes(path.read_bytes()[:length])
    assert isinstance(outcome(path), str)


def test_own_names_of_variables_are_options(tmp_path):
    dataset({"warm": CDS["t2m"]}).to_netcdf(tmp_path / "a.nc")
    source = open_source("era5", tmp_path / "a.nc", variables={"TREFHT": "warm"})
    read_all(source, "TREFHT")
    assert source.options == {"variables": {"TREFHT": "warm"}}


FORECASTS = (
    {"dataDate": 20191231, "dataTime": 1800, "stepRange": "5-6"},
    {"dataDate": 20191231, "dataTime": 1800, "stepRange": "11-12"},
    {"dataDate": 20200101, "dataTime": 600, "stepRange": "5-6"},
)


def write_grib(path):
    """Write what the Climate Data Store sends: surface, levels, and rain from forecasts."""
    eccodes = pytest.importorskip("eccodes")
    grid = {
        "Ni": 36, "Nj": 19, "latitudeOfFirstGridPointInDegrees": 90.0,
        "latitudeOfLastGridPointInDegrees": -90.0, "longitudeOfFirstGridPointInDegrees": 0.0,
        "longitudeOfLastGridPointInDegrees": 350.0, "iDirectionIncrementInDegrees": 10.0,
        "jDirectionIncrementInDegrees": 10.0, "bitsPerValue": 24,
    }  # fmt: skip
    with path.open("wb") as file:
        for time in range(3):
            now = {"dataDate": 20200101, "dataTime": 600 * time}
            for name, channel, keys in (
                ("2t", "TREFHT", now),
                ("msl", "PSL", now),
                ("t", "T200", now | {"level": 200}),
                ("t", "T500", now | {"level": 500}),
                ("u", "U850", now | {"level": 850}),
                ("tp", "PRECT", FORECASTS[time]),
            ):  # fmt: skip
                kind = "pl" if "level" in keys else "sfc"
                message = eccodes.codes_grib_new_from_samples(f"regular_ll_{kind}_grib2")
                for key, value in {**grid, "shortName": name, **keys}.items():
                    eccodes.codes_set(message, key, value)
                values = on_grid(channel)[time] * (3600 if name == "tp" else 1)
                eccodes.codes_set_values(message, values.ravel())
                eccodes.codes_write(message, file)
                eccodes.codes_release(message)


def test_grib_is_read_where_its_library_is(tmp_path):
    write_grib(tmp_path / "a.grib")
    source = open_source("era5", tmp_path / "a.grib")
    channels = {channel.name for channel in source.channels}
    assert channels == {"TREFHT", "PSL", "T200", "T500", "U850", "PRECT"}
    longitude, latitude = degrees_of(source.grid)
    assert len(source.snapshots) == 3 and not source.rejected
    for time, snapshot in enumerate(source.snapshots):
        for name in channels:
            row = source.read(snapshot, [name]).fields[0]
            scale = CHANNELS[name].published_std
            wanted = climate(name, longitude, latitude, time)
            np.testing.assert_allclose(row / scale, wanted / scale, atol=1e-3)


def test_grib_without_its_library_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("deepsphere_pipe.data.fields.opening.find_spec", lambda name: None)
    (tmp_path / "a.grib").write_bytes(b"GRIB")
    with pytest.raises(UserError, match="is GRIB, for which cfgrib must be installed"):
        open_source("era5", tmp_path / "a.grib")
