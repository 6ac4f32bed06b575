"""The workflow of this checkout on a Slurm of its own."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cluster.small_cluster import SmallCluster, missing

ROOT = Path(__file__).parents[2]
# Polled every second instead of every 40; one thread, so that all trainings have the same bits.
QUICK = {
    "slurm": ("--slurm-status-command=squeue", "--slurm-init-seconds-before-status-checks=1"),
    "generic": (),
}
QUICK_ALL = (
    *("--seconds-between-status-checks", "1", "--latency-wait", "10"),
    *("--set-threads", "train=1", "evaluate=1", "synthesize=2", "prepare=2"),
)


@pytest.fixture(scope="package")
def cluster(tmp_path_factory):
    """A Slurm that runs."""
    if reason := missing():
        pytest.skip(reason)
    cluster = SmallCluster(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


class ClusterStudy:
    """A study in a folder of its own, run through a profile of this checkout.

    Attributes
    ----------
    results : Path
    """

    def __init__(
        self, folder: Path, cluster: SmallCluster, study: dict, profile: str = "slurm"
    ) -> None:
        self.folder, self.cluster, self.study = folder, cluster, study
        self.profile = profile
        self.results = folder / "results" / study["name"]
        folder.mkdir(exist_ok=True)
        self.programs = folder / "bin"
        self.programs.mkdir(exist_ok=True)
        virtual_environment = Path(sys.executable).parent
        self.environment = {
            **cluster.environment,
            "PATH": f"{self.programs}:{virtual_environment}:{cluster.environment['PATH']}",
        }

    def command(self, *arguments: str) -> list[str]:
        path = self.folder / "study.yaml"
        path.write_text(yaml.safe_dump(self.study), encoding="utf-8")
        snakemake = Path(sys.executable).with_name("snakemake")
        profile = ROOT / "workflow/profiles" / self.profile
        return [
            *(str(snakemake), *arguments, "--snakefile", str(ROOT / "workflow/Snakefile")),
            *("--directory", str(self.folder), "--configfile", str(path)),
            *("--workflow-profile", str(profile), *QUICK[self.profile], *QUICK_ALL),
        ]

    def start(self, *arguments: str) -> subprocess.Popen:
        """Start Snakemake; what it says goes to a file."""
        with (self.folder / "snakemake.log").open("w", encoding="utf-8") as log:
            return subprocess.Popen(
                self.command(*arguments), env=self.environment, cwd=self.folder,
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def run(self, *arguments: str, seconds: int = 240) -> str:
        """Run Snakemake to its end, and return what it says."""
        return self.end(self.start(*arguments), seconds)

    def end(self, process: subprocess.Popen, seconds: int = 240) -> str:
        """Wait until Snakemake is done; it must be content."""
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # SIGTERM would wait for the jobs
            process.wait(30)
            status = "still running"
        said = (self.folder / "snakemake.log").read_text(encoding="utf-8")
        assert status == 0, f"{status}\n{said[-6000:]}\n{self.cluster.ask('squeue')}"
        return said

    def log(self, run: str) -> str:
        """Return what the training of a run has said so far."""
        path = self.folder / "logs" / self.study["name"] / "train" / f"{run}.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def trainer(self, run: str) -> dict:
        """Return node, pid and job of the process that trains a run, or trained it last."""
        return json.loads(
            (self.results / f"runs/{run}/checkpoints/lock").read_text(encoding="utf-8")
        )

    def job_of(self, run: str) -> str:
        """Return the Slurm job that trains a run."""
        return self.trainer(run)["job"].removeprefix("Slurm ")

    def jobs(self, rule: str, wildcards: str = "") -> list[dict[str, str]]:
        """Return Slurm's records of all jobs of a rule, in the order of their submission."""
        comment = f"rule_{rule}_wildcards_{wildcards}"
        here = [job for job in self.cluster.jobs() if job["WorkDir"] == str(self.folder)]
        found = [job for job in here if job["Comment"].startswith(comment)]
        return sorted(found, key=lambda job: (job["SubmitTime"], int(job["JobId"])))

    def provenance(self) -> dict[str, dict[str, str]]:
        """Return the table of provenance, by run."""
        with (self.results / "tables/provenance.csv").open(newline="") as file:
            return {row["run"]: row for row in csv.DictReader(file)}


def alive(pid: int) -> bool:
    """Return whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
