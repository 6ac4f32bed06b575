"""What is asked for that cannot be, or only with care: sentences, and nothing half-done."""

import importlib
import resource
import threading
import time

import numpy as np
import pytest
import torch
import xarray as xr

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.prediction import predict, predict_to_file, reading
from deepsphere_pipe.prediction import writing as writer
from deepsphere_pipe.prediction.networks import Networks
from deepsphere_pipe.prediction.parts import folder_of
from deepsphere_pipe.prediction.predict import write_parts
from deepsphere_pipe.samplings import Custom, Icosahedral
from deepsphere_pipe.training.survival import run_lock as locking
from tests.data.fields.climate import plain
from tests.prediction.models import many, save_model

PREDICT = importlib.import_module("deepsphere_pipe.prediction.predict")  # not the function


def opened(path):
    engine = "zarr" if path.suffix == ".zarr" else "netcdf4"
    with xr.open_dataset(path, engine=engine) as found:
        return found.load()


def hidden(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("ending", ["nc", "zarr"])
def test_all_parts_of_a_file_tell_the_run(tmp_path, model, monkeypatch, ending):
    monkeypatch.setattr(PREDICT, "MOST_MAPS", 2)
    for run in (1, 2):
        data = plain().assign_attrs(variant_label=f"r{run}i1p1f1")
        data.to_netcdf(tmp_path / f"run{run}.nc")
    out = tmp_path / f"out.{ending}"
    predict_to_file(model, str(tmp_path / "run?.nc"), out)
    found = opened(out)
    assert found["run"].values.tolist() == [1, 1, 1, 2, 2, 2]
    np.testing.assert_array_equal(found["time"][:3], found["time"][3:])


def test_few_maps_of_a_fine_grid_are_written_at_once(tmp_path, model, monkeypatch):
    monkeypatch.setattr(PREDICT, "PART_VALUES", 2 * 3 * 90 * 180)
    sizes = []

    def counted(out, parts):
        write_parts(out, (sizes.append(part.sizes["time"]) or part for part in parts))

    monkeypatch.setattr(PREDICT, "write_parts", counted)
    predict_to_file(model, plain(), tmp_path / "out.nc", grid="90x180")
    assert sizes == [2, 1]
    wanted = predict(model, plain(), grid="90x180")
    np.testing.assert_array_equal(opened(tmp_path / "out.nc")["probability"], wanted["probability"])


def killed_before_writing(monkeypatch, model, inputs, out, **how):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(PREDICT, "write_parts", killed)
        predict_to_file(model, inputs, out, **how)
    assert list(folder_of(out).glob("*.npz"))


def test_what_was_made_of_a_data_set_in_memory_is_not_gone_on_with(tmp_path, model, monkeypatch):
    out, other = tmp_path / "out.nc", plain()
    other["TMQ"] = other["TMQ"] * 0.5
    killed_before_writing(monkeypatch, model, plain(), out)
    predict_to_file(model, other, out)
    np.testing.assert_array_equal(opened(out)["probability"], predict(model, other)["probability"])


@pytest.mark.parametrize(("later", "n_predicted"), [("code1", 0), ("code2", 3)])
def test_what_other_code_made_is_not_gone_on_with(
    tmp_path, model, fields, monkeypatch, later, n_predicted
):
    out, seen, simple = tmp_path / "out.nc", [], Networks.probabilities
    killed_before_writing(monkeypatch, model, fields, out, more={"made_from": "code1"})
    monkeypatch.setattr(
        Networks, "probabilities", lambda self, x: (seen.append(len(x)), simple(self, x))[1]
    )
    predict_to_file(model, fields, out, more={"made_from": later})
    assert sum(seen) == n_predicted


def test_a_data_set_in_memory_is_read_by_this_process(tmp_path, model, monkeypatch):
    def no_pool(*_):
        raise AssertionError

    monkeypatch.setattr(reading, "worker_pool", no_pool)
    n_maps = reading.FEW + 1
    predict_to_file(model, many(n_maps), tmp_path / "out.nc", workers=1)
    assert opened(tmp_path / "out.nc").sizes["time"] == n_maps


def test_only_what_predict_writes_is_replaced(tmp_path, model, fields):
    (tmp_path / "folder.nc").mkdir()
    (tmp_path / "folder.zarr").mkdir()
    (tmp_path / "folder.zarr" / "mine").touch()
    (tmp_path / "file.zarr").touch()
    for name in ("folder.nc", "folder.zarr", "file.zarr"):
        with pytest.raises(UserError, match=rf"{name}: is .*choose another name"):
            predict_to_file(model, fields, tmp_path / name, overwrite=True)
    assert (tmp_path / "folder.zarr" / "mine").exists() and (tmp_path / "file.zarr").is_file()


def test_a_store_is_replaced_whole(tmp_path, model, fields):
    out = tmp_path / "out[1].zarr"
    predict_to_file(model, fields, out)
    predict_to_file(model, plain().isel(time=[1]), out, overwrite=True)
    assert opened(out).sizes["time"] == 1
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("ending", ["nc", "zarr"])
def test_one_writes_to_where_a_link_leads(tmp_path, model, fields, ending):
    (tmp_path / "disk").mkdir()
    link, real = tmp_path / f"link.{ending}", tmp_path / "disk" / f"out.{ending}"
    link.symlink_to(real)
    predict_to_file(model, fields, link)
    predict_to_file(model, plain().isel(time=[1]), link, overwrite=True)
    assert link.is_symlink() and opened(real).sizes["time"] == 1
    assert hidden(tmp_path) == hidden(tmp_path / "disk") == []


def test_an_input_is_not_replaced(tmp_path, model, fields):
    for given in (fields, str(tmp_path / "f*.nc"), [tmp_path / "." / "fields.nc"]):
        with pytest.raises(UserError, match=r"fields.nc: is one of the inputs"):
            predict_to_file(model, given, tmp_path / "fields.nc", overwrite=True)
    assert "TMQ" in opened(fields)


def test_who_gives_nothing_is_told(model):
    with pytest.raises(UserError, match="give fields"):
        predict(model, [])
    with pytest.raises(UserError, match="give a network"):
        predict([], plain())
    with pytest.raises(UserError, match=r"missing is 'drop'; it must be one of refuse, mask"):
        predict(model, plain(), missing="drop")
    with pytest.raises(UserError, match=r"99999x99999.*more than 50,000,000 points"):
        predict(model, plain(), grid="99999x99999")


def test_a_network_that_is_named_twice_answers_once(tmp_path, model, fields, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = predict(["run", model / "model.pt", "run/../run"], fields)
    assert "probability_spread" not in found and found.attrs["models"].count("tiny") == 1


def test_the_network_that_does_not_fit_is_named(tmp_path, model, fields):
    other = save_model(tmp_path / "other", 2)[0] / "model.pt"
    content = torch.load(other)
    name = next(iter(content["weights"]))
    content["weights"][name] = content["weights"][name][:1]
    torch.save(content, other)
    with pytest.raises(UserError, match=rf"^{other}: .*{name}"):
        predict([model, other], fields)


def test_several_folders_are_read_together(tmp_path, model):
    for number in range(3):
        (tmp_path / f"month{number}").mkdir()
        plain().isel(time=[number]).to_netcdf(tmp_path / f"month{number}" / "fields.nc")
    wanted = predict(model, plain())["probability"]
    for inputs in (str(tmp_path / "month*"), [tmp_path / f"month{number}" for number in (2, 0, 1)]):
        np.testing.assert_array_equal(predict(model, inputs)["probability"], wanted)


def test_a_network_of_a_region_says_nothing_of_the_rest(tmp_path):
    sphere = Icosahedral(3)
    tropics = abs(sphere.latitude) < 30
    region = Custom(sphere.coordinates[tropics], sphere.areas[tropics], partial=True)
    region.file = "tropics.csv"
    folder = save_model(tmp_path / "run", hierarchy=build_hierarchy(region, 1))[0]
    found = predict(folder, plain(), grid="input", masks=True)
    north = abs(found["lat"])
    assert found["probability"].sel(lat=north < 25).notnull().all()
    assert found["probability"].sel(lat=north > 45).isnull().all()
    for name in ("event_class", "tc_binary_tag"):
        assert (found[name].sel(lat=north > 45) == 255).all()


def test_who_is_refused_leaves_nothing(tmp_path, model):
    data = plain()
    data["T500"][1] = np.nan
    with pytest.raises(UserError, match="T500 holds values that are not finite: all are missing"):
        predict_to_file(model, data, tmp_path / "a" / "out.nc", missing="mask")
    assert not (tmp_path / "a").exists()


def test_one_waits_for_another_that_writes_the_same(tmp_path, model, fields, capsys, monkeypatch):
    monkeypatch.setattr(locking, "POLL_S", 0.01)
    out, told = tmp_path / "out.nc", []

    def second():
        try:
            predict_to_file(model, fields, out)
        except UserError as error:
            told.append(str(error))

    thread = threading.Thread(target=second)
    with locking.run_lock(folder_of(out), "predicts this"):
        thread.start()
        until = time.monotonic() + 60
        while "which predicts this already" not in capsys.readouterr().out:
            assert thread.is_alive() and time.monotonic() < until
            time.sleep(0.01)
        out.write_text("of the first", encoding="utf-8")
    thread.join()
    assert told == [f"{out}: is there already; choose another name, or --overwrite."]
    assert out.read_text(encoding="utf-8") == "of the first"
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("ending", ["nc", "zarr"])
def test_on_a_full_disk_one_is_told_and_can_go_on(tmp_path, model, fields, monkeypatch, ending):
    out, before = tmp_path / f"out.{ending}", resource.getrlimit(resource.RLIMIT_FSIZE)
    write = writer._write

    def on_full_disk(*how):
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, before[1]))
        try:
            write(*how)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    with monkeypatch.context() as patched, pytest.raises((UserError, OSError)):
        patched.setattr(writer, "_write", on_full_disk)
        predict_to_file(model, fields, out)
    assert not out.exists() and hidden(tmp_path) == [folder_of(out).name]
    predict_to_file(model, fields, out)
    assert opened(out).sizes["time"] == 3 and hidden(tmp_path) == []


def test_a_name_of_your_own_that_is_not_there_is_told(model, fields):
    with pytest.raises(UserError, match=r"no variable 'moistur', which 'variables' names for TMQ"):
        predict(model, fields, variables={"TMQ": "moistur"})


def test_a_file_that_cannot_be_used_is_told_before_what_is_missing_therefore(tmp_path, model):
    plain()[["TMQ", "PSL"]].to_netcdf(tmp_path / "a.nc")
    plain()[["T500"]].isel(longitude=slice(None, None, 2)).to_netcdf(tmp_path / "b.nc")
    with pytest.raises(UserError, match=r"^b.nc: lies on another grid than the first file"):
        predict(model, str(tmp_path / "?.nc"))
    (tmp_path / "a.nc").write_text("damaged", encoding="utf-8")
    with pytest.raises(UserError, match=r"^a.nc: cannot be read as netCDF .*'/[^.]*/a.nc'"):
        predict(model, str(tmp_path / "?.nc"))
