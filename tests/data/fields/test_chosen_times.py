"""Which times are read: by dates as xarray takes them, in the calendar of the data."""

import datetime

import numpy as np
import pytest
import xarray as xr
from climate import dataset, plain

from deepsphere_pipe.config.inputs import TimesConfig
from deepsphere_pipe.data.fields.chosen_times import choose_times
from deepsphere_pipe.data.sources import open_source
from deepsphere_pipe.errors import UserError

CDS = {"msl": ("PSL", 1, 0, {"units": "Pa"})}


def hours(n, units="hours since 1999-12-31", calendar="standard", dtype="i8"):
    attributes = {"units": units, "calendar": calendar}
    return xr.Dataset(coords={"time": ("time", np.arange(n).astype(dtype), attributes)})


def decoded(data):
    return xr.decode_cf(data, decode_times=xr.coders.CFDatetimeCoder(use_cftime=True))


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, range(72)),
        ({"start": "2000"}, range(24, 72)),
        ({"end": "1999"}, range(24)),
        ({"start": "2000-01-02", "end": "2000-01"}, range(48, 72)),
        ({"start": "2000-01-01T05:00", "end": "2000-01-01T07"}, range(29, 32)),
        ({"start": "2000-01-01 05:00", "end": "2000-01-01 07:00:00"}, range(29, 32)),
        ({"every_hours": 6}, range(0, 72, 6)),
        ({"start": "1999-12-31T01", "every_hours": 24}, (1, 25, 49)),
        ({"start": "2000-01-01T05", "end": "2000-01-01T05:00"}, (29,)),
        ({"start": "2001"}, ()),
    ],
)
@pytest.mark.parametrize("form", ["numbers", "floats", "cftime", "datetime64"])
def test_times_are_chosen_by_their_dates(chosen, expected, form):
    data = hours(72, dtype="f4" if form == "floats" else "i8")
    data = decoded(data) if form == "cftime" else data
    data = xr.decode_cf(data) if form == "datetime64" else data
    found = choose_times(data.assign_coords(number=("time", np.arange(72))), chosen)
    assert ([] if found is None else found["number"].values.tolist()) == list(expected)


def test_dates_are_those_of_the_calendar():
    data = hours(120, "hours since 2000-02-28", "360_day")
    found = choose_times(data, {"start": "2000-02-30", "end": "2000-02-30"})
    assert found.sizes["time"] == 24
    for text in ("2000-01-31", "2000-13"):
        with pytest.raises(UserError, match=rf"data\.times: {text} is no date of the calendar 360"):
            choose_times(data, {"start": text})
    with pytest.raises(UserError, match="time: has times that cannot be decoded"):
        choose_times(hours(3, "fortnights since Christmas"), {"start": "2000"})


def test_a_million_times_take_no_time():
    """As ARCO-ERA5 has since 1900; decoding all took half a minute in every process."""
    begun = datetime.datetime.now()
    found = decoded(
        choose_times(hours(1_300_000, "hours since 1900-01-01"), {"start": "2020", "end": "2020"})
    )
    assert found.sizes["time"] == 8784 and str(found["time"].values[-1]) == "2020-12-31 23:00:00"
    assert (datetime.datetime.now() - begun).total_seconds() < 5


def test_files_at_other_times_are_left_out(tmp_path):
    dataset(CDS).to_netcdf(tmp_path / "a.nc")
    later = dataset(CDS, time=["2021-01-01T00:00", "2021-01-01T06:00", "2021-01-01T12:00"])
    later.to_netcdf(tmp_path / "b.nc")
    source = open_source("era5", tmp_path, times={"start": "2020-01-01T06", "end": "2020"})
    assert [s.name for s in source.snapshots] == ["2020-01-01T06:00:00", "2020-01-01T12:00:00"]
    whole = open_source("era5", tmp_path)
    np.testing.assert_array_equal(
        source.read(source.snapshots[0], ["PSL"]).fields,
        whole.read(whole.snapshots[1], ["PSL"]).fields,
    )
    with pytest.raises(UserError, match=r"has none of the times that 'times' asks for"):
        open_source("era5", tmp_path, times={"start": "2022"})


def test_a_time_of_its_own_is_chosen_or_not():
    alone = plain().isel(time=1)
    assert choose_times(alone, {"end": "2020"}) is alone
    assert choose_times(alone, {"end": "2019"}) is None
    with pytest.raises(UserError, match="tells no times"):
        choose_times(alone.drop_vars("time"), {"end": "2019"})


def test_dates_of_yaml_are_text():
    dates = TimesConfig(start=datetime.date(2020, 1, 31), end=2021)
    assert (dates.start, dates.end) == ("2020-01-31", "2021")
    moment = TimesConfig(start=datetime.datetime(2020, 1, 31, 6))
    assert moment.start == "2020-01-31T06:00:00"
