"""Training learns, repeats to the last bit, keeps the best epoch, and fails with a sentence."""

import numpy as np
import pandas as pd
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from deepsphere_pipe.config import UNetConfig
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.samplings import make_sampling
from deepsphere_pipe.training.history import HISTORY, event_precision
from deepsphere_pipe.training.loss import class_weights
from deepsphere_pipe.training.model_file import build_network, describe_size, load_model
from deepsphere_pipe.training.trainer import train
from tests.training.small import (
    CPU,
    N_MAPS,
    N_TRAINING,
    SAMPLING,
    SPHERE,
    loaders,
    run_config,
    train_in,
    write_noise,
)


def test_it_learns_what_only_neighbours_tell(tmp_path, store_path):
    """A kernel of size 1 without pooling sees single vertices; the classes are made of more."""
    best = {}
    for kernel_size in (1, 3):
        run = run_config(widths=(16, 32), kernel_size=kernel_size, epochs=10, batch_size=4)
        _, history = train_in(tmp_path / str(kernel_size), store_path, run)
        assert list(history) == list(HISTORY)
        assert history["train_loss"].iloc[-1] < 0.7 * history["train_loss"].iloc[0]
        best[kernel_size] = history["validation_mean_ap"].max()
    assert best[3] > best[1] + 0.1


def test_same_seed_same_bits(tmp_path, store_path):
    results = [
        train_in(tmp_path / str(i), store_path, run_config(seed))
        for i, seed in enumerate((0, 0, 1))
    ]
    weights = [torch.cat([p.flatten() for p in net.parameters()]) for (net, *_), _ in results]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])
    timeless = [history.drop(columns="seconds") for _, history in results]
    pd.testing.assert_frame_equal(timeless[0], timeless[1], check_exact=True)


def test_the_best_epoch_is_kept_and_known(tmp_path, store_path):
    (network, record), history = train_in(
        tmp_path, store_path, run_config(epochs=6, learning_rate=0.05)
    )
    best = history.loc[history["validation_mean_ap"].idxmax()]
    progress = record.progress
    assert progress["best_epoch"] == best["epoch"] and progress["epochs"] == 6
    assert record.run.training.epochs == 6
    again, _ = train_in(
        tmp_path / "as far", store_path, run_config(epochs=int(best["epoch"]), learning_rate=0.05)
    )
    for name, value in network.state_dict().items():
        assert torch.equal(value, again[0].state_dict()[name])
    assert not (tmp_path / "checkpoints/checkpoint.pt").exists()


def test_tensorboard_gets_every_scalar(tmp_path, store_path):
    _, history = train_in(tmp_path, store_path, run_config())
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert {"train/loss", "validation/loss", "validation/mean_ap"} <= set(events.Tags()["scalars"])
    logged = [event.value for event in events.Scalars("validation/ap_tc")]
    np.testing.assert_allclose(logged, history["validation_ap_tc"], rtol=1e-6)


def test_early_stopping_and_plateau_watch_mean_ap(tmp_path, store_path):
    """With a learning rate near zero nothing improves after the first epochs."""
    _, history = train_in(
        tmp_path,
        store_path,
        run_config(epochs=40, learning_rate=1e-9, early_stopping=4, plateau_patience=1),
    )
    best = history["validation_mean_ap"].idxmax()
    assert len(history) == best + 1 + 4 < 40
    assert history["learning_rate"].iloc[-1] < 1e-9


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
def test_a_loss_that_is_not_finite_is_told_and_leaves_no_model(tmp_path, store_path):
    broken = Statistics(("TMQ", "U850"), (0.0, 0.0), (1e-45, 1.0), (0.7, 0.15, 0.15), 24)
    with pytest.raises(UserError, match=r"loss became nan in epoch 1; lower training.learning"):
        train_in(tmp_path, store_path, run_config(), broken)
    assert not (tmp_path / "model.pt").exists() and not (tmp_path / "history.csv").exists()


@pytest.mark.parametrize("part", ["train", "validation"])
def test_a_part_without_an_event_is_told_before_anything_is_learnt(
    tmp_path, store_path, monkeypatch, part
):
    begin, end = (0, N_TRAINING) if part == "train" else (N_TRAINING, N_MAPS)
    real = Store.labels

    def without_cyclones(store, index):
        labels = real(store, index)
        return labels * (labels != 1) if begin <= index < end else labels

    run = run_config()
    statistics, training, validation = loaders(store_path, run)
    monkeypatch.setattr(Store, "labels", without_cyclones)
    with pytest.raises(UserError, match=f"no map of the {part} part has a vertex of TC"):
        train(
            run, SPHERE, statistics, training, validation, tmp_path / "run", CPU
        )  # fmt: skip
    assert not (tmp_path / "run").exists()


