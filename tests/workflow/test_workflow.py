"""The whole workflow, for real: from the synthesis of data to the report in a browser."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.runtime.gpus import visible_gpus
from tests.studies import changed, copy_results

pytestmark = pytest.mark.slow

FIGURES = (
    "training_curves", "precision_recall", "map", "confusion", "calibration", "latitude",
    "network_equivariance", "comparison", "cost", "composite",
)  # fmt: skip
MAPS = tuple(
    f"maps/icosahedral-{name}"
    for name in ("equirectangular", "mollweide", "robinson", "orthographic")
)
GRAPH_FIGURES = (
    "equivariance_error", "kernel_widths", "samplings", "spectra", "eigenvectors", "graphs",
)  # fmt: skip


def test_everything_that_the_readme_names_is_there(finished):
    for figure in FIGURES + MAPS + GRAPH_FIGURES:
        assert (finished.results / f"figures/{figure}.pdf").read_bytes().startswith(b"%PDF")
        with Image.open(finished.results / f"figures/{figure}.png") as image:
            assert 600 <= image.width <= 1600
            assert np.asarray(image.convert("L")).std() > 5, f"{figure} is empty"
    for suffix in ("gif", "webp"):
        path = finished.results / f"figures/globe.{suffix}"
        with Image.open(path) as image:
            assert image.n_frames == 36 and path.stat().st_size <= 2_000_000
    for run in ("tiny-seed0", "tiny-seed1", "weighted-seed0", "weighted-seed1"):
        folder = finished.results / "runs" / run
        for name in (
            *("model.pt", "history.csv", "epochs.nc", "scores.json", "histograms.nc"),
            *("events.csv", "predictions.nc", "composite.nc"),
        ):
            assert (folder / name).stat().st_size > 0
        assert (finished.folder / f"logs/smoke/train/{run}.log").exists()
        assert (finished.results / f"benchmarks/train/{run}.tsv").exists()
    assert "Report: results/smoke/report.html" in finished.output
    assert "mean AP" in finished.output


def test_tables_are_there_in_all_forms_and_compile(finished):
    tables = ("scores", "accuracy", "average_precision", "size_and_speed")
    tables += ("events", "events_by_size_and_latitude", "data", "provenance")
    tables += ("differences", "weighting_compared", "samplings")
    found = {path.name for path in (finished.results / "tables").iterdir()}
    assert found == {f"{t}.{form}" for t in tables for form in ("csv", "md", "html", "tex")}
    with (finished.results / "tables/average_precision.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "network"]
    for row in rows:
        low, mean, high = (
            float(row[f"mean_average_precision{end}"]) for end in ("_low", "", "_high")
        )
        assert low < mean < high
    assert "not comparable" in (finished.results / "tables/accuracy.md").read_text(encoding="utf-8")
    if shutil.which("pdflatex"):
        for table in tables:
            command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error"]
            path = finished.results / f"tables/{table}.tex"
            compiled = subprocess.run(
                [*command, f"-output-directory={finished.folder}", path],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert compiled.returncode == 0, compiled.stdout[-2000:]


def test_the_page_of_the_study_links_to_what_is_there(finished):
    text = (finished.results / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# smoke") and "synthetic twin of CAM5 (48 x 72 grid)" in text
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert "figures/map.png" in links and "tables/scores.md" in links
    for link in links:
        assert (finished.results / link).exists(), link


def test_the_table_says_what_was_run_on_what(finished):
    with (finished.results / "tables/scores.csv").open(encoding="utf-8") as file:
        rows = {row["experiment"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["tiny", "weighted", "frequency", "logistic"]
    seeds = [
        json.loads(
            (finished.results / f"runs/tiny-seed{seed}/scores.json").read_text(encoding="utf-8")
        )
        for seed in (0, 1)
    ]
    mean = np.mean([scores["mean_average_precision"] for scores in seeds])
    assert float(rows["tiny"]["mean_average_precision"]) == pytest.approx(mean)
    assert rows["tiny"]["seeds"] == "2"
    written = (finished.results / "tables/scores.md").read_text(encoding="utf-8")
    for fact in (
        "synthetic twin of CAM5 (48 x 72 grid)",
        "by years: validation 2107, test 2108",
        "642 vertices",
        "Seeds: 0, 1",
        "Epochs: 2",
        "0.0 / 0.0 / 0.0 %",
    ):
        assert fact in written


@pytest.mark.skipif(bool(visible_gpus()), reason="only without GPUs")
def test_networks_divide_the_cores(finished):
    """Four of them, two at once on two cores."""
    for path in finished.results.glob("runs/*/scores.json"):
        provenance = json.loads(path.read_text(encoding="utf-8"))["provenance"]
        assert provenance["device"] == provenance["evaluation_device"] == "cpu (1 thread)"


def test_the_frequency_baseline_scores_the_share_of_the_class(finished):
    scores = json.loads(
        (finished.results / "baselines/frequency/scores.json").read_text(encoding="utf-8")
    )
    with xr.open_dataset(finished.results / "data/icosahedral/maps.nc") as maps:
        test = maps["labels"][[time.year == 2108 for time in maps["time"].values]].values
    assert scores["provenance"]["test_maps"] == len(test)
    areas = Hierarchy.load(finished.results / "spheres/icosahedral.nc").levels[0].areas
    for label, name in enumerate(("BG", "TC", "AR")):
        precision = scores["classes"][name]["average_precision"]
        assert (precision or 0) == pytest.approx((test == label).mean())
        by_area = scores["by_area"]["classes"][name]["average_precision"]
        share = ((test == label) * areas).sum() / (len(test) * areas.sum())
        assert (by_area or 0) == pytest.approx(share, rel=1e-4)


def test_a_second_run_has_nothing_to_do(finished):
    assert "Nothing to be done" in finished.run().stdout


@pytest.mark.parametrize(
    ("path", "value", "rules"),
    [
        ("figures.map.colormap", "viridis", {"map", "maps", "globe"}),
        ("figures.map.projection", "robinson", {"map"}),
        ("figures.globe.frames", 12, {"globe"}),
        ("figures.precision_recall.baseline_colour", "#123456", {"precision_recall"}),
        ("figures.training_curves.train_colour", "#123456", {"training_curves"}),
        (
            "figures.style.dpi",
            120,
            {*FIGURES, "maps", "globe", *(f"draw_{name}" for name in GRAPH_FIGURES)},
        ),
    ],
)
def test_a_changed_figure_draws_that_figure_only(finished, path, value, rules):
    planned = finished.planned(study=changed(finished.study, path, value))
    assert set(planned) == {*rules, "report", "all"}


def test_a_changed_learning_rate_trains_again_but_leaves_the_data(finished):
    study = changed(finished.study, "experiments.tiny.training.learning_rate", 0.01)
    planned = finished.planned(study=study)
    assert planned["train"] == 2 and planned["evaluate"] == 2  # the two seeds of `tiny`
    assert not {"synthesize", "prepare", "split", "sphere", "baseline"} & set(planned)


def test_another_split_keeps_the_maps(finished):
    study = changed(finished.study, "split", {"method": "random"})
    planned = finished.planned(study=study)
    assert planned["split"] == 1 and planned["train"] == 4 and planned["baseline"] == 2
    assert not {"synthesize", "prepare", "sphere"} & set(planned)


def test_one_more_seed_trains_only_that_one(finished):
    planned = finished.planned(study=changed(finished.study, "seeds", [0, 1, 2]))
    assert planned["train"] == 2 and planned["evaluate"] == 2 and "split" not in planned


def test_a_killed_run_ends_as_an_undisturbed_one(finished, fresh):
    """Killed with all its children in the middle of training, then started again."""
    copy_results(finished.results, fresh.results, "data", "spheres")
    target = "results/smoke/runs/tiny-seed0/scores.json"
    log = fresh.folder / "logs/smoke/train/tiny-seed0.log"
    process = subprocess.Popen(
        fresh.command(target), env=fresh.environment, start_new_session=True, cwd=fresh.folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not (log.exists() and "epoch 1" in log.read_text(encoding="utf-8")):
        assert process.poll() is None and time.monotonic() < deadline, "training never began"
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (fresh.results / "runs/tiny-seed0/model.pt").exists()
    unlocked = fresh.run("--unlock")
    assert unlocked.returncode == 0, unlocked.stdout
    again = fresh.run(target)
    assert again.returncode == 0, again.stdout

    for name in ("histograms.nc", "predictions.nc"):
        with (
            xr.open_dataset(finished.results / f"runs/tiny-seed0/{name}") as expected,
            xr.open_dataset(fresh.results / f"runs/tiny-seed0/{name}") as found,
        ):
            xr.testing.assert_identical(expected, found)


def test_an_interrupted_step_leaves_no_half_written_file(fresh):
    target = "results/smoke/data/icosahedral/maps.nc"
    process = subprocess.Popen(
        fresh.command(target), env=fresh.environment, cwd=fresh.folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    partial = fresh.results / "data/native.partial"
    deadline = time.monotonic() + 120
    while not (partial.exists() and any(partial.iterdir())):
        assert process.poll() is None and time.monotonic() < deadline, "synthesis never began"
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (fresh.results / "data/native").exists()


def test_a_wrong_config_stops_before_anything_runs(fresh):
    study = changed(fresh.study, "experiments.tiny.training.batch_size", 0)
    finished = fresh.run(study=study)
    assert finished.returncode != 0
    expected = "study.yaml: experiments.tiny.training.batch_size is 0; it must be at least 1."
    assert expected in finished.stdout
    assert "Traceback" not in finished.stdout
    assert not (fresh.folder / "results").exists()


def test_a_run_that_the_study_has_not_is_told_with_those_that_it_has(fresh):
    process = fresh.run("--dry-run", "results/smoke/runs/tiny-seed7/scores.json")
    assert process.returncode != 0
    assert (
        "study smoke has no run 'tiny-seed7'; it has tiny-seed0, tiny-seed1, weighted-seed0, "
        "weighted-seed1."
    ) in process.stdout


def test_the_error_of_a_step_is_on_the_screen_and_in_its_log(fresh):
    (fresh.folder / "mine").mkdir()
    study = changed(fresh.study, "data", {"source": "cam5", "input": "mine"})
    finished = fresh.run("results/smoke/data/icosahedral/maps.nc", study=study)
    assert finished.returncode != 0
    sentence = "error: mine: no files data-*.h5 in this folder."
    assert sentence in finished.stdout
    assert (fresh.folder / "logs/smoke/prepare/icosahedral.log").read_text(
        encoding="utf-8"
    ).strip() == sentence
