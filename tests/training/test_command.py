"""``train`` as a user runs it: data of its own, options, signals, and what can go wrong."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import psutil
import pytest
import torch
import xarray as xr
import yaml

from deepsphere_pipe.cli import main
from deepsphere_pipe.steps.evaluate import evaluate
from deepsphere_pipe.training.model_record import read_record
from tests.training.small import assert_same_training

STUDY = {
    "name": "command",
    "data": {
        "source": "synthetic",
        "synthetic": {
            "n_lat": 48, "n_lon": 72, "years": [2106, 2107, 2108], "runs": [1],
            "days_per_year": 6, "days_in_a_row": 2, "missing_days": 0.0,
        },
    },
    "sampling": {"name": "icosahedral", "level": 3},
    "split": {"method": "by_year", "validation": [2107], "test": [2108]},
    "experiments": {
        "command": {
            "model": {"widths": [8, 16]},
            "training": {"epochs": 2, "batch_size": 8, "learning_rate": 0.01},
        }
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with the config and a first training, which has made the data."""
    folder = tmp_path_factory.mktemp("command")
    (folder / "study.yml").write_text(yaml.safe_dump(STUDY), encoding="utf-8")
    train = ["train", "--study", str(folder / "study.yml"), "--out", str(folder / "first")]
    assert main(train) == 0
    return folder


TRAINING = "experiments.command.training"


def arguments(trained, out, *options, **keys):
    """Return a command for data that is there, with keys of the training changed."""
    data = trained / "first" / "data"
    return [
        "train", "--study", str(trained / "study.yml"), "--maps", str(data / "maps.nc"),
        "--split", str(data / "split"), "--sphere", str(data / "sphere.nc"), "--out", str(out),
        *options, *changed_keys(**keys),
    ]  # fmt: skip


def changed_keys(**keys):
    assignments = [f"{TRAINING}.{key}={value}" for key, value in keys.items()]
    return ["--set", *assignments] if keys else []


def start(*command, **options):
    return subprocess.Popen(
        [sys.executable, "-m", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, **options,
    )  # fmt: skip


def result(folder):
    record = read_record(folder / "model.pt")
    network = torch.nn.Module()
    network.state_dict = lambda: record.weights
    return (network, record), pd.read_csv(folder / "history.csv")


PER_VERTEX = """
from torch import nn

class PerVertex(nn.Linear):
    def __init__(self, levels, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
"""


def test_a_network_of_ones_own_is_trained_and_scored(trained, tmp_path, monkeypatch, capsys):
    (tmp_path / "per_vertex.py").write_text(PER_VERTEX, encoding="utf-8")
    model = "experiments.command.model={class: per_vertex.PerVertex}"
    train = arguments(trained, tmp_path / "run", "--set", model)
    assert main(train) == 2
    assert "there is no module 'per_vertex' in" in capsys.readouterr().err
    monkeypatch.syspath_prepend(tmp_path)
    assert main(train) == 0
    data, scores = trained / "first/data", tmp_path / "scores"
    evaluate(
        tmp_path / "run/model.pt", data / "maps.nc", data / "split", data / "sphere.nc", scores,
        device="cpu",
    )  # fmt: skip
    content = json.loads((scores / "scores.json").read_text(encoding="utf-8"))
    assert content["parameters"] == 16 * 3 + 3 and content["mean_average_precision"] > 0


def test_a_finished_training_of_something_else_is_named_and_kept(trained, tmp_path, capsys):
    def output_of(epochs):
        assert main(arguments(trained, tmp_path, epochs=epochs)) == 0
        return capsys.readouterr().out

    output_of(1)
    first = torch.load(tmp_path / "model.pt", weights_only=True)["weights"]
    assert "(training.epochs was 1 and is 2): train anew. The results there are" in output_of(2)
    kept = torch.load(tmp_path / "checkpoints/finished.old/model.pt", weights_only=True)["weights"]
    assert all(torch.equal(first[name], kept[name]) for name in first)
    assert "is trained already" in output_of(2)
    assert "is trained already" in output_of(1)
    assert len(pd.read_csv(tmp_path / "history.csv")) == 1


def test_data_of_its_own_is_made_again_when_a_file_of_it_changes(trained, tmp_path, capsys):
    native, out = tmp_path / "native", tmp_path / "out"
    shutil.copytree(trained / "first/data/native", native)
    data = {"source": "cam5", "input": str(native), "channels": ["TMQ", "PSL"]}
    (tmp_path / "study.yml").write_text(yaml.safe_dump(STUDY | {"data": data}), encoding="utf-8")
    train = ["train", "--study", str(tmp_path / "study.yml"), "--out", str(out)]
    for expected in (False, True, False):
        assert main([*train, *changed_keys(epochs=1)]) == 0
        assert ("The data is in" in capsys.readouterr().out) == expected
        if expected:
            next(native.glob("*2106*.h5")).unlink()
    assert len(pd.read_csv(out / "data/maps.files.csv")) == len(list(native.iterdir()))


def test_data_of_its_own_is_made_once(trained, capsys):
    store = trained / "first/data/maps.nc"
    before = store.stat().st_mtime_ns
    train = ["train", "--study", str(trained / "study.yml"), "--out", str(trained / "first")]
    assert main([*train, *changed_keys(epochs=1)]) == 0
    assert store.stat().st_mtime_ns == before
    assert "The data is in" in capsys.readouterr().out
    assert len(pd.read_csv(trained / "first/history.csv")) == 1


def test_keys_of_the_study_are_overridden(trained, tmp_path):
    model = [f"experiments.command.model.{key}" for key in ("widths=[4, 8, 8]", "temporal=stacked")]
    options = ["--set", *model, "seeds=[3]", "--set", "window.sequence_length=2"]
    keys = {"learning_rate": "1e-3", "batch_size": 4, "epochs": 1}
    assert main(arguments(trained, tmp_path, *options, **keys)) == 0
    run = torch.load(tmp_path / "model.pt", weights_only=True)["run"]
    assert run["model"]["widths"] == [4, 8, 8] and run["model"]["temporal"] == "stacked"
    assert run["training"]["learning_rate"] == 1e-3 and run["training"]["batch_size"] == 4
    assert run["training"]["epochs"] == 1 and run["seed"] == 3


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--set", f"{TRAINING}.epoch=3"], "unknown key 'experiments.command.training.epoch'"),
        (["--set", f"{TRAINING}.epochs"], "write KEY=VALUE, such as graph.neighbours=8."),
        (["--set", "sampling.name=x"], "sampling.name is 'x'; it must be 'icosahedral', 'healpix'"),
        (["--set", f"{TRAINING}.batch_size=0"], "training.batch_size is 0; it must be at least 1"),
        (["--set", "seeds=[0, 1]"], "has 2 runs; choose one; there are: command-seed0, command-"),
        (["--run", "another"], "has no run 'another'; there are: command-seed0."),
        (["--gpu", "1", "1"], "--gpu: give the number of each GPU once"),
        (["--processes", "0"], "--processes is 0; it must be from 1"),
        (["--set", "experiments.command.model.unpooling=max"], "unpooling 'max' needs pooling"),
        (
            ["--set", f"experiments.command.model.widths={[8] * 8}", "sampling.level=8"],
            "pools 7 times, but the sphere",
        ),
        (["--set", "window.sequence_length=99"], "the train part has no window of 99 maps every 3"),
    ],
)
def test_mistakes_get_one_sentence(trained, tmp_path, capsys, options, sentence):
    assert main(arguments(trained, tmp_path / "out", *options)) == 2
    stderr = capsys.readouterr().err
    assert sentence in stderr and stderr.count("\n") == 1 and stderr.startswith("error: ")
    assert not (tmp_path / "out").exists()


