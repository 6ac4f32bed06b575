"""Whatever changes below an input folder is noticed, and what is hidden is left alone."""

import os

import pytest

from deepsphere_pipe.data.sources import open_source, version_of
from deepsphere_pipe.data.sources.listing import files_below, input_version


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "data"
    for name in ("a.h5", "2106/b.h5", "2106/notes.txt", ".snapshot/hourly.0/a.h5", ".git/c.h5"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return folder


def names(folder, *arguments, **options):
    found = files_below(folder, *arguments, **options)
    return sorted(path.relative_to(folder).as_posix() for path in found)


def test_hidden_folders_and_files_are_left_out(folder):
    (folder / ".hidden.h5").touch()
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints/a.h5").touch()
    assert names(folder, ".h5") == ["2106/b.h5", "a.h5"]
    assert names(folder, ".h5", hidden=True) == [".hidden.h5", "2106/b.h5", "a.h5"]


def test_a_hidden_folder_may_hold_the_input_itself(folder):
    assert names(folder / ".snapshot", ".h5") == ["hourly.0/a.h5"]


def test_links_are_followed_but_not_in_circles(folder, tmp_path):
    (folder / "2106/up").symlink_to(folder)
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/d.h5").touch()
    (folder / "link").symlink_to(tmp_path / "disk")
    assert names(folder, ".h5") == ["2106/b.h5", "a.h5", "link/d.h5"]


def replace_by_an_older(path):
    other = path.with_name("other")
    other.write_text(path.read_text(encoding="utf-8"))
    os.utime(other, (0, 0))
    other.replace(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "2106/c.h5").touch(),
        lambda folder: (folder / "2106/b.h5").unlink(),
        lambda folder: (folder / "2106/b.h5").write_text("longer than before", encoding="utf-8"),
        lambda folder: replace_by_an_older(folder / "2106/b.h5"),
        lambda folder: (folder / "2106").rename(folder / "2107"),
        lambda folder: (folder / "lost.h5").symlink_to(folder / "nowhere"),
    ],
    ids=["added", "removed", "mended", "replaced by an older one", "moved", "a link to nowhere"],
)
def test_a_change_anywhere_below_is_noticed(folder, change):
    before = input_version(folder, ".h5")
    assert input_version(folder, ".h5") == before
    change(folder)
    assert input_version(folder, ".h5") != before


@pytest.mark.parametrize("name", ["2106/notes.txt", ".snapshot/hourly.0/a.h5", ".git/new.h5", "t"])
def test_what_is_not_read_is_no_change(folder, name):
    before = input_version(folder, ".h5")
    (folder / name).write_text("another text", encoding="utf-8")
    assert input_version(folder, ".h5") == before


def test_a_single_file_and_none(tmp_path):
    path = tmp_path / "archive.zip"
    assert version_of("ugscnn", path) is None
    path.write_text("1", encoding="utf-8")
    before = version_of("ugscnn", path)
    replace_by_an_older(path)
    assert version_of("ugscnn", path) != before


def test_an_old_copy_in_a_hidden_folder_wins_over_nothing(tmp_path):
    from specimens import STAMPS, name_of, random_map, write_cam5

    name = name_of(STAMPS[0], ".h5")
    (tmp_path / ".snapshot/hourly.0").mkdir(parents=True)
    for seed, place in enumerate((tmp_path / ".snapshot/hourly.0", tmp_path)):
        write_cam5(place / name, *random_map(seed, 24, 48))
    source = open_source("cam5", tmp_path)
    assert [snapshot.name for snapshot in source.snapshots] == [name] and not source.rejected
