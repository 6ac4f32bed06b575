"""ClimateNet files: any subset of the channels, either order of latitudes, several experts."""

import numpy as np
import pytest
import xarray as xr
from specimens import SHAPE, random_map, write_climatenet

from deepsphere_pipe.channels import CHANNEL_NAMES, UNLABELLED
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
        (lambda f: f.assign(PSL=f.PSL.assign_attrs(units="kg")), "PSL is in kg, but Pa"),
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
    assert list(source.rejected) == ["data-2010-06-31-01-1.nc"]
    assert source.notes[-1].endswith(": notes.nc")
    with pytest.raises(UserError, match=r"data-2010-06-22-01-1\.nc: cannot be read as netCDF"):
        source.read(source.snapshots[1], FOUR)


def test_one_map_may_have_several_labellings_but_none_twice(tmp_path, content):
    for name in ("01-0", "01-1", "01-01"):
        write_climatenet(tmp_path / f"data-2010-06-21-{name}.nc", *content, hour=9)
    source = open_source("climatenet", tmp_path)
    assert [snapshot.name[16:-3] for snapshot in source.snapshots] == ["01-0", "01-01", "01-1"]
    assert not source.rejected


def joined(path, days, **options):
    """Write what ncrcat or mergetime join: files of one snapshot, one for each day."""
    parts = []
    for day, content in days.items():
        one = write_climatenet(path.with_name(f"data-2010-06-{day:02d}-01-1.nc"), *content, hour=9)
        with xr.open_dataset(one) as file:
            parts.append(file.load())
        one.unlink()
    xr.concat(parts, "time", data_vars="all").to_netcdf(path)


def test_a_file_of_several_times_is_read_whole(tmp_path):
    """All but the first were lost."""
    days = {day: random_map(day, *SHAPE) for day in (21, 22, 23)}
    joined(tmp_path / NAME, days)
    source = open_source("climatenet", tmp_path)
    assert [s.name for s in source.snapshots] == [f"{NAME}@2010-06-{d}T09:00:00" for d in days]
    assert [s.time.isoformat() for s in source.snapshots] == [f"2010-06-{d}T09:00:00" for d in days]
    for snapshot, (fields, labels) in zip(source.snapshots, days.values(), strict=True):
        found = source.read(snapshot, CHANNEL_NAMES)
        np.testing.assert_array_equal(found.fields, fields.reshape(16, -1))
        np.testing.assert_array_equal(found.labels, labels.ravel())


def test_one_labelling_for_several_times_is_refused(tmp_path):
    joined(tmp_path / NAME, {day: random_map(day, *SHAPE) for day in (21, 22)})
    changed_times = lambda file: file.assign(LABELS=file.LABELS.isel(time=0, drop=True))  # noqa: E731
    changed(tmp_path / NAME, changed_times)
    with pytest.raises(UserError, match="LABELS: has no dimension time, of which others have"):
        only(open_source("climatenet", tmp_path))


def test_a_time_that_is_there_twice_is_refused_by_name(tmp_path, content):
    path = write_climatenet(tmp_path / NAME, *content, hour=9)
    with xr.open_dataset(path) as one:
        both = xr.concat([one, one], "time", data_vars="all").load()
    both.to_netcdf(path)
    source = open_source("climatenet", tmp_path)
    assert len(source.snapshots) == 1
    assert list(source.rejected) == [f"{NAME}@2010-06-21T09:00:00"]
    assert "is there twice" in next(iter(source.rejected.values()))


def test_files_without_labels_are_read_but_not_beside_those_with_them(tmp_path, content):
    path = write_climatenet(tmp_path / NAME, *content)
    changed(path, lambda file: file.drop_vars("LABELS"))
    found = only(open_source("climatenet", tmp_path))
    np.testing.assert_array_equal(found.fields, content[0][[0, 1, 2, 7]].reshape(4, -1))
    assert set(found.labels) == {UNLABELLED}
    write_climatenet(tmp_path / "data-2010-06-22-01-1.nc", *content)
    source = open_source("climatenet", tmp_path)
    with pytest.raises(UserError, match=r"data-2010-06-22-01-1\.nc: holds LABELS, unlike"):
        source.read(source.snapshots[1], FOUR)


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.assign(U850=f.U850.expand_dims(lev=[850.0], axis=1)),
        lambda f: f.assign(PSL=(f.PSL.astype("f8") / 100).assign_attrs(units="hPa")),
        lambda f: f.assign(
            PSL=f.PSL.assign_attrs(units="Pascals"),
            U850=f.U850.assign_attrs(units="m s^{-1}"),
            TMQ=f.TMQ.assign_attrs(units="kg/m2"),
        ),
    ],
    ids=["a level", "hPa", "units in other words"],
)
def test_files_as_users_make_them_are_read(tmp_path, content, change):
    changed(write_climatenet(tmp_path / NAME, *content), change)
    found = only(open_source("climatenet", tmp_path))
    np.testing.assert_allclose(found.fields, content[0][[0, 1, 2, 7]].reshape(4, -1), rtol=1e-6)


def test_packed_values_are_unpacked(tmp_path, content):
    path = write_climatenet(tmp_path / NAME, *content)
    with xr.load_dataset(path, decode_times=False) as file:
        least, greatest = float(file.PSL.min()), float(file.PSL.max())
        packing = {
            "dtype": "i2", "scale_factor": (greatest - least) / 65000,
            "add_offset": (greatest + least) / 2, "_FillValue": -32767,
        }  # fmt: skip
        file.to_netcdf(path.with_suffix(".new"), encoding={"PSL": packing})
    path.with_suffix(".new").replace(path)
    found = only(open_source("climatenet", tmp_path))
    step = packing["scale_factor"]
    np.testing.assert_allclose(found.fields[3], content[0][7].ravel(), atol=0.51 * step, rtol=1e-7)


def test_times_between_hours_are_told_or_refused(tmp_path, content):
    """Minutes were dropped in silence."""
    for name, minutes in ((NAME, (30, 30)), ("data-2010-06-25-01-1.nc", (0, 30))):
        day = int(name[13:15])
        joined(tmp_path / name, {day: content, day + 1: content})
        attributes = {"units": f"hours since 2010-06-{day}", "calendar": "noleap"}
        later = ("time", 9 + np.array(minutes) / 60 + [0, 24], attributes)
        changed(tmp_path / name, lambda f, later=later: f.assign_coords(time=later))
    source = open_source("climatenet", tmp_path)
    assert [s.time.isoformat()[11:] for s in source.snapshots] == ["09:00:00", "09:00:00"]
    assert "Times at 30 minutes past the hour are told by the hour" in source.notes
    assert source.rejected == {
        "data-2010-06-25-01-1.nc": "has times at 0, 30 minutes past the hour; those of a file must "
        "be on the hour, or all at the same minute."
    }


def test_labels_may_be_in_small_letters_and_their_absence_is_told(tmp_path, content):
    write_climatenet(tmp_path / NAME, *content)
    changed(tmp_path / NAME, lambda file: file.rename(LABELS="labels"))
    np.testing.assert_array_equal(
        only(open_source("climatenet", tmp_path)).labels, content[1].ravel()
    )
    changed(tmp_path / NAME, lambda file: file.drop_vars("labels"))
    source = open_source("climatenet", tmp_path)
    assert set(only(source).labels) == {UNLABELLED} and source.notes == (
        "Without times in files, maps are of 00 UTC of the day in their names",
        "There are no labels",
    )