def test_files_that_belong_together_are_asked_for(trained, tmp_path, capsys):
    whole = arguments(trained, tmp_path)
    assert main([*whole[:5], "--out", str(tmp_path)]) == 2
    assert "--maps, --split and --sphere belong together" in capsys.readouterr().err


def test_killed_at_any_time_it_ends_with_the_same_bits(trained, tmp_path):
    """kill -9 at random points of the process's life, checkpoints after every batch."""
    options = changed_keys(epochs=8, checkpoint_minutes=0)
    whole = start("deepsphere_pipe", *arguments(trained, tmp_path / "whole", *options))
    assert whole.wait(timeout=120) == 0, whole.stderr.read()
    checkpoint = tmp_path / "parts/checkpoints/checkpoint.pt"
    generator = np.random.default_rng(1)
    for _ in range(3):
        process = start("deepsphere_pipe", *arguments(trained, tmp_path / "parts", *options))
        seen = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if checkpoint.exists() and checkpoint.stat().st_mtime_ns > seen:
                time.sleep(generator.uniform(0, 0.15))
                process.kill()
                break
            time.sleep(0.005)
        process.communicate(timeout=60)
    assert main(arguments(trained, tmp_path / "parts", *options)) == 0
    assert_same_training(result(tmp_path / "whole"), result(tmp_path / "parts"))
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == [
        "checkpoints", "epochs.nc", "history.csv", "model.pt", "tensorboard"
    ]  # fmt: skip
    with (
        xr.open_dataset(tmp_path / "whole/epochs.nc") as whole,
        xr.open_dataset(tmp_path / "parts/epochs.nc") as parts,
    ):
        xr.testing.assert_identical(whole, parts)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_saves_and_says_so(trained, tmp_path, number, processes):
    if processes > os.cpu_count():
        pytest.skip("needs two cores")
    shared = ("--processes", str(processes))
    process = start(
        "deepsphere_pipe",
        *arguments(trained, tmp_path, *shared, epochs=9999, early_stopping="null"),
    )
    for line in process.stdout:
        if line.startswith("epoch 2"):
            break
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + number, stderr
    assert stderr.startswith("error: command-seed0: stopped in ") and stderr.count("\n") == 1
    saved = torch.load(tmp_path / "checkpoints/checkpoint.pt", weights_only=True)
    epochs = len(saved["history"]) + 1
    whole = arguments(trained, tmp_path, *shared, epochs=epochs, early_stopping="null")
    assert main(whole) == 0
    assert len(pd.read_csv(tmp_path / "history.csv")) == epochs


