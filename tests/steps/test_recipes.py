"""A change of a study changes what is made from it, and nothing else."""

import pytest
import yaml

from deepsphere_pipe.config import parse_study
from deepsphere_pipe.steps.recipes import Recipes
from tests.studies import changed

ALL = {"data", "split", "sphere", "training", "evaluation"}


@pytest.fixture
def content(tmp_path):
    for name in ("test", "validation"):
        (tmp_path / f"{name}.txt").write_text("data-2106-01-01-00-1.h5\n", encoding="utf-8")
    (tmp_path / "vertices.csv").write_text("longitude,latitude\n0,0\n", encoding="utf-8")
    return {
        "name": "small",
        "data": {"source": "cam5", "input": "in"},
        "samplings": {
            "ball": {"name": "custom", "file": str(tmp_path / "vertices.csv")},
            "grid": {"name": "equiangular", "n_lat": 8, "n_lon": 16},
        },
        "splits": {
            "listed": {
                "method": "files",
                "test_list": str(tmp_path / "test.txt"),
                "validation_list": str(tmp_path / "validation.txt"),
            },
            "years": {"method": "by_year", "validation": [2107], "test": [2108]},
        },
        "experiments": {
            "tiny": {"model": {"widths": [8, 8]}},
            "other": {"model": {"widths": [16, 16]}},
        },
    }


def recipes(content, code=None, version="1"):
    def code_of(step, *choices):
        return (code or {}).get(step, "")

    return Recipes(parse_study(content, "study.yaml"), lambda sampling: version, code_of)


RUN = "tiny-ball-listed-seed0"


def differences(one, other, name=RUN):
    first, second = one.run(name), other.run(name)
    return {step for step in first if first[step] != second[step]}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("data.channels", ["TMQ"], ALL - {"sphere"}),
        ("data.remapping", "nearest", ALL - {"sphere"}),
        ("data.input", "elsewhere", ALL - {"sphere"}),
        ("data.loading.memory_mb", 900, set()),
        ("data.download", {"urls": ["https://example.org/a"]}, set()),
        ("samplings.ball.file", "others.csv", ALL),
        ("samplings.grid.n_lat", 10, set()),
        ("graph.neighbours", 7, {"sphere", "training", "evaluation"}),
        ("splits.listed.statistics", "published", {"split", "training", "evaluation"}),
        ("splits.years.test", [2109], set()),
        ("experiments.tiny.training.learning_rate", 0.5, {"training", "evaluation"}),
        ("experiments.other.training.learning_rate", 0.5, set()),
        ("window.sequence_length", 2, {"training", "evaluation"}),
        ("evaluation.exact_average_precision", True, {"evaluation"}),
        ("evaluation.common_sampling", "grid", {"evaluation"}),
        ("figures.style.dpi", 70, set()),
        ("seeds", [0, 1], set()),
    ],
)
def test_settings_count_where_they_are_used(content, path, value, expected):
    assert differences(recipes(content), recipes(changed(content, path, value))) == expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("prepare", ALL - {"sphere"}),
        ("synthesize", set()),
        ("split", {"split", "training", "evaluation"}),
        ("sphere", {"sphere", "training", "evaluation"}),
        ("train", {"training", "evaluation"}),
        ("evaluate", {"evaluation"}),
        ("baseline", set()),
    ],
)
def test_code_counts_where_it_runs(content, step, expected):
    assert differences(recipes(content), recipes(content, {step: "new"})) == expected


def test_files_count_by_what_they_hold(content, tmp_path):
    before = recipes(content)
    assert differences(before, recipes(content, version="2")) == ALL - {"sphere"}
    old = before.run(RUN)
    (tmp_path / "test.txt").write_text("data-2106-01-01-01-1.h5\n", encoding="utf-8")
    after = recipes(content)
    assert {step for step in old if old[step] != after.run(RUN)[step]} == {
        "split", "training", "evaluation"
    }  # fmt: skip
    (tmp_path / "vertices.csv").write_text("longitude,latitude\n1,0\n", encoding="utf-8")
    other = recipes(content)
    assert differences(after, other) == ALL
    assert differences(after, other, "tiny-grid-years-seed0") == set()


def test_maps_on_a_common_sampling_count_in_scores_and_not_in_trainings(content):
    common = changed(content, "evaluation.common_sampling", "grid")
    before, after = recipes(common), recipes(changed(common, "samplings.grid.n_lat", 10))
    assert differences(before, after) == {"common", "evaluation"}
    assert before.run(RUN)["common"] == before.data("grid")
    assert before.training(RUN) == after.training(RUN) == recipes(content).training(RUN)
    own, other = (each.baseline("frequency-ball-years") for each in (before, after))
    assert {step for step in own if own[step] != other[step]} == {"common", "evaluation"}

    def with_code(of_remapping):
        def code_of(step, *choices):
            return of_remapping if "evaluation.common" in choices else step

        return lambda study: Recipes(parse_study(study, "s.yaml"), lambda sampling: "1", code_of)

    old, new = with_code("old"), with_code("new")
    assert old(content).scores() == new(content).scores()
    assert differences(old(common), new(common)) == {"evaluation"}


def test_input_that_is_fetched_meanwhile_counts_from_then_on(content):
    version = []
    fetched = Recipes(
        parse_study(content, "study.yaml"),
        lambda sampling: version[-1] if version else None,
        lambda step, *choices: "",
    )
    before = fetched.scores()
    version.append("1")
    assert fetched.scores() == recipes(content).scores() != before


def test_baselines_do_not_depend_on_trainings(content):
    other = changed(content, "experiments.tiny.training.learning_rate", 0.5)
    one, two = recipes(content), recipes(other)
    assert one.baseline("frequency-grid-years") == two.baseline("frequency-grid-years")
    assert set(one.baseline("frequency-grid-years")) == ALL - {"training"}
    assert one.scores("other-grid-years-seed0") == two.scores("other-grid-years-seed0")
    assert one.scores() != two.scores() and one.trainings() != two.trainings()


def test_the_same_study_has_the_same_recipes_whatever_the_order_of_its_keys(content):
    turned = yaml.safe_load(yaml.safe_dump(dict(reversed(content.items()))))
    assert recipes(content).scores(RUN) == recipes(turned).scores(RUN)
