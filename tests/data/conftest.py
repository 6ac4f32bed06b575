"""A small store of maps with known content."""

import cftime
import numpy as np
import pytest

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.samplings import make_sampling
from tests.stores import write_store

N_CHANNELS = 3
STAMPS = [
    (year, day, slot, run)
    for run in (1, 2)
    for year in (2106, 2107, 2108)
    for day in (1, 2, 5)
    for slot in range(8)
]


@pytest.fixture(scope="session")
def content():
    """Fields (time, channel, vertex) far from zero, as pressure is, and labels (time, vertex)."""
    generator = np.random.default_rng(0)
    n_vertices = make_sampling("icosahedral", level=1).n_vertices
    scale = np.array([1.0, 50.0, 1e-3])[:, None]
    fields = generator.normal(size=(len(STAMPS), N_CHANNELS, n_vertices)) * scale + 1e3 * scale
    return fields.astype(np.float32), generator.integers(0, 3, (len(STAMPS), n_vertices))


@pytest.fixture(scope="session")
def store_path(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("store") / "maps.nc"
    snapshots = [
        Snapshot(
            run, cftime.DatetimeNoLeap(y, 1, d, 3 * s), f"data-{y}-01-{d:02d}-{s:02d}-{run}.h5", ""
        )
        for y, d, s, run in STAMPS
    ]
    sampling = make_sampling("icosahedral", level=1)
    write_store(
        path, snapshots, zip(*content, strict=True), cam5_channels()[:3], sampling, "numbers"
    )
    return path


@pytest.fixture
def store(store_path):
    with Store(store_path) as store:
        yield store
