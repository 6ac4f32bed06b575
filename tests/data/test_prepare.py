"""Snapshots on a grid become maps on the sphere: right place, right order, right channels."""

import numpy as np
import pytest

from deepsphere_pipe.data.channels import CHANNEL_NAMES
from deepsphere_pipe.data.prepare import prepare
from deepsphere_pipe.data.sources import cam5
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import make_sampling

LATITUDE, LONGITUDE = cam5.grid_axes(48, 72)
SAMPLING = make_sampling("icosahedral", level=2)


@pytest.fixture
def folder(tmp_path):
    """Four snapshots, written out of order: fields sin(latitude) + slot, a river on a band."""
    folder = tmp_path / "native"
    folder.mkdir()
    for run, slot in ((2, 0), (1, 3), (1, 1), (2, 7)):
        field = np.sin(np.deg2rad(LATITUDE))[:, None] + np.full((1, 72), slot)
        fields = np.stack([field + 10 * c for c in range(len(CHANNEL_NAMES))]).astype(np.float32)
        labels = np.where(np.abs(LATITUDE - 40) < 15, 2, 0)[:, None].repeat(72, 1)
        name = cam5.snapshot_name(2107, 2, 28, slot, run)
        cam5.write_snapshot(folder / name, fields, labels.astype(np.uint8))
    return folder


def test_maps_are_remapped_in_order_of_run_and_time(folder, tmp_path):
    out = tmp_path / "maps.nc"
    prepare("cam5", folder, SAMPLING, out, ("PSL", "TMQ"), progress=False)
    with Store(out) as store:
        assert store.channels == ("PSL", "TMQ")
        assert store.sampling == SAMPLING.identifier
        assert store.title == "CAM5 segmentation snapshots (48 x 72 grid)"
        assert store.runs.tolist() == [1, 1, 2, 2]
        assert [time.hour for time in store.times] == [3, 9, 0, 21]
        height = np.sin(np.deg2rad(SAMPLING.latitude))
        for index, slot in enumerate((1, 3, 0, 7)):
            psl, tmq = store.fields(index)
            np.testing.assert_allclose(tmq, height + slot, atol=2e-3)
            np.testing.assert_allclose(psl, tmq + 10 * CHANNEL_NAMES.index("PSL"), atol=1e-4)
        labels = store.labels(0)
        assert set(labels[np.abs(SAMPLING.latitude - 40) < 12]) == {2}
        assert set(labels[np.abs(SAMPLING.latitude - 40) > 18]) == {0}


def test_a_broken_snapshot_stops_with_its_name_and_leaves_nothing(folder, tmp_path):
    name = cam5.snapshot_name(2107, 2, 28, 3, 1)
    (folder / name).write_bytes(b"not HDF5")
    with pytest.raises(UserError, match=name):
        prepare("cam5", folder, SAMPLING, tmp_path / "maps.nc", progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["native"]


def test_another_grid_in_the_same_folder_is_refused(folder, tmp_path):
    name = cam5.snapshot_name(2107, 3, 1, 0, 2)
    fields = np.zeros((len(CHANNEL_NAMES), 24, 48), np.float32)
    cam5.write_snapshot(folder / name, fields, np.zeros((24, 48), np.uint8))
    with pytest.raises(UserError, match=f"{name}: has a grid of"):
        prepare("cam5", folder, SAMPLING, tmp_path / "maps.nc", progress=False)


def test_values_that_are_not_finite_stop_with_the_name_of_the_file(folder, tmp_path):
    name = cam5.snapshot_name(2107, 2, 28, 3, 1)
    fields, labels = cam5.read_snapshot(folder / name)
    fields[4, 3, 2] = np.nan
    (folder / name).unlink()
    cam5.write_snapshot(folder / name, fields, labels)
    with pytest.raises(UserError, match=f"{name}: holds values that are not finite"):
        prepare("cam5", folder, SAMPLING, tmp_path / "maps.nc", progress=False)
