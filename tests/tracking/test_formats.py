"""Files of tracks hold what was found, in the words of those who read them."""

import json

import netCDF4
import numpy as np
import pandas as pd
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings.sampling import unit_vectors
from deepsphere_pipe.samplings.sphere import distance_km
from deepsphere_pipe.tracking.formats import read_tracks, write_tracks
from deepsphere_pipe.tracking.storms import basin, hours_of, storms_of
from tests.tracking.worlds import SURFACE, discs, follow, path, times


def world(calendar="noleap"):
    """Return fixes of a cyclone that crosses the date line and of a river that reaches Europe."""
    cyclone, river = path(172, 14, 16, east=1.2, north=0.5), path(-25, 45, 16, east=1.5)
    maps = []
    for centre, middle in zip(cyclone, river, strict=True):
        # A river from south-west to north-east: discs along a great circle.
        along = [middle + s * np.cross(middle, np.cross([0.0, 0, 1], middle) - [0, 0, 1]) for s in
                 np.linspace(-0.2, 0.2, 9)]  # fmt: skip
        along = [each / np.linalg.norm(each) for each in along]
        maps.append(np.maximum(2 * discs(along, 260, label=1), discs([centre], 400)))
    away = np.min([distance_km(SURFACE.coordinates, centre) for centre in cyclone], axis=0)
    psl = 101e3 - 5000 * np.exp(-((away / 400) ** 2))
    owners = np.arange(SURFACE.n_vertices)
    fields = owners, SURFACE.coordinates, {"PSL": psl, "TMQ": psl / 2000}
    return follow(maps, step=6, stamps=times(16, 6, calendar), fields=fields)


@pytest.fixture(scope="module")
def fixes():
    return world()


def test_csv_is_read_back(tmp_path, fixes):
    write_tracks(tmp_path / "t.csv", fixes)
    again = read_tracks(tmp_path / "t.csv")
    for name in ("track_id", "time", "class", "cut", "calendar"):
        assert again[name].tolist() == fixes[name].tolist(), name
    for name in ("lon", "lat", "area_km2", "pressure_hpa", "length_km"):
        np.testing.assert_allclose(again[name], fixes[name], rtol=1e-6, err_msg=name)
    assert (again["over_land"] == fixes["over_land"]).all()


def test_netcdf_holds_trajectories_by_cf(tmp_path, fixes):
    write_tracks(tmp_path / "t.nc", fixes)
    with netCDF4.Dataset(tmp_path / "t.nc") as file:
        assert file.featureType == "trajectory" and file["track_id"].cf_role == "trajectory_id"
        assert file["rowSize"].sample_dimension == "obs"
        assert file["rowSize"][:].sum() == len(fixes) == file.dimensions["obs"].size
        assert file["time"].calendar == "noleap"
        np.testing.assert_allclose(file["time"][:], hours_of(fixes))
        assert file["class"].flag_meanings == "TC AR"
        assert np.ma.getmaskarray(file["length_km"][:]).sum() == (fixes["class"] == "TC").sum()


def test_lines_of_geojson_end_at_the_date_line(tmp_path, fixes):
    write_tracks(tmp_path / "t.geojson", fixes)
    content = json.loads((tmp_path / "t.geojson").read_text(encoding="utf-8"))
    kinds = {f["properties"]["class"]: f["geometry"] for f in content["features"]}
    assert kinds["AR"]["type"] == "LineString" and kinds["TC"]["type"] == "MultiLineString"
    west, east = kinds["TC"]["coordinates"]
    assert west[-1][0] == 180 and east[0] == [-180, west[-1][1]]
    assert sum(map(len, (west, east))) == 16 + 2
    assert content["features"][0]["properties"]["times"][0] == "2106-08-01T00:00:00"