def test_processes_die_with_the_one_that_started_them(trained, tmp_path):
    """It holds the lock of the folder: what goes on after it would not be alone there."""
    if os.cpu_count() < 2 or sys.platform != "linux":
        pytest.skip("needs Linux and two cores")
    process = start(
        "deepsphere_pipe",
        *arguments(trained, tmp_path, "--processes", "2", epochs=9999, early_stopping="null"),
    )
    for line in process.stdout:
        if line.startswith("epoch 1"):
            break
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    assert len(children) >= 2 and not psutil.wait_procs(children, timeout=5)[1]


def test_torchrun_starts_the_processes_itself(trained, tmp_path):
    if os.cpu_count() < 2:
        pytest.skip("needs two cores")
    assert main(arguments(trained, tmp_path / "one")) == 0
    process = start(
        "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m",
        "deepsphere_pipe", *arguments(trained, tmp_path / "two"),
    )  # fmt: skip
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 0, stderr
    one, two = (pd.read_csv(tmp_path / name / "history.csv") for name in ("one", "two"))
    np.testing.assert_allclose(two["train_loss"], one["train_loss"], rtol=1e-4)


def test_no_room_for_a_checkpoint(trained, tmp_path):
    """A limit on the size of files stands for a full disk."""
    room = 40_000

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    process = start("deepsphere_pipe", *arguments(trained, tmp_path), preexec_fn=limit)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "checkpoint.pt: the checkpoint cannot be written" in stderr and stderr.count("\n") == 1
    # The first one has no best epoch yet and is smaller.
    kept = torch.load(tmp_path / "checkpoints/checkpoint.pt", weights_only=True)
    assert len(kept["history"]) == 0 and "the one before is kept" in stderr
    assert (
        len(list(tmp_path.glob("checkpoints/*.pt"))) == 1 and not (tmp_path / "model.pt").exists()
    )


def test_not_enough_memory(trained, tmp_path):
    program = (
        "import resource, sys, psutil, deepsphere_pipe.training.trainer\n"
        "from deepsphere_pipe.cli import main\n"
        "limit = psutil.Process().memory_info().vms + 4 * 10**8\n"
        "resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    process = subprocess.run(
        [sys.executable, "-c", program, *arguments(trained, tmp_path, "--set",
         "experiments.command.model.widths=[2048, 2048]", batch_size=48)],
        env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert process.returncode == 2, process.stderr
    assert process.stderr.startswith("error: there is not enough memory")
    assert process.stderr.count("\n") == 1


def test_a_data_file_that_is_cut_off(trained, tmp_path):
    """Read from the disk batch by batch, its end missing after the first epoch."""
    copy = tmp_path / "maps.nc"
    shutil.copy(trained / "first/data/maps.nc", copy)
    loading = ["--set", "data.loading.memory_mb=0", "data.loading.workers=1"]
    command = arguments(
        trained, tmp_path / "out", *loading, epochs=9999, early_stopping="null"
    )  # fmt: skip
    command[command.index("--maps") + 1] = str(copy)
    process = start("deepsphere_pipe", *command)
    for line in process.stdout:
        if line.startswith("epoch 2"):
            break
    os.truncate(copy, copy.stat().st_size // 3)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 2
    assert stderr.startswith(f"error: {copy}: cannot be read any more"), stderr
    assert stderr.count("\n") == 1
    assert (tmp_path / "out/checkpoints/checkpoint.pt").exists()


def test_weights_are_scored_on_another_sampling(trained, tmp_path, capsys):
    """The same days on HEALPix; without the option they are refused."""
    pixels = ["--set", "sampling={name: healpix, nside: 8}"]
    study, native = str(trained / "study.yml"), str(trained / "first/data/native")
    maps, parts, sphere = (str(tmp_path / name) for name in ("maps.nc", "split", "sphere.nc"))
    assert main(["prepare", "--study", study, *pixels, "--input", native, "--out", maps]) == 0
    assert main(["split", "--study", study, "--maps", maps, "--out", parts]) == 0
    assert main(["sphere", "--study", study, *pixels, "--out", sphere]) == 0
    capsys.readouterr()
    evaluate = [
        "evaluate", "--model", str(trained / "first/model.pt"), "--maps", maps, "--split", parts,
        "--sphere", sphere, "--out", str(tmp_path / "scores"), "--device", "cpu",
    ]  # fmt: skip
    assert main(evaluate) == 2
    assert "use the sphere of the training" in capsys.readouterr().err
    assert main([*evaluate, "--on-sampling"]) == 0
    scores = json.loads((tmp_path / "scores/scores.json").read_text(encoding="utf-8"))
    assert scores["provenance"]["sphere"].startswith("healpix-nside8")
    assert scores["provenance"]["trained_on"].startswith("icosahedral-level3")
    assert 0 <= scores["mean_average_precision"] <= 1
