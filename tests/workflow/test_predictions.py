"""Trained networks of a study are shown other fields by its workflow."""

import shutil

import pytest
import xarray as xr

from tests.data.misbehaving_server import Server
from tests.workflow.conftest import Workflow

pytestmark = pytest.mark.slow

TARGET = "results/smoke/predictions/again.nc"


@pytest.fixture
def shown(finished):
    """A few snapshots beside the study, whose networks are trained."""
    folder = finished.folder / "shown"
    folder.mkdir()
    native = sorted((finished.results / "data/native").glob("data-2108-*.h5"))
    for path in native[:3]:
        shutil.copy2(path, folder)
    yield folder, native
    shutil.rmtree(folder)
    shutil.rmtree(finished.results / "predictions", ignore_errors=True)


def test_all_seeds_of_an_experiment_predict_together(finished, shown):
    folder, native = shown
    wanted = {"input": "shown", "experiment": "weighted", "grid": "19x36", "masks": True}
    study = finished.study | {"predictions": {"again": wanted}}
    process = finished.run(TARGET, study=study)
    assert process.returncode == 0, process.stdout
    with xr.open_dataset(finished.folder / TARGET) as found:
        assert found.sizes["time"] == 3 and found["tc_binary_tag"].shape == (3, 19, 36)
        assert found.attrs["models"].count("weighted-seed") == 2
        assert "probability_spread" in found
    again = finished.run(TARGET, study=study)
    assert "Nothing to be done" in again.stdout
    # Another file, and other settings, are noticed.
    shutil.copy2(native[3], folder)
    again = finished.run("--dry-run", TARGET, study=study)
    assert Workflow.counts(again.stdout) == {"predict": 1}
    (folder / native[3].name).unlink()
    other = finished.study | {"predictions": {"again": wanted | {"experiment": "tiny"}}}
    again = finished.run("--dry-run", TARGET, study=other)
    assert Workflow.counts(again.stdout) == {"predict": 1}


def test_fields_are_fetched_that_are_not_there(finished, shown):
    _, native = shown
    with Server(native[0].read_bytes()) as server:
        wanted = {"input": f"fetched/{native[0].name}", "download": {"urls": [server.url]}}
        study = finished.study | {"predictions": {"again": wanted}}
        process = finished.run(TARGET, study=study)
    assert process.returncode == 0, process.stdout
    with xr.open_dataset(finished.folder / TARGET) as found:
        assert found.sizes["time"] == 1
    again = finished.run(TARGET, study=study)
    assert "Nothing to be done" in again.stdout


def test_fields_that_are_nowhere_are_told_at_once(finished):
    study = finished.study | {"predictions": {"again": {"input": "nowhere/*.nc"}}}
    process = finished.run(TARGET, study=study)
    assert process.returncode != 0
    assert "nowhere/*.nc: no such file or folder; a prediction names it." in process.stdout
