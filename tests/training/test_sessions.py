"""Every start of a training is on record, and only one at a time trains in a folder."""

import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.training.survival.finished import RESULTS, bring_back_results, keep_results
from deepsphere_pipe.training.survival.run_lock import run_lock
from deepsphere_pipe.training.survival.sessions import Sessions, driver_version
from deepsphere_pipe.training.trainer import train
from tests.training.small import CPU, SPHERE, loaders, run_config

HOLD = """
import sys, time
from pathlib import Path
from deepsphere_pipe.training.survival.run_lock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_sessions_add_up_over_checkpoints():
    first = Sessions(CPU)
    second = Sessions(CPU)
    second.load_state_dict(first.state_dict())
    third = Sessions(CPU)
    third.load_state_dict(second.state_dict())
    sessions = third.all()
    assert len(sessions) == 3
    for session in sessions:
        assert session["node"] == os.uname().nodename and session["driver"] is None
        assert session["wall_seconds"] >= 0 and session["peak_memory_mb"] > 10


@pytest.mark.parametrize(
    ("told", "version"),
    [
        (
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC\n",
            "550.54.15",
        ),
        (
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.10  Release Build\n",
            "570.86.10",
        ),
        ("", None),
    ],
)
def test_the_driver_tells_its_version(tmp_path, told, version):
    (tmp_path / "version").write_text(told, encoding="utf-8")
    assert driver_version(tmp_path / "version") == version


def test_no_driver(tmp_path):
    assert driver_version(tmp_path / "version") is None


def holder(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_one_waits_until_the_first_is_gone(tmp_path, capsys):
    """However it goes: here by kill -9."""
    first = holder(tmp_path)
    second = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    expected = f"Wait for process {first.pid} on {os.uname().nodename}, which trains this already."
    assert second.stdout.readline().strip().startswith(expected.removesuffix("."))
    time.sleep(1.2)
    assert second.poll() is None
    first.send_signal(signal.SIGKILL)
    assert second.stdout.readline() == "held\n"
    second.kill()
    second.wait()
    first.wait()
    with run_lock(tmp_path):
        assert "Wait" not in capsys.readouterr().out


def test_what_is_trained_is_not_trained_again(tmp_path, store_path, capsys):
    run = run_config(epochs=1)

    def once(run, **options):
        statistics, training, validation = loaders(store_path, run)
        train(run, SPHERE, statistics, training, validation, tmp_path, CPU, **options)
        return "trained already" in capsys.readouterr().out

    assert not once(run)
    results = {name: (tmp_path / name).read_bytes() for name in RESULTS}
    # Snakemake removes results that it takes for incomplete.
    for name in RESULTS:
        (tmp_path / name).unlink()
    began = time.time()
    assert once(run)
    for name, content in results.items():
        assert (tmp_path / name).read_bytes() == content
        assert (tmp_path / name).stat().st_mtime > began - 1
    assert not once(run_config(epochs=2))
    assert not once(run_config(epochs=2), resume="never")
    assert torch.load(tmp_path / "model.pt", weights_only=True)["progress"]["epochs"] == 2
    (tmp_path / "checkpoints/finished/model.pt").write_text("cut off", encoding="utf-8")
    assert not bring_back_results(tmp_path, {})


def test_results_are_kept_without_room_and_copied_where_they_must_be(tmp_path, monkeypatch):
    for name in RESULTS:
        (tmp_path / name).write_text(name, encoding="utf-8")
    keep_results(tmp_path)
    kept = tmp_path / "checkpoints/finished"
    assert all((kept / name).samefile(tmp_path / name) for name in RESULTS)

    def no_links(*_):
        raise PermissionError

    monkeypatch.setattr(os, "link", no_links)
    keep_results(tmp_path)
    assert [(kept / name).read_text(encoding="utf-8") for name in RESULTS] == list(RESULTS)
    assert not (kept / "model.pt").samefile(tmp_path / "model.pt")
    assert sorted(path.name for path in kept.iterdir()) == sorted(RESULTS)


def test_the_lock_of_a_folder_that_is_removed_meanwhile_is_taken_in_the_new_one(tmp_path):
    first = holder(tmp_path / "run")
    second = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "run")], stdout=subprocess.PIPE, text=True
    )
    assert second.stdout.readline().startswith(f"Wait for process {first.pid} on ")
    shutil.rmtree(tmp_path / "run")
    assert second.stdout.readline() == "held\n"
    assert str(second.pid) in (tmp_path / "run/lock").read_text(encoding="utf-8")
    for process in (first, second):
        process.kill()
        process.wait()


def test_a_mistake_leaves_no_folder_behind(tmp_path):
    with pytest.raises(UserError), run_lock(tmp_path / "a/b"):
        raise UserError("a mistake")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UserError), run_lock(tmp_path / "a/b"):
        (tmp_path / "a/b/result").touch()
        raise UserError("a mistake")
    assert sorted(path.name for path in (tmp_path / "a/b").iterdir()) == ["lock", "result"]


def test_without_locks_one_is_told_and_goes_on(tmp_path, capsys, monkeypatch):
    def none(*_):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", none)
    with run_lock(tmp_path):
        assert "no locks here (Function not implemented)" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
