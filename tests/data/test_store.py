"""The packed store keeps what it was given, opens with xarray, and appears only when complete."""

import cftime
import numpy as np
import pytest
import xarray as xr

from deepsphere_pipe.data.channels import cam5_channels
from deepsphere_pipe.data.store import MapTime, Store, write_store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import make_sampling


def test_maps_come_back_unchanged(store, content):
    fields, labels = content
    assert len(store) == len(fields)
    for index in (0, 7, len(store) - 1):
        np.testing.assert_array_equal(store.fields(index), fields[index])
        np.testing.assert_array_equal(store.labels(index), labels[index])


def test_times_are_in_a_calendar_without_leap_days(store):
    assert store.times[0] == cftime.DatetimeNoLeap(2106, 1, 1, 0)
    assert set(np.diff(store.hours[:8])) == {3}
    assert store.hours[24] - store.hours[0] == 365 * 24


def test_it_opens_with_xarray(store_path, content):
    with xr.open_dataset(store_path) as file:
        assert file["fields"].dims == ("time", "channel", "vertex")
        assert file["fields"].dtype == np.float32
        assert list(file["channel_name"].values) == ["TMQ", "U850", "V850"]
        assert list(file["units"].values) == ["kg m-2", "m s-1", "m s-1"]
        assert file["time"].values[0].year == 2106
        assert {"longitude", "latitude", "run"} <= set(file.variables)
        np.testing.assert_array_equal(file["fields"][3], content[0][3])
        assert file["labels"].attrs["flag_meanings"] == "BG TC AR"


def test_nothing_is_left_where_writing_fails(tmp_path):
    def maps():
        yield np.zeros((1, 42), np.float32), np.zeros(42, np.uint8)
        raise OSError("the disk is gone")

    times = [MapTime(cftime.DatetimeNoLeap(2106, 1, day), 1) for day in (1, 2)]
    sampling = make_sampling("icosahedral", level=1)
    with pytest.raises(OSError, match="disk is gone"):
        write_store(tmp_path / "maps.nc", times, maps(), cam5_channels()[:1], sampling, "x")
    assert list(tmp_path.iterdir()) == []


def test_other_files_are_refused_in_one_sentence(tmp_path):
    path = tmp_path / "maps.nc"
    path.write_text("no netCDF")
    with pytest.raises(UserError, match=r"maps\.nc: is not a store of maps .*'prepare'"):
        Store(path)
    with pytest.raises(UserError, match="is not a store of maps"):
        Store(tmp_path / "absent.nc")
