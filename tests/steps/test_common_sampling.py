"""All samplings of a study are scored on the labels of one of them, by probabilities."""

import json

import cftime
import numpy as np
import pytest
import torch

from deepsphere_pipe.channels import UNLABELLED, cam5_channels
from deepsphere_pipe.cli import main
from deepsphere_pipe.config import (
    Baseline,
    EquiangularConfig,
    EvaluationConfig,
    HealpixConfig,
    IcosahedralConfig,
    KnnConfig,
    parse,
)
from deepsphere_pipe.config.splits import SplitByYear
from deepsphere_pipe.config.study import Study
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.common import OnCommon
from deepsphere_pipe.evaluation.tally import Tally
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.runtime.provenance import modules_used
from deepsphere_pipe.samplings import make_sampling
from deepsphere_pipe.steps.baseline import baseline
from deepsphere_pipe.steps.sphere import sphere
from deepsphere_pipe.steps.split import split
from deepsphere_pipe.steps.train import train
from tests.stores import write_store

SECTIONS = {
    "triangles": IcosahedralConfig(level=3),
    "pixels": HealpixConfig(nside=8),
    "grid": EquiangularConfig(n_lat=25, n_lon=48, poles=True),
}
SAMPLINGS = {
    name: make_sampling(section.name, **section.parameters) for name, section in SECTIONS.items()
}
N_MAPS = 12


def wave(sampling, index):
    """A smooth field on any sampling, in [-1, 1]."""
    direction, phase = np.random.default_rng(index).normal(size=(2, 3))
    return np.sin(sampling.coordinates @ direction * 2 + phase[0])


def write_waves(path, name, maps=range(N_MAPS)):
    """Write maps of four years whose crests are cyclones and whose troughs are rivers."""
    sampling, snapshots, stored = SAMPLINGS[name], [], []
    for index in maps:
        field = wave(sampling, index)
        labels = np.where(field > 0.7, 1, np.where(field < -0.5, 2, 0))
        labels[:5] = UNLABELLED
        stored.append((np.stack([field, field**2]).astype(np.float32), labels))
        time = cftime.DatetimeNoLeap(2106 + index % 4, 1, 1 + index)
        snapshots.append(Snapshot(1, time, f"map {index}", ""))
    write_store(path, snapshots, stored, cam5_channels()[:2], sampling, "waves")
    return path


def probabilities(sampling, sharpness=6.0):
    """What a good network makes of the maps, (map, vertex, class)."""
    fields = torch.from_numpy(np.array([wave(sampling, index) for index in range(N_MAPS)]))
    logits = torch.stack([0 * fields, fields - 0.7, -0.5 - fields], -1)
    return (sharpness * logits).softmax(-1).float()


def labels_of(store):
    classes = torch.from_numpy(np.array([store.labels(index) for index in range(len(store))]))
    return classes.long().masked_fill(classes == UNLABELLED, -100)


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores")
    return {name: write_waves(folder / name / "maps.nc", name) for name in SAMPLINGS}


def counted(stores, own, common):
    """Return what is counted on the common sampling, in batches, and by area on the own one."""
    hierarchy = build_hierarchy(SAMPLINGS[own], 0)
    with Store(stores[common]) as store, Store(stores[own]) as own_store:
        on_common = OnCommon(common, store, np.arange(N_MAPS), hierarchy, SECTIONS[common])
        scores, labels = probabilities(SAMPLINGS[own]), labels_of(own_store)
        own_tally = Tally(3, hierarchy.levels[0].areas)
        for batch in (slice(0, 5), slice(5, 10), slice(10, N_MAPS)):
            on_common.update(scores[batch], labels[batch])
            own_tally.update(scores[batch], labels[batch])
    return on_common.tally.by_area, own_tally.by_area


@pytest.mark.parametrize("name", SAMPLINGS)
def test_on_the_common_sampling_itself_it_is_the_score_by_area(stores, name):
    there, here = counted(stores, name, name)
    assert np.array_equal(there.counts, here.counts)
    assert np.array_equal(there.confusion, here.confusion)


@pytest.mark.parametrize("own", ["triangles", "grid"])
def test_smooth_probabilities_score_nearly_as_if_predicted_there(stores, own):
    there, _ = counted(stores, own, "pixels")
    _, wanted = counted(stores, "pixels", "pixels")
    assert there.counts.sum() == wanted.counts.sum()
    assert there.average_precision() == pytest.approx(wanted.average_precision(), abs=0.01)
    assert there.iou() == pytest.approx(wanted.iou(), abs=0.05)
    # Both are far from what another map would score.
    turned = Tally(3, SAMPLINGS["pixels"].areas)
    with Store(stores["pixels"]) as store:
        turned.update(probabilities(SAMPLINGS["pixels"]).roll(1, 0), labels_of(store))
    assert (turned.by_area.average_precision() < wanted.average_precision() - 0.1).all()


