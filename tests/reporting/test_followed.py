"""Tables and figures of a followed cyclone show what its file holds."""

import numpy as np
import pytest
import xarray as xr

from deepsphere_pipe.config import parse_study
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures.registry import figures_of
from deepsphere_pipe.reporting.maps.followed_map import map_at_its_strongest
from deepsphere_pipe.reporting.maps.followed_strip import map_of_each_time
from deepsphere_pipe.reporting.tables.followed import false_alarms_table, followed_table
from deepsphere_pipe.reporting.tables.registry import tables_of
from deepsphere_pipe.steps.follow import follow
from tests import followed


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("followed")
    fields = followed.fields(folder / "fields.nc")
    predicted = followed.prediction(folder / "p.nc")
    follow(predicted, followed.settings(fields), followed.SAMPLING, folder / "march.followed.nc")
    return folder / "march.followed.nc"


def test_a_row_for_each_time_with_none_where_there_is_no_cyclone(file):
    table = followed_table(file)
    assert table.exact["near"][:4].tolist() == pytest.approx([0.9, 0.9, 0.9, 0.6])
    assert table.shown["prediction"].tolist() == ["march"] * 6
    first, last = table.shown.iloc[0], table.shown.iloc[-1]
    assert first["minimum"].endswith(" hPa") and float(first["minimum"].split()[0]) < 975
    assert first["at"] in ("14° S, 120° E", "16° S, 120° E")
    assert last["minimum"] == last["probability near it"] == last["its distance (km)"] == "–"
    assert last["greatest of the globe"] == "0.80"
    assert "PSL is followed" in table.caption and "mean of 3 networks" in table.caption


def test_a_row_for_each_threshold(file):
    shown = false_alarms_table(file).shown.set_index("threshold")
    assert shown.loc["0.5", "hit"] == "4 of 4" and shown.loc["0.7", "hit"] == "3 of 4"
    assert shown.loc["0.7", "false alarms"] == "1" and shown.loc["0.7", "a map"] == "0.17"


def test_the_strip_has_a_map_for_each_time_that_says_how_probable_it_was(file):
    panels = [axes for axes in map_of_each_time.figure(file).axes if axes.images]
    assert len(panels) == 6
    assert "p = 0.90" in panels[0].get_title() and "p = 0.60" in panels[3].get_title()
    assert "p" not in panels[5].get_title().replace("Apr", "")
    ways = [axes.lines[-2].get_xdata() for axes in panels]
    assert [np.isfinite(way).sum() for way in ways] == [1, 2, 3, 4, 4, 4]
    painted = panels[0].images[0].get_array()
    assert painted.max() == pytest.approx(0.9)


def test_the_map_shows_the_time_of_the_lowest_minimum(file):
    with xr.open_dataset(file) as data:
        lowest = float(data["centre_value"].min()) / 100
        number = int(np.nanargmin(data["centre_value"].values))
        time = str(data["time"].dt.strftime("%H:%M").values[number])
        probability = float(data["probability"][number].max())
    globe, around, *_ = map_at_its_strongest.figure(file).axes
    assert time in globe.get_title() and f"{lowest:.0f} hPa" in around.get_title()
    assert globe.images[0].get_array().max() == pytest.approx(probability)


def test_another_file_is_refused(file, tmp_path):
    xr.Dataset({"probability": ("vertex", np.zeros(3))}).to_netcdf(tmp_path / "other.nc")
    with pytest.raises(UserError, match=r"is no followed cyclone: it lacks field; make it with"):
        followed_table(tmp_path / "other.nc")


def test_a_study_has_them_if_it_follows_a_cyclone():
    content = {
        "name": "s",
        "data": {"source": "synthetic"},
        "sampling": {"name": "icosahedral", "level": 4},
        "experiments": {"net": {"model": {"widths": [4, 8]}}},
        "split": {"method": "random"},
        "seeds": [0],
        "predictions": {"march": {"input": "fields.nc"}},
    }
    without = parse_study(content, "study")
    content["predictions"]["march"]["follow"] = {"longitude": 120, "latitude": -15}
    study = parse_study(content, "study")
    stems = [{stem for _, stem in figures_of(each)} for each in (study, without)]
    assert stems[0] - stems[1] == {"followed/march-map", "followed/march-strip"}
    assert study.followed == ["march"] and without.followed == []
    names = [row.name for row in tables_of([], with_followed=True)]
    assert names == ["followed", "false_alarms"]
    content["predictions"]["march"]["grid"] = "input"
    with pytest.raises(UserError, match="'follow' needs answers on the vertices"):
        parse_study(content, "study")