def test_balanced_weights_are_those_of_scikit_learn():
    from sklearn.utils.class_weight import compute_class_weight

    labels = np.repeat([0, 1, 2], (90, 2, 8))
    statistics = Statistics((), (), (), (0.9, 0.02, 0.08), 1)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    np.testing.assert_allclose(class_weights("balanced", statistics), expected, rtol=1e-6)
    assert class_weights("none", statistics) is None
    chosen = class_weights({"AR": 3.0, "BG": 1.0, "TC": 2.0}, statistics)
    assert chosen.tolist() == [1.0, 2.0, 3.0]
    absent = Statistics((), (), (), (0.9, 0.0, 0.1), 1)
    with pytest.raises(UserError, match="no training map has a vertex of TC"):
        class_weights("balanced", absent)


def test_a_network_deeper_than_the_sphere_is_refused():
    with pytest.raises(UserError, match=r"pools 3 times, but the sphere .* has levels for 2"):
        build_network(run_config(widths=(4, 4, 4, 4)), SPHERE, 2)


def test_models_of_another_sphere_and_broken_files_are_refused(tmp_path, store_path):
    train_in(tmp_path, store_path, run_config(epochs=1))
    other = build_hierarchy(SAMPLING, 2, 8, "mean_distance", "combinatorial")
    with pytest.raises(UserError, match=r"was trained on sphere .*, but the sphere given is"):
        load_model(tmp_path / "model.pt", other)
    (tmp_path / "model.pt").write_bytes(b"PK no model")
    with pytest.raises(UserError, match=r"model\.pt: is not a trained model"):
        load_model(tmp_path / "model.pt", SPHERE)


def test_mean_ap_is_over_events_only():
    from deepsphere_pipe.evaluation.scores import ScoreHistograms

    histograms = ScoreHistograms(3)
    scores = np.random.default_rng(0).dirichlet([1, 1, 1], 500).astype(np.float32)
    histograms.update(scores, np.random.default_rng(1).integers(0, 3, 500))
    tc, ar, mean = event_precision(histograms)
    assert mean == pytest.approx((tc + ar) / 2)
    np.testing.assert_allclose([tc, ar], histograms.average_precision()[1:])


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_low_precision_comes_close_to_float32(tmp_path, store_path, precision):
    losses = []
    for name in ("float32", precision):
        run = run_config(epochs=2, precision=name, gradient_clip=5.0)
        losses.append(train_in(tmp_path / name, store_path, run)[1]["train_loss"])
    assert not losses[0].equals(losses[1])
    np.testing.assert_allclose(losses[1], losses[0], rtol=0.03)


@pytest.mark.slow
def test_a_compiled_network_learns_the_same(tmp_path, store_path):
    losses = [
        train_in(tmp_path / str(c), store_path, run_config(epochs=2, compile=c))[1]["train_loss"]
        for c in (False, True)
    ]
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)


def test_tensorboard_gets_a_map_and_the_weights(tmp_path, store_path):
    train_in(tmp_path, store_path, run_config(epochs=2, weight_histograms=True))
    events = EventAccumulator(str(tmp_path / "tensorboard"), {"images": 0, "histograms": 0})
    events.Reload()
    maps = events.Images("truth above prediction")
    assert [image.step for image in maps] == [1, 2]
    assert (maps[0].width, maps[0].height) == (360, 362)
    tags = events.Tags()["histograms"]
    assert {"weights/stem.convolution.weight", "gradients/stem.convolution.weight"} <= set(tags)


def test_the_size_is_told_beside_the_published_one():
    sphere = build_hierarchy(
        make_sampling("icosahedral", level=5), 5, 6, "mean_distance", "combinatorial"
    )
    preset = UNetConfig(preset="jiang", kernel_size=4)
    run = run_config().model_copy(update={"model": preset})
    line = describe_size(run, build_network(run, sphere, 16))
    assert line == "tiny-seed0: 395,059 parameters (published for jiang: 591 k)"
    lstm = run_config(temporal="lstm", steps=2)
    line = describe_size(lstm, build_network(lstm, SPHERE, 2))
    assert line.endswith(f", of which {8 * 672 * 673:,} in the LSTM")


SAMPLINGS = [
    ("icosahedral", {"level": 2}),
    ("healpix", {"nside": 4}),
    ("equiangular", {"n_lat": 8, "n_lon": 16}),
]


@pytest.mark.parametrize("temporal", ["none", "stacked", "lstm", "conv_lstm"])
@pytest.mark.parametrize(("name", "size"), SAMPLINGS)
def test_every_variant_trains_on_every_sampling(tmp_path, name, size, temporal):
    sampling = make_sampling(name, **size)
    sphere = build_hierarchy(sampling, 2, 6, "mean_distance", "combinatorial")
    path = write_noise(tmp_path / "maps.nc", sampling, sphere)
    steps = 1 if temporal == "none" else 2
    run = run_config(temporal=temporal, steps=steps, epochs=2, batch_size=4)
    statistics, training, validation = loaders(path, run)
    train(run, sphere, statistics, training, validation, tmp_path, CPU)
    history = pd.read_csv(tmp_path / "history.csv")
    assert history["train_loss"].iloc[-1] < history["train_loss"].iloc[0]
    load_model(tmp_path / "model.pt", sphere)
