"""ClimateNet files: any subset of the channels, either order of latitudes, several experts."""

import numpy as np
import pytest
import xarray as xr
from specimens import SHAPE, random_map, write_climatenet

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.data.sources import open_source
from deepsphere_pipe.errors import UserError

FOUR = ("TMQ", "U850", "V850", "PSL")
NAME = "data-2010-06-21-01-1.nc"


@pytest.fixture
def content():
    return random_map(3, *SHAPE)


def only(source, channels=FOUR):
    return source.read(source.snapshots[0], channels)


def test_files_of_both_folders_are_read(tmp_path, content):
    names = ["train/data-1997-02-28-01-0.nc", f"test/{NAME}", "test/data-2010-06-21-01-2.nc"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_climatenet(tmp_path / name, *content, hour=9)
    source = open_source("climatenet", tmp_path)
    assert [snapshot.name for snapshot in source.snapshots] == names
    assert source.snapshots[1].time.isoformat() == "2010-06-21T09:00:00"
    assert source.snapshots[1].run == 1 and source.rejected == {}
    assert source.title == "ClimateNet (24 x 48 grid)"
    found = only(source, CHANNEL_NAMES)
    np.testing.assert_array_equal(found.fields, content[0].reshape(16, -1))
    np.testing.assert_array_equal(found.labels, content[1].ravel())
    assert found.fields.dtype == np.float32 and found.checksum.startswith("sha256:")


def test_the_channels_of_the_published_model_suffice(tmp_path, content):
    write_climatenet(tmp_path / NAME, *content, only=FOUR)
    source = open_source("climatenet", tmp_path)
    assert tuple(channel.name for channel in source.channels) == FOUR
    assert source.snapshots[0].time.hour == 0
    np.testing.assert_array_equal(
        only(source, ("PSL", "TMQ")).fields, content[0][[7, 0]].reshape(2, -1)
    )
    with pytest.raises(UserError, match="Channel 'T200' is not in this source"):
        source.select(("TMQ", "T200"))


def test_the_grid_follows_the_coordinates_of_the_file(tmp_path, content):
    write_climatenet(tmp_path / NAME, *content, north_first=True)
    source = open_source("climatenet", tmp_path)
    assert source.grid.latitudes[0] == 90
    np.testing.assert_array_equal(only(source).labels, content[1][::-1].ravel())
    south_first = write_climatenet(tmp_path / "data-2010-06-22-01-1.nc", *content)
    with pytest.raises(UserError, match=f"{south_first.name}: lies on another grid"):
        source = open_source("climatenet", tmp_path)
        source.read(source.snapshots[1], FOUR)


def changed(path, change):
    with xr.load_dataset(path, decode_times=False) as file:
        change(file).to_netcdf(path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda f: f.drop_vars("LABELS"), "holds no variable LABELS"),
        (lambda f: f.drop_vars("PSL"), "holds no variable PSL"),
        (lambda f: f.assign(LABELS=f.LABELS + 2), "labels other than"),
        (lambda f: f.assign(PSL=f.PSL.assign_attrs(units="hPa")), "PSL is in hPa, but Pa"),
        (lambda f: f.assign(PSL=f.PSL.expand_dims(level=2)), "PSL has dimensions"),
    ],
)
def test_wrong_files_are_named_with_the_reason(tmp_path, content, change, reason):
    for name in ("data-2010-06-20-01-1.nc", NAME):
        write_climatenet(tmp_path / name, *content)
    changed(tmp_path / NAME, change)
    source = open_source("climatenet", tmp_path)
    with pytest.raises(UserError, match=f"{NAME}: .*{reason}"):
        source.read(source.snapshots[1], FOUR)


def test_unreadable_files_and_odd_names_are_told(tmp_path, content):
    write_climatenet(tmp_path / NAME, *content)
    (tmp_path / "data-2010-06-22-01-1.nc").write_bytes(b"\x89HDF\r\n\x1a\nno more")
    (tmp_path / "data-2010-06-31-01-1.nc").touch()
    (tmp_path / "notes.nc").touch()
    source = open_source("climatenet", tmp_path)
    assert list(source.rejected) == ["data-2010-06-31-01-1.nc", "notes.nc"]
    with pytest.raises(UserError, match=r"data-2010-06-22-01-1\.nc: cannot be read as netCDF"):
        source.read(source.snapshots[1], FOUR)


def test_one_map_may_have_several_labellings_but_none_twice(tmp_path, content):
    for name in ("01-0", "01-1", "01-01"):
        write_climatenet(tmp_path / f"data-2010-06-21-{name}.nc", *content, hour=9)
    source = open_source("climatenet", tmp_path)
    assert [snapshot.name[16:-3] for snapshot in source.snapshots] == ["01-0", "01-01", "01-1"]
    assert not source.rejected


def test_a_file_of_several_times_is_refused_by_name(tmp_path, content):
    """Of what ncrcat or mergetime join, all but the first were lost."""
    path = write_climatenet(tmp_path / NAME, *content, hour=9) or tmp_path / NAME
    with xr.open_dataset(path) as one:
        both = xr.concat([one, one], "time", data_vars="all").load()
    both.to_netcdf(path)
    with pytest.raises(UserError, match=f"{NAME}: holds 2 times; write one file for each"):
        only(open_source("climatenet", tmp_path))