def test_maps_on_another_sampling_than_the_study_says_are_refused(stores):
    hierarchy = build_hierarchy(SAMPLINGS["triangles"], 0)
    with Store(stores["grid"]) as store, pytest.raises(UserError, match="the common one is heal"):
        OnCommon("pixels", store, np.arange(N_MAPS), hierarchy, SECTIONS["pixels"])


# The step


@pytest.fixture(scope="module")
def scored(stores, tmp_path_factory):
    """Return a function that scores a baseline, by default on the maps of the pixels, too."""
    folder = tmp_path_factory.mktemp("scored")

    def scored(own, common="pixels", maps=stores["pixels"], made_from=None):
        place = folder / own
        if not place.exists():
            parts = SplitByYear(validation=[2108], test=[2109])
            split(parts, stores[own], place / "split")
            sphere(SECTIONS[own], KnnConfig(), place / "sphere.nc", depth=1)
        baseline(
            Baseline("logistic", own), stores[own], place / "split", place / "sphere.nc", place,
            evaluation=EvaluationConfig(common_sampling=common),
            common=None if maps is None else (maps, SECTIONS["pixels"]),
            made_from=made_from,
        )  # fmt: skip
        return json.loads((place / "scores.json").read_text(encoding="utf-8"))

    scored.folder = folder
    return scored


def test_scores_tell_those_on_the_common_sampling(scored):
    here, there = (scored(name) for name in ("pixels", "triangles"))
    assert here["on_common"]["sampling"] == there["on_common"]["sampling"] == "pixels"
    by_area = here["by_area"]
    for classes in by_area["classes"].values():
        del classes["brier"]
    assert here["on_common"] == {"sampling": "pixels", **by_area}
    means = [scores["on_common"]["mean_average_precision"] for scores in (here, there)]
    assert means[1] == pytest.approx(means[0], abs=0.02) and means[0] > 0.9
    assert scored("triangles", common=None, maps=None)["on_common"] is None


STUDY = {
    "name": "waves",
    "data": {"synthetic": {"years": [2106, 2107, 2108, 2109]}},
    "samplings": {"triangles": {"level": 3}, "pixels": {"name": "healpix", "nside": 8}},
    "split": {"method": "by_year", "validation": [2108], "test": [2109]},
    "experiments": {
        "tiny": {
            "model": {"widths": [4, 8]},
            "training": {"epochs": 50, "batch_size": 2, "learning_rate": 0.01},
        }
    },
    "evaluation": {"common_sampling": "pixels"},
}


def test_a_network_is_scored_there_too(scored, stores, tmp_path, capsys):
    scored("triangles")
    made, run = scored.folder / "triangles", "tiny-triangles-seed0"
    files = (stores["triangles"], made / "split", made / "sphere.nc")
    train(parse(Study, STUDY, "study.yaml").run(run), *files, tmp_path)
    (tmp_path / "study.yaml").write_text(json.dumps(STUDY), encoding="utf-8")
    maps, parts, graphs = map(str, files)
    evaluate = [
        *("evaluate", "--study", str(tmp_path / "study.yaml"), "--run", run, "--device", "cpu"),
        *("--model", str(tmp_path / "model.pt"), "--maps", maps, "--split", parts),
        *("--sphere", graphs, "--out", str(tmp_path)),
    ]
    assert main([*evaluate, "--common", str(stores["pixels"])]) == 0
    scores = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    common, own = scores["on_common"], scores["by_area"]
    assert common["sampling"] == "pixels" and common["classes"] != own["classes"]
    means = [each["mean_average_precision"] for each in (common, own)]
    assert means[0] == pytest.approx(means[1], abs=0.03) and means[1] > 0.7
    assert main(evaluate) == 2
    assert "is pixels, and the maps on it are missing" in capsys.readouterr().err


def test_maps_of_other_snapshots_are_refused(scored, tmp_path):
    fewer = write_waves(tmp_path / "maps.nc", "pixels", range(N_MAPS - 1))
    with pytest.raises(UserError, match=r"split\.csv: is a split of other maps than .*maps\.nc"):
        scored("triangles", maps=fewer)


@pytest.mark.parametrize(
    ("common", "maps", "words"),
    [
        ("pixels", None, "is pixels, and the maps on it are missing: give both"),
        (None, "maps.nc", r"is null, and the maps on it are maps\.nc: give both"),
    ],
)
def test_one_without_the_other_is_refused(scored, common, maps, words):
    with pytest.raises(UserError, match=words):
        scored("triangles", common, maps)


def test_maps_made_from_something_else_are_refused(scored):
    with pytest.raises(UserError, match=r"pixels/maps\.nc: was made from other.*prepare"):
        scored("triangles", made_from={"common": "another"})


@pytest.mark.parametrize("step", ["evaluate", "baseline"])
def test_the_remapping_counts_only_where_scores_are_remapped(step):
    module = EvaluationConfig(common_sampling="pixels").common_module
    assert EvaluationConfig().common_module is None
    name = "deepsphere_pipe.remap.interpolation"
    assert name not in modules_used(f"steps.{step}")
    assert {name, OnCommon.__module__} <= modules_used(f"steps.{step}", module)
