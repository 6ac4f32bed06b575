import cftime
import numpy as np
import pytest

from deepsphere_pipe.data.channels import cam5_channels
from deepsphere_pipe.data.sources.source import Snapshot
from deepsphere_pipe.data.store import write_store
from tests.training.small import N_MAPS, SAMPLING, SPHERE


@pytest.fixture(scope="package")
def store_path(tmp_path_factory):
    """Thirty maps whose classes follow from the mean of a noisy field over the neighbours."""
    generator = np.random.default_rng(0)
    noise = generator.normal(size=(N_MAPS, SAMPLING.n_vertices))
    smooth = noise + noise @ SPHERE.levels[0].laplacian.toarray()
    order = smooth.argsort(axis=1).argsort(axis=1) / SAMPLING.n_vertices
    labels = np.where(order < 0.15, 1, np.where(order > 0.8, 2, 0))
    fields = np.stack([noise, generator.normal(size=noise.shape)], axis=1).astype(np.float32)
    snapshots = [
        Snapshot(1, cftime.DatetimeNoLeap(2106, 1, 1 + i), f"map {i}", "") for i in range(N_MAPS)
    ]
    path = tmp_path_factory.mktemp("store") / "maps.nc"
    maps = zip(fields, labels, strict=True)
    write_store(path, snapshots, maps, cam5_channels()[:2], SAMPLING, "noise")
    return path
