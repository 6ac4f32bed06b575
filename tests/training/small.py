"""A small sphere, and trainings on it that take a second."""

import cftime
import numpy as np
import pandas as pd
import torch

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.config import RunConfig, TrainingConfig, UNetConfig, WindowConfig
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.data.statistics import training_statistics
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.data.windows import make_windows
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.samplings import make_sampling
from deepsphere_pipe.training.model_file import load_model
from deepsphere_pipe.training.trainer import train
from tests.stores import write_store

SAMPLING = make_sampling("icosahedral", level=2)
SPHERE = build_hierarchy(SAMPLING, 2, 6, "mean_distance", "combinatorial")
CPU = torch.device("cpu")
N_TRAINING, N_MAPS = 24, 30


def write_noise(path, sampling, sphere):
    """Write maps whose classes follow from the mean of a noisy field over the neighbours."""
    generator = np.random.default_rng(0)
    noise = generator.normal(size=(N_MAPS, sampling.n_vertices))
    smooth = noise + noise @ sphere.levels[0].laplacian.toarray()
    order = smooth.argsort(axis=1).argsort(axis=1) / sampling.n_vertices
    labels = np.where(order < 0.15, 1, np.where(order > 0.8, 2, 0))
    fields = np.stack([noise, generator.normal(size=noise.shape)], axis=1).astype(np.float32)
    snapshots = [
        Snapshot(1, cftime.DatetimeNoLeap(2106, 1, 1 + i), f"map {i}", "") for i in range(N_MAPS)
    ]
    write_store(
        path, snapshots, zip(fields, labels, strict=True), cam5_channels()[:2], sampling, "noise"
    )
    return path


def run_config(seed=0, widths=(8, 16), kernel_size=3, temporal="none", steps=1, **training):
    settings = {"epochs": 3, "batch_size": 8, "learning_rate": 1e-2, **training}
    return RunConfig(
        experiment="tiny",
        seed=seed,
        window=WindowConfig(sequence_length=steps, step_hours=24),
        model=UNetConfig(widths=widths, kernel_size=kernel_size, temporal=temporal),
        training=TrainingConfig(**settings),
    )


def loaders(store_path, run, statistics=None):
    """Return statistics, and loaders of the training and the validation part."""
    part = np.repeat(["train", "validation"], (N_TRAINING, N_MAPS - N_TRAINING))
    with Store(store_path) as store:
        if statistics is None:
            statistics = training_statistics(store, part)
        windows = [
            make_windows(
                store.hours, store.runs, np.flatnonzero(part == name), run.window.sequence_length,
                run.window.step_hours,
            )
            for name in ("train", "validation")
        ]  # fmt: skip
    if run.model.temporal == "none":
        windows = [each.last_maps() for each in windows]
    batch = run.training.batch_size
    training = MapLoader(store_path, windows[0], statistics, batch, seed=run.seed)
    return statistics, training, MapLoader(store_path, windows[1], statistics, batch)


def train_in(folder, store_path, run, statistics=None, **options):
    """Train; return what the model file holds, and the history."""
    statistics, training, validation = loaders(store_path, run, statistics)
    train(run, SPHERE, statistics, training, validation, folder, CPU, **options)
    return load_model(folder / "model.pt", SPHERE), pd.read_csv(folder / "history.csv")


def assert_same_training(first, second):
    """Assert that two results of `train_in` agree to the last bit, but for time and memory."""
    (network, record), history = first
    (other, other_record), other_history = second
    for name, value in network.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name
    pd.testing.assert_frame_equal(
        history.drop(columns="seconds"), other_history.drop(columns="seconds"), check_exact=True
    )
    measured = {"seconds": 0, "peak_memory_mb": 0, "sessions": None}
    assert record.progress | measured == other_record.progress | measured
