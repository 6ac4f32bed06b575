"""Archives of our own in the format of UGSCNN's: read as written, never the published one."""

import os
import pty
import termios
import zipfile
from contextlib import redirect_stderr
from io import BytesIO

import numpy as np
import pytest
from specimens import (
    STAMPS,
    map_on,
    name_of,
    npz,
    random_map,
    ugscnn_members,
    write_cam5,
    write_zip,
)

from deepsphere_pipe.channels import CHANNEL_NAMES, UNLABELLED
from deepsphere_pipe.cli import main
from deepsphere_pipe.data.archive import write_archive
from deepsphere_pipe.data.prepare import prepare
from deepsphere_pipe.data.sources import open_source, ugscnn
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap import make_remapping
from deepsphere_pipe.samplings import Icosahedral

SAMPLING = Icosahedral(2)


@pytest.fixture
def cam5(tmp_path):
    """A folder of CAM5 files with the stamps of the specimens."""
    folder = tmp_path / "cam5"
    folder.mkdir()
    for index, stamp in enumerate(STAMPS):
        write_cam5(folder / name_of(stamp, ".h5"), *random_map(index, 24, 48))
    return open_source("cam5", folder)


def test_what_is_written_is_read_back(cam5, tmp_path):
    path = tmp_path / "archive.zip"
    write_archive(cam5, SAMPLING, path)
    source = open_source("ugscnn", path)
    assert source.grid.identifier == SAMPLING.identifier and source.rejected == {}
    assert [(s.run, s.time) for s in source.snapshots] == [(s.run, s.time) for s in cam5.snapshots]
    # The maps are those that `prepare` makes of the same snapshots.
    for name, of in (("direct", cam5), ("archived", source)):
        prepare(of, SAMPLING, tmp_path / f"{name}.nc")
    with Store(tmp_path / "direct.nc") as direct, Store(tmp_path / "archived.nc") as archived:
        assert len(direct) == len(archived) == len(STAMPS)
        for index in range(len(direct)):
            np.testing.assert_array_equal(direct.fields(index), archived.fields(index))
            np.testing.assert_array_equal(direct.labels(index), archived.labels(index))
        assert set(np.unique(archived.labels(0))) == {0, 1, 2}


def test_the_layout_is_the_published_one(cam5, tmp_path):
    write_archive(cam5, SAMPLING, tmp_path / "archive.zip")
    fields, labels = random_map(0, 24, 48)
    with zipfile.ZipFile(tmp_path / "archive.zip") as archive:
        names = [f"data_2_all/{name_of(stamp, '-mesh.npz')}" for stamp in STAMPS]
        assert sorted(archive.namelist()) == sorted(names)
        with np.load(BytesIO(archive.read(names[0]))) as arrays:
            assert arrays["data"].shape == (16, 162) and arrays["labels"].shape == (3, 162)
            remapping = make_remapping("bilinear", cam5.grid, SAMPLING)
            expected = remapping @ fields.reshape(16, -1).T
            np.testing.assert_allclose(arrays["data"], expected.T, rtol=1e-5)
            np.testing.assert_array_equal(arrays["labels"].sum(axis=0), 1)
    # A member by our writer and one by the specimens' hold the same.
    fields, labels = map_on(SAMPLING, 3)
    with (
        np.load(BytesIO(ugscnn.member(fields, labels, "x"))) as ours,
        np.load(BytesIO(npz(fields, labels))) as theirs,
    ):
        assert set(ours) == {*theirs, ugscnn.MADE_FROM}
        for name in theirs:
            assert ours[name].dtype == theirs[name].dtype
            np.testing.assert_array_equal(ours[name], theirs[name])


