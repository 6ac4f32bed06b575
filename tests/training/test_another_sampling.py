"""The weights of a graph network are used on a sampling on which it was not trained."""

import cftime
import numpy as np
import pytest
import torch

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.inference import score
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.samplings import make_sampling
from deepsphere_pipe.training.history import event_precision
from deepsphere_pipe.training.model_file import load_model
from deepsphere_pipe.training.trainer import train
from tests.stores import write_store
from tests.training.small import CPU, N_MAPS, SPHERE, loaders, run_config, train_in

HEALPIX = make_sampling("healpix", nside=8)
ICOSAHEDRAL = make_sampling("icosahedral", level=3)


def write_smooth(path, sampling):
    """Write maps of waves, the same on every sampling; their crests and troughs are the events."""
    generator = np.random.default_rng(0)
    snapshots, maps = [], []
    for i in range(N_MAPS):
        directions = generator.normal(size=(8, 3))
        phases = generator.uniform(0, 2 * np.pi, 8)
        waves = np.sin(2 * sampling.coordinates @ directions.T + phases)
        smooth, other = waves[:, :4].sum(1), waves[:, 4:].sum(1)
        labels = np.where(smooth > 1.5, 1, np.where(smooth < -1.5, 2, 0))
        maps.append((np.stack([smooth, other]).astype(np.float32), labels))
        time = cftime.DatetimeNoLeap(2106, 1, 1 + i)
        snapshots.append(Snapshot(1, time, f"map {i}", ""))
    write_store(path, snapshots, maps, cam5_channels()[:2], sampling, "waves")
    return path


@pytest.fixture(scope="module")
def on_healpix(tmp_path_factory):
    """A trained network with its sphere, and loaders of validation maps on both samplings."""
    folder = tmp_path_factory.mktemp("healpix")
    sphere = build_hierarchy(HEALPIX, 2)
    run = run_config(epochs=30, batch_size=4)
    statistics, training, validation = loaders(write_smooth(folder / "maps.nc", HEALPIX), run)
    train(run, sphere, statistics, training, validation, folder, CPU)
    maps = write_smooth(folder / "others.nc", ICOSAHEDRAL)
    return folder / "model.pt", sphere, validation, loaders(maps, run, statistics)[2]


def test_weights_of_healpix_recognise_the_same_waves_on_the_icosahedral_sampling(on_healpix):
    model, sphere, here, there = on_healpix
    other = build_hierarchy(ICOSAHEDRAL, 2)
    network, record = load_model(model, other, on_another_sampling=True)
    trained = load_model(model, sphere)[0]
    assert record.statistics == here.statistics
    home, away = (
        event_precision(score(net, maps, CPU)[0])[-1]
        for net, maps in ((trained, here), (network, there))
    )
    assert home > 0.9
    assert away > home - 0.05


def test_on_the_sampling_of_the_training_nothing_changes(on_healpix):
    model, sphere, maps, _ = on_healpix
    fields, _ = next(iter(maps))
    with torch.no_grad():
        logits = [load_model(model, sphere, there)[0](fields) for there in (False, True)]
    assert torch.equal(*logits)


def test_it_has_to_be_asked_for(on_healpix):
    with pytest.raises(UserError, match=r"was trained on sphere healpix.*, but the sphere given"):
        load_model(on_healpix[0], build_hierarchy(ICOSAHEDRAL, 2))


def test_fewer_levels_than_the_network_has_are_refused(on_healpix):
    with pytest.raises(UserError, match=r"pools 1 times, but the sphere .* has levels for 0"):
        load_model(on_healpix[0], build_hierarchy(ICOSAHEDRAL, 0), on_another_sampling=True)


def test_what_depends_on_the_vertices_is_refused(tmp_path, store_path):
    train_in(tmp_path, store_path, run_config(temporal="lstm", steps=2, epochs=1))
    other = build_hierarchy(ICOSAHEDRAL, 2)
    sentence = r"cannot be used on icosahedral.*, as recurrence\.lstm\.weight.* depends on the sam"
    with pytest.raises(UserError, match=sentence):
        load_model(tmp_path / "model.pt", other, on_another_sampling=True)
    assert load_model(tmp_path / "model.pt", SPHERE, on_another_sampling=True)
