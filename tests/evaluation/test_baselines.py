"""Baselines: what they answer is what they say."""

from datetime import timedelta

import cftime
import numpy as np
import pytest
import torch

from deepsphere_pipe.channels import UNLABELLED, cam5_channels
from deepsphere_pipe.config import WindowConfig
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.data.statistics import training_statistics
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.data.windows import make_windows
from deepsphere_pipe.evaluation.baselines import persistence_baseline
from deepsphere_pipe.samplings import Icosahedral
from tests.stores import write_store

SAMPLING = Icosahedral(1)
SLOTS = [0, 1, 2, 3, 6, 7, 8]
"""Three-hourly slots of the maps: some are missing."""


class Kept:
    """Keeps the probabilities and labels that it is given."""

    def __init__(self):
        self.scores, self.labels = [], []

    def update(self, scores, labels):
        self.scores.append(scores)
        self.labels.append(labels)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store of random labels, a tenth of them absent; and these, (map, vertex)."""
    path = tmp_path_factory.mktemp("store") / "maps.nc"
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, (len(SLOTS), SAMPLING.n_vertices)).astype(np.uint8)
    labels[random.random(labels.shape) < 0.1] = UNLABELLED
    fields = random.normal(size=(len(SLOTS), 2, SAMPLING.n_vertices)).astype(np.float32)
    start = cftime.DatetimeNoLeap(2106, 1, 1)
    snapshots = [Snapshot(1, start + timedelta(hours=3 * k), f"map {k}", "") for k in SLOTS]
    maps = zip(fields, labels, strict=True)
    write_store(path, snapshots, maps, cam5_channels()[:2], SAMPLING, "noise")
    return path, labels


@pytest.mark.parametrize(
    ("length", "shift", "pairs"),
    [
        (2, 0, [(0, 1), (1, 2), (2, 3), (6, 7), (7, 8)]),
        (3, 0, [(1, 2), (2, 3), (7, 8)]),
        (1, 1, [(0, 1), (1, 2), (2, 3), (6, 7), (7, 8)]),
        (1, 2, [(0, 2), (1, 3), (6, 8)]),
        (3, -1, [(0, 1), (1, 2), (6, 7)]),
    ],
)
def test_persistence_is_the_truth_of_the_last_map_before_the_target(store, length, shift, pairs):
    path, labels = store
    window = WindowConfig(sequence_length=length, prediction_shift=shift)
    with Store(path) as opened:
        statistics = training_statistics(opened, np.array(["train"] * len(SLOTS)))
        windows = make_windows(
            opened.hours, opened.runs, np.arange(len(SLOTS)), **window.model_dump()
        )
    before = windows.inputs[:, window.before_target]
    assert [(SLOTS[a], SLOTS[b]) for a, b in zip(before, windows.targets, strict=True)] == pairs
    kept = Kept()
    test = MapLoader(path, windows.last_maps(), statistics, batch_size=2)
    persistence_baseline(test, before, statistics, kept)
    scores, targets = torch.cat(kept.scores).numpy(), torch.cat(kept.labels).numpy()
    earlier = labels[before]
    known = earlier != UNLABELLED
    assert (scores.argmax(-1)[known] == earlier[known]).all()
    assert (scores.max(-1)[known] == 1).all() and not known.all()
    np.testing.assert_allclose(scores.sum(-1), 1, rtol=1e-6)
    np.testing.assert_allclose(
        scores[~known], np.tile(statistics.class_frequencies, ((~known).sum(), 1)), rtol=1e-6
    )
    true = labels[windows.targets].astype(int)
    np.testing.assert_array_equal(targets, np.where(true == UNLABELLED, -100, true))
