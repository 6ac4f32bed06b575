"""Every kind of file is told by what it holds; what is none is one sentence."""

import shutil

import pytest
import torch
import yaml

from deepsphere_pipe.cli import main
from deepsphere_pipe.config import parse
from deepsphere_pipe.config.study import Study
from deepsphere_pipe.description.kinds import KINDS, described_file
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import LatLonGrid, make_sampling
from deepsphere_pipe.steps.describe import describe
from deepsphere_pipe.steps.evaluate import evaluate
from deepsphere_pipe.steps.prepare import prepare
from deepsphere_pipe.steps.sphere import sphere
from deepsphere_pipe.steps.split import split
from deepsphere_pipe.steps.synthesize import synthesize
from deepsphere_pipe.steps.train import train
from tests.data.fields.climate import CHANNELS, dataset, plain
from tests.data.specimens import random_map, ugscnn_members, write_climatenet, write_zip
from tests.reporting.maps.prediction_files import prediction
from tests.studies import STUDY


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A file of each kind, as the steps leave them."""
    folder = tmp_path_factory.mktemp("study")
    study = parse(Study, STUDY, "study.yaml")
    (run,), (sampling,) = study.runs, study.samplings_by_name.values()
    maps, parts, graphs = made = (folder / "maps.nc", folder / "split", folder / "sphere.nc")
    synthesize(study.data.synthetic, folder / "native")
    prepare(study.data, sampling, folder / "native", maps)
    split(study.split, maps, parts)
    sphere(sampling, study.graph, graphs)
    out = folder / "runs" / run.name
    train(run, *made, out)
    evaluate(out / "model.pt", *made, out, device="cpu")
    (folder / "study.yaml").write_text(yaml.safe_dump(STUDY), encoding="utf-8")
    content = torch.load(out / "model.pt", weights_only=True)
    torch.save(content | {"history": [{}], "iteration": 3}, folder / "checkpoint.pt")
    torch.save(content["weights"], folder / "weights.pt")
    return folder


N_MAPS = "times: 144, 2106-"

TOLD = {
    "maps.nc": ("a store of maps", [N_MAPS, "3 hours apart, calendar noleap", "U850", "TC"]),
    "maps.manifest.json": ("the manifest of a store", ["left out: nothing"]),
    "maps.files.csv": ("a table", ["rows: 144", "columns: file, time, run"]),
    "split": ("a split", ["48 train, 48 validation, 48 test", "0 % within 3h", "of 48 maps"]),
    "split/split.csv": ("the parts of a split", ["maps: 48 train"]),
    "split/audit.json": ("the audit of a split", ["synthetic twin"]),
    "split/statistics.json": ("statistics of channels", ["channels TMQ, PSL, U850, V850"]),
    "sphere.nc": ("a sphere", ["level  vertices", "642"]),
    "runs/tiny-seed0": ("a run", ["tiny-seed0", "average precision: mean"]),
    "runs/tiny-seed0/model.pt": (
        "a trained network",
        ["network: tiny-seed0, unet", "PSL (Pa)", "best of 1 epochs is 1", "on 48 maps"],
    ),
    "checkpoint.pt": ("a checkpoint of a training", ["after epoch 1, iteration 3"]),
    "weights.pt": ("weights without a network", ["import-weights"]),
    "runs/tiny-seed0/scores.json": ("scores of a run", ["48 test maps", "by years"]),
    "runs/tiny-seed0/histograms.nc": ("histograms of scores", ["pixels by true class: BG"]),
    "runs/tiny-seed0/predictions.nc": ("predictions on test maps", ["642 vertices", "tmq"]),
    "runs/tiny-seed0/epochs.nc": (
        "predictions on validation maps after every epoch", ["epochs: 1"],
    ),
    "runs/tiny-seed0/composite.nc": ("a composite of cyclones", ["(hit)", "(miss)"]),
    "runs/tiny-seed0/events.csv": ("events", ["true:", "of which"]),
    "runs/tiny-seed0/history.csv": ("the history of a training", ["epochs: 1", "best: epoch 1"]),
    "study.yaml": ("a study", ["icosahedral level 3", "runs: tiny-seed0"]),
    ".": ("results of a study", ["scored: tiny-seed0"]),
    "native": ("snapshots", ["source: cam5", "32 x 64 grid", N_MAPS, "labels: yes"]),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_what_the_steps_leave_is_told(files, name):
    kind, words = TOLD[name]
    text = describe(files / name)
    assert text.startswith(f"{files / name}: {kind}\n")
    for each in words:
        assert each in text, text


def test_a_snapshot_alone_is_told(files):
    text = describe(min((files / "native").glob("**/*.h5")))
    assert "a snapshot of CAM5\ngrid: 32 x 64 grid\ntimes: 1, 2106-" in text
    assert "labels: default" in text


@pytest.mark.parametrize("ending", ["nc", "zarr"])
def test_predictions_are_told(tmp_path, ending):
    place = LatLonGrid([60, 0, -60], [0, 90, 180, 270])
    for each, words in (
        (make_sampling("healpix", nside=4), "grid: vertex 192 (healpix)"),
        (place, "grid: lat 3 x lon 4\n"),
    ):
        path = tmp_path / f"{words[6]}.{ending}"
        made = prediction(each)
        made.to_netcdf(path) if ending == "nc" else made.to_zarr(path, zarr_format=2)
        text = describe(path)
        assert f"{path}: a prediction\npredicted by: unet-seed0" in text
        assert words in text and "times: 4, 2026-03-25T00:00:00 to" in text and "'plot'" in text


def test_fields_tell_which_channels_they_can_serve(tmp_path):
    """Each with the variable that it comes from, its conversion, and what cannot be used."""
    fields = {
        "t2m": ("TREFHT", 1, 273.15, {"units": "degC"}),
        "msl": ("PSL", 100, 0, {"units": "hPa"}),
        "tcwv": ("TMQ", 1, 0, {"units": "banana"}),
    }
    odd = dataset(fields)
    odd.to_netcdf(tmp_path / "odd.nc")
    odd.to_zarr(tmp_path / "odd.zarr", zarr_format=2)
    for ending in ("nc", "zarr"):
        text = describe(tmp_path / f"odd.{ending}")
        lines = text.splitlines()
        assert lines[0].endswith(f"odd.{ending}: climate fields")
        assert lines[1] == "grid: 19 x 36 grid"
        assert lines[2].startswith("times: 3, 2020-01-01T00:00:00 to 2020-01-01T12:00:00, 6 hours")
        assert "channels: PSL, TREFHT" in lines
        assert "  PSL is msl, converted from hPa to Pa" in lines
        assert "  TREFHT is t2m, converted from degC to K" in lines
        absent = [name for name in CHANNELS if name not in ("PSL", "TREFHT")]
        assert f"not there: {', '.join(absent)}" in lines
        assert "problems: 1" in text and "banana" in lines[-1]


def test_fields_without_places_times_or_channels_are_still_told(tmp_path):
    plain().rename(TMQ="a", PSL="b", T500="c").to_netcdf(tmp_path / "unknown.nc")
    text = describe(tmp_path / "unknown.nc")
    assert "channels: none" in text and "variables: a (time 3, latitude 19" in text
    bare = plain().isel(time=0).drop_vars(["time", "latitude"])
    bare.to_netcdf(tmp_path / "bare.nc")
    text = describe(tmp_path / "bare.nc")
    assert "times: it tells none" in text and "has no latitude" in text


def test_folders_and_archives_of_snapshots_are_told(tmp_path):
    (tmp_path / "net").mkdir()
    write_climatenet(tmp_path / "net/data-2010-06-21-01-1.nc", *random_map(0, 24, 48))
    (tmp_path / "net/data-2010-06-22.nc").touch()
    text = describe(tmp_path / "net")
    assert "source: climatenet" in text and "labels: yes" in text
    assert "problems: 1" in text and "data-2010-06-22.nc: the name" in text
    archive = write_zip(tmp_path / "archive.zip", ugscnn_members()[0])
    text = describe(archive)
    assert "source: ugscnn" in text and "times: 8, " in text and "runs 1, 2, 3, 4, 6" in text


def test_damaged_files_and_others_are_one_sentence(files, tmp_path):
    (tmp_path / "empty").mkdir()
    text = tmp_path / "notes.txt"
    text.write_text("notes", encoding="utf-8")
    broken = tmp_path / "broken.nc"
    shutil.copy(files / "maps.nc", broken)
    broken.write_bytes(broken.read_bytes()[:5000])
    empty = tmp_path / "scores.json"
    empty.write_text('{"run": 1, "classes": 2, "provenance": 3}', encoding="utf-8")
    study = tmp_path / "study.yaml"
    study.write_text("name: 3\nwrong: 4\n", encoding="utf-8")
    for path, words in (
        (text, "of no kind that is known"),
        (broken, "cannot be read as netCDF"),
        (empty, "looks like scores of a run, but cannot be read"),
        (study, "must be text"),
        (tmp_path / "none", "no such file or folder"),
        (tmp_path / "empty", "of no kind"),
    ):
        with pytest.raises(UserError, match=words) as caught:
            described_file(path)
        assert "\n" not in str(caught.value)


def test_the_command_describes_several(files, capsys):
    paths = [str(files / name) for name in ("split", "maps.nc")]
    assert main(["describe", *paths]) == 0
    text = capsys.readouterr().out
    assert text.count("\n\n") == 1 and "a split" in text and "a store of maps" in text


def test_every_kind_is_tried_here():
    tried = {kind for kind, _ in TOLD.values()}
    others = {"a prediction", "climate fields", "a snapshot of CAM5"}
    assert {kind.name for kind in KINDS} == tried | others
