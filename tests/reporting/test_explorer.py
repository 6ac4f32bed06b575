"""The interactive page: packed without loss, cells that cover the globe, and sensibly small."""

import json
import re

import netCDF4
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.explorer import explorer_page
from deepsphere_pipe.reporting.explorer import places as places_module
from deepsphere_pipe.reporting.explorer.packing import pack, unpack
from deepsphere_pipe.reporting.explorer.places import BREAK, UNIT, earth, globe_cells, places_of
from deepsphere_pipe.reporting.explorer.runs import read_run
from deepsphere_pipe.reporting.maps.projections import unit_vectors
from deepsphere_pipe.samplings import make_sampling
from tests.reporting.conftest import fibonacci_sphere

KINDS = st.sampled_from(["uint8", "uint16", "uint32", "int16"])


@given(st.data())
def test_packing_loses_nothing(data):
    shapes = array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6)
    given_arrays = {
        name: data.draw(arrays(data.draw(KINDS), shapes)) for name in ("one", "two", "three")
    }
    packed = json.loads(json.dumps(pack(given_arrays)))
    found = unpack(packed)
    assert list(found) == list(given_arrays)
    for name, array in given_arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
    assert pack(given_arrays) == packed  # no time of day in it


def sampled(name, **size):
    sampling = make_sampling(name, **size)
    x, y, z = sampling.coordinates.T
    return np.degrees(np.arctan2(y, x)), np.degrees(np.arcsin(np.clip(z, -1, 1))), sampling.areas


def areas_of(cells):
    """Return the area of each cell, from its triangles."""
    points = cells["points"] / UNIT
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    areas, first = [], 0
    for cell, n in enumerate(cells["n_corners"].astype(int)):
        ring = points[cells["corners"][first : first + n].astype(int)]
        first += n
        a, b, c = points[cell], ring, np.roll(ring, -1, axis=0)
        volume = np.einsum("j,ij->i", a, np.cross(b, c))
        areas.append((2 * np.arctan2(volume, 1 + b @ a + c @ a + (b * c).sum(1))).sum())
    return np.array(areas)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("icosahedral", {"level": 3}),
        ("healpix", {"nside": 8}),
        ("equiangular", {"n_lat": 16, "n_lon": 32}),
    ],
)
def test_the_cells_of_the_globe_are_those_of_the_vertices(name, size):
    longitude, latitude, areas = sampled(name, **size)
    cells = globe_cells(longitude, latitude, areas)
    assert cells["cell_vertex"].tolist() == list(range(len(longitude)))
    found = areas_of(cells)
    assert found.sum() == pytest.approx(4 * np.pi, rel=1e-3)
    assert (found > 0).all()
    if name == "icosahedral":
        np.testing.assert_allclose(found, areas, rtol=0.02)


def test_vertices_that_coincide_at_the_poles_are_one_cell():
    longitude, latitude, areas = sampled("equiangular", n_lat=9, n_lon=16, poles=True)
    cells = globe_cells(longitude, latitude, areas)
    assert len(cells["cell_vertex"]) == len(longitude) - 2 * 15
    assert areas_of(cells).sum() == pytest.approx(4 * np.pi, rel=1e-3)


def test_a_part_of_the_sphere_stays_a_part():
    longitude, latitude, areas = sampled("healpix", nside=16)
    part = (np.abs(longitude) < 40) & (np.abs(latitude) < 30)
    arguments = longitude[part], latitude[part], areas[part]
    covered = areas_of(globe_cells(*arguments)).sum()
    assert covered == pytest.approx(areas[part].sum(), rel=0.1)
    nearest = places_of(*arguments)["nearest"]
    assert 0.7 < (nearest == part.sum()).mean() < 1  # blank elsewhere


def test_many_vertices_are_shown_by_fewer_cells(monkeypatch):
    monkeypatch.setattr(places_module, "MOST_CELLS", 300)
    longitude, latitude, areas = sampled("icosahedral", level=3)
    cells = globe_cells(longitude, latitude, areas)
    assert len(cells["cell_vertex"]) == 300
    assert areas_of(cells).sum() == pytest.approx(4 * np.pi, rel=1e-3)
    centres = cells["points"][:300] / UNIT
    shown = unit_vectors(longitude, latitude)[cells["cell_vertex"]]
    assert np.einsum("ij,ij->i", centres, shown).min() > np.cos(np.radians(8))


def test_lines_of_the_earth_stay_on_the_map():
    for name, lines in earth().items():
        there = lines[lines[:, 0] != BREAK].astype(int)
        assert len(there) > 1000 and len(there) < len(lines), name
        if name.startswith("flat"):
            assert (np.hypot(*(there / UNIT).T) <= 1.001).all(), name
            steps = np.abs(np.diff(lines.astype(int), axis=0)).max(axis=1)
            whole = (lines[1:, 0] != BREAK) & (lines[:-1, 0] != BREAK)
            assert steps[whole].max() < UNIT / 4, f"{name}: a stroke across the map"


N_MAPS = 4


