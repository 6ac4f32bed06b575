"""A finished study is changed, and a step of it fails: no old result passes for a new one.

Whatever fails, the same command fails again until the cause is mended, and ends then as a run in an
empty folder does.
"""

import json
import os
import resource
import shutil
import signal
import subprocess
import time

import h5py
import psutil
import pytest

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.config import SyntheticConfig
from deepsphere_pipe.synthetic import synthesize
from tests.data.sources.test_era5 import write_sample
from tests.studies import changed
from tests.workflow.conftest import ROOT, Workflow

pytestmark = pytest.mark.slow

STUDY = {
    "name": "small",
    "data": {"source": "cam5", "input": "native", "channels": ["TMQ", "PSL"]},
    "sampling": {"level": 3},
    "split": {"method": "by_year", "validation": [2107], "test": [2108]},
    "experiments": {
        "tiny": {"model": {"widths": [4, 8]}, "training": {"epochs": 2, "batch_size": 8}}
    },
    "baselines": ["frequency"],
    "figures": {"map": {"projections": ["mollweide"]}, "globe": {"frames": 4}},
}
TABLE = "results/small/tables/scores.csv"
DRAWN = "results/small/figures/training_curves.png"
RATE = "experiments.tiny.training.learning_rate"


def copy_of(folder, other):
    """Copy a folder in which a study was run, with all that Snakemake knows of it."""
    shutil.copytree(folder, other, symlinks=True, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def native(tmp_path_factory):
    """Snapshots of the twin as somebody's own files, in folders of years."""
    folder = tmp_path_factory.mktemp("own")
    settings = SyntheticConfig(
        n_lat=48, n_lon=72, runs=(1,), days_per_year=12, days_in_a_row=2, missing_days=0
    )
    synthesize(settings, folder / "made", workers=2)
    for path in sorted((folder / "made").glob("*.h5")):
        year = folder / "native" / path.name[5:9]
        year.mkdir(parents=True, exist_ok=True)
        path.rename(year / path.name)
    return folder / "native"


@pytest.fixture(scope="module")
def done(tmp_path_factory, native):
    """The study, finished in the hands of a checkout of its own."""
    folder = tmp_path_factory.mktemp("done")
    workflow = Workflow(folder, STUDY, folder / "checkout")
    for name in ("src", "workflow", "config"):
        shutil.copytree(ROOT / name, workflow.checkout / name)
    shutil.copy(ROOT / "environment.yml", workflow.checkout)
    copy_of(native, workflow.folder / "native")
    process = workflow.run()
    assert process.returncode == 0, process.stdout
    return workflow


@pytest.fixture
def again(done, tmp_path):
    """A copy of the finished study and its checkout."""
    copy_of(done.folder, tmp_path)
    return Workflow(tmp_path, STUDY, tmp_path / "checkout")


def scores_in(workflow):
    """Return what does not depend on when and where it was scored."""
    scores = json.loads(
        (workflow.results / "runs/tiny-seed0/scores.json").read_text(encoding="utf-8")
    )
    measured = {"seconds", "evaluation_seconds", "inference_ms_per_map", "sessions"}
    measured |= {"peak_memory_mb", "evaluation_place"}
    kept = {k: v for k, v in scores["provenance"].items() if k not in measured}
    return scores | {"provenance": kept}


def assert_fails_twice(workflow, why, targets=(TABLE,), **options):
    """Run everything, then the same again, then for a part only."""
    for target in ([], [], *([target] for target in targets)):
        process = workflow.run(*target, **options)
        assert process.returncode == 1, process.stdout
        assert "Test scores" not in process.stdout
        told = process.stdout.rstrip().rpartition("At least one job did not complete")[2]
        assert why in told, process.stdout
        assert "\n  log: logs/small/" in told


def assert_ends_like(workflow, other, *targets, **options):
    process = workflow.run(*targets, **options)
    assert process.returncode == 0, process.stdout
    assert scores_in(workflow) == scores_in(other)
    assert (workflow.folder / TABLE).read_text(encoding="utf-8") == (
        other.folder / TABLE
    ).read_text(encoding="utf-8")
    assert "Nothing to be done" in workflow.run(*targets, **options).stdout


def test_settings_that_fail_go_on_failing(again, done):
    study = changed(STUDY, RATE, 1e30)
    why = "the loss became nan in epoch 1; lower training"
    assert_fails_twice(again, why, (TABLE, DRAWN), study=study)
    assert_ends_like(again, done)
    assert "Test scores" in again.run("--force").stdout


def test_other_settings_end_as_in_an_empty_folder(again, tmp_path_factory, native):
    study = changed(STUDY, RATE, 0.02)
    fresh = Workflow(tmp_path_factory.mktemp("fresh"), STUDY, again.checkout)
    copy_of(native, fresh.folder / "native")
    process = fresh.run(TABLE, study=study)
    assert process.returncode == 0, process.stdout
    again.run(study=changed(STUDY, RATE, 1e30))
    assert_ends_like(again, fresh, TABLE, study=study)


def test_data_that_is_refused_goes_on_being_refused(again, done):
    """In hPa, below the folder, and no newer than what was there."""
    path = next((again.folder / "native/2108").glob("*.h5"))
    shutil.copy2(path, again.folder / "before.h5")
    with h5py.File(path, "a") as file:
        file["climate/data"][CHANNEL_NAMES.index("PSL")] /= 100
    os.utime(path, (0, 0))
    assert_fails_twice(again, f"{path.name}: PSL has a mean of")
    shutil.copy2(again.folder / "before.h5", path)
    assert_ends_like(again, done, TABLE)


def test_a_split_that_cannot_be_goes_on_failing(again, done):
    study = changed(STUDY, "split", {"method": "by_year", "validation": [2107], "test": [2111]})
    assert_fails_twice(again, "split 'by_year' names 2111", study=study)
    assert_ends_like(again, done, TABLE)


def test_code_that_fails_goes_on_failing(again, done):
    path = again.checkout / "src/deepsphere_pipe/training/optimisation.py"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("def step(", "def steps("), encoding="utf-8")
    assert before != path.read_text(encoding="utf-8")
    assert_fails_twice(again, "AttributeError: 'Optimisation' object has no attribute 'step'")
    path.write_text(before, encoding="utf-8")
    assert_ends_like(again, done, TABLE)


