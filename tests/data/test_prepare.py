"""Snapshots become maps on the sphere: right place, right order, whatever happens."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from specimens import (
    STAMPS,
    name_of,
    npz,
    physical,
    random_map,
    ugscnn_members,
    write_cam5,
    write_climatenet,
    write_zip,
)

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.data import prepare as prepare_module
from deepsphere_pipe.data.prepare import prepare
from deepsphere_pipe.data.sources import cam5, open_source
from deepsphere_pipe.data.sources.cam5_format import grid_axes, write_snapshot
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import Healpix, Icosahedral, make_sampling

LATITUDE, LONGITUDE = grid_axes(48, 72)
SAMPLING = make_sampling("icosahedral", level=2)


def smooth_map(slot):
    """Return fields that rise to the north and with the slot, and a river on a band."""
    field = np.sin(np.deg2rad(LATITUDE))[:, None] + np.full((1, 72), slot / 8)
    fields = np.stack([field] * len(CHANNEL_NAMES))
    labels = np.where(np.abs(LATITUDE - 40) < 15, 2, 0)[:, None].repeat(72, 1)
    return physical(fields), labels.astype(np.uint8)


def in_deviations(name, values):
    """Undo `physical`."""
    index = CHANNEL_NAMES.index(name)
    zero, one = (physical(np.full((16, 1), x))[index, 0] for x in (0, 1))
    return (values - zero) / (one - zero)


@pytest.fixture
def folder(tmp_path):
    """Four snapshots, written out of order."""
    folder = tmp_path / "native"
    folder.mkdir()
    for run, slot in ((2, 0), (1, 3), (1, 1), (2, 7)):
        write_snapshot(folder / name_of((2107, 2, 28, slot, run), ".h5"), *smooth_map(slot))
    return folder


@pytest.fixture
def archive(tmp_path):
    """A small UGSCNN archive."""
    members, maps = ugscnn_members(level=2)
    return write_zip(tmp_path / "archive.zip", members), maps


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("workers", [1, 2])
def test_maps_are_remapped_in_order_of_run_and_time(folder, tmp_path, workers):
    out = tmp_path / "maps.nc"
    source = open_source("cam5", folder)
    prepare(source, SAMPLING, out, ("PSL", "TMQ"), workers=workers)
    with Store(out) as store:
        assert store.channels == ("PSL", "TMQ")
        assert store.sampling == SAMPLING.identifier
        assert store.title == "CAM5 segmentation snapshots (48 x 72 grid)"
        assert store.runs.tolist() == [1, 1, 2, 2]
        assert [time.hour for time in store.times] == [3, 9, 0, 21]
        assert store.files[0] == "data-2107-02-28-01-1.h5"
        height = np.sin(np.deg2rad(SAMPLING.latitude))
        for index, slot in enumerate((1, 3, 0, 7)):
            for name, field in zip(store.channels, store.fields(index), strict=True):
                np.testing.assert_allclose(in_deviations(name, field), height + slot / 8, atol=3e-3)
        labels = store.labels(0)
        assert set(labels[np.abs(SAMPLING.latitude - 40) < 12]) == {2}
        assert set(labels[np.abs(SAMPLING.latitude - 40) > 18]) == {0}


def test_the_archive_is_not_remapped_on_its_own_vertices(archive, tmp_path):
    path, maps = archive
    prepare(open_source("ugscnn", path), SAMPLING, tmp_path / "maps.nc", workers=2)
    with Store(tmp_path / "maps.nc") as store:
        assert [file.rpartition("/")[2] for file in store.files] == list(maps)
        for index, (fields, labels) in enumerate(maps.values()):
            np.testing.assert_array_equal(store.fields(index), fields)
            np.testing.assert_array_equal(store.labels(index), labels)


@pytest.mark.parametrize("target", [Healpix(4), make_sampling("equiangular", n_lat=12, n_lon=24)])
def test_the_archive_is_remapped_for_the_other_samplings(tmp_path, target):
    """Height above the equator on the icosahedral vertices is height on the others."""
    ico = Icosahedral(4)
    fields = physical(np.stack([ico.coordinates[:, 2]] * 16))
    labels = np.where(ico.coordinates[:, 2] > 0, 2, 0)
    name = "d/" + name_of(STAMPS[0], "-mesh.npz")
    path = write_zip(tmp_path / "a.zip", {name: npz(fields, labels)})
    out = tmp_path / "maps.nc"
    prepare(open_source("ugscnn", path), target, out, ("T200",))
    with Store(out) as store:
        found = in_deviations("T200", store.fields(0)[0])
        np.testing.assert_allclose(found, target.coordinates[:, 2], atol=0.01)
        far = np.abs(target.coordinates[:, 2]) > 0.1
        np.testing.assert_array_equal(store.labels(0)[far], 2 * (target.coordinates[far, 2] > 0))


def test_climatenet_comes_to_the_sphere_too(tmp_path):
    (tmp_path / "test").mkdir()
    path = tmp_path / "test/data-2010-06-21-01-1.nc"
    write_climatenet(path, *smooth_map(2), north_first=True)
    out = tmp_path / "maps.nc"
    prepare(open_source("climatenet", tmp_path), SAMPLING, out, ("PSL",))
    with Store(out) as store:
        height = np.sin(np.deg2rad(SAMPLING.latitude))
        found = in_deviations("PSL", store.fields(0)[0])
        np.testing.assert_allclose(found, height + 2 / 8, atol=3e-3)
        assert set(store.labels(0)[np.abs(SAMPLING.latitude - 40) < 12]) == {2}


def test_labels_can_be_kept_however_small(tmp_path):
    """A cyclone of one cell is outvoted by its surroundings, unless any counts."""
    fields, labels = smooth_map(0)
    labels[:] = 0
    labels[20, 30] = 1
    write_cam5(tmp_path / name_of(STAMPS[0], ".h5"), fields, labels)
    cyclones = {}
    for method in ("majority", "any"):
        out = tmp_path / f"{method}.nc"
        source = open_source("cam5", tmp_path)
        prepare(source, SAMPLING, out, ("PSL",), labels=method)
        with Store(out) as store:
            cyclones[method] = np.flatnonzero(store.labels(0) == 1)
    assert len(cyclones["majority"]) == 0 and len(cyclones["any"]) == 1
    where = cyclones["any"][0]
    assert abs(SAMPLING.latitude[where] - LATITUDE[20]) < 10


def test_the_manifest_tells_what_went_in(archive, tmp_path):
    path, maps = archive
    out = tmp_path / "maps.nc"
    prepare(open_source("ugscnn", path), SAMPLING, out, workers=2)
    summary = json.loads((tmp_path / "maps.manifest.json").read_text(encoding="utf-8"))
    assert summary["maps"] == len(STAMPS) and summary["skipped"] == {}
    assert summary["runs"] == [1, 2, 3, 4, 6]
    assert summary["first_time"] == "2106-12-31T21:00:00"
    labels = np.concatenate([labels for _, labels in maps.values()])
    for index, name in enumerate(("BG", "TC", "AR")):
        assert summary["class_frequencies"][name] == pytest.approx(np.mean(labels == index))
    files = pd.read_csv(tmp_path / "maps.files.csv")
    assert [file.rpartition("/")[2] for file in files["file"]] == list(maps)
    assert files["checksum"].str.fullmatch(r"crc32:[0-9a-f]{8}").all()
    assert files["TC"].sum() == (labels == 1).sum() and files["unlabelled"].sum() == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_damaged_snapshots_stop_or_are_skipped_by_name(folder, tmp_path, workers):
    good, out = tmp_path / "good.nc", tmp_path / "maps.nc"
    prepare(open_source("cam5", folder), SAMPLING, good)
    for slot in (2, 4):
        write_snapshot(folder / name_of((2107, 2, 28, slot, 1), ".h5"), *smooth_map(slot))
    fields, labels = smooth_map(2)
    fields[4, 3, 2] = np.nan
    bad = [name_of((2107, 2, 28, 2, 1), ".h5"), name_of((2107, 2, 28, 4, 1), ".h5")]
    write_snapshot(folder / bad[0], fields, labels)
    (folder / bad[1]).write_bytes(b"not HDF5")
    misfit = name_of((2107, 2, 29, 4, 1), ".h5")
    (folder / misfit).touch()

    def run(on_error):
        source = open_source("cam5", folder)
        prepare(source, SAMPLING, out, on_error=on_error, workers=workers)

    with pytest.raises(UserError, match=f"{misfit}: no such date.*on_error: skip"):
        run("stop")
    (folder / misfit).unlink()
    with pytest.raises(UserError, match=f"({'|'.join(bad)}).*on_error: skip"):
        run("stop")
    assert not out.exists()
    run("skip")
    skipped = json.loads(out.with_suffix(".manifest.json").read_text(encoding="utf-8"))["skipped"]
    assert set(skipped) == set(bad)
    assert "VBOT holds values that are not finite" in skipped[bad[0]]
    assert digest(out) == digest(good)  # as if they had never been there
    assert {path.name for path in tmp_path.iterdir()} == {
        *("native", "good.nc", "good.files.csv", "good.manifest.json"),
        *("maps.nc", "maps.files.csv", "maps.manifest.json", ".good.kept", ".maps.kept"),
    }


def test_another_grid_and_other_units_are_named(folder, tmp_path):
    out = tmp_path / "maps.nc"
    name = name_of((2107, 3, 1, 0, 2), ".h5")
    write_cam5(folder / name, *random_map(0, 24, 48))
    with pytest.raises(UserError, match=f"{name}: has a grid of"):
        prepare(open_source("cam5", folder), SAMPLING, out)
    fields, labels = smooth_map(0)
    fields[CHANNEL_NAMES.index("PSL")] /= 100
    write_cam5(folder / name, fields, labels)
    with pytest.raises(UserError, match=f"{name}: PSL .* look like hPa"):
        prepare(open_source("cam5", folder), SAMPLING, out)


def test_a_file_that_crashes_its_reader_is_found(folder, tmp_path):
    """Real crashes of HDF5 on damaged files end the process; here the process ends itself."""
    out = tmp_path / "maps.nc"
    source = CrashingSource(folder)
    prepare(source, SAMPLING, out, on_error="skip", workers=2)
    skipped = json.loads(out.with_suffix(".manifest.json").read_text(encoding="utf-8"))["skipped"]
    name = name_of((2107, 2, 28, 0, 2), ".h5")
    assert skipped == {name: f"{name}: makes its reader crash."}
    with Store(out) as store:
        assert len(store) == 3


class CrashingSource(cam5.Cam5):
    def read(self, snapshot, channels):
        if snapshot.name == name_of((2107, 2, 28, 0, 2), ".h5"):
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().read(snapshot, channels)


def slow_command(folder, out):
    """Prepare with a pause before each map, so that a kill comes in the middle."""
    code = (
        "import time, sys; from deepsphere_pipe.data import packing, prepare as p\n"
        "packing.SECONDS_BETWEEN_RECORDS = 0.05\n"
        "follow = p.Recipe.follow\n"
        "def slow(self, snapshot):\n    time.sleep(0.1); return follow(self, snapshot)\n"
        "p.Recipe.follow = slow\n"
        "from deepsphere_pipe.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    study = {
        "name": "slow",
        "data": {"source": "ugscnn", "input": str(folder)},
        "sampling": {"level": 2},
    }
    file = out.with_suffix(".yaml")
    file.write_text(yaml.safe_dump(study), encoding="utf-8")
    return [sys.executable, "-c", code, "prepare", "--study", str(file), "--out", str(out)]


@pytest.mark.parametrize("moment", [1, 4, 7])
def test_a_killed_run_goes_on_where_it_was(archive, tmp_path, moment):
    path, maps = archive
    whole, out = tmp_path / "whole.nc", tmp_path / "maps.nc"
    prepare(open_source("ugscnn", path), SAMPLING, whole)
    journal = tmp_path / ".maps.nc.journal"
    process = subprocess.Popen(slow_command(path, out))
    deadline = time.monotonic() + 60
    while not journal.exists() or journal.read_bytes().count(b"\n") <= moment:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    with pytest.raises(UserError, match="another process is preparing it"):
        prepare(open_source("ugscnn", path), SAMPLING, out)
    process.kill()
    process.wait()
    assert not out.exists()
    done = journal.read_bytes().count(b"\n") - 1
    with journal.open("ab") as file:
        file.write(b'{"map": 7, "ver')  # a line that was cut
    reads = []
    source = open_source("ugscnn", path)
    read = source.read
    source.read = lambda *arguments: reads.append(arguments) or read(*arguments)
    prepare(source, SAMPLING, out, recorded={"input": str(path.resolve())})
    assert len(reads) == len(maps) - done > 0
    for ending in (".nc", ".files.csv"):
        assert digest(out.with_suffix(ending)) == digest(whole.with_suffix(ending))
    assert {path.name for path in tmp_path.glob(".*")} == {".whole.kept", ".maps.kept"}


def read_by(source, out, **options):
    """Prepare; return the names of the snapshots that were read for it."""
    names = []
    read = source.read
    source.read = lambda snapshot, *rest: names.append(snapshot.name) or read(snapshot, *rest)
    prepare(source, SAMPLING, out, ("PSL", "TMQ"), **options)
    return names


def test_only_what_has_changed_is_packed_again(folder, tmp_path):
    """Even where a workflow has removed the store: added, mended, put back, taken away."""
    out, anew = tmp_path / "maps.nc", tmp_path / "anew.nc"
    all_four = {path.name for path in folder.iterdir()}
    first, second = sorted(all_four)[:2]
    assert set(read_by(open_source("cam5", folder), out)) == all_four

    def again():
        for path in tmp_path.glob("maps.*"):
            path.unlink()
        names = read_by(open_source("cam5", folder), out)
        prepare(open_source("cam5", folder), SAMPLING, anew, ("PSL", "TMQ"))
        for ending in (".nc", ".files.csv"):
            assert digest(out.with_suffix(ending)) == digest(anew.with_suffix(ending))
        return names

    assert again() == []
    (folder / "more").mkdir()
    added = folder / "more" / name_of((2107, 3, 1, 0, 1), ".h5")
    write_snapshot(added, *smooth_map(5))
    assert again() == [f"more/{added.name}"]
    write_snapshot(folder / first, *smooth_map(6))
    assert again() == [first]
    older = tmp_path / "older.h5"
    write_snapshot(older, *smooth_map(7))
    os.utime(older, (0, 0))
    older.replace(folder / second)
    assert again() == [second]
    (folder / first).unlink()
    assert again() == []
    with Store(out) as store:
        assert len(store) == 4 and first not in store.files


def test_nothing_is_taken_from_maps_that_were_made_in_another_way(folder, tmp_path, monkeypatch):
    out = tmp_path / "maps.nc"
    all_four = {path.name for path in folder.iterdir()}
    for path in folder.iterdir():
        with h5py.File(path, "a") as file:
            file["climate/labels_1"] = np.zeros_like(file["climate/labels"])
    for options, settings in (
        ({}, {}),
        ({"labels": "relaxed"}, {}),
        ({}, {}),
        ({}, {"remapping": "nearest"}),
        ({}, {"labels": "any"}),
    ):
        assert set(read_by(open_source("cam5", folder, **options), out, **settings)) == all_four
    elsewhere = {"recorded": {"input": "another folder with files of the same names and dates"}}
    assert set(read_by(open_source("cam5", folder), out, labels="any", **elsewhere)) == all_four
    monkeypatch.setattr(prepare_module, "code_fingerprint", lambda *modules: "other code")
    assert set(read_by(open_source("cam5", folder), out, labels="any")) == all_four
    with (tmp_path / ".maps.kept/maps.files.csv").open("ab") as file:
        file.write(b"damaged")
    assert set(read_by(open_source("cam5", folder), out)) == all_four


def test_what_another_plan_left_behind_is_not_taken_over(archive, tmp_path):
    path, _ = archive
    out = tmp_path / "maps.nc"
    process = subprocess.Popen(slow_command(path, out))
    while not (tmp_path / ".maps.nc.journal").exists():
        time.sleep(0.01)
    time.sleep(0.5)
    process.kill()
    process.wait()
    source = open_source("ugscnn", path)
    prepare(source, Icosahedral(1), out, ("PSL",))
    prepare(source, Icosahedral(1), tmp_path / "again.nc", ("PSL",))
    assert digest(out) == digest(tmp_path / "again.nc")


def test_a_replaced_file_is_read_again(folder, tmp_path, monkeypatch):
    """A run that stopped at a damaged file goes on when the file has been mended."""
    out = tmp_path / "maps.nc"
    last = folder / name_of((2107, 2, 28, 7, 2), ".h5")
    mended = last.read_bytes()
    last.write_bytes(b"")
    first = folder / name_of((2107, 2, 28, 1, 1), ".h5")
    with pytest.raises(UserError, match=last.name):
        prepare(open_source("cam5", folder), SAMPLING, out)
    last.write_bytes(mended)
    with h5py.File(first, "a") as file:
        file["climate/data"][0] += 1e-3
    prepare(open_source("cam5", folder), SAMPLING, out)
    prepare(open_source("cam5", folder), SAMPLING, tmp_path / "again.nc")
    assert digest(out) == digest(tmp_path / "again.nc")


def test_a_disk_that_is_too_small_is_told_before_anything_is_read(archive, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(UserError, match=r"the maps take .* GB, but 1e-06 GB are free"):
        prepare(open_source("ugscnn", archive[0]), SAMPLING, tmp_path / "maps.nc")
