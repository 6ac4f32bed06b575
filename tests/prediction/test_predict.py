"""Fields go in and answers come out: of any grid, on any grid, by one network or several."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
import xarray as xr

from deepsphere_pipe.cli import main
from deepsphere_pipe.data.recipe import Recipe
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.prediction import predict, predict_to_file
from deepsphere_pipe.prediction.inputs import open_inputs
from deepsphere_pipe.prediction.networks import Networks
from deepsphere_pipe.prediction.parts import Parts
from deepsphere_pipe.prediction.strangeness import Strangeness
from deepsphere_pipe.prediction.targets import make_target
from deepsphere_pipe.remap import LatLonGrid
from deepsphere_pipe.samplings import Custom, Equiangular, Healpix, Icosahedral
from deepsphere_pipe.training.model_record import read_record
from tests.data.fields.climate import TIMES, plain
from tests.prediction.models import CHANNELS, many, save_model


def test_a_network_sees_remapped_and_normalised_fields(tmp_path, fields):
    folder, network, hierarchy = save_model(tmp_path / "run")
    found = predict(folder, fields)
    source = open_inputs(fields, Icosahedral(2))
    recipe = Recipe.of(source, Icosahedral(2), source.select(CHANNELS))
    maps = np.stack([recipe.follow(snapshot)[0] for snapshot in source.snapshots])
    seen = read_record(folder / "model.pt").statistics.normalise(maps)
    with torch.no_grad():
        wanted = network(torch.from_numpy(seen).transpose(1, 2)).softmax(-1).transpose(1, 2)
    assert found["probability"].dims == ("time", "class", "vertex")
    np.testing.assert_allclose(found["probability"], wanted, atol=1e-6)
    assert (found["event_class"] == wanted.numpy().argmax(1)).all()
    assert list(found["time"].values.astype("datetime64[m]").astype(str)) == TIMES
    areas = hierarchy.levels[0].areas * 6.371e6**2
    np.testing.assert_allclose(found["cell_area"], areas)


def test_a_data_set_in_memory_is_shown_as_its_file_is(model, fields):
    with xr.open_dataset(fields) as opened:
        here = predict(model, opened)
    xr.testing.assert_equal(here.drop_attrs(), predict(model, fields).drop_attrs())


@pytest.mark.parametrize("ending", ["nc", "zarr"])
def test_a_file_holds_what_is_returned(tmp_path, model, fields, ending):
    out = tmp_path / f"out.{ending}"
    predict_to_file(model, fields, out)
    wanted = predict(model, fields)
    with xr.open_dataset(out, engine="netcdf4" if ending == "nc" else "zarr") as found:
        for name in ("probability", "event_class", "cell_area", "longitude", "faces"):
            np.testing.assert_array_equal(found[name], wanted[name], name)
        assert (
            found["time"].values.astype("datetime64[s]")
            == wanted["time"].values.astype("datetime64[s]")
        ).all()
        assert found["event_class"].dtype == np.uint8
        assert found["event_class"].attrs["flag_meanings"] == "BG TC AR missing"
        assert found.attrs["models"].startswith("tiny-seed1 (sha256 ")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_several_seeds_give_mean_and_spread(tmp_path, fields):
    one, two = (predict(save_model(tmp_path / f"run{seed}", seed)[0], fields) for seed in (0, 1))
    both = predict(str(tmp_path / "run*"), fields)
    each = np.stack([one["probability"], two["probability"]])
    assert abs(each[0] - each[1]).max() > 0.01
    np.testing.assert_allclose(both["probability"], each.mean(0), atol=1e-6)
    np.testing.assert_allclose(both["probability_spread"], each.std(0, ddof=1), atol=1e-6)


def test_networks_of_other_channels_do_not_predict_together(tmp_path, model, fields):
    other = save_model(tmp_path / "other", channels=CHANNELS[:2])[0]
    with pytest.raises(UserError, match=r"other.model.pt: has other channels than .*run.model.pt"):
        predict([model, other], fields)


@pytest.mark.parametrize(
    "sampling",
    [
        Healpix(4),
        Equiangular(8, 16),
        Custom(np.roll(Icosahedral(2).coordinates, 1, axis=0) @ np.diag([-1, -1, 1.0])),
    ],
    ids=lambda sampling: sampling.name,
)
def test_a_model_stands_alone_on_every_sampling(tmp_path, fields, sampling):
    if isinstance(sampling, Custom):
        sampling.file = "stations.csv"  # which is long gone
    hierarchy = build_hierarchy(sampling, 1)
    folder = save_model(tmp_path / "run", hierarchy=hierarchy)[0]
    networks = Networks(folder)
    assert networks.sampling.identifier == sampling.identifier
    assert predict(folder, fields).sizes["vertex"] == sampling.n_vertices


def test_on_healpix_the_cells_are_numbered_as_cf_does(tmp_path, fields):
    folder = save_model(tmp_path / "run", sampling=Healpix(4))[0]
    found = predict(folder, fields)
    assert found["healpix_index"].attrs["standard_name"] == "healpix_index"
    mapping = found[found["probability"].attrs["grid_mapping"]].attrs
    assert (mapping["refinement_level"], mapping["indexing_scheme"]) == (2, "nested")


def test_answers_come_back_on_the_grid_of_the_input(model, fields):
    found = predict(model, fields, grid="input", masks=True)
    assert np.unique(found["event_class"]).size > 1
    with xr.open_dataset(fields) as given:
        np.testing.assert_allclose(found["lat"], given["latitude"])
        np.testing.assert_allclose(found["lon"], given["longitude"])
    assert found["probability"].dims == ("time", "class", "lat", "lon")
    np.testing.assert_allclose(found["probability"].sum("class"), 1, atol=1e-5)
    assert found["cell_area"].sum() == pytest.approx(4 * np.pi * 6.371e6**2)
    for number, name in ((1, "tc"), (2, "ar")):
        assert ((found[f"{name}_binary_tag"] == 1) == (found["event_class"] == number)).all()


@pytest.mark.parametrize(("grid", "first"), [("19x36", 90.0), ("18x36", 85.0)])
def test_a_grid_has_the_poles_if_it_has_the_equator(model, fields, grid, first):
    found = predict(model, fields, grid=grid)
    assert found["lat"][0] == first and found["lon"][1] == 10


def test_what_lies_on_a_vertex_is_not_changed_by_interpolation():
    sampling = Icosahedral(3)
    target = make_target(
        "input", sampling, lambda: LatLonGrid(np.linspace(-90, 90, 19), np.arange(0, 360, 10.0))
    )
    smooth = sampling.coordinates @ [0.3, -0.5, 0.8]
    found = target.bring(smooth[None].astype(np.float32))[0]
    north, east = np.radians(np.linspace(-90, 90, 19)[:, None]), np.radians(np.arange(0, 360, 10.0))
    wanted = (
        0.3 * np.cos(north) * np.cos(east)
        - 0.5 * np.cos(north) * np.sin(east)
        + 0.8 * np.sin(north)
    )
    np.testing.assert_allclose(found, wanted, atol=0.01)


def test_all_missing_channels_are_named(tmp_path, fields):
    folder = save_model(tmp_path / "run", channels=("TMQ", "U850", "PSL", "V850"))[0]
    with pytest.raises(UserError, match=r"lacks U850, V850 of the channels that tiny-seed0 needs"):
        predict(folder, fields)


def test_where_fields_are_missing_there_is_no_answer(tmp_path, model):
    data = plain()
    data["T500"][1, 9, 10:14] = np.nan
    with pytest.raises(UserError, match="not finite"):
        predict(model, data)
    found = predict(model, data, missing="mask", masks=True)
    absent = np.isnan(found["probability"]).any("class")
    assert not absent[[0, 2]].any() and 0 < absent[1].sum() < 12
    assert (found["event_class"].values[absent.values] == 255).all()
    assert (found["tc_binary_tag"].values[absent.values] == 255).all()
    assert (found["event_class"].values[~absent.values] < 3).all()


def test_a_network_that_sees_the_past_is_shown_windows(tmp_path, capsys):
    folder = save_model(
        tmp_path / "run", window={"sequence_length": 3, "step_hours": 6, "prediction_shift": 1},
        model={"widths": [4, 6], "temporal": "stacked"},
    )[0]  # fmt: skip
    data = many(9).isel(time=[0, 1, 2, 3, 5, 6, 7, 8])  # a map is missing
    found = predict(folder, data)
    assert found["time"].dt.strftime("%d %H").values.tolist() == [
        "01 18",
        "02 00",
        "03 00",
        "03 06",
    ]
    assert "4 maps end no window of 3 maps" in capsys.readouterr().out
    with pytest.raises(UserError, match="no 3 maps every 6 hours"):
        predict(folder, data.isel(time=slice(0, 2)))


def test_input_far_from_the_training_is_told(model, fields, capsys):
    statistics = Statistics(("TMQ", "PSL"), (20.0, 1e5), (10.0, 1e3), (), 0)
    standard = np.random.default_rng(0).normal(size=(50, 2, 400))
    for factor, offset, warned in ((1, 0, 0), (1, 40, 1), (2.5, 0, 1), (0.3, 0, 1)):
        seen = Strangeness(statistics, np.ones(400))
        for each in standard:
            seen.update(np.stack([20 + 10 * factor * each[0] + offset, 1e5 + 1e3 * each[1]]))
        assert len(seen.warnings) == warned
        assert all(f"TMQ: has mean {20 + offset}." in line for line in seen.warnings)
    with xr.open_dataset(fields) as opened:
        predict(model, opened.assign(TMQ=opened["TMQ"] + 40.0))
    assert "Warning: TMQ: has mean" in capsys.readouterr().out


def test_a_store_of_maps_is_shown_as_it_is(tmp_path, model, fields):
    study = {"name": "x", "data": {"source": "era5", "input": str(fields), "channels": [*CHANNELS]}}
    file = tmp_path / "study.yaml"
    file.write_text(str(study | {"sampling": {"level": 2}}), encoding="utf-8")
    assert main(["prepare", "--study", str(file), "--out", str(tmp_path / "maps.nc")]) == 0
    found = predict(model, tmp_path / "maps.nc")
    np.testing.assert_array_equal(found["probability"], predict(model, fields)["probability"])
    other = save_model(tmp_path / "other", sampling=Healpix(4))[0]
    with Store(tmp_path / "maps.nc") as store, pytest.raises(UserError, match=store.sampling):
        predict(other, tmp_path / "maps.nc")


def test_nothing_is_overwritten_unasked(tmp_path, model, fields, capsys):
    out = tmp_path / "out.nc"
    out.write_text("mine", encoding="utf-8")
    command = ["predict", str(model), str(fields), "--out", str(out)]
    assert main(command) == 2
    assert (
        "is there already" in capsys.readouterr().err and out.read_text(encoding="utf-8") == "mine"
    )
    assert main([*command, "--overwrite"]) == 0
    assert xr.open_dataset(out).sizes["time"] == 3


def test_files_among_which_variables_are_spread_are_read_together(tmp_path, model, fields):
    with xr.open_dataset(fields) as opened:
        opened[["TMQ"]].to_netcdf(tmp_path / "a.nc")
        opened[["PSL", "T500"]].to_netcdf(tmp_path / "b.nc")
    found = predict(model, [tmp_path / "a.nc", tmp_path / "b.nc"])
    np.testing.assert_array_equal(found["probability"], predict(model, fields)["probability"])
    found = predict(model, str(tmp_path / "[ab].nc"))
    np.testing.assert_array_equal(found["probability"], predict(model, fields)["probability"])


def test_it_goes_on_after_a_kill(tmp_path, model, monkeypatch):
    path, out = tmp_path / "fields.nc", tmp_path / "out.nc"
    many(640).to_netcdf(path)
    verb = [sys.executable, "-m", "deepsphere_pipe", "predict"]
    command = [*verb, str(model), str(path), "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    parts = tmp_path / ".out.nc.parts"
    while process.poll() is None and not list(parts.glob("[0-9]*.npz")):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not out.exists() and list(parts.glob("[0-9]*.npz"))
    seen, simple = [], Networks.probabilities
    monkeypatch.setattr(
        Networks, "probabilities", lambda self, x: (seen.append(len(x)), simple(self, x))[1]
    )
    predict_to_file(model, path, out, workers=0)
    assert 0 < sum(seen) < 640
    assert not parts.exists()
    with xr.open_dataset(out) as found:
        assert found.sizes["time"] == 640 and not np.isnan(found["probability"]).any()
        np.testing.assert_array_equal(found["probability"], predict(model, path)["probability"])


def test_parts_of_other_networks_are_not_used(tmp_path, model, fields):
    out = tmp_path / "out.nc"
    Parts(out, ["of something else"], 3, 64).save(
        0, np.zeros((1, 3, 3, 162)), np.zeros((3, 162), bool)
    )
    predict_to_file(model, fields, out)
    with xr.open_dataset(out) as found:
        np.testing.assert_array_equal(found["probability"], predict(model, fields)["probability"])


def test_other_readers_find_a_sound_mesh(tmp_path, model, fields):
    """ugrid-checks: the conformance rules of UGRID 1.0."""
    checks = pytest.importorskip("ugrid_checks.check")
    out = tmp_path / "out.nc"
    predict_to_file(model, fields, out)
    assert checks.check_dataset(str(out), print_summary=False).logger.N_FAILURES == 0
    assert checks.check_dataset(str(out), print_summary=False).logger.N_WARNINGS == 0


def test_names_of_your_own_are_taken(tmp_path, model, fields):
    with xr.open_dataset(fields) as opened:
        data = opened.rename(TMQ="moisture").drop_attrs(deep=False).load()
    data["moisture"].attrs = {"units": "kg m-2"}
    with pytest.raises(UserError, match="lacks TMQ"):
        predict(model, data)
    found = predict(model, data, variables={"TMQ": "moisture"})
    np.testing.assert_array_equal(found["probability"], predict(model, fields)["probability"])
