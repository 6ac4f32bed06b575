"""The native CAM5 format: both layouts, both sets of labels, clear errors."""

import h5py
import numpy as np
import pytest
from specimens import SHAPE, STAMPS, name_of, random_map, write_cam5

from deepsphere_pipe.channels import CHANNEL_NAMES, UNLABELLED
from deepsphere_pipe.data.sources import cam5, open_source
from deepsphere_pipe.data.sources.cam5_format import write_snapshot
from deepsphere_pipe.errors import UserError

NAME = "data-2110-11-13-07-3.h5"
ALL = CHANNEL_NAMES


def read(path, channels=ALL, labels="default"):
    """Return fields (channel, lat, lon) and labels (lat, lon) of the only file of a folder."""
    source = open_source("cam5", path.parent, labels=labels)
    found = source.read(source.snapshots[0], channels)
    return found.fields.reshape(-1, *SHAPE), found.labels.reshape(SHAPE)


@pytest.fixture
def snapshot():
    return random_map(0, *SHAPE)


def test_what_is_written_is_read(tmp_path, snapshot):
    write_snapshot(tmp_path / NAME, *snapshot)
    fields, labels = read(tmp_path / NAME)
    assert fields.dtype == np.float32 and labels.dtype == np.uint8
    np.testing.assert_array_equal(fields, snapshot[0])
    np.testing.assert_array_equal(labels, snapshot[1])


@pytest.mark.parametrize("label_name", cam5.LABELS["default"])
@pytest.mark.parametrize("channels_last", [False, True])
def test_both_layouts_read_the_same(tmp_path, snapshot, channels_last, label_name):
    fields, labels = snapshot
    write_cam5(
        tmp_path / NAME, fields, labels.astype(np.int64), names=[label_name],
        channels_last=channels_last,
    )  # fmt: skip
    source = open_source("cam5", tmp_path)
    found = source.read(source.snapshots[0], ALL)
    np.testing.assert_array_equal(found.fields, fields.reshape(16, -1))
    np.testing.assert_array_equal(found.labels, labels.ravel())
    np.testing.assert_allclose(source.grid.latitudes, np.linspace(-90, 90, 24), atol=1e-12)
    np.testing.assert_allclose(source.grid.longitudes, np.arange(48) * 7.5, atol=1e-12)


def test_either_set_of_labels_is_read(tmp_path, snapshot):
    fields, labels = snapshot
    relaxed = np.where(labels == 0, 2, labels)
    write_cam5(tmp_path / NAME, fields, labels)
    with h5py.File(tmp_path / NAME, "a") as file:
        file["climate/labels_1"] = relaxed
    np.testing.assert_array_equal(read(tmp_path / NAME)[1], labels)
    found = read(tmp_path / NAME, labels="relaxed")[1]
    np.testing.assert_array_equal(found, relaxed)
    write_cam5(tmp_path / NAME, fields, labels)
    with pytest.raises(UserError, match=f"{NAME}: no data set climate/labels_1"):
        read(tmp_path / NAME, labels="relaxed")


def test_channels_come_in_the_order_asked_for(tmp_path, snapshot):
    write_snapshot(tmp_path / NAME, *snapshot)
    fields, _ = read(tmp_path / NAME, ["PSL", "TMQ"])
    np.testing.assert_array_equal(fields, snapshot[0][[7, 0]])
    with pytest.raises(UserError, match="SLP"):
        read(tmp_path / NAME, ["SLP"])


def test_malformed_files_are_named_with_the_reason(tmp_path, snapshot):
    fields, labels = snapshot
    cases = {
        "has shape": (fields[:15], labels, ["climate/labels"]),
        "labels have shape": (fields, labels[:-1], ["climate/labels"]),
        "labels other than": (fields, labels + 7, ["climate/labels"]),
        "which must be numbers": (fields, labels.astype("S1"), ["climate/labels"]),
    }
    for message, (data, classes, names) in cases.items():
        path = write_cam5(tmp_path / NAME, data, classes, names=names)
        with pytest.raises(UserError, match=f"{NAME}.*{message}"):
            read(path)
    with h5py.File(tmp_path / NAME, "w") as file:
        file["climate/labels"] = labels
    with pytest.raises(UserError, match=f"{NAME}: no data set climate/data"):
        read(tmp_path / NAME)


