"""The notebooks run from top to bottom; the second one on the study that the tests have run."""

import nbformat
import pytest
from nbclient import NotebookClient

from tests.workflow.conftest import ROOT

pytestmark = pytest.mark.slow


def execute(name, monkeypatch, **environment):
    """Run a notebook in its folder and return its cells with their outputs."""
    for key, value in {"PYTHONPATH": str(ROOT / "src"), **environment}.items():
        monkeypatch.setenv(key, value)
    notebook = nbformat.read(ROOT / f"notebooks/{name}.ipynb", as_version=4)
    NotebookClient(
        notebook,
        timeout=300,
        resources={"metadata": {"path": str(ROOT / "notebooks")}},
    ).execute()
    return notebook.cells


def n_images(cells):
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def test_spheres_and_graphs(monkeypatch):
    assert n_images(execute("spheres_and_graphs", monkeypatch)) == 5


def test_a_finished_run(finished, monkeypatch):
    cells = execute("a_finished_run", monkeypatch, STUDY=str(finished.results))
    assert n_images(cells) == 4
    said = "".join(o.get("text", "") for cell in cells for o in cell.get("outputs", ()))
    assert "tiny-seed0 on synthetic twin of CAM5" in said


@pytest.mark.parametrize("name", ["spheres_and_graphs", "a_finished_run"])
def test_notebooks_are_stored_without_outputs(name):
    notebook = nbformat.read(ROOT / f"notebooks/{name}.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code and not any(cell.outputs or cell.execution_count for cell in code)
