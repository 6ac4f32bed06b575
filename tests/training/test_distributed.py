"""Two processes that share every batch train the network that one process trains."""

import os
import socket

import numpy as np
import pandas as pd
import pytest
import torch

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.training.model_file import load_model
from deepsphere_pipe.training.survival.distributed import run_on
from deepsphere_pipe.training.trainer import train
from tests.training.small import SPHERE, loaders, run_config

pytestmark = pytest.mark.skipif(os.cpu_count() < 2, reason="needs two cores")


def train_on(device, folder, store_path, run):
    statistics, training, validation = loaders(store_path, run)
    train(run, SPHERE, statistics, training, validation, folder, device)


def both_ways(tmp_path, store_path, run):
    """Return histories and models of one process and of two."""
    results = []
    for n in (1, 2):
        folder = tmp_path / str(n)
        run_on(["cpu"] * n, train_on, folder, store_path, run)
        network, record = load_model(folder / "model.pt", SPHERE)
        assert record.progress["processes"] == n
        results.append((pd.read_csv(folder / "history.csv"), network, record.progress))
    return results


# 24 maps: batches of 5 leave one of 4; of 23, one of a single map, which joins the one before.
@pytest.mark.parametrize(
    "settings",
    [
        {"batch_size": 5, "class_weights": "balanced", "area_weights": True, "early_stopping": 2},
        {
            "batch_size": 5,
            "loss": "dice",
            "gradient_clip": 0.5,
            "temporal": "conv_lstm",
            "steps": 2,
        },
    ],
    ids=["weighted", "dice"],
)
def test_the_trajectory_is_that_of_one_process(tmp_path, store_path, settings):
    # Where gradients are clipped, differences of rounding grow tenfold in every epoch.
    run = run_config(epochs=3 if "gradient_clip" in settings else 4, **settings)
    (one, network, made), (two, other, other_made) = both_ways(tmp_path, store_path, run)
    assert len(one) == len(two) and made["best_epoch"] == other_made["best_epoch"]
    for column in ("train_loss", "validation_loss"):
        np.testing.assert_allclose(two[column], one[column], rtol=1e-4)
    np.testing.assert_allclose(two["validation_mean_ap"], one["validation_mean_ap"], atol=2e-3)
    for name, value in network.state_dict().items():
        torch.testing.assert_close(other.state_dict()[name], value, rtol=0.02, atol=1e-3)


def fail(device, sentence):
    raise UserError(sentence)


def test_a_mistake_in_a_process_is_told_in_its_words():
    with pytest.raises(UserError, match=r"^what, where, what to do$"):
        run_on(["cpu", "cpu"], fail, "what, where, what to do")


def test_batches_too_small_to_share_are_refused(tmp_path, store_path):
    with pytest.raises(UserError, match="batches of 1 maps cannot be shared by 2 processes"):
        run_on(["cpu", "cpu"], train_on, tmp_path, store_path, run_config(batch_size=1))


def note_threads(device, folder):
    (folder / str(os.getpid())).write_text(str(torch.get_num_threads()), encoding="utf-8")


def test_processes_divide_the_threads_of_the_job(tmp_path, monkeypatch):
    """And meet without a port that is chosen here, which another program may take meanwhile."""
    monkeypatch.setattr(socket.socket, "bind", lambda *_: pytest.fail("chooses a port"))
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    run_on(["cpu", "cpu"], note_threads, tmp_path)
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["1", "1"]


def total_of(device, expected):
    from deepsphere_pipe.runtime.collective import all_reduce, any_process, rank, world_size

    values = torch.tensor([1.0 + rank(), 2.0], requires_grad=True)
    result = all_reduce(values)
    assert world_size() == 2 and result.tolist() == [3.0, 4.0]
    result.square().sum().backward()
    assert values.grad.tolist() == [12.0, 16.0]  # of both processes together
    assert any_process(rank() == 1, device) and not any_process(False, device)
    if expected != 2:
        raise UserError("the test is run")


def test_totals_and_their_gradients():
    run_on(["cpu", "cpu"], total_of, 2)
    with pytest.raises(UserError, match="the test is run"):
        run_on(["cpu", "cpu"], total_of, 0)
