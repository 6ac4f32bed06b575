"""Networks on every kind of sampling: from native snapshots to scores and maps."""

import copy
import csv
import json
from concurrent.futures import ThreadPoolExecutor

import netCDF4
import numpy as np
import pytest
from PIL import Image

from tests.workflow.conftest import Workflow

pytestmark = pytest.mark.slow


def stations(path):
    """Write 1500 scattered places, denser in the north, as a user's file."""
    rng = np.random.default_rng(0)
    longitude = rng.uniform(-180, 180, 1500)
    latitude = np.degrees(np.arcsin(rng.beta(3, 2, 1500) * 2 - 1))
    lines = [f"{x:.4f},{y:.4f}" for x, y in zip(longitude, latitude, strict=True)]
    path.write_text("\n".join(["longitude,latitude", *lines]) + "\n", encoding="utf-8")


SPHERES = {
    "healpix": (
        {"name": "healpix", "nside": 8},
        {"neighbours": 8, "kernel_width": "published", "laplacian": "normalized"},
    ),
    "equiangular": ({"name": "equiangular", "n_lat": 24, "n_lon": 48}, {"neighbours": 8}),
    "lattice": (
        {"name": "equiangular", "n_lat": 25, "n_lon": 48, "poles": True},
        {"kind": "khasanova_frossard"},
    ),
    "custom": ({"name": "custom", "file": "stations.csv"}, {"neighbours": 8}),
    "region": ({"level": 4, "region": [-180, -60, 150, 60]}, {}),
}


def on_sphere(name, finished, folder):
    """Return a workflow whose study trains on one of the samplings."""
    sampling, graph = SPHERES[name]
    stations(folder / "stations.csv")
    kept = {key: finished.study[key] for key in ("split", "experiments", "figures")}
    study = copy.deepcopy(kept) | {
        "name": "smoke",
        "data": {"source": "cam5", "input": str(finished.results / "data/native")},
        "sampling": sampling,
        "graph": graph,
        "seeds": [0],
    }
    study["data"]["remapping"] = "conservative" if name == "healpix" else "bilinear"
    del study["experiments"]["weighted"]
    return Workflow(folder, study)


@pytest.fixture(scope="module")
def on_spheres(finished, tmp_path_factory):
    """One study on each sampling, two at once: workflow and how it ended, by sampling."""
    workflows = {name: on_sphere(name, finished, tmp_path_factory.mktemp(name)) for name in SPHERES}
    targets = ("results/smoke/runs/tiny-seed0/scores.json", "results/smoke/figures/map.png")
    with ThreadPoolExecutor(2) as pool:
        ends = {name: pool.submit(each.run, *targets) for name, each in workflows.items()}
    return {name: (workflows[name], ends[name].result()) for name in SPHERES}


@pytest.mark.parametrize("name", SPHERES)
def test_networks_train_and_are_drawn_on_every_sampling(name, on_spheres):
    sampling, _ = SPHERES[name]
    workflow, process = on_spheres[name]
    assert process.returncode == 0, process.stdout

    scores = json.loads(
        (workflow.results / "runs/tiny-seed0/scores.json").read_text(encoding="utf-8")
    )
    assert scores["provenance"]["sampling"].startswith(sampling.get("name", "icosahedral"))
    assert 0 < scores["mean_average_precision"] <= 1
    with netCDF4.Dataset(
        workflow.results / f"data/{sampling.get('name', 'icosahedral')}/maps.nc"
    ) as maps:
        assert maps["fields"].mesh == "mesh" and maps["mesh"].cf_role == "mesh_topology"
    with Image.open(workflow.results / "figures/map.png") as image:
        assert np.asarray(image.convert("L")).std() > 5


