"""A training that is stopped anywhere and goes on ends with the bits of one that was not."""

import os
import signal

import numpy as np
import pytest
import torch

from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.training.model_file import load_model
from deepsphere_pipe.training.survival.checkpoint import differences
from deepsphere_pipe.training.survival.interruption import Interrupted
from tests.training.small import SPHERE, assert_same_training, run_config, train_in

SCHEDULED = {
    "epochs": 5,
    "batch_size": 5,  # five batches an epoch, the last one smaller
    "warmup_epochs": 2,
    "decay_epochs": 2,
    "plateau_patience": 0,
    "early_stopping": 4,
    "gradient_clip": 1.0,
}
BATCHES = 5


class Killed(BaseException):
    """Like SIGKILL, as far as the training can tell."""


@pytest.fixture
def kill_after(monkeypatch):
    """Kill the training when it asks for one batch more than some."""
    real = MapLoader.__iter__
    left = [None]

    def counted(loader):
        for batch in real(loader):
            if loader.seed is not None and left[0] is not None:
                if left[0] == 0:
                    raise Killed
                left[0] -= 1
            yield batch

    def choose(batches):
        left[0] = batches

    monkeypatch.setattr(MapLoader, "__iter__", counted)
    return choose


@pytest.mark.parametrize("temporal", ["none", "conv_lstm"])
def test_killed_at_random_it_ends_with_the_same_bits(tmp_path, store_path, kill_after, temporal):
    run = run_config(temporal=temporal, steps=1 if temporal == "none" else 2,
                     checkpoint_minutes=0, **SCHEDULED)  # fmt: skip
    whole = train_in(tmp_path / "whole", store_path, run)
    generator = np.random.default_rng(0)
    left = BATCHES * run.training.epochs
    while left > 0:
        batches = int(generator.integers(1, 9))
        kill_after(batches)
        left -= batches
        try:
            parts = train_in(tmp_path / "parts", store_path, run)
        except Killed:
            assert not (tmp_path / "parts/model.pt").exists()
        else:
            break
    kill_after(None)
    if left <= 0:
        parts = train_in(tmp_path / "parts", store_path, run)
    assert_same_training(whole, parts)


def test_a_kill_loses_no_more_than_the_epoch(tmp_path, store_path, kill_after):
    run = run_config(**SCHEDULED)
    whole = train_in(tmp_path / "whole", store_path, run)
    kill_after(2 * BATCHES + 3)
    with pytest.raises(Killed):
        train_in(tmp_path / "parts", store_path, run)
    saved = torch.load(tmp_path / "parts/checkpoints/checkpoint.pt", weights_only=True)
    assert saved["iteration"] == 2 * BATCHES
    kill_after(None)
    assert_same_training(whole, train_in(tmp_path / "parts", store_path, run))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("where", ["training", "validation"])
def test_a_signal_is_obeyed_after_the_batch(tmp_path, store_path, monkeypatch, number, where):
    run = run_config(**SCHEDULED)
    whole = train_in(tmp_path / "whole", store_path, run)
    real, asked, before = MapLoader.__iter__, [0], signal.getsignal(number)

    def signalled(loader):
        for i, batch in enumerate(real(loader)):
            if (loader.seed is None) == (where == "validation"):
                asked[0] += 1
                if asked[0] == 3 and i < 4:
                    os.kill(os.getpid(), number)
            yield batch

    with monkeypatch.context() as patch:
        patch.setattr(MapLoader, "__iter__", signalled)
        with pytest.raises(
            Interrupted, match=r"tiny-seed0: stopped in .*epoch [12].*goes on"
        ) as stopped:
            train_in(tmp_path / "parts", store_path, run)
    assert stopped.value.number == number
    assert signal.getsignal(number) == before
    saved = torch.load(tmp_path / "parts/checkpoints/checkpoint.pt", weights_only=True)
    assert saved["iteration"] == (3 if where == "training" else BATCHES)
    assert_same_training(whole, train_in(tmp_path / "parts", store_path, run))


def test_more_epochs_may_be_asked_for(tmp_path, store_path, kill_after):
    whole = train_in(tmp_path / "whole", store_path, run_config(epochs=4))
    kill_after(7)
    with pytest.raises(Killed):
        train_in(tmp_path / "parts", store_path, run_config(epochs=3))
    kill_after(None)
    (_, record), history = train_in(tmp_path / "parts", store_path, run_config(epochs=4))
    assert record.run.training.epochs == record.progress["epochs"] == len(history) == 4
    assert history["train_loss"].tolist() == whole[1]["train_loss"].tolist()


def test_a_checkpoint_is_a_model_of_the_best_epoch(tmp_path, store_path, kill_after):
    run = run_config(epochs=4)
    kill_after(10)
    with pytest.raises(Killed):
        train_in(tmp_path, store_path, run)
    _, record = load_model(tmp_path / "checkpoints/checkpoint.pt", SPHERE)
    progress = record.progress
    assert progress["epochs"] >= progress["best_epoch"] >= 1


def test_another_training_is_refused_with_the_difference_named(tmp_path, store_path, kill_after):
    kill_after(4)
    with pytest.raises(Killed):
        train_in(tmp_path, store_path, run_config())
    kill_after(None)
    checkpoint = tmp_path / "checkpoints/checkpoint.pt"
    before = checkpoint.read_bytes()
    other = run_config(widths=(8, 12), learning_rate=0.1)
    with pytest.raises(UserError) as stopped:
        train_in(tmp_path, store_path, other)
    assert "model.widths was [8, 16] and is [8, 12]" in str(stopped.value)
    assert "training.learning_rate was 0.01 and is 0.1" in str(stopped.value)
    assert checkpoint.read_bytes() == before
    train_in(tmp_path, store_path, other, resume="matching")
    assert (tmp_path / "checkpoints/checkpoint.old.pt").read_bytes() == before


def test_every_part_of_the_identity_has_words():
    identity = {"run": {"seed": 0}, "sphere": "a", "statistics": {"means": (1, 2)}, "maps": "m",
                "processes": 1, "code": "c"}  # fmt: skip
    assert not list(differences(identity, identity))
    words_by_key = {
        "sphere": "the sphere was a and is b",
        "maps": "the maps was m and is b",
        "code": "the code of the training was c and is b",
        "statistics": "the statistics of the training maps differ",
    }
    for key, words in words_by_key.items():
        assert list(differences(identity, identity | {key: "b"})) == [words]


def test_a_broken_checkpoint_is_told_or_set_aside(tmp_path, store_path):
    checkpoint = tmp_path / "checkpoints/checkpoint.pt"
    checkpoint.parent.mkdir()
    checkpoint.write_bytes(b"PK")
    with pytest.raises(UserError, match=r"checkpoint\.pt: .* it cannot be read"):
        train_in(tmp_path, store_path, run_config())
    train_in(tmp_path, store_path, run_config(), resume="never")
    assert checkpoint.with_suffix(".old.pt").read_bytes() == b"PK"
