"""A cyclone in fields is followed on their own grid, and compared with what was predicted."""

import numpy as np
import pytest
import xarray as xr

from deepsphere_pipe.cli import main
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.steps.follow import follow
from tests import followed
from tests.followed import PATH, SAMPLING, TIMES


@pytest.fixture
def files(tmp_path):
    return followed.prediction(tmp_path / "p.nc"), followed.fields(tmp_path / "fields.nc")


def test_places_and_counts_are_those_that_were_put_in(files, tmp_path):
    follow(files[0], followed.settings(files[1]), SAMPLING, tmp_path / "out.nc")
    with xr.open_dataset(tmp_path / "out.nc") as found:
        alive = np.arange(6) < 4
        assert (np.isfinite(found["centre_longitude"]) == alive).all()
        places = np.stack([found["centre_longitude"][:4], found["centre_latitude"][:4]], axis=1)
        assert np.abs(places - PATH).max() <= 1.5  # the grid has every second degree
        assert (found["centre_value"][:4] < 97_500).all()
        assert found["near"].values[:4] == pytest.approx([0.9, 0.9, 0.9, 0.6])
        assert found["greatest"].values == pytest.approx([0.9, 0.9, 0.9, 0.6, 0.01, 0.8])
        assert (found["distance_km"][:4] < 400).all() and np.isnan(found["distance_km"][4:]).all()
        assert found["hits"].sel(threshold=[0.5, 0.7]).values.tolist() == [4, 3]
        assert found["false_alarms"].sel(threshold=[0.5, 0.9]).values.tolist() == [1, 0]
        assert found["in_tropics"].sel(threshold=0.7) == 0
        assert found["field"].shape == found["probability"].shape == (6, 2562)
        assert found.attrs["channel"] == "PSL" and found.attrs["input"] == "fields.nc"


def test_its_life_may_begin_later(files, tmp_path):
    later = followed.settings(files[1], since="2026-03-25T12:00", longitude=118, latitude=-17)
    follow(files[0], later, SAMPLING, tmp_path / "out.nc")
    with xr.open_dataset(tmp_path / "out.nc") as found:
        assert np.isfinite(found["near"]).values.tolist() == [False] * 2 + [True] * 2 + [False] * 2
        assert found["false_alarms"].sel(threshold=0.5) == 3  # before it counts, it is none


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"longitude": 300, "latitude": 45}, "has no minimum within 300 km"),
        ({"since": "2027"}, "there is no time from 2027"),
    ],
)
def test_without_a_cyclone_the_user_is_told(files, tmp_path, change, message):
    with pytest.raises(UserError, match=message):
        follow(files[0], followed.settings(files[1], **change), SAMPLING, tmp_path / "out.nc")


def test_a_prediction_of_other_times_is_refused(files, tmp_path):
    other = followed.prediction(tmp_path / "other.nc", TIMES + np.timedelta64(1, "D"))
    with pytest.raises(UserError, match="is not of the times of"):
        follow(other, followed.settings(files[1]), SAMPLING, tmp_path / "out.nc")


def test_the_verb_takes_the_followed_prediction_of_a_study(files, tmp_path):
    study = tmp_path / "study.yaml"
    study.write_text(
        "name: s\ndata: {source: synthetic}\nsampling: {name: icosahedral, level: 4}\n"
        "split: {method: random}\n"
        "experiments: {net: {model: {widths: [4, 8]}}}\nseeds: [0]\npredictions:\n"
        f"  march: {{input: {files[1]}, follow: {{longitude: 120, latitude: -15}}}}\n"
        f"  other: {{input: {files[1]}}}\n",
        encoding="utf-8",
    )
    out = tmp_path / "march.followed.nc"
    assert main(["follow", str(files[0]), "--study", str(study), "--out", str(out)]) == 0
    assert out.exists()
    wrong = ["--prediction", "other"]
    assert main(["follow", str(files[0]), "--study", str(study), "--out", str(out), *wrong]) == 2
