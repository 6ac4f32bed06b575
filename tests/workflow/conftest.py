"""Run the workflow of this checkout as a user does, in a folder of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from selenium import webdriver

ROOT = Path(__file__).parents[2]


class Workflow:
    """Snakemake with a study in a working directory."""

    def __init__(self, folder: Path, study: dict, checkout: Path = ROOT):
        self.folder = folder
        self.checkout = checkout
        self.study = study
        self.results = folder / "results" / study["name"]
        self.locale: dict[str, str] = {}

    def command(self, *arguments: str, study: dict | None = None) -> list[str]:
        """Return the command; another study is given as a file, as a user would."""
        path = self.folder / "study.yaml"
        path.write_text(yaml.safe_dump(study or self.study), encoding="utf-8")
        snakemake = Path(sys.executable).with_name("snakemake")
        return [
            *(str(snakemake), "--snakefile", str(self.checkout / "workflow/Snakefile")),
            *("--directory", str(self.folder), "--configfile", str(path), "--cores", "2"),
            *arguments,
        ]

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of an activated virtual environment, without a terminal."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path, **self.locale}

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
        return self.counts(finished.stdout)

    @staticmethod
    def counts(output: str) -> dict[str, int]:
        """Return how often each rule would run, from the first table that Snakemake prints."""
        _, _, table = output.partition("Job stats:")
        rows = [line.split() for line in table.splitlines()]
        return {r[0]: int(r[1]) for r in rows if len(r) == 2 and r[1].isdigit() and r[0] != "total"}


@pytest.fixture(scope="session")
def smoke_study():
    return yaml.safe_load((ROOT / "config/smoke.yaml").read_text(encoding="utf-8"))


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


@pytest.fixture
def browser(tmp_path):
    """Headless Chromium that finds no host but reads files."""
    paths = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if None in paths and "CI" not in os.environ:
        pytest.skip("no chromium and chromedriver on this machine")
    options = webdriver.ChromeOptions()
    options.binary_location = paths[0]
    for argument in (
        *("headless", "no-sandbox", "disable-gpu", "no-first-run", "window-size=1400,1000"),
        "enable-unsafe-swiftshader",  # without a GPU, a globe is drawn by the processor
        *("disable-background-networking", "disable-component-update", "disable-sync"),
        *("host-resolver-rules=MAP * ~NOTFOUND", f"user-data-dir={tmp_path}"),
    ):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options, webdriver.ChromeService(paths[1]))
    yield browser
    browser.quit()
