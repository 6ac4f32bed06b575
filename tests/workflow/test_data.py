"""Data of every kind through the workflow: fetched, prepared, split, drawn."""

import json

import numpy as np
import pytest
import xarray as xr

from deepsphere_pipe.data.store import Store
from deepsphere_pipe.samplings import Icosahedral
from tests.data.misbehaving_server import Server
from tests.data.sources.test_era5 import write_sample
from tests.data.specimens import map_on, name_of, npz, write_zip
from tests.data.store_server import StoreServer
from tests.workflow.conftest import Workflow

pytestmark = pytest.mark.slow

STAMPS = [(2106 + year, 1, day, 0, 1) for year in range(3) for day in (1, 2, 3)]


@pytest.fixture
def archive(tmp_path):
    members = {
        f"data_5_all/{name_of(stamp, '-mesh.npz')}": npz(*map_on(Icosahedral(2), i))
        for i, stamp in enumerate(STAMPS)
    }
    return write_zip(tmp_path / "served.zip", members).read_bytes()


def test_an_archive_is_fetched_once_prepared_and_split(smoke_study, tmp_path, archive):
    lists = {f"{part}_list": f"{part}.txt" for part in ("validation", "test")}
    for part, year in (("validation", 2107), ("test", 2108)):
        names = [name_of(stamp, "-mesh.npz") for stamp in STAMPS if stamp[0] == year]
        (tmp_path / f"{part}.txt").write_text("\n".join(names), encoding="utf-8")
    with Server(archive) as server:
        server.cuts = [50_000]
        study = smoke_study | {
            "data": {
                "source": "ugscnn",
                "input": "data/climate sphere.zip",  # a blank, as in many a user's folder
                "download": {"urls": [server.url], "size_bytes": len(archive)},
            },
            "sampling": {"level": 2},
            "split": {"method": "files", **lists},
        }
        workflow = Workflow(tmp_path, study)
        data = workflow.results / "data/icosahedral"
        process = workflow.run("results/smoke/data/icosahedral/split/split.csv")
        assert process.returncode == 0, process.stdout
        assert [request.get("Range") for request in server.requests] == [None, "bytes=50000-"]
    assert (tmp_path / "data/climate sphere.zip").read_bytes() == archive
    with Store(data / "maps.nc") as store:
        assert len(store) == len(STAMPS)
        np.testing.assert_array_equal(store.fields(4), map_on(Icosahedral(2), 4)[0])
    audit = json.loads((data / "split/audit.json").read_text(encoding="utf-8"))
    assert audit["data"] == (
        "CAM5 snapshots in the format of the UGSCNN archive (icosahedral level 2, 9 maps; the "
        "published one has 62738 of level 5)"
    )
    assert [audit[f"{part}_maps"] for part in ("train", "validation", "test")] == [3, 3, 3]
    # Nothing is left to do, and another address does not fetch again what is there.
    study["data"]["download"]["urls"] = ["https://example.org/another.zip"]
    again = workflow.run("results/smoke/data/icosahedral/split/split.csv", study=study)
    assert again.returncode == 0 and "Nothing to be done" in again.stdout
    (tmp_path / "test.txt").write_text(name_of(STAMPS[-1], "-mesh.npz"), encoding="utf-8")
    again = workflow.run("results/smoke/data/icosahedral/split/split.csv")
    assert again.returncode == 0, again.stdout
    assert json.loads((data / "split/audit.json").read_text(encoding="utf-8"))["test_maps"] == 1


def test_data_that_is_not_there_is_told_with_where_to_get_it(smoke_study, tmp_path):
    study = smoke_study | {"data": {"source": "ugscnn", "input": "data/climate_sphere_l5.zip"}}
    process = Workflow(tmp_path, study).run()
    assert process.returncode != 0 and not (tmp_path / "results").exists()
    assert "data/climate_sphere_l5.zip: no such file or folder" in process.stdout
    assert "drive.google.com" in process.stdout and "Save it as" in process.stdout


def test_spectra_are_drawn_beside_those_of_other_data(finished, tmp_path):
    write_sample(tmp_path / "era5.zarr")
    study = {
        "name": "spectra",
        "data": {"source": "cam5", "input": str(finished.results / "data/native")},
        "power_spectra": {"input": "era5.zarr", "download": None, "snapshots": 4},
    }
    workflow = Workflow(tmp_path, study)
    process = workflow.run()
    assert process.returncode == 0, process.stdout
    assert "Report: results/spectra/report.html" in process.stdout
    assert (workflow.results / "figures/power_spectra.png").stat().st_size > 20_000
    report = (workflow.results / "report.html").read_text(encoding="utf-8")
    assert "Angular power spectra" in report and "CC-BY 4.0" in report


def test_data_at_an_address_is_read_there(tmp_path):
    """It is no input of a rule, and made again when its metadata are others."""
    write_cf(tmp_path / "served/a.zarr")
    with StoreServer(tmp_path / "served") as server:
        study = {
            "name": "far",
            "data": {
                "source": "era5", "input": server.address("a.zarr"), "channels": ["PSL"],
                "times": {"end": "2020-01-01T12:00", "every_hours": 12},
            },
            "sampling": {"level": 1},
            "power_spectra": {"input": server.address("a.zarr"), "download": None},
        }  # fmt: skip
        workflow = Workflow(tmp_path, study)
        maps = "results/far/data/icosahedral/maps.nc"
        assert workflow.counts(workflow.run("--dry-run", maps).stdout) == {"prepare": 1}
        process = workflow.run(maps, "results/far/data/power_spectra.csv")
        assert process.returncode == 0, process.stdout
        with Store(tmp_path / maps) as store:
            assert [time.hour for time in store.times] == [0, 12]
        assert "Nothing to be done" in workflow.run(maps).stdout
        write_cf(tmp_path / "served/a.zarr", history="mended")
        assert "prepare" in workflow.counts(workflow.run("--dry-run", maps).stdout)
        write_cf(tmp_path / "served/a.zarr")
    assert "Nothing to be done" in workflow.run(maps).stdout  # without the network, too
    (tmp_path / "results/far/data/icosahedral/maps.manifest.json").unlink()
    process = workflow.run("--dry-run", maps)
    assert process.returncode != 0 and "a.zarr/.zmetadata cannot be read" in process.stdout


def write_cf(path, **attributes):
    """Write three times of surface pressure, with consolidated metadata."""
    latitude, longitude = np.linspace(90, -90, 19), np.arange(0, 360, 10.0)
    values = 1.01e5 + 1e3 * np.sin(np.radians(latitude))[None, :, None] + np.zeros((3, 1, 36))
    times = np.array([f"2020-01-01T{hour:02d}" for hour in (0, 6, 12)], "datetime64[ns]")
    dims = ("time", "latitude", "longitude")
    coordinates = {"time": times, "latitude": latitude, "longitude": longitude}
    data = xr.Dataset({"msl": (dims, values, {"units": "Pa"})}, coordinates, attributes)
    data.to_zarr(path, mode="w", zarr_format=2, consolidated=True)
    return path