def write_run(write_scores, name, n=500, n_epochs=3, seed=0):
    """Write the folder of a run: probabilities that vary smoothly, with a little noise."""
    longitude, latitude = fibonacci_sphere(n)
    rng = np.random.default_rng(seed)
    folder = write_scores(name, 0.5, 0.6, seed=seed).parent
    waves = np.cos(np.radians(longitude * 3 + latitude * 2))
    strength = rng.uniform(0, 2, (n_epochs, N_MAPS, 2, 1))
    logits = 3 * strength * waves - 2 + rng.normal(0, 0.05, (n_epochs, N_MAPS, 2, n))
    logits = np.concatenate([np.zeros((n_epochs, N_MAPS, 1, n)), logits], axis=2)
    probability = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    truth = rng.integers(0, 3, (N_MAPS, n)).astype("u1")
    shared = {
        "longitude": ("f8", ("vertex",), longitude),
        "latitude": ("f8", ("vertex",), latitude),
        "areas": ("f8", ("vertex",), np.full(n, 4 * np.pi / n)),
        "run": ("i4", ("map",), np.arange(N_MAPS)),
        "truth": ("u1", ("map", "vertex"), truth),
        "tmq": ("f4", ("map", "vertex"), 30 + 20 * waves + rng.normal(0, 1, (N_MAPS, n))),
    }
    by_epoch = ("epoch", "map", "vertex")
    parts = {
        "epochs.nc": {
            "epoch": ("i4", ("epoch",), np.arange(1, n_epochs + 1)),
            "predicted": ("u1", by_epoch, probability.argmax(axis=2)),
            "probability": (
                "u1",
                (*by_epoch, "event"),
                np.round(255 * np.moveaxis(probability[:, :, 1:], 2, -1)),
            ),
        },
        "predictions.nc": {
            "probability": ("f4", ("map", "vertex", "class"), np.moveaxis(probability[-1], 1, -1))
        },
    }
    sizes = {"epoch": n_epochs, "map": N_MAPS, "vertex": n, "event": 2, "class": 3}
    for file_name, own in parts.items():
        with netCDF4.Dataset(folder / file_name, "w") as file:
            for dimension, size in sizes.items():
                file.createDimension(dimension, size)
            for variable, (kind, dimensions, values) in (shared | own).items():
                file.createVariable(variable, kind, dimensions)[:] = values
            time = file.createVariable("time", "f8", ("map",))
            time.setncatts({"units": "hours since 2106-02-28", "calendar": "noleap"})
            time[:] = 21 + 24 * np.arange(N_MAPS)
    epochs = np.arange(1, n_epochs + 1)
    ap = dict.fromkeys(("ap_tc", "ap_ar", "mean_ap"), epochs / n_epochs)
    history = {"epoch": epochs, "train_loss": 1.0, "validation_loss": 1.0}
    history |= {f"validation_{name}": values for name, values in ap.items()}
    pd.DataFrame(history).to_csv(folder / "history.csv", index=False)
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8")) | {
        "best_epoch": n_epochs
    }
    (folder / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
    return folder


def elements(page):
    """Return the JSON of a page, and what is packed in it by the name of the element."""
    text = page.read_text(encoding="utf-8")
    content = json.loads(re.search(r'id="content">(.*?)</script>', text, re.DOTALL)[1])
    packed = {}
    pattern = r'<script type="text/plain" id="(\w+)" data-arrays="([^"]*)">([^<]*)</script>'
    for name, described, data in re.findall(pattern, text):
        packed[name] = {"arrays": json.loads(described.replace("&quot;", '"')), "data": data}
    return content, packed


def test_the_page_holds_what_the_files_hold(tmp_path, write_scores):
    folder = write_run(write_scores, "net-seed0")
    page = tmp_path / "explore.html"
    explorer_page([folder], page, {"BG": "#000000", "TC": "#123456", "AR": "#654321"}, "<study>")
    content, packed = elements(page)
    assert set(packed) == {"plotly", "earth", "sphere0", "run0"}
    assert content["events"][0] == {"name": "TC", "colour": "#123456"}
    (described,) = content["runs"]
    assert described["epochs"] == described["history"]["epoch"] == [1, 2, 3]
    assert described["titles"]["test"][1] == "2106-03-01 21:00 UTC, ensemble run 1"
    run, found = read_run(folder), unpack(packed["run0"])
    for part in ("validation", "test"):
        maps = getattr(run, part)
        for name in ("truth", "predicted", "probability"):
            np.testing.assert_array_equal(found[f"{part}_{name}"], getattr(maps, name))
        field = described["field"]
        values = field["low"] + found[f"{part}_field"] / 255 * (field["high"] - field["low"])
        np.testing.assert_allclose(values, maps.field, atol=(field["high"] - field["low"]) / 500)
    text = page.read_text(encoding="utf-8")
    assert "of &lt;study&gt; learnt</h1>" in text and "<!--" not in text
    assert "abc1234" in text and "synthetic twin" in text  # where it is from
    assert "To stay small" not in text  # nothing was left out
    assert not re.search(r"""(src|href)=["']?https?:""", text)


def test_vertices_are_told_apart_by_place_not_by_order(tmp_path, write_scores):
    """Reading sorts them; positions and values must be sorted alike."""
    run = read_run(write_run(write_scores, "net-seed0"))
    waves = 30 + 20 * np.cos(np.radians(run.longitude * 3 + run.latitude * 2))
    np.testing.assert_allclose(run.validation.field, np.broadcast_to(waves, (4, 500)), atol=6)
    assert (np.diff(run.latitude) > -8).all()


def test_the_page_of_the_demo_is_small_and_whole(tmp_path, write_scores):
    """Level 5, 14 epochs, one run."""
    folder = write_run(write_scores, "unet-seed0", n=10_242, n_epochs=14)
    explorer_page([folder], tmp_path / "explore.html", study="demo")
    content, packed = elements(tmp_path / "explore.html")
    assert (tmp_path / "explore.html").stat().st_size < 8e6
    assert len(content["runs"][0]["epochs"]) == 14
    assert unpack(packed["run0"])["validation_predicted"].shape == (14, 4, 10_242)


def test_many_runs_shed_maps_in_order_and_the_page_says_so(tmp_path, write_scores):
    folders = [
        write_run(write_scores, f"{name}-seed{seed}", n_epochs=24, seed=seed)
        for name in ("one", "two")
        for seed in (0, 1)
    ]
    page = tmp_path / "explore.html"

    def made(room_mb):
        explorer_page(folders, page, room_mb=room_mb)
        content, packed = elements(page)
        note = re.search(r'class="note">(.*?)</p>', page.read_text(encoding="utf-8"))
        return content, packed, note and note[1]

    content, packed, note = made(100)
    assert {f"run{i}" for i in range(4)} <= set(packed) and note is None
    whole = sum(len(each["data"]) for name, each in packed.items() if name.startswith("run"))
    rest = sum(len(each["data"]) for each in packed.values()) - whole
    content, packed, note = made((rest + 0.6 * whole) / 1e6)
    assert {"run0", "run2"} <= set(packed) and not {"run1", "run3"} & set(packed)
    assert [run["maps"] for run in content["runs"]] == [True, False, True, False]
    assert len(content["runs"][1]["history"]["mean"]) == 24  # the curves stay
    assert "first seed of each experiment only (2 of 4 runs" in note
    content, packed, note = made(0)
    assert len(content["runs"][0]["titles"]["validation"]) == 1
    assert content["runs"][0]["epochs"] == [1, 4, 7, 10, 13, 15, 18, 21, 24]  # 24 is the best
    assert unpack(packed["run0"])["validation_predicted"].shape == (9, 1, 500)
    assert "at most 1 of the maps" in note and "at most 10 epochs" in note


def test_runs_on_one_sphere_share_its_places(tmp_path, write_scores):
    folders = [write_run(write_scores, "a-x-seed0"), write_run(write_scores, "a-y-seed0", n=600)]
    folders.append(write_run(write_scores, "b-x-seed0"))
    explorer_page(folders, tmp_path / "explore.html")
    content, packed = elements(tmp_path / "explore.html")
    assert [run["sphere"] for run in content["runs"]] == ["sphere0", "sphere1", "sphere0"]
    assert {name for name in packed if name.startswith("sphere")} == {"sphere0", "sphere1"}


def test_what_is_missing_is_told(tmp_path, write_scores):
    with pytest.raises(UserError, match="needs the folder of at least one run"):
        explorer_page([], tmp_path / "explore.html")
    folder = write_run(write_scores, "net-seed0")
    (folder / "epochs.nc").unlink()
    with pytest.raises(UserError, match=r"epochs\.nc cannot be read as predictions"):
        explorer_page([folder], tmp_path / "explore.html")


def test_the_first_seed_is_that_of_each_experiment_sampling_and_split(tmp_path, write_scores):
    folders = []
    for number, place in enumerate(("", "random", "random")):
        folder = write_run(write_scores, f"net-{place}-seed{number}", seed=number)
        scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
        scores |= {"experiment": "net", "split_name": place or None}
        (folder / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
        folders.append(folder)
    explorer_page(folders, tmp_path / "explore.html", room_mb=0)
    content, _ = elements(tmp_path / "explore.html")
    assert [run["maps"] for run in content["runs"]] == [True, True, False]


@pytest.mark.parametrize("region", [None, (-30, -10, 90, 10)])
def test_cells_with_many_corners_are_counted(region):
    """A parallel of many longitudes is a face of the hull, with a corner for each."""
    grid = make_sampling("equiangular", region=region, n_lat=30, n_lon=600)
    cells = globe_cells(grid.longitude, grid.latitude, grid.areas)
    assert cells["n_corners"].astype(int).sum() == len(cells["corners"])


def test_a_small_region_of_many_vertices_has_as_many_cells(monkeypatch):
    monkeypatch.setattr(places_module, "MOST_CELLS", 300)
    longitude, latitude = (x.ravel() for x in np.meshgrid(np.arange(40) / 100, np.arange(40) / 100))
    areas = np.full(1600, np.radians(0.01) ** 2)
    cells = globe_cells(longitude, latitude, areas)
    assert len(cells["n_corners"]) == 300
    assert len(np.unique(cells["cell_vertex"])) == 300
