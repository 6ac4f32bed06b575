"""The smoke study on a real Slurm: what its jobs ask for, and what they survive."""

import copy
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
import torch
import yaml

from tests.cluster.conftest import ROOT, ClusterStudy, alive
from tests.cluster.small_cluster import N_GPUS, wait_for
from tests.studies import copy_results

pytestmark = pytest.mark.slow

# The programs that a job calls first: one evaluation is killed as if it had no memory left.
OUT_OF_MEMORY_ONCE = """\
#!/bin/sh
case "$*" in
  *" evaluate --model results/smoke/runs/tiny-seed0/"*)
    if mkdir {mark} 2>/dev/null; then kill -9 $$; fi ;;
esac
exec {python} "$@"
"""


@pytest.fixture(scope="module")
def smoke_study():
    """The smoke study without figures of graphs; one experiment trains long enough to be hit."""
    study = yaml.safe_load((ROOT / "config/smoke.yaml").read_text(encoding="utf-8"))
    del study["graph_analysis"]
    study["baselines"] = ["frequency"]
    study["experiments"].pop("weighted")
    study["experiments"]["long"] = {
        "model": {"widths": [8, 16, 16]},
        "training": {"epochs": 40, "batch_size": 8, "early_stopping": None},
    }
    return study


class Watch(threading.Thread):
    """Notes which jobs run at once, and on which devices, as Slurm tells it."""

    def __init__(self, cluster) -> None:
        super().__init__(daemon=True)
        self.cluster, self.done = cluster, threading.Event()
        self.seen: list[dict[str, str]] = []

    def run(self) -> None:
        while not self.done.wait(0.3):
            running = [job for job in self.cluster.jobs() if job["JobState"] == "RUNNING"]
            self.seen.append(
                {job["JobId"]: job["GRES"] for job in running if "IDX" in job.get("GRES", "")}
            )


@pytest.fixture(scope="module")
def disturbed(cluster, tmp_path_factory, smoke_study):
    """The study, with a job out of memory, one cancelled, and trainings that are interrupted."""
    folder = tmp_path_factory.mktemp("disturbed")
    study = ClusterStudy(folder, cluster, smoke_study)
    python = study.programs / "python"
    python.write_text(
        OUT_OF_MEMORY_ONCE.format(mark=folder / "out_of_memory", python=sys.executable),
        encoding="utf-8",
    )
    python.chmod(0o755)
    watch = Watch(cluster)
    watch.start()
    process = study.start("results/smoke/tables/provenance.csv", "results/smoke/tables/scores.csv")
    try:
        with ThreadPoolExecutor() as disturbers:
            # Killed; in its next job preempted: Slurm ends that and puts it back into its queue.
            requeued = disturbers.submit(_kill_and_requeue, study, "long-seed0")
            # Told to end by Slurm itself, a while before its time is over.
            told = disturbers.submit(_shorten_time, study, "long-seed1")
            disturbers.submit(_cancel_evaluation, study, "tiny-seed1").result()
            study.requeued, study.told = requeued.result(), told.result()
        study.said = study.end(process)
    finally:
        watch.done.set()
        watch.join()
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(60)
    study.seen = watch.seen
    return study


@pytest.fixture(scope="module")
def undisturbed(disturbed, tmp_path_factory):
    """The long trainings, from the same maps, without Slurm and in peace."""
    folder = tmp_path_factory.mktemp("undisturbed")
    return {run: _train(disturbed, run, folder / run) for run in ("long-seed0", "long-seed1")}


