"""The packed store keeps what it was given, and opens with xarray."""

import cftime
import numpy as np
import pytest
import xarray as xr

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.data.store_layout import allocate_store
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
        assert file["source_file"].values[3] == "data-2106-01-01-03-1.h5"


def test_a_map_lies_where_the_layout_says(tmp_path):
    """Every map is written by itself, in any order, before and after the file is closed."""
    sampling = make_sampling("icosahedral", level=0)
    snapshots = [Snapshot(0, cftime.DatetimeGregorian(2026, 2, 28), "é", "")]
    snapshots.append(Snapshot(0, cftime.DatetimeGregorian(2028, 2, 29, 6), "leap", ""))
    fields = np.arange(2 * 3 * 12, dtype=np.float32).reshape(2, 3, 12)
    path = tmp_path / "maps.nc"
    layout = allocate_store(path, snapshots, cam5_channels()[:3], sampling, "x")
    with path.open("r+b") as file:
        for index in (1, 0):
            layout.write(file.fileno(), index, fields[index], np.full(12, index, np.uint8))
        with pytest.raises(ValueError, match="is stored"):
            layout.write(file.fileno(), 0, fields[0, :2], np.zeros(12, np.uint8))
    with Store(path) as store:
        assert [store.fields(index).tolist() for index in (0, 1)] == fields.tolist()
        assert [store.labels(index).tolist() for index in (0, 1)] == [[0] * 12, [1] * 12]
        assert store.files.tolist() == ["é", "leap"]
        assert str(store.times[1]) == "2028-02-29 06:00:00"  # a real calendar keeps its leap days


def test_other_files_are_refused_in_one_sentence(tmp_path):
    path = tmp_path / "maps.nc"
    path.write_text("no netCDF", encoding="utf-8")
    with pytest.raises(UserError, match=r"maps\.nc: is not a store of maps .*'prepare'"):
        Store(path)
    with pytest.raises(UserError, match="is not a store of maps"):
        Store(tmp_path / "absent.nc")
