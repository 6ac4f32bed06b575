"""The config refuses what cannot work, in one sentence that names file, key and what is allowed."""

import copy
from pathlib import Path

import pytest
import yaml

from deepsphere_pipe.config import RunConfig, Study, dump, parse, read
from deepsphere_pipe.config_reference import config_reference
from deepsphere_pipe.errors import UserError

ROOT = Path(__file__).parents[1]

STUDY = {
    "name": "example",
    "split": {"method": "by_year", "validation": [2107], "test": [2108]},
    "experiments": {"unet": {"model": {"widths": [8, 16, 32]}, "training": {"epochs": 3}}},
}


def with_value(path: str, value: object) -> dict:
    """Return the example study with one key changed."""
    study = copy.deepcopy(STUDY)
    *parents, last = path.split(".")
    section = study
    for key in parents:
        section = section.setdefault(key, {})
    section[last] = value
    return study


@pytest.mark.parametrize(
    ("path", "value", "parts"),
    [
        ("nam", 1, ["unknown key 'nam'", "name, data, sampling"]),
        ("experiments.unet.training.batc", 1, ["unknown key", "training.batc'", "batch,"]),
        ("experiments.unet.training.batch", 0, ["training.batch is 0", "at least 1"]),
        ("experiments.unet.training.batch", "8", ["training.batch is '8'", "whole number"]),
        ("experiments.unet.training.learning_rate", -1.0, ["learning_rate", "greater than 0"]),
        ("experiments.unet.training.learning_rate", float("nan"), ["learning_rate"]),
        ("experiments.unet.training.class_weights", "x", ["'none' or 'balanced' or a mapping"]),
        (
            "experiments.unet.training.class_weights",
            {"BG": 1.0, "TC": 9.0, "Front": 3.0},
            ["training.class_weights", "BG, TC, AR"],
        ),
        ("experiments.unet.model.widths", [8] * 8, ["pools 7 times", "at most 5"]),
        ("experiments.unet.model.widths", [8, 0], ["widths.1 is 0", "at least 1"]),
        ("experiments.unet.model.preset", "wide", ["exactly one of 'preset' and 'widths'"]),
        ("experiments.un-et", {"model": {"preset": "wide"}}, ["'un-et'", "letters, digits"]),
        ("experiments.logistic", {"model": {"preset": "wide"}}, ["name of a baseline"]),
        ("sampling.level", 12, ["sampling.level is 12", "at most 8"]),
        ("split.method", "by_month", ["split.method is 'by_month'", "'by_year', 'by_run'"]),
        ("split.test", [2300], ["[2300]", "allowed: [2106, 2107, 2108]"]),
        ("split.test", [2107], ["must not share a member"]),
        ("split.test", [2106, 2108], ["leaves none", "for training"]),
        ("data.channels", ["TMQ", "SNOW"], ["data.channels.1 is 'SNOW'", "'PSL'"]),
        ("data.channels", ["TMQ", "TMQ"], ["twice"]),
        ("data.source", "cam5", ["'folder' is needed with source 'cam5'"]),
        ("graph.kernel_width", -0.5, ["graph.kernel_width", "'mean_distance'"]),
        ("figures.style.colours", {"BG": "grey"}, ["colours.BG is 'grey'", "#"]),
        ("figures.map.colormap", "nope", ["no colormap 'nope'"]),
        ("figures.map.experiment", "other", ["'other'", "allowed: unet"]),
        ("seeds", [], ["seeds is []", "at least 1"]),
        ("seeds", [1, 1], ["seeds must differ"]),
        ("name", "../up", ["name", "letters, digits"]),
    ],
)
def test_impossible_values_get_one_sentence(path, value, parts):
    with pytest.raises(UserError) as caught:
        parse(Study, with_value(path, value), "config/mine.yaml")
    sentence = str(caught.value)
    assert sentence.startswith("config/mine.yaml: ")
    assert sentence.endswith(".") and "\n" not in sentence
    for part in parts:
        assert part in sentence


def test_missing_key_and_broken_file_are_told(tmp_path):
    study = copy.deepcopy(STUDY)
    del study["name"]
    with pytest.raises(UserError, match="the key 'name' is missing"):
        parse(Study, study, "mine.yaml")
    path = tmp_path / "broken.yaml"
    path.write_text("name: [1,\n")
    with pytest.raises(UserError, match=r"broken\.yaml: is not valid YAML at line"):
        read(Study, path)
    with pytest.raises(UserError, match="cannot be read"):
        read(Study, tmp_path / "absent.yaml")
    path.write_text("- a list\n")
    with pytest.raises(UserError, match="must be a YAML mapping"):
        read(Study, path)


def test_runs_are_experiments_times_seeds():
    study = parse(Study, {**STUDY, "seeds": [0, 3]}, "mine.yaml")
    assert [run.name for run in study.runs] == ["unet-seed0", "unet-seed3"]
    assert study.run("unet-seed3").training.epochs == 3


def test_dumped_settings_read_back_equal(tmp_path):
    study = parse(Study, with_value("data.synthetic.seed", 4), "mine.yaml")
    for section in (study, study.runs[0]):
        path = tmp_path / "settings.yaml"
        path.write_text(dump(section))
        assert read(type(section), path) == section
    assert isinstance(study.runs[0], RunConfig)


def test_a_study_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        parse(Study, STUDY, "mine.yaml").name = "other"


def test_a_figure_depends_on_its_own_keys_only():
    before = parse(Study, STUDY, "mine.yaml")
    after = parse(Study, with_value("figures.map.colormap", "viridis"), "mine.yaml")
    assert before.figure("map") != after.figure("map")
    assert before.figure("precision_recall") == after.figure("precision_recall")
    assert before.figure("training_curves") == after.figure("training_curves")


@pytest.mark.parametrize("path", sorted(ROOT.glob("config/*.yaml")), ids=lambda path: path.name)
def test_shipped_studies_are_valid(path):
    study = read(Study, path)
    assert study.name == {"config": "demo"}.get(path.stem, path.stem.replace("-", "_"))


def test_the_reference_is_that_of_the_code():
    written = (ROOT / "docs/configuration.md").read_text()
    assert written == config_reference(), "run `make docs`"


def test_the_reference_names_every_key():
    reference = config_reference()
    schema = yaml.safe_dump(Study.model_json_schema())
    keys = [name for name in ("plateau_factor", "days_in_a_row", "kernel_width") if name in schema]
    assert len(keys) == 3 and all(f"| `{key}` |" in reference for key in keys)