def test_text_is_as_stitch_nodes_writes_it(tmp_path, fixes):
    write_tracks(tmp_path / "t.txt", fixes)
    lines = (tmp_path / "t.txt").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "start\t16\t2106\t8\t1\t0" and len(lines) == 34
    assert lines[1].split()[-4:] == ["2106", "8", "1", "0"] and len(lines[1].split()) == 11
    assert all(0 <= float(line.split()[1]) < 360 for line in lines if line[0] == "\t")


def test_other_endings_are_refused(tmp_path, fixes):
    with pytest.raises(UserError, match=r"must end with .csv, .nc, .geojson, .txt"):
        write_tracks(tmp_path / "t.shp", fixes)


def test_files_without_storms_are_written(tmp_path, fixes):
    for ending in ("csv", "nc", "geojson", "txt"):
        write_tracks(tmp_path / f"t.{ending}", fixes[:0])
    assert len(read_tracks(tmp_path / "t.csv")) == 0 and len(storms_of(fixes[:0])) == 0


@pytest.mark.parametrize("ending", ["csv", "nc", "txt"])
def test_huracanpy_reads_the_same_tracks(tmp_path, ending):
    huracanpy = pytest.importorskip("huracanpy")
    fixes = world("standard")
    write_tracks(tmp_path / f"t.{ending}", fixes)
    options = {"source": "tempestextremes", "tempest_extremes_unstructured": True}
    found = huracanpy.load(str(tmp_path / f"t.{ending}"), **(options if ending == "txt" else {}))
    assert len(np.unique(found.track_id)) == 2 and len(found.lon) == 32
    np.testing.assert_allclose((found.lon + 180) % 360 - 180, fixes["lon"], rtol=1e-5)
    np.testing.assert_allclose(found.lat, fixes["lat"], rtol=1e-5)
    stamps = pd.to_datetime(fixes["time"]).to_numpy("datetime64[s]")
    assert (found.time.values.astype("datetime64[s]") == stamps).all()


def test_a_river_has_an_axis_and_meets_the_coast(fixes):
    river = fixes[fixes["class"] == "AR"]
    assert river["length_km"].between(2400, 3800).all()
    assert (river["length_km"] > 3 * river["width_km"]).all()
    np.testing.assert_allclose(river["length_km"] * river["width_km"], river["area_km2"])
    assert (river["tail_lat"] < river["head_lat"]).all()
    assert river["orientation_degrees"].between(20, 70).all()
    (storm,) = storms_of(river).to_dict("records")
    assert 40 < storm["landfall_lat"] < 62 and -10 < storm["landfall_lon"] < 15


def test_basins_are_those_of_huracanpy():
    huracanpy = pytest.importorskip("huracanpy")
    generator = np.random.default_rng(0)
    lon, lat = generator.uniform(-180, 180, 2000), generator.uniform(-60, 60, 2000)
    theirs = huracanpy.info.basin(lon, lat, convention="ibtracs")
    ours = basin(lon, lat)
    known = theirs != ""
    assert (ours[known] == np.asarray(theirs)[known]).mean() > 0.999


def test_a_storm_is_summed_up(fixes):
    storm = storms_of(fixes[fixes["class"] == "TC"]).to_dict("records")[0]
    assert storm["duration_hours"] == 90 and storm["fixes"] == 16
    places = unit_vectors(fixes["lon"][:16], fixes["lat"][:16])
    assert storm["distance_km"] == pytest.approx(distance_km(places[1:], places[:-1]).sum())
    assert storm["pressure_hpa"] == fixes["pressure_hpa"][:16].min()
    assert storm["category"] == 2  # between 960 and 975 hPa
    assert storm["basin"] == "WP"


def test_cyclones_make_landfall_where_they_come_from_sea_to_land():
    maps = [discs([centre], 400) for centre in path(-88, 25, 16, north=0.8, east=0)]
    (storm,) = storms_of(follow(maps)).to_dict("records")
    assert storm["landfall_lat"] == pytest.approx(30.4, abs=1.5)
    sea = follow([discs([centre], 400) for centre in path(-150, 25, 6)])
    assert pd.isna(storms_of(sea)["landfall_time"]).all()
