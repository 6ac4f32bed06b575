"""Batches hold the right maps in the right layout, in an order that (seed, epoch) decides."""

import os
import shutil

import numpy as np
import pytest
import torch

from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.data.windows import Windows
from deepsphere_pipe.errors import UserError

CHANNELS = ("TMQ", "U850", "V850")
IDENTITY = Statistics(CHANNELS, (0.0,) * 3, (1.0,) * 3, (1 / 3,) * 3, 1)
INDICES = np.arange(5, 25)


def all_of(loader):
    fields, labels = zip(*loader, strict=True)
    return torch.cat(fields), torch.cat(labels)


@pytest.mark.parametrize(("memory", "workers"), [(None, 0), (None, 2), (0, 0), (0, 2)])
def test_every_map_comes_once_as_batch_vertex_channel(store_path, content, memory, workers):
    loader = MapLoader(store_path, INDICES, IDENTITY, batch_size=6, memory=memory, workers=workers)
    assert [len(fields) for fields, _ in loader] == [6, 6, 6, 2] and len(loader) == 4
    fields, labels = all_of(loader)
    assert fields.dtype == torch.float32 and labels.dtype == torch.int64
    np.testing.assert_array_equal(fields, content[0][INDICES].transpose(0, 2, 1))
    np.testing.assert_array_equal(labels, content[1][INDICES])


def test_the_order_depends_on_seed_and_epoch_only(store_path):
    def order(seed, epoch, **options):
        loader = MapLoader(store_path, INDICES, IDENTITY, 4, seed=seed, **options)
        loader.begin(epoch)
        return all_of(loader)[0][:, 0, 0].tolist()

    assert order(0, 1) == order(0, 1, memory=0) == order(0, 1, memory=0, workers=2)
    assert sorted(order(0, 1)) == sorted(order(0, 2)) == sorted(order(1, 1))
    assert len({tuple(order(0, 1)), tuple(order(0, 2)), tuple(order(1, 1))}) == 3


def test_statistics_of_other_channels_are_refused(store_path):
    other = Statistics(("TMQ",), (0.0,), (1.0,), (1 / 3,) * 3, 1)
    with pytest.raises(UserError, match="but the statistics are of TMQ"):
        MapLoader(store_path, INDICES, other, batch_size=2)


@pytest.fixture
def windows():
    inputs = np.array([[5, 7], [6, 8], [7, 9], [20, 22], [8, 10]])
    return Windows(inputs, inputs[:, 1] + 1, 3)


@pytest.mark.parametrize(("memory", "workers"), [(None, 0), (0, 0), (0, 2)])
def test_windows_come_as_batch_step_vertex_channel(store_path, content, windows, memory, workers):
    loader = MapLoader(store_path, windows, IDENTITY, batch_size=2, memory=memory, workers=workers)
    fields, labels = all_of(loader)
    np.testing.assert_array_equal(fields, content[0][windows.inputs].transpose(0, 1, 3, 2))
    np.testing.assert_array_equal(labels, content[1][windows.targets])
    last, labels = all_of(MapLoader(store_path, windows.last_maps(), IDENTITY, 2, memory=memory))
    np.testing.assert_array_equal(last, fields[:, -1])
    np.testing.assert_array_equal(labels, content[1][windows.targets])
    few = loader.only(np.array([3, 0]))
    np.testing.assert_array_equal(few.indices, windows.targets[[3, 0]])
    np.testing.assert_array_equal(all_of(few)[0], fields[[3, 0]])


def test_a_pass_can_begin_in_the_middle_once(store_path):
    loader = MapLoader(store_path, INDICES, IDENTITY, batch_size=6, seed=0)
    loader.begin(epoch=3)
    whole = list(loader)
    loader.begin(epoch=3, batch=2)
    for (fields, _), (expected, _) in zip(loader, whole[2:], strict=True):
        assert torch.equal(fields, expected)
    assert len(list(loader)) == 4


@pytest.mark.parametrize("batch", [6, 5, 19])
def test_processes_share_every_batch(store_path, batch):
    """20 maps: with 19 in a batch the last one would be alone, and joins the others."""
    whole = MapLoader(store_path, INDICES, IDENTITY, batch, seed=0)
    parts = [MapLoader(store_path, INDICES, IDENTITY, batch, seed=0) for _ in range(2)]
    for number, part in enumerate(parts):
        part.share(number, 2)
    pairs = list(zip(*parts, strict=True))
    assert all(len(fields) for pair in pairs for fields, _ in pair)
    sizes = [sum(len(fields) for fields, _ in pair) for pair in pairs]
    assert sizes == [parts[0].n_windows(i) for i in range(len(parts[0]))]
    assert sizes == ([20] if batch == 19 else [len(fields) for fields, _ in whole])
    seen = torch.cat([fields[:, 0, 0] for pair in pairs for fields, _ in pair])
    assert sorted(seen.tolist()) == sorted(all_of(whole)[0][:, 0, 0].tolist())
    with pytest.raises(UserError, match=r"batches of 5 maps cannot be shared by 6 processes"):
        MapLoader(store_path, INDICES, IDENTITY, 5).share(0, 6)


def test_the_fingerprint_tells_parts_apart(store_path, windows):
    def fingerprint(part):
        return MapLoader(store_path, part, IDENTITY, 2).fingerprint()

    assert fingerprint(windows) == fingerprint(windows)
    assert len({fingerprint(part) for part in (windows, windows.last_maps(), INDICES)}) == 3


@pytest.mark.parametrize("workers", [0, 1])
def test_a_file_that_vanishes_or_is_cut_off_is_told(store_path, tmp_path, workers):
    copy = tmp_path / "maps.nc"
    for damage, reason in (
        (lambda: os.truncate(copy, 9999), r"had \d+ bytes and has 9999"),
        (copy.unlink, "No such file"),
    ):
        shutil.copy(store_path, copy)
        loader = MapLoader(copy, INDICES, IDENTITY, batch_size=4, memory=0, workers=workers)
        next(iter(loader))
        damage()
        with pytest.raises(UserError, match=rf"/maps\.nc: .*{reason}") as told:
            list(loader)
        assert "\n" not in str(told.value)
