"""Planning, without running, of the greatest study of `config/`."""

import subprocess
import sys

import pytest
import yaml

from tests.workflow.conftest import ROOT, Workflow

STUDY = ROOT / "config/paper-samplings.yaml"
HEAVY = {"torch", "ignite", "matplotlib", "xarray", "sklearn", "netCDF4", "pygsp"}
"""What a plan has no use for. Snakemake itself imports pandas, for its executor on Slurm."""


@pytest.fixture
def great(tmp_path):
    """The study with its input in place, which holds nothing yet."""
    study = yaml.safe_load(STUDY.read_text(encoding="utf-8"))
    workflow = Workflow(tmp_path, study)
    (tmp_path / study["data"]["input"]).mkdir(parents=True)
    return workflow


def imports(text):
    """Return the packages of a listing of ``python -X importtime``."""
    lines = [line for line in text.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def test_the_paper_on_three_samplings_is_planned(great, monkeypatch):
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    process = great.run("--dry-run", "--quiet", "rules")
    planned = great.counts(process.stdout)
    networks, samplings, seeds = 22, 3, 5
    runs = networks * samplings * seeds
    assert planned["train"] == planned["evaluate"] == runs == 330
    assert planned["baseline"] == 2 * samplings
    assert [planned[rule] for rule in ("prepare", "sphere", "split")] == [samplings] * 3
    assert planned["maps"] == 4 * samplings
    for table in ("samplings", "temporal", "weighting"):
        assert planned[f"{table}_compared_table"] == 1
    assert sum(planned.values()) >= 700
    used = imports(process.stdout)
    assert "snakemake" in used and not HEAVY & used


def test_the_study_itself_needs_no_pandas():
    """Snakemake's share aside, as above: what `common.smk` imports and does."""
    lines = (
        "import deepsphere_pipe.config as config, deepsphere_pipe.data.sources",
        "from deepsphere_pipe.reporting.figures.registry import figures_of",
        "from deepsphere_pipe.reporting.tables.registry import tables_of",
        "from deepsphere_pipe.steps.recipes import Recipes",
        f"study = config.read_study({str(STUDY)!r})",
        "tables_of([run.model_dump(mode='json') for run in study.runs]), list(figures_of(study))",
        "Recipes(study, lambda sampling: None).scores()",
    )
    finished = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "\n".join(lines)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not (HEAVY | {"pandas"}) & imports(finished.stderr)


def test_without_its_data_the_user_is_told_where_to_get_it(great):
    (great.folder / "data/cam5").rmdir()
    process = great.run("--dry-run")
    assert process.returncode != 0
    assert "data/cam5: no such file or folder; say with 'data.input'" in process.stdout
    assert "segm_h5_v3_reformat" in process.stdout
