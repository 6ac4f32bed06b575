"""The examples of docs/extending.md work as they are printed, on a copy of the package."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch

from deepsphere_pipe.evaluation import Tally

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SECTION = re.compile(r"^## (.+)\n", re.MULTILINE)
BLOCK = re.compile(r"(?:^([^\n]+)\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES_AT_MOST = {
    "A sampling": 3, "A source": 3, "A model": 0, "A kind of model": 3, "A figure": 4,
}  # fmt: skip
"""Of the package, of the workflow, and of figures the test, too."""


class Block(NamedTuple):
    """A block of the page: the file that the line before it names last, what it is, its text."""

    path: str
    language: str
    text: str


def examples():
    """Return the blocks of each section of the page that has any."""
    _, *parts = SECTION.split((ROOT / "docs/extending.md").read_text(encoding="utf-8"))
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    return {
        title: [
            Block((re.findall(r"`([\w/]+\.\w+)`", line) or [""])[-1], language, text)
            for line, language, text in BLOCK.findall(section)
        ]
        for title, section in sections.items()
    }


EXAMPLES = examples()


def patched(text, difference):
    """Return a text with each hunk of a difference applied where its old lines stand."""
    for hunk in difference.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] != "+")
        new = "".join(line[1:] for line in lines if line[0] != "-")
        assert text.count(old) == 1, f"stands there {text.count(old)} times:\n{old}"
        text = text.replace(old, new)
    return text


def apply(blocks, folder):
    """Write and change the files of an example."""
    for block in blocks:
        path = folder / block.path
        if block.language == "diff":
            text = patched(path.read_text(encoding="utf-8"), block.text)
            path.write_text(text, encoding="utf-8")
        elif block.language != "sh":
            assert block.path and not path.exists(), block
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the package that has every example, with what their commands read."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("src", "workflow", "config", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for blocks in EXAMPLES.values():
        apply(blocks, folder)
    rng = np.random.default_rng(0)
    grid = {"latitude": np.linspace(-88, 88, 23), "longitude": np.arange(0, 360, 7.5)}
    (folder / "data/mine").mkdir(parents=True)
    for day in (1, 2):
        tmq, psl = (rng.normal(*each, (23, 48)) for each in ((20, 5), (100_800, 1000)))
        path = folder / f"data/mine/data-2106-01-{day:02d}-00-1.npz"
        np.savez(path, TMQ=tmq, PSL=psl, labels=np.zeros((23, 48)), **grid)
    tally = Tally(3)
    labels = rng.integers(0, 3, (2, 50))
    scores = rng.dirichlet([1, 1, 1], (2, 50))
    tally.update(torch.from_numpy(scores), torch.from_numpy(labels))
    tally.save(folder / "results/smoke/runs/tiny-seed0/histograms.nc")
    return folder


@pytest.mark.parametrize("title", FILES_AT_MOST)
def test_an_example_runs(title, copy):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PYTHONPATH": str(copy / "src"), "PATH": path}
    for block in EXAMPLES[title]:
        if block.language == "sh":
            done = subprocess.run(
                ["bash", "-ec", block.text], cwd=copy, env=environment, check=False,
                capture_output=True, text=True,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr


def test_every_example_runs():
    with_blocks = [title for title, blocks in EXAMPLES.items() if blocks]
    assert with_blocks == list(FILES_AT_MOST)
    assert all(EXAMPLES[title][-1].language == "sh" for title in with_blocks)


@pytest.mark.parametrize(("title", "most"), FILES_AT_MOST.items())
def test_an_example_touches_few_files(title, most):
    counted = ("src/", "workflow/", *(["tests/"] if title == "A figure" else []))
    files = {block.path for block in EXAMPLES[title] if block.path.startswith(counted)}
    assert len(files) <= most, files


def test_what_the_examples_made_is_there(copy):
    for made in ("sphere.nc", "maps.nc", "results/flat/model.pt", "class_shares.png"):
        assert (copy / made).stat().st_size > 0
    assert (copy / "results/own/pointwise-seed0/model.pt").stat().st_size > 0