def training_of(process, deadline):
    """Wait for the training that a workflow starts; return its process."""
    while process.poll() is None and time.monotonic() < deadline:
        for child in psutil.Process(process.pid).children(recursive=True):
            try:
                words = child.cmdline()
            except psutil.NoSuchProcess:
                continue
            if "train" in words and "with-gpus" not in words and "-c" not in words:
                return child
        time.sleep(0.02)
    raise AssertionError("training never began")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_training_that_is_stopped_leaves_no_old_scores(again, done, number):
    """As the kernel does when memory runs out, and as schedulers do."""
    study = changed(STUDY, "experiments.tiny.training.epochs", 100_000)
    study = changed(study, "experiments.tiny.training.early_stopping", None)
    log = again.folder / "logs/small/train/tiny-seed0.log"
    for target in ([], [], [TABLE]):
        log.unlink(missing_ok=True)
        process = subprocess.Popen(
            again.command(*target, study=study), env=again.environment, cwd=again.folder,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        deadline = time.monotonic() + 120
        training = training_of(process, deadline)
        while not (log.exists() and "epoch 1" in log.read_text(encoding="utf-8")):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        training.send_signal(number)
        told = process.communicate(timeout=120)[0]
        assert process.returncode == 1 and "Test scores" not in told
        why = "was it killed" if number == signal.SIGKILL else "the same command goes on from"
        assert why in told.rpartition("At least one job did not complete")[2], told
    assert_ends_like(again, done, TABLE)


def test_a_training_without_enough_memory_leaves_no_old_scores(again, done, monkeypatch):
    study = changed(STUDY, "experiments.tiny.model.widths", [1500, 3000])
    study = changed(study, "experiments.tiny.training.batch_size", 64)
    real = subprocess.run
    limit = 3 * 2**30

    def with_little(*arguments, **options):
        def lower():
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

        return real(*arguments, preexec_fn=lower, **options)

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", with_little)
        assert_fails_twice(again, "there is not enough memory", targets=(), study=study)
    assert_ends_like(again, done, TABLE)


@pytest.mark.parametrize("lost", ["records", "parameters"])
def test_old_results_are_made_again_where_snakemake_knows_nothing_of_them(
    again, tmp_path_factory, native, lost
):
    """Its folder was removed, as people do to get rid of a lock; or only dates are to count."""
    options = ["--rerun-triggers", "mtime"] if lost == "parameters" else []
    if lost == "records":
        shutil.rmtree(again.folder / ".snakemake")
    assert "Nothing to be done" in again.run(*options).stdout
    before = scores_in(again)
    study = changed(STUDY, RATE, 0.02)
    process = again.run(TABLE, *options, study=study)
    assert process.returncode == 0, process.stdout
    after = scores_in(again)
    assert after["provenance"]["run"]["training"]["learning_rate"] == 0.02
    assert after["mean_average_precision"] != before["mean_average_precision"]
    changed_steps = {
        step
        for step, recipe in after["provenance"]["made_from"].items()
        if recipe != before["provenance"]["made_from"][step]
    }
    assert changed_steps == {"training", "evaluation"}
    assert "Nothing to be done" in again.run(TABLE, *options, study=study).stdout


@pytest.mark.parametrize("missing", ["input", "list", "vertices"])
def test_a_study_whose_files_are_missing_is_refused_not_taken_from_old_steps(again, missing):
    """Snakemake leaves out a step whose input is not there while its output is."""
    absent = {"test_list": "typo.txt", "validation_list": "typo.txt"}
    study = STUDY | {
        "input": {"data": STUDY["data"] | {"input": "typo", "remapping": "nearest"}},
        "list": {"split": {"method": "files", **absent}},
        "vertices": {"sampling": {"name": "custom", "file": "typo.csv"}},
    }[missing]  # fmt: skip
    for _ in range(2):
        process = again.run(study=study)
        assert process.returncode == 1 and "typo" in process.stdout
        assert "no such file" in process.stdout and "Test scores" not in process.stdout


def test_a_step_refuses_what_was_made_from_something_else(again):
    """Maps of before, where nothing tells Snakemake that they are."""
    shutil.rmtree(again.folder / ".snakemake")
    for folder in ("runs", "baselines"):
        shutil.rmtree(again.results / folder)
    study = changed(STUDY, "data.remapping", "nearest")
    process = again.run(study=study)
    assert process.returncode == 1
    assert "maps.nc: was made from other settings, data or code than the study" in process.stdout
    process = again.run(TABLE, "--forcerun", "prepare", study=study)
    assert process.returncode == 0, process.stdout


def test_a_mended_validation_map_trains_again(again):
    """Means and deviations are those of the training maps: they do not tell."""
    path = sorted((again.folder / "native/2107").glob("*.h5"))[0]
    with h5py.File(path, "a") as file:
        file["climate/data"][0] *= 1.01
    process = again.run("results/small/runs/tiny-seed0/model.pt")
    assert process.returncode == 0, process.stdout
    told = (again.folder / "logs/small/train/tiny-seed0.log").read_text(encoding="utf-8")
    assert "is trained already" not in told and "train anew" in told


def test_spectra_that_fail_go_on_failing(tmp_path, native):
    copy_of(native, tmp_path / "native")
    write_sample(tmp_path / "era5.zarr")
    study = {
        "name": "spectra",
        "data": STUDY["data"],
        "power_spectra": {"input": "era5.zarr", "download": None, "snapshots": 2},
    }
    workflow = Workflow(tmp_path, study)
    process = workflow.run()
    assert process.returncode == 0, process.stdout
    attributes = tmp_path / "era5.zarr/msl/zarr.json"
    before = attributes.read_text(encoding="utf-8")
    attributes.write_text(before.replace('"Pa"', '"hPa"'), encoding="utf-8")
    for target in ([], [], ["results/spectra/figures/power_spectra.png"]):
        process = workflow.run(*target)
        assert process.returncode == 1
        assert "Failed: compute_power_spectra: " in process.stdout
        assert "PSL has a mean of 1.0" in process.stdout.rpartition("Failed:")[2]
    attributes.write_text(before, encoding="utf-8")
    assert workflow.run().returncode == 0
    assert "Nothing to be done" in workflow.run().stdout


def test_a_snapshot_that_comes_or_goes_or_is_mended_is_noticed(again):
    def planned():
        return set(again.planned()) & {"prepare", "train"}

    folder = again.folder / "native/2106"
    first, second, *_ = sorted(folder.glob("*.h5"))
    assert planned() == set()
    (folder / "notes.txt").touch()
    (again.folder / "native/.snapshot").mkdir()
    shutil.copy(first, again.folder / "native/.snapshot")
    assert planned() == set()  # none of it is read
    shutil.move(first, again.folder)
    assert planned() == {"prepare", "train"}
    shutil.move(again.folder / first.name, folder)
    assert planned() == set()
    os.utime(second, (1, 1))
    assert planned() == {"prepare", "train"}
    process = again.run("results/small/data/icosahedral/maps.nc")
    assert process.returncode == 0, process.stdout
    assert planned() == {"train"}


def test_data_that_is_gone_is_not_needed_any_more(again):
    shutil.rmtree(again.folder / "native")
    study = STUDY | {"data": STUDY["data"] | {"download": {"urls": ["https://example.org/a"]}}}
    assert set(again.planned(study=study)) == {"report", "all"}


def test_results_of_another_file_with_the_same_name_are_not_overwritten(again):
    other = again.folder / "other.yaml"
    shutil.copy(again.folder / "study.yaml", other)
    command = again.command("--dry-run")
    command[command.index(str(again.folder / "study.yaml"))] = str(other)

    def run():
        return subprocess.run(
            command, env=again.environment, cwd=again.folder, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    refused = run()
    assert refused.returncode == 1
    assert (
        "other.yaml: has the name 'small', as has study.yaml, whose results are in results/small; "
        "give it another 'name'"
    ) in refused.stdout
    (again.folder / "study.yaml").rename(again.folder / "forgotten.txt")
    assert run().returncode == 0  # it was moved here


@pytest.mark.parametrize("locale", ["en_US.ISO-8859-1", "ja_JP.EUC-JP"])
def test_another_locale_makes_nothing_again_and_runs_as_well(again, locales, locale):
    again.locale = locales(locale)
    assert "Nothing to be done" in again.run().stdout
    process = again.run("--force", TABLE, "results/small/runs/tiny-seed0/scores.json")
    assert process.returncode == 0, process.stdout
    assert "Nothing to be done" in again.run(TABLE).stdout


def test_where_git_refuses_to_tell_the_commit_a_plan_says_so_once(again, monkeypatch):
    if os.getuid():
        pytest.skip("only root can give files to somebody else")
    subprocess.run(["git", "init", "-q"], cwd=again.checkout, check=True)
    subprocess.run(["chown", "-R", "12345", again.checkout], check=True)
    monkeypatch.setenv("HOME", str(again.folder))
    told = again.run("--dry-run").stdout
    assert told.count("No table will tell the commit of the code: git refuses: detected dub") == 1
