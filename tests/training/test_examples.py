"""Predictions of validation maps after every epoch: right, whole after a kill, drawing nothing."""

import os

import numpy as np
import pytest
import torch
import xarray as xr

from deepsphere_pipe.data.store import Store
from deepsphere_pipe.evaluation.examples import choose_examples
from deepsphere_pipe.training.examples import Examples
from deepsphere_pipe.training.survival.distributed import run_on
from tests.training.small import N_MAPS, N_TRAINING, loaders, run_config, train_in
from tests.training.test_distributed import train_on


def read(folder):
    with xr.open_dataset(folder / "epochs.nc") as file:
        return file.load()


def test_the_file_holds_what_the_network_of_each_epoch_says(tmp_path, store_path):
    run = run_config(epochs=4)
    (network, record), history = train_in(tmp_path, store_path, run)
    file = read(tmp_path)
    assert file["probability"].sizes == {"epoch": 4, "map": 4, "vertex": 162, "event": 2}
    assert file["epoch"].values.tolist() == history["epoch"].tolist()
    assert file.attrs["predicted_by"] == "tiny-seed0"
    with Store(store_path) as store:
        chosen = choose_examples(store, np.arange(N_TRAINING, N_MAPS))
        np.testing.assert_array_equal(file["truth"], [store.labels(i) for i in chosen])
        np.testing.assert_allclose(file["tmq"], [store.fields(i)[0] for i in chosen])
    _, _, validation = loaders(store_path, run)
    ((fields, _),) = validation.labelled_by(chosen)
    with torch.inference_mode():
        probability = network(fields).softmax(-1).numpy()
    best = file.sel(epoch=record.progress["best_epoch"])
    np.testing.assert_array_equal(best["predicted"], probability.argmax(-1))
    np.testing.assert_allclose(
        best["probability"].sel(event="AR"), probability[..., 2], atol=0.5 / 255 + 1e-6
    )
    assert (file["probability"].diff("epoch") != 0).any(["map", "vertex", "event"]).all()


def test_after_a_kill_in_any_epoch_the_file_is_the_same(tmp_path, store_path, monkeypatch):
    run = run_config(epochs=4)
    train_in(tmp_path / "whole", store_path, run)
    real, asked = Examples.add, [0]

    def killed_now_and_then(examples):
        asked[0] += 1
        if asked[0] in (2, 4):
            raise KeyboardInterrupt
        real(examples)

    monkeypatch.setattr(Examples, "add", killed_now_and_then)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            train_in(tmp_path / "parts", store_path, run)
        assert not (tmp_path / "parts/epochs.nc").exists()
    train_in(tmp_path / "parts", store_path, run)
    assert asked[0] == 6  # each of the four epochs, and twice a second time
    xr.testing.assert_identical(read(tmp_path / "whole"), read(tmp_path / "parts"))


def test_to_look_changes_nothing(store_path):
    run = run_config()
    _, _, validation = loaders(store_path, run)
    network = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Linear(2, 3))
    examples = Examples(validation.only(np.arange(2)), network, torch.device("cpu"))
    before = torch.get_rng_state()
    examples.add()
    examples.add()
    assert torch.equal(before, torch.get_rng_state())
    np.testing.assert_array_equal(*examples.probability)  # no dropout: in evaluation mode


@pytest.mark.skipif(os.cpu_count() < 2, reason="needs two cores")
def test_of_several_processes_one_writes_whole_maps(tmp_path, store_path):
    run = run_config(epochs=2)
    for n in (1, 2):
        run_on(["cpu"] * n, train_on, tmp_path / str(n), store_path, run)
    one, two = read(tmp_path / "1"), read(tmp_path / "2")
    xr.testing.assert_identical(one["truth"], two["truth"])
    difference = abs(one["probability"] - two["probability"])
    assert difference.max() < 3.5 / 255  # rounding of the sums of two processes