def test_the_same_snapshots_give_the_same_bytes(cam5, tmp_path):
    for name in ("one.zip", "two.zip"):
        write_archive(cam5, SAMPLING, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_the_title_says_what_it_was_made_from(cam5, tmp_path):
    path = tmp_path / "archive.zip"
    write_archive(cam5, SAMPLING, path)
    title = f"{cam5.title} in the format of the UGSCNN archive (icosahedral level 2)"
    assert open_source("ugscnn", path).title == title
    # Unpacked and packed anew, in whatever folder, it still says so.
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
    assert open_source("ugscnn", tmp_path / "unpacked/data_2_all").title == title


def test_only_the_whole_published_archive_has_its_title(tmp_path, monkeypatch):
    members, _ = ugscnn_members(2)
    path = write_zip(tmp_path / "archive.zip", members)
    part = open_source("ugscnn", path).title
    assert part != ugscnn.PUBLISHED_TITLE and "8 maps; the published one has 62738" in part
    monkeypatch.setattr(ugscnn, "PUBLISHED_MAPS", len(members))
    assert open_source("ugscnn", path).title != ugscnn.PUBLISHED_TITLE  # the level is another
    monkeypatch.setattr(ugscnn, "PUBLISHED_LEVEL", 2)
    assert open_source("ugscnn", path).title == ugscnn.PUBLISHED_TITLE
    of_our_own = {name: ugscnn.member(*map_on(SAMPLING, 0), "a twin") for name in members}
    path = write_zip(tmp_path / "twin.zip", of_our_own)
    assert open_source("ugscnn", path).title.startswith("a twin in the format of")


def test_a_strange_note_does_no_harm(tmp_path):
    fields, labels = map_on(SAMPLING, 0)
    name = f"data_5_all/{name_of(STAMPS[0], '-mesh.npz')}"
    for note, expected in (
        (
            np.frombuffer("ein\nZwilling\xff".encode("latin-1"), np.uint8)[None],
            "ein Zwilling\ufffd in",
        ),
        (np.full((1, 10_000), ord("x"), np.uint8), "x" * 200 + " in the format"),
    ):
        content = npz(fields, labels, **{ugscnn.MADE_FROM: note})
        path = write_zip(tmp_path / "archive.zip", {name: content})
        assert open_source("ugscnn", path).title.startswith(expected)
    content = npz(fields, labels, **{ugscnn.MADE_FROM: np.array(["text"])})
    with pytest.raises(UserError, match=r"is damaged \(made_from\.npy holds"):
        open_source("ugscnn", write_zip(tmp_path / "archive.zip", {name: content}))


def test_maps_without_labels_are_refused(tmp_path):
    folder = tmp_path / "cam5"
    folder.mkdir()
    fields, labels = random_map(0, 24, 48)
    write_cam5(folder / name_of(STAMPS[0], ".h5"), fields, labels)
    source = open_source("cam5", folder)
    found = source.read(source.snapshots[0], CHANNEL_NAMES)
    found.labels[:] = UNLABELLED
    source.read = lambda *_: found
    with pytest.raises(UserError, match="has vertices without a label"):
        write_archive(source, SAMPLING, tmp_path / "archive.zip")
    assert not (tmp_path / "archive.zip").exists()


def test_the_verb_makes_the_twin_and_leaves_nothing_else(tmp_path, capsys):
    (tmp_path / "twin.yml").write_text(
        "{name: a, data: {synthetic: {n_lat: 24, n_lon: 48, years: [2106], runs: [3], "
        "days_per_year: 1, missing_days: 0.0}}}",
        encoding="utf-8",
    )
    out = tmp_path / "made/archive.zip"
    options = ["--study", str(tmp_path / "twin.yml"), "--level", "1", "--out", str(out)]
    assert main(["archive", *options]) == 0
    assert "8 maps of the synthetic twin of CAM5 (24 x 48 grid) are in" in capsys.readouterr().out
    assert list(out.parent.iterdir()) == [out]
    source = open_source("ugscnn", out)
    assert source.title.startswith("synthetic twin of CAM5 (24 x 48 grid) in the format")
    assert [snapshot.run for snapshot in source.snapshots] == [3] * 8


def test_a_terminal_sees_a_bar_and_a_log_does_not(cam5, tmp_path):
    log, (master, slave) = tmp_path / "log", pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    with os.fdopen(slave, "w", encoding="utf-8") as terminal, redirect_stderr(terminal):
        write_archive(cam5, SAMPLING, tmp_path / "a.zip")
        assert b"archive:" in os.read(master, 1000)
    os.close(master)
    with log.open("w", encoding="utf-8") as file, redirect_stderr(file):
        write_archive(cam5, SAMPLING, tmp_path / "b.zip")
    assert log.read_text(encoding="utf-8") == ""
