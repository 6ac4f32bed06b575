"""Batches hold the right maps in the right layout, in an order that (seed, epoch) decides."""

import numpy as np
import pytest
import torch

from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.errors import UserError

CHANNELS = ("TMQ", "U850", "V850")
IDENTITY = Statistics(CHANNELS, (0.0,) * 3, (1.0,) * 3, (1 / 3,) * 3, 1)
INDICES = np.arange(5, 25)


def all_of(loader):
    fields, labels = zip(*loader, strict=True)
    return torch.cat(fields), torch.cat(labels)


@pytest.mark.parametrize(("memory", "workers"), [(None, 0), (None, 2), (0, 0), (0, 2)])
def test_every_map_comes_once_as_batch_vertex_channel(store_path, content, memory, workers):
    loader = MapLoader(store_path, INDICES, IDENTITY, batch=6, memory=memory, workers=workers)
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
        MapLoader(store_path, INDICES, other, batch=2)