def _train(study: ClusterStudy, run: str, out: Path, *options: str, before: tuple = ()) -> Path:
    """Run the command of the workflow by hand; return the folder of the run."""
    results = study.results
    command = [
        *(*before, sys.executable, "-m", "deepsphere_pipe", "train"),
        *("--study", str(results / "study.yaml"), "--run", run),
        *("--maps", str(results / "data/icosahedral/maps.nc")),
        *("--split", str(results / "data/icosahedral/split")),
        *("--sphere", str(results / "spheres/icosahedral.nc"), "--out", str(out), *options),
    ]
    done = subprocess.run(
        command, env={**study.environment, "OMP_NUM_THREADS": "1"}, cwd=study.folder,
        capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out


def _in_the_middle(study: ClusterStudy, run: str, epoch: int = 3) -> None:
    """Wait until a training has a few epochs behind it, and many before it."""
    wait_for(lambda: f"\nepoch {epoch} " in study.log(run), 240, every=0.05)


@contextmanager
def _held(study: ClusterStudy, run: str) -> Iterator[None]:
    """Stop a training while something else takes its time."""
    pid = study.trainer(run)["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _kill_and_requeue(study: ClusterStudy, run: str) -> str:
    """Kill a training with -9, and have it preempted when it has gone on; return the last job."""
    _in_the_middle(study, run)
    os.kill(study.trainer(run)["pid"], signal.SIGKILL)
    wait_for(lambda: "Go on from" in study.log(run), 240, every=0.05)
    _in_the_middle(study, run, epoch=10)
    job = study.job_of(run)
    with _held(study, run):
        subprocess.run(["scontrol", "requeue", job], env=study.environment, check=True)
    return job


def _shorten_time(study: ClusterStudy, run: str) -> str:
    """Leave a training less time than it needs, and wait for Slurm's signal; return the job."""
    _in_the_middle(study, run)
    job = study.job_of(run)
    pid = study.trainer(run)["pid"]
    with _held(study, run):
        command = ["scontrol", "update", f"JobId={job}", "TimeLimit=1"]
        subprocess.run(command, env=study.environment, check=True)
        wait_for(lambda: _is_told_to_end(pid), 90)
    return job


def _is_told_to_end(pid: int) -> bool:
    """Return whether SIGTERM waits for a process that is stopped, or has ended it."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return True
    pending = int(re.search(r"^ShdPnd:\s*(\w+)", status, re.MULTILINE).group(1), 16)
    return bool(pending >> signal.SIGTERM - 1 & 1)


def _cancel_evaluation(study: ClusterStudy, run: str) -> None:
    def running() -> list[dict[str, str]]:
        return [job for job in study.jobs("evaluate", run) if job["JobState"] == "RUNNING"]

    job = wait_for(running, 240)[0]["JobId"]
    subprocess.run(["scancel", job], env=study.environment, check=True)


def _model(folder: Path) -> dict:
    return torch.load(folder / "model.pt", weights_only=True)


def _assert_same_bits(first: Path, second: Path) -> None:
    for name, weights in _model(first)["weights"].items():
        assert torch.equal(weights, _model(second)["weights"][name]), name
    histories = [pd.read_csv(f / "history.csv").drop(columns="seconds") for f in (first, second)]
    pd.testing.assert_frame_equal(*histories, check_exact=True)


def test_trainings_and_evaluations_ask_for_a_gpu_and_others_do_not(disturbed):
    for rule in ("train", "evaluate"):
        jobs = disturbed.jobs(rule)
        assert len(jobs) >= 4 and {job["TresPerJob"] for job in jobs} == {"gres:gpu:1"}
    others = [*disturbed.jobs("prepare"), *disturbed.jobs("sphere"), *disturbed.jobs("split")]
    assert len(others) == 3 and not any("TresPerJob" in job for job in others)


def test_small_steps_share_a_job(disturbed):
    """The two tables that were asked for."""
    comments = [job["Comment"] for job in disturbed.cluster.jobs() if "table" in job["Comment"]]
    assert len(comments) == 1 and comments[0].startswith("rule_tables"), comments


def test_at_most_two_run_at_once_on_devices_of_their_own(disturbed):
    together = [devices for devices in disturbed.seen if len(devices) > 1]
    assert together, "no two jobs with GPUs ran at once, so nothing was shown"
    for devices in disturbed.seen:
        assert len(devices) <= N_GPUS
        assert len(set(devices.values())) == len(devices)


def test_a_job_out_of_memory_is_submitted_again_with_more(disturbed):
    assert (disturbed.folder / "out_of_memory").exists()
    first, second = disturbed.jobs("evaluate", "tiny-seed0")
    assert (first["JobState"], second["JobState"]) == ("FAILED", "COMPLETED")
    assert _megabytes(second) > 1.2 * _megabytes(first)


def _megabytes(job: dict[str, str]) -> float:
    text = job["MinMemoryNode"]
    return float(text[:-1]) * {"M": 1, "G": 1024}[text[-1]]


def test_a_cancelled_job_is_done_again_alone(disturbed):
    first, second = disturbed.jobs("evaluate", "tiny-seed1")
    assert (first["JobState"], second["JobState"]) == ("CANCELLED", "COMPLETED")
    for rule, wildcards in (("evaluate", "long-seed0"), ("train", "tiny-seed1"), ("prepare", "")):
        assert len(disturbed.jobs(rule, wildcards)) == 1


def test_interrupted_trainings_end_with_the_bits_of_undisturbed_ones(disturbed, undisturbed):
    for run, folder in undisturbed.items():
        assert "Go on from" in disturbed.log(run)
        _assert_same_bits(disturbed.results / "runs" / run, folder)


def test_a_preempted_training_goes_on_in_the_same_job_and_another_in_a_new_one(disturbed):
    sessions = {
        run: json.loads(
            (disturbed.results / f"runs/{run}/scores.json").read_text(encoding="utf-8")
        )["provenance"]["sessions"]
        for run in ("long-seed0", "long-seed1", "tiny-seed0")
    }
    jobs = {run: [session["job"] for session in of_run] for run, of_run in sessions.items()}
    assert len(jobs["long-seed0"]) == 3 and jobs["long-seed0"][0] != jobs["long-seed0"][1]
    assert jobs["long-seed0"][1:] == 2 * [f"Slurm {disturbed.requeued}"]
    assert len(jobs["long-seed1"]) == 2 and jobs["long-seed1"][0] == f"Slurm {disturbed.told}"
    assert jobs["long-seed1"][1] != jobs["long-seed1"][0]
    first, _ = disturbed.jobs("train", "long-seed1")
    # Slurm's own end of the time would be the state TIMEOUT.
    assert (first["TimeLimit"], first["JobState"]) == ("00:01:00", "FAILED")
    assert len(jobs["tiny-seed0"]) == 1
    # What Slurm gave to a job is left alone.
    assert {s["visible_devices"] for of_run in sessions.values() for s in of_run} <= {"0", "1"}


def test_the_table_says_where_everything_ran(disturbed):
    rows = disturbed.provenance()
    long = rows["long-seed1"]
    assert long["job"].startswith(f"Slurm {disturbed.told}, Slurm ") and long["sessions"] == "2.0"
    assert long["node"] == os.uname().nodename
    assert float(long["wall_seconds"]) > 0 and float(long["peak_memory_mb"]) > 100
    assert rows["frequency"]["job"] == ""


@pytest.fixture
def after_the_data(disturbed, tmp_path, smoke_study):
    """A study whose maps and spheres are there, and nothing else."""
    copy_results(disturbed.results, tmp_path / "results/smoke", "data", "spheres")
    study = copy.deepcopy(smoke_study)
    del study["experiments"]["tiny"]
    return ClusterStudy(tmp_path, disturbed.cluster, study)


def test_snakemake_and_slurmd_are_killed(after_the_data):
    """The job goes on; started again, the study waits for it and trains nothing twice."""
    study, cluster = after_the_data, after_the_data.cluster
    study.study["seeds"] = [3]
    target = "results/smoke/runs/long-seed3/model.pt"
    process = study.start(target)
    _in_the_middle(study, "long-seed3")
    with _held(study, "long-seed3"):
        process.kill()
        process.wait()
        os.kill(cluster.pid("slurmd"), signal.SIGKILL)
        assert alive(study.trainer("long-seed3")["pid"])
        wait_for(lambda: cluster.pid("slurmd") is None, 10)
        cluster.start_daemon("slurmd")
        study.run("--unlock")
        process = study.start(target)
        wait_for(lambda: "Wait for process" in study.log("long-seed3"), 120)
    study.end(process)
    assert "is trained already" in study.log("long-seed3")
    assert len(_model(study.results / "runs/long-seed3")["progress"]["sessions"]) == 1


def test_two_gpus_share_one_training(disturbed):
    """Here two processes on the CPU stand for them, which work together by gloo."""
    disturbed.study = {**disturbed.study, "gpus_per_run": 2, "seeds": [2]}
    disturbed.run("results/smoke/runs/tiny-seed2/model.pt")
    (job,) = disturbed.jobs("train", "tiny-seed2")
    assert job["TresPerJob"] == "gres:gpu:2"
    two = disturbed.results / "runs/tiny-seed2"
    assert _model(two)["progress"]["processes"] == 2
    _assert_same_trajectory(two, _train(disturbed, "tiny-seed2", disturbed.folder / "one"))


def test_tasks_that_srun_starts_find_each_other(disturbed):
    together = ("srun", "--ntasks=2", "--cpus-per-task=1", "--mem=2000")
    # A test before this one has run the study in the same folder with another seed.
    seeds = ("--set", "seeds=[0]")
    two = _train(disturbed, "tiny-seed0", disturbed.folder / "tasks", *seeds, before=together)
    assert _model(two)["progress"]["processes"] == 2
    _assert_same_trajectory(two, disturbed.results / "runs/tiny-seed0")


def _assert_same_trajectory(two: Path, one: Path) -> None:
    histories = [pd.read_csv(folder / "history.csv") for folder in (two, one)]
    for column in ("train_loss", "validation_loss"):
        np.testing.assert_allclose(histories[0][column], histories[1][column], rtol=1e-3)


def test_daemons_listen_on_the_loopback_device_only(cluster):
    connections = [
        connection
        for name in ("slurmctld", "slurmd")
        for connection in psutil.Process(cluster.pid(name)).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(connections) >= 2
    assert {connection.laddr.ip for connection in connections} == {"127.0.0.1"}


def test_the_generic_profile_works_with_the_commands_of_slurm(disturbed, tmp_path, smoke_study):
    """A job with GPUs and one without; the scheduler's end of a job is noticed."""
    copy_results(disturbed.results, tmp_path / "results/smoke", "data")
    study = ClusterStudy(tmp_path, disturbed.cluster, smoke_study, profile="generic")
    process = study.start("results/smoke/runs/long-seed0/model.pt")
    _in_the_middle(study, "long-seed0")
    first = study.job_of("long-seed0")
    subprocess.run(["scancel", first], env=study.environment, check=True)
    study.end(process)
    sphere, *trainings = [
        job for job in disturbed.cluster.jobs() if job["WorkDir"] == str(tmp_path)
    ]
    assert [job["JobState"] for job in trainings] == ["CANCELLED", "COMPLETED"]
    assert {job["TresPerJob"] for job in trainings} == {"gres:gpu:1"}
    assert sphere["TresPerJob"] == "gres:gpu:0"
    assert _megabytes(trainings[1]) > _megabytes(trainings[0])
    _assert_same_bits(study.results / "runs/long-seed0", disturbed.results / "runs/long-seed0")
