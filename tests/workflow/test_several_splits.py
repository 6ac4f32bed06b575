"""One study on several splits: every network is trained on each, and rows tell them apart."""

import copy
import csv
import json

import netCDF4
import pytest
import yaml

from deepsphere_pipe.config import RunConfig, parse
from tests.studies import changed
from tests.workflow.conftest import ROOT, Workflow

pytestmark = pytest.mark.slow


@pytest.fixture
def workflow(finished, tmp_path):
    """The smallest network on the snapshots of the smoke study."""
    study = {key: copy.deepcopy(finished.study[key]) for key in ("experiments", "sampling")} | {
        "name": "several",
        "data": {"source": "cam5", "input": str(finished.results / "data/native")},
        "splits": {
            "drawn": {"method": "random", "validation_share": 0.3, "test_share": 0.3},
            "years": finished.study["split"],
        },
        "figures": {"map": {"split": "years"}},
        "seeds": [0],
    }
    del study["experiments"]["weighted"]
    return Workflow(tmp_path, study)


def test_one_study_trains_on_several_splits(workflow):
    process = workflow.run()
    assert process.returncode == 0, process.stdout
    assert "tiny drawn" in process.stdout and "logistic years" in process.stdout

    scores = {
        path.parent.name: json.loads(path.read_text(encoding="utf-8"))
        for path in workflow.results.glob("*/*/scores.json")
    }
    kinds = ("tiny-{}-seed0", "frequency-{}", "logistic-{}")
    assert set(scores) == {kind.format(name) for kind in kinds for name in ("drawn", "years")}
    for name, each in scores.items():
        assert each["run"] == name and each["split_name"] in name
        assert each["sampling_name"] is None
        audit = workflow.results / f"data/icosahedral/splits/{each['split_name']}/audit.json"
        audit = json.loads(audit.read_text(encoding="utf-8"))
        assert each["provenance"]["made_from"]["split"] == audit.pop("made_from")
        assert {key: each["provenance"][key] for key in audit} == audit
    run = parse(RunConfig, scores["tiny-drawn-seed0"]["provenance"]["run"], "scores.json")
    assert run.split_name == "drawn"
    leaks = {name: each["provenance"]["leakage_percent"]["3h"] for name, each in scores.items()}
    assert leaks["tiny-drawn-seed0"] > 50 and leaks["tiny-years-seed0"] == 0

    with (workflow.results / "tables/scores.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    pairs = [(row["experiment"], row["split_name"]) for row in rows]
    assert pairs == [
        (name, split) for name in ("tiny", "frequency", "logistic") for split in ("drawn", "years")
    ]
    written = (workflow.results / "tables/scores.md").read_text(encoding="utf-8")
    assert "Splits: drawn is random by map (seed 0); years is by years: validation" in written
    with netCDF4.Dataset(workflow.results / "runs/tiny-years-seed0/predictions.nc") as file:
        assert file.predicted_by == "tiny-years-seed0"
    assert not (workflow.results / "data/icosahedral/split").exists()

    # Maps do not depend on the split, nor one split on another.
    study = changed(workflow.study, "splits.days", {"method": "blocked", "block_days": 20})
    planned = workflow.planned(study=study)
    expected = {"split": 1, "train": 1, "evaluate": 1, "baseline": 2}
    assert {rule: planned.get(rule, 0) for rule in expected} == expected
    assert not {"prepare", "sphere", "map"} & set(planned)
    study = changed(workflow.study, "splits.drawn.seed", 1)
    planned = workflow.planned(study=study)
    assert {rule: planned.get(rule, 0) for rule in expected} == expected


def test_splits_and_samplings_multiply(workflow):
    study = {key: value for key, value in workflow.study.items() if key != "sampling"} | {
        "samplings": {"fine": {"level": 3}, "coarse": {"level": 2}},
        "seeds": [0, 1],
    }
    planned = workflow.planned(study=study)
    counts = [planned[rule] for rule in ("prepare", "sphere", "split", "train", "baseline")]
    assert counts == [2, 2, 4, 8, 8]
    process = workflow.run("--dry-run", "--quiet", "host", study=study)
    assert "results/several/data/coarse/splits/years/split.csv" in process.stdout
    assert "results/several/runs/tiny-fine-drawn-seed1/scores.json" in process.stdout
    process = workflow.run("--dry-run", study={**study, "split": {"method": "random"}})
    assert (
        "study.yaml: 'split' and 'splits' exclude each other; give one of them." in process.stdout
    )


def test_a_study_with_one_split_has_the_paths_of_before(finished):
    for path in (
        "results/smoke/data/icosahedral/split/split.csv",
        "results/smoke/data/icosahedral/split/statistics.json",
        "results/smoke/study.yaml",
        "results/smoke/benchmarks/split/icosahedral.tsv",
        "results/smoke/baselines/logistic/scores.json",
        "results/smoke/runs/tiny-seed1/scores.json",
        "logs/smoke/split/icosahedral.log",
    ):
        assert (finished.folder / path).exists(), path
    scores = (finished.results / "runs/tiny-seed1/scores.json").read_text(encoding="utf-8")
    assert "split_name" not in json.loads(scores)["provenance"]["run"]


def test_the_study_of_leakage_has_test_parts_of_one_size(finished, tmp_path):
    """On fewer and smaller snapshots of the same days."""
    study = yaml.safe_load((ROOT / "config/leakage.yaml").read_text(encoding="utf-8"))
    study["data"]["synthetic"] |= {"n_lat": 48, "n_lon": 72}
    study["data"]["label_remapping"] = "any"
    study["sampling"]["level"] = 2
    study["experiments"]["unet"]["model"]["widths"] = [4, 8]
    workflow = Workflow(tmp_path, study)
    data = "results/leakage/data/icosahedral/splits"
    process = workflow.run(*(f"{data}/{name}/audit.json" for name in study["splits"]))
    assert process.returncode == 0, process.stdout
    audits = {
        name: json.loads((tmp_path / data / name / "audit.json").read_text(encoding="utf-8"))
        for name in study["splits"]
    }
    for part in ("train", "validation", "test"):
        sizes = [audit[f"{part}_maps"] for audit in audits.values()]
        assert max(sizes) < 1.15 * min(sizes)
    assert audits["random"]["leakage_percent"]["6h"] > 90
    assert audits["blocked"]["leakage_percent"]["24h"] == 0
    assert audits["by_year"]["leakage_percent"]["24h"] == 0
