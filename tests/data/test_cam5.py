"""The native CAM5 format: names, both layouts, clear errors."""

import h5py
import numpy as np
import pytest

from deepsphere_pipe.data.channels import CHANNEL_NAMES
from deepsphere_pipe.data.sources import cam5
from deepsphere_pipe.errors import UserError

SHAPE = (24, 48)
NAME = "data-2110-11-13-07-3.h5"


@pytest.fixture
def snapshot():
    random = np.random.default_rng(0)
    fields = random.normal(size=(len(CHANNEL_NAMES), *SHAPE)).astype(np.float32)
    return fields, random.integers(0, 3, SHAPE).astype(np.uint8)


def write_raw(path, data, labels, label_name="climate/labels"):
    with h5py.File(path, "w") as file:
        if data is not None:
            file["climate/data"] = data
        if labels is not None:
            file[label_name] = labels
    return path


def test_a_name_and_its_snapshot_tell_the_same():
    snapshot = cam5.parse_name(f"folder/{NAME}")
    assert (snapshot.time, snapshot.run) == ((2110, 11, 13, 7), 3)
    assert cam5.snapshot_name(*snapshot.time, snapshot.run) == NAME


@pytest.mark.parametrize(
    "name",
    [
        "data-2110-02-29-00-1.h5",  # no leap days
        "data-2110-11-13-08-1.h5",  # slots end at 07
        "data-2110-13-01-00-1.h5",
        "data-2110-11-13-07.h5",
        "data-2110-11-13-07-3-mesh.npz",
    ],
)
def test_names_that_cannot_be_are_refused(name):
    with pytest.raises(UserError, match=name):
        cam5.parse_name(name)


def test_snapshots_are_listed_by_run_and_time(tmp_path):
    names = [
        "data-2107-01-01-00-1.h5",
        "data-2107-01-01-01-1.h5",
        "data-2107-02-01-00-1.h5",
        "data-2106-01-01-00-2.h5",
        "data-2106-01-01-00-10.h5",
    ]
    for name in reversed(names):
        (tmp_path / name).touch()
    (tmp_path / "README.txt").touch()
    assert [snapshot.path.name for snapshot in cam5.list_snapshots(tmp_path)] == names


def test_a_folder_without_files_is_an_error(tmp_path):
    with pytest.raises(UserError, match="no CAM5 files"):
        cam5.list_snapshots(tmp_path)
    with pytest.raises(UserError, match="no such folder"):
        cam5.list_snapshots(tmp_path / "missing")


def test_what_is_written_is_read(tmp_path, snapshot):
    cam5.write_snapshot(tmp_path / NAME, *snapshot)
    fields, labels = cam5.read_snapshot(tmp_path / NAME)
    assert fields.dtype == np.float32 and labels.dtype == np.uint8
    np.testing.assert_array_equal(fields, snapshot[0])
    np.testing.assert_array_equal(labels, snapshot[1])


@pytest.mark.parametrize("label_name", cam5.LABELS)
@pytest.mark.parametrize("channels_last", [False, True])
def test_both_layouts_read_the_same(tmp_path, snapshot, channels_last, label_name):
    fields, labels = snapshot
    data = np.moveaxis(fields, 0, 2) if channels_last else fields
    path = write_raw(tmp_path / NAME, data, labels.astype(np.int64), label_name)
    read_fields, read_labels = cam5.read_snapshot(path)
    np.testing.assert_array_equal(read_fields, fields)
    np.testing.assert_array_equal(read_labels, labels)
    latitude, longitude = cam5.read_grid(path)
    np.testing.assert_allclose(latitude, np.linspace(-90, 90, 24), atol=1e-12)
    np.testing.assert_allclose(longitude, np.arange(48) * 7.5, atol=1e-12)


def test_channels_come_in_the_order_asked_for(tmp_path, snapshot):
    cam5.write_snapshot(tmp_path / NAME, *snapshot)
    fields, _ = cam5.read_snapshot(tmp_path / NAME, ["PSL", "TMQ"])
    np.testing.assert_array_equal(fields, snapshot[0][[7, 0]])
    with pytest.raises(UserError, match="SLP"):
        cam5.read_snapshot(tmp_path / NAME, ["SLP"])


def test_malformed_files_are_named_with_the_reason(tmp_path, snapshot):
    fields, labels = snapshot
    cases = {
        "no data set climate/data": (None, labels),
        "neither climate/labels nor climate/labels_0": (fields, None),
        "has shape": (fields[:15], labels),
        "labels have shape": (fields, labels[:-1]),
        "labels other than": (fields, labels + 7),
    }
    for message, (data, classes) in cases.items():
        path = write_raw(tmp_path / NAME, data, classes)
        with pytest.raises(UserError, match=f"{NAME}.*{message}"):
            cam5.read_snapshot(path)


def test_a_truncated_file_is_named(tmp_path, snapshot):
    path = tmp_path / NAME
    cam5.write_snapshot(path, *snapshot)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(UserError, match=NAME):
        cam5.read_snapshot(path)
