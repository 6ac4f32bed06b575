"""Tracks of files: predictions and stores, on any sampling, with and without fields."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.cli import main
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.prediction.layout import filled, frame
from deepsphere_pipe.prediction.targets import make_target
from deepsphere_pipe.samplings import Custom, Equiangular, Healpix, Icosahedral
from deepsphere_pipe.samplings.sampling import unit_vectors
from deepsphere_pipe.samplings.sphere import distance_km
from deepsphere_pipe.tracking.surface import Surface
from deepsphere_pipe.tracking.track import track
from tests.stores import write_store
from tests.tracking.worlds import discs, path, rules, times

WAY = path(170, 12, 10, east=1.6)
CHANNELS = tuple(c for c in cam5_channels() if c.name in ("TMQ", "UBOT", "VBOT", "PSL"))


def fields_of(coordinates, centre):
    """Return a cyclone: TMQ, UBOT, VBOT and PSL, which is least beside the centre."""
    eye = unit_vectors(*np.degrees([np.arctan2(centre[1], centre[0]), np.arcsin(centre[2]) + 0.03]))
    near = np.exp(-((distance_km(coordinates, eye) / 500) ** 2))
    hills = 8000 * coordinates[:, 2] ** 2  # smooth, as maps are, and low where the cyclone is
    return np.stack([30 + 40 * near, 3 * 10 * near, 4 * 10 * near, 101e3 + hills - 4000 * near])


def make_store(folder, sampling, way=WAY, runs=(1,), rivers=False):
    surface, (when, _) = Surface.of(sampling), times(len(way), 6)
    snapshots = [Snapshot(run, t, f"{run}-{i}", "") for run in runs for i, t in enumerate(when)]
    maps = [
        (
            fields_of(surface.coordinates, centre).astype(np.float32),
            discs([centre], 700, surface=surface)
            + rivers * discs([[0.0, 0.6, -0.8]], 900, label=2, surface=surface),
        )
        for centre in way
    ] * len(runs)
    write_store(folder / "maps.nc", snapshots, maps, CHANNELS, sampling, "made up")
    return folder / "maps.nc"


def make_prediction(folder, sampling, grid="sphere", run=1, way=WAY, km=600):
    surface, (when, _) = Surface.of(sampling), times(len(way), 6)
    away = np.stack([distance_km(surface.coordinates, centre) for centre in way])
    cyclone = np.exp(-((away / km) ** 2))
    found = np.stack([1 - cyclone, cyclone, 0 * cyclone], axis=1)[None].astype(np.float32)
    target = make_target(grid, sampling, None)
    stamps = [(run, time) for time in when]
    absent = np.zeros((len(way), surface.n_vertices), bool)
    dataset = filled(frame(target, stamps, {}, of_runs=False), target, found, absent, masks=False)
    dataset.to_netcdf(folder / "answers.nc")
    return folder / "answers.nc"


SAMPLINGS = [Icosahedral(4), Healpix(16), Equiangular(36, 72), Equiangular(37, 72, poles=True)]


@pytest.mark.parametrize("sampling", SAMPLINGS, ids=lambda each: each.identifier)
def test_labels_of_a_store_are_followed_with_its_fields(tmp_path, sampling):
    fixes = track(make_store(tmp_path, sampling), rules=rules())
    assert len(fixes) == 10 and fixes["track_id"].nunique() == 1
    places = unit_vectors(fixes["lon"], fixes["lat"])
    assert distance_km(places, WAY).max() < 250
    eyes = unit_vectors(fixes["pressure_lon"], fixes["pressure_lat"])
    assert distance_km(eyes, WAY).max() < 500 and fixes["pressure_lat"].mean() > 12.2
    assert fixes["pressure_hpa"].between(970, 990).all()
    assert fixes["wind_m_s"].between(35, 50).all() and fixes["tmq_kg_m2"].between(55, 70).all()
    assert (fixes["probability_max"] == 1).all()


@pytest.mark.parametrize("grid", ["sphere", "45x90", "36x72"])
@pytest.mark.parametrize("sampling", SAMPLINGS[:2], ids=lambda each: each.name)
def test_predictions_are_followed_on_spheres_and_grids(tmp_path, sampling, grid):
    fixes = track(make_prediction(tmp_path, sampling, grid), rules=rules())
    assert len(fixes) == 10 and fixes["track_id"].nunique() == 1
    # Weighted by probability, centres lie between the vertices.
    assert distance_km(unit_vectors(fixes["lon"], fixes["lat"]), WAY).mean() < 100
    assert fixes["pressure_hpa"].isna().all() and (fixes["probability_max"] > 0.7).all()
    assert (fixes["probability_mean"] <= fixes["probability_max"]).all()


def test_a_store_on_the_same_vertices_tells_how_strong_predicted_storms_are(tmp_path):
    sampling = Icosahedral(4)
    store, answers = make_store(tmp_path, sampling), make_prediction(tmp_path, sampling)
    assert track(answers, store, rules())["pressure_hpa"].between(970, 990).all()
    with pytest.raises(UserError, match="give the fields themselves"):
        track(answers, make_store(tmp_path / "other", Healpix(8)), rules())
    late = make_prediction(tmp_path, sampling, way=path(170, 12, 11, east=1.6))
    with pytest.raises(UserError, match=r"has no fields of 2106-08-03T12:00:00\."):
        track(late, store, rules())


def test_fields_on_another_grid_do_too(tmp_path):
    grid = Equiangular(60, 120)
    lat, lon = np.unique(grid.latitude)[::-1], np.unique(grid.longitude)
    points = unit_vectors(*np.meshgrid(lon, lat))
    values = np.stack([fields_of(points.reshape(-1, 3), c).reshape(4, 60, 120) for c in WAY])
    units = {channel.name: channel.units for channel in CHANNELS}
    names = [channel.name for channel in CHANNELS]
    dataset = xr.Dataset(
        {
            name: (("time", "lat", "lon"), values[:, i].astype("f4"), {"units": units[name]})
            for i, name in enumerate(["TMQ", "UBOT", "VBOT", "PSL"])
        },
        {
            "time": times(10, 6)[0],
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east"}),
        },
    )
    assert {*names} == {*dataset}
    dataset.to_netcdf(tmp_path / "fields.nc")
    fixes = track(make_prediction(tmp_path, Icosahedral(4)), tmp_path / "fields.nc", rules())
    assert fixes["pressure_hpa"].between(974, 979).all()  # on its own points, not on vertices


def test_maps_of_a_region_are_followed_within_it(tmp_path):
    """What lies beyond its border is of no event, though a cell of the border is the nearest."""
    whole = Icosahedral(5)
    inside = np.flatnonzero((whole.latitude > 0) & (whole.latitude < 40) & (whole.longitude < -120))
    region = Custom(whole.coordinates[inside], whole.areas[inside], partial=True)
    way = path(-150, 12, 10, north=-1.6, east=0)  # out of it
    fixes = track(make_prediction(tmp_path, region, way=way), rules=rules(least_probability=0.5))
    assert fixes["track_id"].nunique() == 1 and 6 <= len(fixes) <= 10
    surface = Surface.of(region)
    assert (surface.owners(region.coordinates) == np.arange(region.n_vertices)).all()
    beyond = unit_vectors([-150, -90, -150], [-5, 20, 47])
    assert surface.owners(beyond).tolist() == [-1, -1, -1]


def test_the_runs_of_a_store_are_followed_one_by_one(tmp_path):
    fixes = track(make_store(tmp_path, Icosahedral(3), runs=(2, 1)), rules=rules())
    assert fixes.groupby("track_id")["run"].first().tolist() == [1, 2]


def test_the_verb_writes_what_the_function_returns_twice_the_same(tmp_path):
    answers = make_prediction(tmp_path, Icosahedral(4))
    command = ["track", str(answers), "--set", "tracking.TC.least_hours=12", "--out"]
    storms = ["--storms", str(tmp_path / "storms.csv")]
    main([*command, str(tmp_path / "a.csv"), *storms])
    main([*command, str(tmp_path / "b.csv")])
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    found, wanted = pd.read_csv(tmp_path / "a.csv"), track(answers)
    assert list(found.columns[:4]) == ["track_id", "time", "lon", "lat"]
    np.testing.assert_allclose(found["lon"], wanted["lon"], rtol=1e-6)
    (storm,) = pd.read_csv(tmp_path / "storms.csv").to_dict("records")
    assert storm["birth"] == "2106-08-01T00:00:00" and storm["duration_hours"] == 54
    assert storm["distance_km"] == pytest.approx(9 * 1.6 * 111.2 * np.cos(np.radians(12)), rel=0.1)
    assert storm["basin"] == "WP" and storm["cut"] == "both"


def test_other_files_are_refused(tmp_path):
    xr.Dataset({"x": ("y", [1.0])}).to_netcdf(tmp_path / "other.nc")
    with pytest.raises(UserError, match=r"other.nc: holds no 'probability' or 'event_class'"):
        track(tmp_path / "other.nc")


def test_two_maps_of_one_time_are_one(tmp_path, capsys):
    sampling, (when, _) = Icosahedral(3), times(2, 6)
    labels = discs([WAY[0]], 900, surface=Surface.of(sampling))
    maps = [(np.ones((4, sampling.n_vertices), np.float32), labels)] * 3
    snapshots = [Snapshot(1, t, str(i), "") for i, t in enumerate([when[0], *when])]
    write_store(tmp_path / "maps.nc", snapshots, maps, CHANNELS, sampling, "made up")
    fixes = track(tmp_path / "maps.nc", rules=rules())
    assert len(fixes) == 2 and "1 maps are of a time" in capsys.readouterr().out
