"""All tables are named once, and from the configs of runs it follows which a study has."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from deepsphere_pipe.config import parse_study
from deepsphere_pipe.reporting.tables.registry import TABLES, tables_of, weighting_groups

ROOT = Path(__file__).parents[3]
ALWAYS = (
    *("scores", "accuracy", "average_precision", "size_and_speed", "events"),
    *("events_by_size_and_latitude", "data", "provenance"),
)


def names_of(*study, **more):
    return [row.name for row in tables_of(*study, **more)]


def run(experiment="net", seed=0, sampling=None, split=None, temporal="none", **training):
    return {
        "experiment": experiment,
        "seed": seed,
        "sampling_name": sampling,
        "split_name": split,
        "window": {"sequence_length": 3},
        "model": {"widths": [8, 16], "temporal": temporal},
        "training": {"epochs": 2, "class_weights": "none", **training},
    }


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([run(seed=0), run(seed=1)], ()),
        ([run("a"), run("b", epochs=3)], ("differences",)),
        ([run("a", split="x"), run("b", split="y", epochs=3)], ("leakage_cost",)),
        ([run(split="x"), run(split="y")], ("leakage_cost",)),
        ([run(sampling="x"), run(sampling="y")], ("differences", "samplings_compared")),
        ([run("a"), run("b", temporal="lstm")], ("differences", "temporal_compared")),
        ([run("a", temporal="stacked"), run("b", temporal="lstm")], ("differences",)),
        (
            [run("a"), run("b", class_weights="balanced")],
            ("differences", "weighting_compared"),
        ),
        ([run("a"), run("b", class_weights="balanced", epochs=3)], ("differences",)),
    ],
)
def test_a_table_is_there_only_with_something_to_compare(runs, expected):
    assert names_of(runs) == [*ALWAYS, *expected]
    assert names_of(runs[::-1]) == [*ALWAYS, *expected]


def test_configs_of_older_versions_may_lack_keys():
    old = [{"experiment": "a", "seed": 0}, {"experiment": "b", "model": {"preset": "wide"}}]
    assert names_of(old) == [*ALWAYS, "differences"]


def test_groups_differ_in_nothing_but_the_weights():
    numbers = {"BG": 1.0, "TC": 5.0, "AR": 2.0}
    runs = [
        run("heavy", class_weights=numbers),
        run("plain"),
        run("plain", seed=1),
        run("balanced", class_weights="balanced"),
        run("longer", epochs=9),
        run("twin_of_plain"),
        run("past", temporal="lstm", class_weights="balanced"),
    ]
    (group,) = weighting_groups(runs)
    assert group[:2] == ("plain", "twin_of_plain") and set(group[2:]) == {"heavy", "balanced"}
    for order in itertools.islice(itertools.permutations(runs), 0, None, 500):
        assert {frozenset(group) for group in weighting_groups(order)} == {frozenset(group)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("config", ()),
        ("smoke", ("differences", "weighting_compared")),
        ("paper", ("differences", "weighting_compared")),
        ("samplings", ("differences", "samplings_compared")),
        ("temporal", ("differences", "temporal_compared")),
        ("graphs", ()),
    ],
)
def test_the_studies_that_come_with_the_code(name, expected):
    study = parse_study(
        yaml.safe_load((ROOT / f"config/{name}.yaml").read_text(encoding="utf-8")), name
    )
    runs = [each.model_dump(mode="json") for each in study.runs]
    assert names_of(runs) == ([*ALWAYS, *expected] if runs else [])


def test_a_study_of_graphs_alone_has_their_table_only():
    assert names_of([], with_graph_analysis=True) == ["samplings"]
    assert names_of([run()], with_graph_analysis=True) == [*ALWAYS, "samplings"]


@pytest.mark.parametrize("name", TABLES)
def test_what_the_registry_names_is_there(name):
    assert callable(TABLES[name].function())
    assert (ROOT / f"workflow/report/{name}.rst").read_text(encoding="utf-8").strip()


def test_names_are_known_without_waiting_for_pandas():
    code = "import sys, deepsphere_pipe.reporting.tables.registry\nprint(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    ).stdout.split()
    assert not {"pandas", "matplotlib", "torch", "numpy"} & set(found)
