"""The explorer holds what the files hold, and stays small."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.explorer import build
from deepsphere_pipe.reporting.explorer.build import write_explorer
from deepsphere_pipe.reporting.explorer.runs import read_runs
from tests.reporting.explorer.conftest import unpack


def elements(path):
    """Return the JSON of an explorer, and what is packed in it by the name of the element."""
    text = path.read_text(encoding="utf-8")
    content = json.loads(re.search(r'id="content">(.*?)</script>', text, re.DOTALL)[1])
    packed = {}
    pattern = r'<script type="text/plain" id="(\w+)" data-arrays="([^"]*)">([^<]*)</script>'
    for name, described, data in re.findall(pattern, text):
        packed[name] = {"arrays": json.loads(described.replace("&quot;", '"')), "data": data}
    return content, packed


def test_the_explorer_holds_what_the_files_hold(tmp_path, write_run):
    folder = write_run("net-seed0")
    path = tmp_path / "explore.html"
    write_explorer([folder], path, {"BG": "#000000", "TC": "#123456", "AR": "#654321"}, "<study>")
    content, packed = elements(path)
    assert set(packed) == {"plotly", "earth", "sphere0", "run0"}
    assert content["events"][0] == {"name": "TC", "colour": "#123456"}
    (described,) = content["runs"]
    assert described["epochs"] == described["history"]["epoch"] == [1, 2, 3]
    assert described["titles"]["test"][1] == "2106-03-01 21:00 UTC, ensemble run 1"
    run, found = read_runs([folder])[0], unpack(packed["run0"])
    for part in ("validation", "test"):
        maps = run.parts[part]
        for name in ("truth", "predicted", "probability"):
            np.testing.assert_array_equal(found[f"{part}_{name}"], maps[name])
        field = described["field"]
        values = field["low"] + found[f"{part}_field"] / 255 * (field["high"] - field["low"])
        np.testing.assert_allclose(values, maps["tmq"], atol=(field["high"] - field["low"]) / 500)
    text = path.read_text(encoding="utf-8")
    assert "of &lt;study&gt; learnt</h1>" in text and "<!--" not in text
    assert "abc1234" in text and "synthetic twin" in text  # where it is from
    assert "To stay small" not in text  # nothing was left out
    assert not re.search(r"""(src|href)=["']?https?:""", text)


def test_vertices_are_distinguished_by_place_not_by_order(tmp_path, write_run):
    """Reading sorts them; positions and values must be sorted alike."""
    run = read_runs([write_run("net-seed0")])[0]
    longitude, latitude, _ = run.place
    waves = 30 + 20 * np.cos(np.radians(longitude * 3 + latitude * 2))
    np.testing.assert_allclose(
        run.parts["validation"]["tmq"], np.broadcast_to(waves, (4, 500)), atol=6
    )
    assert (np.diff(latitude) > -8).all()


def test_the_explorer_of_the_demo_is_small_and_whole(tmp_path, write_run):
    """Level 5, 14 epochs, one run."""
    folder = write_run("unet-seed0", n=10_242, n_epochs=14)
    write_explorer([folder], tmp_path / "explore.html", study="demo")
    content, packed = elements(tmp_path / "explore.html")
    assert (tmp_path / "explore.html").stat().st_size < 8e6
    assert len(content["runs"][0]["epochs"]) == 14
    assert unpack(packed["run0"])["validation_predicted"].shape == (14, 4, 10_242)


def test_many_runs_shed_maps_in_order_and_the_explorer_says_so(tmp_path, write_run):
    folders = [
        write_run(f"{name}-seed{seed}", n_epochs=24, seed=seed)
        for name in ("one", "two")
        for seed in (0, 1)
    ]
    path = tmp_path / "explore.html"

    def made(room_mb):
        write_explorer(folders, path, room_mb=room_mb)
        content, packed = elements(path)
        note = re.search(r'class="note">(.*?)</p>', path.read_text(encoding="utf-8"))
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


def test_runs_on_one_sphere_share_its_places(tmp_path, write_run):
    folders = [write_run("a-x-seed0"), write_run("a-y-seed0", n=600)]
    folders.append(write_run("b-x-seed0"))
    write_explorer(folders, tmp_path / "explore.html")
    content, packed = elements(tmp_path / "explore.html")
    assert [run["sphere"] for run in content["runs"]] == ["sphere0", "sphere1", "sphere0"]
    assert {name for name in packed if name.startswith("sphere")} == {"sphere0", "sphere1"}


def test_what_is_missing_is_named(tmp_path, write_run):
    with pytest.raises(UserError, match="need the files of at least one run"):
        write_explorer([], tmp_path / "explore.html")
    folder = write_run("net-seed0")
    (folder / "epochs.nc").unlink()
    with pytest.raises(UserError, match=r"epochs\.nc cannot be read as predictions"):
        write_explorer([folder], tmp_path / "explore.html")


def test_the_first_seed_is_that_of_each_experiment_sampling_and_split(tmp_path, write_run):
    folders = []
    for number, place in enumerate(("", "random", "random")):
        names = {"experiment": "net", "split_name": place or None}
        folders.append(write_run(f"net-{place}-seed{number}", seed=number, **names))
    write_explorer(folders, tmp_path / "explore.html", room_mb=0)
    content, _ = elements(tmp_path / "explore.html")
    assert [run["maps"] for run in content["runs"]] == [True, True, False]


def test_every_script_is_part_of_the_explorer(tmp_path, write_run):
    write_explorer([write_run("net-seed0")], tmp_path / "explore.html")
    text = (tmp_path / "explore.html").read_text(encoding="utf-8")
    scripts = sorted(Path(build.__file__).parent.glob("*.js"))
    assert [path.stem for path in scripts] == sorted(build.SCRIPTS)
    for path in scripts:
        assert path.read_text(encoding="utf-8") in text
    assert text.count('"use strict"') == 1
    # What starts everything comes last: constants have their values by then.
    assert text.index("start().catch") > text.rindex("\nconst ")