def test_files_without_labels_are_read_but_not_beside_those_with_them(tmp_path, snapshot):
    fields, labels = snapshot
    write_cam5(tmp_path / NAME, fields, labels, names=[])
    read_fields, classes = read(tmp_path / NAME)
    np.testing.assert_array_equal(read_fields, fields)
    assert set(classes.ravel()) == {UNLABELLED}
    other = write_cam5(tmp_path / "data-2110-11-14-07-3.h5", fields, labels)
    source = open_source("cam5", tmp_path)
    with pytest.raises(UserError, match=f"{other.name}: labels, unlike the first snapshot"):
        source.read(source.snapshots[1], ALL)
    write_cam5(tmp_path / NAME, fields, labels)
    write_cam5(other, fields, labels, names=[])
    source = open_source("cam5", tmp_path)
    with pytest.raises(UserError, match=f"{other.name}: no data set climate/labels or"):
        source.read(source.snapshots[1], ALL)


def test_what_is_no_snapshot_is_left_out_and_said(tmp_path, snapshot):
    """DeepCAM's statistics lie beside the snapshots, and stopped the study."""
    write_cam5(tmp_path / NAME, *snapshot)
    (tmp_path / "stats.h5").write_bytes(b"")
    (tmp_path / "data-2110-11-14-07-3.h5").symlink_to(tmp_path / "nowhere")
    (tmp_path / "circle.h5").symlink_to(tmp_path / "circle.h5")
    source = open_source("cam5", tmp_path)
    assert [each.name for each in source.snapshots] == [NAME] and not source.rejected
    (note,) = source.notes
    assert note.endswith(": circle.h5, data-2110-11-14-07-3.h5, stats.h5")


def test_a_shape_that_would_fill_the_memory_is_refused_before_reading(tmp_path):
    """A file of some kilobytes can claim a terabyte of values that were never written."""
    with h5py.File(tmp_path / NAME, "w") as file:
        side = 100_000
        chunks = {"chunks": True, "compression": "gzip"}
        file.create_dataset("climate/data", (16, side, side), "f4", **chunks)
        file.create_dataset("climate/labels", (side, side), "u1", **chunks)
    assert (tmp_path / NAME).stat().st_size < 1e6
    with pytest.raises(UserError, match=f"{NAME}: a grid of 100000 x 100000"):
        read(tmp_path / NAME)


def test_a_damaged_structure_is_named(tmp_path, snapshot):
    """Cut anywhere, or with any byte of its structure changed; values carry no checksum."""
    path = tmp_path / NAME
    write_cam5(path, *snapshot)
    content = path.read_bytes()
    for size in (0, 3, 100, 3000, len(content) - 1):
        path.write_bytes(content[:size])
        with pytest.raises(UserError, match=NAME):
            read(path)


def test_the_first_readable_file_tells_the_grid(tmp_path, snapshot):
    names = [name_of(stamp, ".h5") for stamp in STAMPS[:3]]
    for name in names:
        write_cam5(tmp_path / name, *snapshot)
    (tmp_path / names[0]).write_bytes(b"no HDF5")
    source = open_source("cam5", tmp_path)
    assert source.grid.shape == SHAPE
    assert source.title == "CAM5 segmentation snapshots (24 x 48 grid)"
    with pytest.raises(UserError, match=names[0]):
        source.read(source.snapshots[0], ALL)
    source.read(source.snapshots[1], ALL)
    for name in names:
        (tmp_path / name).write_bytes(b"no HDF5")
    with pytest.raises(UserError, match=f"{names[0]}: cannot be read as HDF5"):
        open_source("cam5", tmp_path)


@pytest.mark.parametrize("shape", [(48, 24), (0, 48), (1, 48)])
def test_axes_in_another_order_are_told(tmp_path, shape):
    with h5py.File(tmp_path / NAME, "w") as file:
        file["climate/data"] = np.zeros((16, *shape), np.float32)
    told = f"{NAME}: a grid of {shape[0]} latitudes and {shape[1]} longitudes"
    with pytest.raises(UserError, match=told):
        open_source("cam5", tmp_path)
