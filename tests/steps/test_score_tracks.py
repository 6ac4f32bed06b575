"""Networks are followed over the maps of the test part, and compared with the labels."""

import json
from functools import partial

import pytest

from deepsphere_pipe.config import KnnConfig, parse
from deepsphere_pipe.config.samplings import IcosahedralConfig
from deepsphere_pipe.config.splits import SplitByRun
from deepsphere_pipe.config.study import Study
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.samplings import Icosahedral
from deepsphere_pipe.steps.recipes import Recipes
from deepsphere_pipe.steps.score_tracks import score_tracks
from deepsphere_pipe.steps.sphere import sphere
from deepsphere_pipe.steps.split import split
from deepsphere_pipe.tracking.formats import read_tracks
from deepsphere_pipe.tracking.track import track
from tests.prediction.models import save_model
from tests.tracking.test_track import CHANNELS, make_store
from tests.tracking.worlds import rules

STUDY = {
    "name": "small",
    "data": {"synthetic": {"years": [2106, 2107, 2108], "days_in_a_row": 3}},
    "split": {"method": "by_year", "validation": [2107], "test": [2108]},
    "experiments": {"tiny": {}},
    "tracking": {"score_runs": True},
}


def test_true_tracks_are_those_of_the_labels(tmp_path):
    maps, parts = make_store(tmp_path, Icosahedral(3), runs=(1, 2, 3), rivers=True), tmp_path / "s"
    split(SplitByRun(validation=(2,), test=(3,)), maps, parts)
    sphere(IcosahedralConfig(level=3), KnnConfig(), tmp_path / "sphere.nc")
    inputs = (maps, parts, tmp_path / "sphere.nc")
    names = tuple(channel.name for channel in CHANNELS)
    save = partial(save_model, channels=names, hierarchy=Hierarchy.load(inputs[2]))
    save(tmp_path / "run", statistics=Statistics.load(parts / "statistics.json"))
    score_tracks(tmp_path / "run/model.pt", *inputs, tmp_path / "run", tracking=rules())
    true = read_tracks(tmp_path / "run/true_tracks.csv")
    labels = track(maps, rules=rules())
    of_test = labels[labels["run"] == 3]
    for name in ("time", "class", "cut"):
        assert true[name].tolist() == of_test[name].tolist()
    for name in ("lon", "lat", "pressure_hpa", "wind_m_s"):
        assert abs(true[name] - of_test[name].to_numpy()).max() < 1e-3, name
    content = json.loads((tmp_path / "run/tracks.json").read_text(encoding="utf-8"))
    assert content["run"] == "tiny-seed0" and len(content["days"]["day"]) == 3
    assert content["TC"]["true"] == content["AR"]["true"] == 1
    save(tmp_path / "other")
    with pytest.raises(UserError, match="was trained on another split"):
        score_tracks(tmp_path / "other/model.pt", *inputs, tmp_path / "other", tracking=rules())
    found = read_tracks(tmp_path / "run/tracks.csv")
    assert content["TC"]["predicted"] == found.loc[found["class"] == "TC", "track_id"].nunique()


def study_of(**of_cyclones):
    tracking = {"score_runs": True, "TC": of_cyclones}
    experiment = {"model": {"widths": [4, 8]}, "training": {}}
    return parse(Study, {**STUDY, "experiments": {"tiny": experiment}, "tracking": tracking}, "x")


def test_other_rules_are_another_recipe_and_train_nothing():
    def recipe(gap):
        recipes = Recipes(study_of(gap_hours=gap), lambda sampling: None, lambda *step: str(step))
        return recipes.tracks("tiny-seed0"), recipes.run("tiny-seed0")

    (one, scores), (other, same) = recipe(24.0), recipe(12.0)
    assert scores == same and one["training"] == other["training"]
    assert one["tracks"] != other["tracks"]


def test_storms_must_fit_into_the_data():
    with pytest.raises(UserError, match=r"tracking.TC.least_hours 72: maps follow .* 69 hours"):
        study_of(least_hours=72.0)
