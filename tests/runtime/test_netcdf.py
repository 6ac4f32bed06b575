"""Our netCDF files are whole and say what they hold, as the CF conventions have it."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from deepsphere_pipe.runtime.netcdf import COMPRESSED, flags, write_netcdf


def dataset():
    labels = np.array([0, 2, 2], "u1")
    return xr.Dataset(
        {
            "area": ("vertex", [1.0, np.nan, 3.0], {"units": "sr"}),
            "label": ("vertex", labels, flags(("sea", "land"), (0, 2)), COMPRESSED),
        },
        coords={"vertex": ["α", "b", "cc"]},
        attrs={"predicted_by": "net"},
    )


def test_what_is_written_is_read_again(tmp_path):
    write_netcdf(tmp_path / "a.nc", dataset(), "some values")
    with xr.open_dataset(tmp_path / "a.nc") as file:
        attributes = {"Conventions": "CF-1.12", "title": "some values", "predicted_by": "net"}
        assert file.attrs == attributes
        xr.testing.assert_equal(file, dataset())
        assert file["label"].dtype == np.uint8
        assert file["label"].attrs["flag_values"].tolist() == [0, 2]
        assert file["label"].attrs["flag_meanings"] == "sea land"


def test_no_fill_values_and_no_strings_of_variable_length(tmp_path):
    write_netcdf(tmp_path / "a.nc", dataset(), "some values")
    with netCDF4.Dataset(tmp_path / "a.nc") as file:
        assert all("_FillValue" not in each.ncattrs() for each in file.variables.values())
        assert file["vertex"].dtype == "S1"
        assert file["label"].filters()["zlib"] and not file["area"].filters()["zlib"]


def test_groups_are_written_in_their_order(tmp_path):
    groups = {"/": dataset(), "second": dataset()[["label"]], "first": dataset()[["area"]]}
    write_netcdf(tmp_path / "a.nc", xr.DataTree.from_dict(groups), "some groups")
    with xr.open_datatree(tmp_path / "a.nc") as file:
        assert list(file.children) == ["second", "first"]
        xr.testing.assert_equal(file["first/area"], dataset()["area"])


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "a.nc"
    write_netcdf(path, dataset(), "some values")
    before = path.read_bytes()
    wrong = xr.Dataset({"a": ("x", np.array([object()]))})
    with pytest.raises((TypeError, ValueError)):
        write_netcdf(path, wrong, "no values")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
