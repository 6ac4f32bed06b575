"""The fingerprint of a step sees all code that the step runs, and none that it never does."""

import shutil
import sys
from pathlib import Path

import pytest

from deepsphere_pipe.config import PowerSpectraConfig, parse
from deepsphere_pipe.config.study import Study
from deepsphere_pipe.runtime import provenance
from deepsphere_pipe.steps.baseline import baseline
from deepsphere_pipe.steps.evaluate import evaluate
from deepsphere_pipe.steps.graph_analysis import graph_analysis
from deepsphere_pipe.steps.power_spectra import power_spectra
from deepsphere_pipe.steps.prepare import prepare
from deepsphere_pipe.steps.sphere import sphere
from deepsphere_pipe.steps.split import split
from deepsphere_pipe.steps.synthesize import synthesize
from deepsphere_pipe.steps.train import train
from tests.studies import STUDY

SOURCE = ("data.sources.cam5",)
CHOICES = {"prepare": SOURCE, "power_spectra": SOURCE}
"""Modules of what the study chooses, which a step imports by their names."""

PLAIN = ("deepsphere_pipe.cli", *provenance.NOT_FOLLOWED)
"""What no step computes with: settings come as parameters, errors make no results."""


def modules_run(function, *arguments, **options):
    """Call a function; return the modules of the package whose code ran meanwhile."""
    seen = set()

    def note(frame, event, argument):
        if frame.f_code.co_name != "<module>":  # that is an import
            seen.add(frame.f_code.co_filename)

    sys.setprofile(note)
    try:
        function(*arguments, **options)
    finally:
        sys.setprofile(None)
    files = (Path(name) for name in seen if name.startswith(str(provenance.PACKAGE)))
    names = (file.relative_to(provenance.PACKAGE.parent).with_suffix("").parts for file in files)
    modules = {".".join(name[:-1] if name[-1] == "__init__" else name) for name in names}
    return {name for name in modules if not name.startswith(PLAIN)}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Modules that each step ran, of a small study from data to scores."""
    folder = tmp_path_factory.mktemp("steps")
    study = parse(Study, STUDY, "study.yaml")
    (run,), (sampling,) = study.runs, study.samplings_by_name.values()
    native, maps, parts = folder / "native", folder / "maps.nc", folder / "split"
    graphs, out = folder / "sphere.nc", folder / "run"
    inputs = (maps, parts, graphs)
    spectra = PowerSpectraConfig(source="cam5", input=str(native), snapshots=2, degree_max=5)
    frequency, logistic = study.baselines_by_name.values()
    ran = {
        "synthesize": modules_run(synthesize, study.data.synthetic, native),
        "prepare": modules_run(prepare, study.data, sampling, native, maps),
        "split": modules_run(split, study.split, maps, parts),
        "sphere": modules_run(sphere, sampling, study.graph, graphs),
        "train": modules_run(train, run, *inputs, out),
        "evaluate": modules_run(evaluate, out / "model.pt", *inputs, out, device="cpu"),
        "baseline": modules_run(baseline, frequency, *inputs, folder / "frequency")
        | modules_run(baseline, logistic, *inputs, folder / "logistic"),
        "power_spectra": modules_run(power_spectra, spectra, study.data, native, folder / "s.csv"),
    }
    for part in STUDY["graph_analysis"]:
        done = modules_run(graph_analysis, part, study.graph_analysis, folder / part)
        ran[part] = done - {"deepsphere_pipe.steps.graph_analysis"}
    return ran


def hashed(step):
    if step in STUDY["graph_analysis"]:
        return provenance.modules_used(f"graph_analysis.{step}")
    return provenance.modules_used(f"steps.{step}", *CHOICES.get(step, ()))


STEPS = (
    *("synthesize", "prepare", "split", "sphere", "train", "evaluate", "baseline"),
    *("power_spectra", *STUDY["graph_analysis"]),
)


@pytest.mark.parametrize("step", STEPS)
def test_all_that_a_step_runs_counts(ran, step):
    assert len(ran[step]) > 3
    assert ran[step] <= hashed(step)


NEVER = {
    "split": {"remap", "synthetic", "nn", "training", "graphs"},
    "sphere": {"data", "nn", "training", "evaluation", "remap"},
    "train": {"remap", "synthetic", "harmonics"},
    "evaluate": {"remap", "synthetic", "harmonics"},
    "baseline": {"remap", "synthetic", "harmonics", "nn", "training"},
    "prepare": {"nn", "training", "evaluation", "synthetic"},
    "synthesize": {"remap", "nn", "training", "evaluation"},
}


@pytest.mark.parametrize(("step", "rooms"), NEVER.items(), ids=NEVER)
def test_what_a_step_never_runs_does_not_count(step, rooms):
    used = {module.partition(".")[2].partition(".")[0] for module in hashed(step)}
    assert not used & rooms


def test_a_change_of_the_remapping_makes_maps_again_and_retrains_nothing(tmp_path, monkeypatch):
    copy = tmp_path / "deepsphere_pipe"
    shutil.copytree(provenance.PACKAGE, copy)
    monkeypatch.setattr(provenance, "PACKAGE", copy)

    def fingerprints():
        provenance._syntax.cache_clear()
        provenance._handed_on.cache_clear()
        return {
            step: provenance.code_fingerprint(f"steps.{step}", *CHOICES.get(step, ()))
            for step in NEVER
        }

    def changed_by(module, statement):
        before = fingerprints()
        with (copy / module).open("a", encoding="utf-8") as file:
            file.write(f"\n{statement}\n")
        after = fingerprints()
        return {step for step in before if before[step] != after[step]}

    assert changed_by("remap/conservation.py", "NEW = 1") == {"prepare"}
    assert changed_by("remap/conservation.py", '"""Only words."""') == set()
    assert changed_by("training/loss.py", "NEW = 1") == {"train", "evaluate"}
    assert changed_by("steps/split.py", "NEW = 1") == {"split"}
    assert changed_by("steps/inputs.py", "NEW = 1") == {"train", "evaluate", "baseline"}
    assert changed_by("graphs/construction.py", "NEW = 1") >= {"sphere", "prepare"}
    monkeypatch.undo()
    provenance._syntax.cache_clear()
    provenance._handed_on.cache_clear()
