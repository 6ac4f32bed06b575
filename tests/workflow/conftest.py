"""Run the workflow of this checkout as a user does, in a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


class Workflow:
    """Snakemake with a study in a working directory."""

    def __init__(self, folder: Path, study: dict):
        self.folder = folder
        self.study = study
        self.results = folder / "results" / study["name"]

    def command(self, *arguments: str, study: dict | None = None) -> list[str]:
        """Return the command; another study is given as a file, as a user would."""
        path = self.folder / "study.yaml"
        path.write_text(yaml.safe_dump(study or self.study))
        snakemake = Path(sys.executable).with_name("snakemake")
        return [
            *(str(snakemake), "--snakefile", str(ROOT / "workflow/Snakefile")),
            *("--directory", str(self.folder), "--configfile", str(path), "--cores", "2"),
            *arguments,
        ]

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of an activated virtual environment, without a terminal."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path}

    def run(self, *arguments: str, **options) -> subprocess.CompletedProcess:
        """Run to the end; stdout and stderr come as one text."""
        return subprocess.run(
            self.command(*arguments, **options), env=self.environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.folder,
        )  # fmt: skip

    def planned(self, **options) -> dict[str, int]:
        """Return how often each rule would run."""
        finished = self.run("--dry-run", "--quiet", "rules", **options)
        assert finished.returncode == 0, finished.stdout
        _, _, table = finished.stdout.partition("Job stats:")
        rows = [line.split() for line in table.splitlines()]
        return {r[0]: int(r[1]) for r in rows if len(r) == 2 and r[1].isdigit() and r[0] != "total"}


@pytest.fixture(scope="session")
def smoke_study():
    return yaml.safe_load((ROOT / "config/smoke.yaml").read_text())


@pytest.fixture(scope="session")
def finished(tmp_path_factory, smoke_study):
    """The smoke study, run from data to report."""
    workflow = Workflow(tmp_path_factory.mktemp("smoke"), smoke_study)
    process = workflow.run()
    assert process.returncode == 0, process.stdout
    workflow.output = process.stdout
    return workflow


@pytest.fixture
def fresh(tmp_path, smoke_study):
    """A workflow that has not run yet."""
    return Workflow(tmp_path, smoke_study)
