"""The study of the paper on a small archive: fetched, and run to the end by the same rules."""

import csv
import json
import re
import shlex
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from deepsphere_pipe.data.sources.ugscnn import PUBLISHED_TITLE
from tests.workflow.conftest import ROOT, Workflow

pytestmark = pytest.mark.slow

EXPERIMENTS = [
    f"{architecture}{weights}"
    for architecture in ("deepsphere", "jiang", "wide")
    for weights in ("", "_weighted")
]
MOST_MB = 8000


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def served(folder):
    """Offer the files of a folder on a free port of this machine; yield the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def commands():
    """Return the commands that the head of the config gives: make, offer, run."""
    head = (ROOT / "config/paper-small.yaml").read_text(encoding="utf-8").partition("\nname:")[0]
    lines = [line.removeprefix("# ") for line in head.splitlines()]
    making = next(line for line in lines if line.startswith("python -m deepsphere_pipe archive"))
    running = next(line for line in lines if line.startswith("snakemake"))
    make, offer = making.removesuffix(" &").split(" && ")
    return shlex.split(make), shlex.split(offer), shlex.split(running)


def fetching(name, port, folder):
    """Return a workflow of a study that fetches its data from a port."""
    study = yaml.safe_load((ROOT / f"config/{name}.yaml").read_text(encoding="utf-8"))
    study["data"]["download"] = {"urls": [f"http://127.0.0.1:{port}/climate_sphere_l5.zip"]}
    folder.mkdir()
    return Workflow(folder, study)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The study, run as the head of its config says, but for the port."""
    folder = tmp_path_factory.mktemp("paper_small")
    (folder / "config").symlink_to(ROOT / "config")
    make, offer, run = commands()
    subprocess.run([sys.executable, *make[1:]], cwd=folder, check=True)
    with served(folder / offer[offer.index("--directory") + 1]) as port:
        urls = yaml.safe_load((ROOT / "config/paper-small.yaml").read_text(encoding="utf-8"))[
            "data"
        ]["download"]
        workflow = fetching("paper-small", port, folder / "run")
        assert urls["urls"] == [
            url.replace(str(port), offer[-1]) for url in workflow.study["data"]["download"]["urls"]
        ]
        workflow.expected = workflow.planned()
        assert run == ["snakemake", "--cores", "2", "--configfile", "config/paper-small.yaml"]
        process = workflow.run()
    assert process.returncode == 0, process.stdout
    workflow.output = process.stdout
    return workflow


def test_every_rule_of_the_paper_study_has_run(done, tmp_path):
    finished = Counter(re.findall(r"Finished jobid: \d+ \(Rule: (\w+)\)", done.output))
    assert finished == done.expected
    whole = fetching("paper", 9, tmp_path / "paper").planned()
    assert set(whole) == set(finished)
    # Runs are six experiments times the seeds; all else is equal.
    for counts, seeds in ((whole, 5), (finished, 2)):
        for rule in ("train", "evaluate"):
            assert counts[rule] == 6 * seeds, rule
            counts[rule] //= seeds
    assert whole == finished


def test_data_that_is_there_is_not_fetched(tmp_path):
    """The study of the paper as it stands, with the archive in its place."""
    study = yaml.safe_load((ROOT / "config/paper.yaml").read_text(encoding="utf-8"))
    workflow = Workflow(tmp_path, study)
    assert "no such file or folder" in workflow.run("--dry-run").stdout
    (tmp_path / "data").mkdir()
    (tmp_path / study["data"]["input"]).touch()
    planned = workflow.planned()
    assert "download" not in planned and planned["prepare"] == 1 and planned["train"] == 30


def test_the_table_has_all_experiments_and_seeds(done):
    with (done.results / "tables/scores.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    seeds = {row["experiment"]: row["seeds"] for row in rows if row["kind"] == "network"}
    assert seeds == dict.fromkeys(EXPERIMENTS, "2")
    assert all(row["epochs_most"] == "2" for row in rows if row["kind"] == "network")
    runs = {path.parent.name for path in done.results.glob("runs/*/scores.json")}
    assert runs == {f"{name}-seed{seed}" for name in EXPERIMENTS for seed in (0, 1)}
    assert (done.results / "report.html").stat().st_size > 100_000


def test_nothing_passes_for_the_published_data(done):
    title = (
        "synthetic twin of CAM5 (96 x 144 grid) in the format of the UGSCNN archive "
        "(icosahedral level 5)"
    )
    manifest = json.loads(
        (done.results / "data/icosahedral/maps.manifest.json").read_text(encoding="utf-8")
    )
    assert manifest["data"] == title and manifest["maps"] == 16
    for path in done.results.glob("*/*/scores.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["provenance"]["data"] == title
    for suffix in ("md", "html"):
        assert title in (done.results / f"tables/scores.{suffix}").read_text(encoding="utf-8")
    texts = [
        path
        for path in done.results.rglob("*")
        if path.suffix in {".json", ".csv", ".md", ".html", ".yaml"}
    ]
    assert len(texts) > 50
    assert not [path for path in texts if PUBLISHED_TITLE in path.read_text(encoding="utf-8")]


def test_no_step_needs_more_than_eight_gigabytes(done):
    for path in done.results.glob("benchmarks/**/*.tsv"):
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                used = row["max_rss"]
                assert used in ("NA", "-") or float(used) < MOST_MB, path