def test_one_study_trains_on_several_samplings(finished, tmp_path):
    study = {key: finished.study[key] for key in ("split", "experiments", "figures")} | {
        "name": "several",
        "data": {"source": "cam5", "input": str(finished.results / "data/native")},
        "samplings": {
            "grid": {"name": "equiangular", "n_lat": 24, "n_lon": 48},
            "triangles": {"level": 3},
        },
        "baselines": ["frequency"],
        "evaluation": {"common_sampling": "triangles"},
        "seeds": [0],
    }
    study = copy.deepcopy(study)
    del study["experiments"]["weighted"]
    study["figures"]["map"] = {"sampling": "grid"}
    workflow = Workflow(tmp_path, study)
    process = workflow.run()
    assert process.returncode == 0, process.stdout
    assert "tiny grid" in process.stdout and "frequency triangles" in process.stdout

    with (workflow.results / "tables/scores.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    pairs = [(row["experiment"], row["sampling_name"]) for row in rows]
    assert pairs == [
        (name, sampling) for name in ("tiny", "frequency") for sampling in ("grid", "triangles")
    ]
    for row in rows:
        vertices = {"triangles": "642 vertices", "grid": "1152 vertices"}[row["sampling_name"]]
        assert vertices in row["sampling"]
    areas = [float(row["area_average_precision_ar"]) for row in rows]
    counts = [float(row["average_precision_ar"]) for row in rows]
    assert areas[2] > 1.1 * counts[2]  # rivers are not at the poles, where the grid is dense
    assert areas[3] == pytest.approx(counts[3], rel=0.05)  # the triangles are all about as large
    with (workflow.results / "tables/samplings_compared.csv").open(encoding="utf-8") as file:
        common = [float(row["common_average_precision_ar"]) for row in csv.DictReader(file)]
    assert common[1] == areas[1]  # of the network on the triangles
    # Who guesses is as good anywhere, once there is one truth.
    assert common[2] == pytest.approx(common[3], rel=0.01) and common[3] == areas[3]
    splits = [
        (workflow.results / f"data/{name}/split/split.csv").read_text(encoding="utf-8")
        for name in ("triangles", "grid")
    ]
    assert splits[0] == splits[1]
    with netCDF4.Dataset(workflow.results / "runs/tiny-grid-seed0/predictions.nc") as file:
        assert file.predicted_by == "tiny-grid-seed0" and len(file.dimensions["vertex"]) == 1152
    # One sampling more leaves what was made on the others.
    study["samplings"]["pixels"] = {"name": "healpix", "nside": 8}
    planned = workflow.planned(study=study)
    assert [planned[rule] for rule in ("prepare", "split", "sphere", "train")] == [1, 1, 1, 1]


def test_scores_wait_for_the_maps_on_the_common_sampling(fresh):
    samplings = {
        "grid": {"name": "equiangular", "n_lat": 24, "n_lon": 48},
        "triangles": {"level": 3},
    }
    own = {key: value for key, value in fresh.study.items() if key != "sampling"}
    own |= {"samplings": samplings, "baselines": ["frequency"]}
    common = {**own, "evaluation": {"common_sampling": "triangles"}}

    def plan(study, *files):
        """Return on how many samplings maps are prepared, and how many jobs get common ones."""
        paths = (f"results/smoke/{file}" for file in files)
        process = fresh.run("--dry-run", "--printshellcmds", *paths, study=study)
        assert process.returncode == 0, process.stdout
        given = process.stdout.count(" --common results/smoke/data/triangles/maps.nc ")
        return fresh.counts(process.stdout)["prepare"], given

    scores = ("runs/tiny-grid-seed0/scores.json", "baselines/frequency-grid/scores.json")
    assert plan(own, *scores) == (1, 0)
    assert plan(common, *scores) == (2, 2)
    assert plan(common, "runs/tiny-grid-seed0/model.pt") == (1, 0)


def test_one_line_takes_a_study_to_other_data(finished, fresh):
    real = {"source": "cam5", "input": str(finished.results / "data/native")}
    twin = fresh.study["data"]
    variants = {"twin": {"data": twin}, "real": {"name": "real", "data": real}}
    study = {key: value for key, value in fresh.study.items() if key != "data"}
    study |= {"variants": variants, "variant": "twin"}
    assert fresh.planned(study=study)["synthesize"] == 1
    planned = fresh.planned(study={**study, "variant": "real"})
    assert planned["prepare"] == 1 and "synthesize" not in planned
    process = fresh.run("--dry-run", study={**study, "variant": "rael"})
    assert "study.yaml: variant is 'rael'; allowed: real, twin." in process.stdout


def test_a_study_of_graphs_alone_needs_no_data(fresh):
    study = {"name": "smoke", "graph_analysis": fresh.study["graph_analysis"]}
    planned = fresh.planned(study=study)
    assert planned["compute_equivariance_error"] == planned["draw_graphs"] == 1
    assert not {"synthesize", "prepare", "split", "sphere", "train", "evaluate"} & set(planned)


def test_a_changed_graph_analysis_leaves_trainings_alone(finished):
    study = {**finished.study, "graph_analysis": {**finished.study["graph_analysis"]}}
    study["graph_analysis"]["spectra"] = {"level": 3, "degree_max": 5}
    planned = finished.planned(study=study)
    drawn = {"draw_spectra", "draw_eigenvectors", "draw_graphs"}
    assert set(planned) == {"compute_spectra", *drawn, "report", "all"}
