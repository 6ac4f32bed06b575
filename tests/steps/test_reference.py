"""The page of the steps in Python is that of the code, and its example makes a study."""

import ast
import json
from pathlib import Path

from deepsphere_pipe import steps
from deepsphere_pipe.steps.reference import EXAMPLE, STEPS, steps_reference

ROOT = Path(__file__).parents[2]


def test_the_page_is_that_of_the_code():
    written = (ROOT / "docs/python.md").read_text(encoding="utf-8")
    assert written == steps_reference(), "run `make docs`"


def test_every_module_with_a_function_of_its_name_is_a_step():
    named = set()
    for path in Path(steps.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_bytes())
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        named |= {path.stem} & names
    assert named - {"made_from", "scored_on"} == set(STEPS)


def test_the_example_trains_and_scores_a_network(tmp_path, monkeypatch):
    (tmp_path / "config").symlink_to(ROOT / "config")
    monkeypatch.chdir(tmp_path)
    exec(compile(EXAMPLE, "docs/python.md", "exec"), {"__name__": "example"})
    scores = Path("results/by_hand/tiny-seed0/scores.json").read_text(encoding="utf-8")
    assert json.loads(scores)["run"] == "tiny-seed0"
