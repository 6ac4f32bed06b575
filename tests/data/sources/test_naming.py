"""Names tell run and time, in one order on every file system."""

import random

import cftime
import pytest

from deepsphere_pipe.data.sources.naming import collect, list_files, parse_name, snapshot_name
from deepsphere_pipe.errors import UserError

NAME = "data-2110-11-13-07-3.h5"


def test_a_name_and_its_stamp_tell_the_same():
    assert parse_name(f"folder/{NAME}") == (3, cftime.DatetimeNoLeap(2110, 11, 13, 21))
    assert snapshot_name(cftime.DatetimeNoLeap(2110, 11, 13, 21), 3) == NAME
    assert parse_name("data-2110-11-13-07-3-mesh.npz", "-mesh.npz") == parse_name(NAME)


@pytest.mark.parametrize(
    "name",
    [
        "data-2110-02-29-00-1.h5",  # no leap days
        "data-2108-02-29-00-1.h5",
        "data-2110-11-13-08-1.h5",  # slots end at 07
        "data-2110-13-01-00-1.h5",
        "data-2110-00-01-00-1.h5",
        "data-2110-11-13-07.h5",
        "data-2110-11-13-07-3-mesh.npz",
        "xdata-2110-11-13-07-3.h5",
    ],
)
def test_names_that_cannot_be_are_refused(name):
    with pytest.raises(UserError, match=name):
        parse_name(name)


def test_snapshots_are_sorted_by_run_and_time_whatever_their_folders():
    names = [
        "b/data-2107-01-01-00-1.h5",
        "a/data-2107-01-01-01-1.h5",
        "data-2107-02-01-00-1.h5",
        "data-2106-01-01-00-2.h5",
        "data-2106-01-01-00-10.h5",
    ]
    for seed in range(5):
        shuffled = random.Random(seed).sample(names, len(names))
        snapshots, rejected = collect(((name, "") for name in shuffled), parse_name)
        assert [snapshot.name for snapshot in snapshots] == names
        assert rejected == {}


def test_duplicates_and_misnamed_files_are_told_apart():
    names = [f"b/{NAME}", f"a/{NAME}", "a/data-2110-02-30-00-1.h5", "a/notes.h5"]
    snapshots, rejected = collect(((name, "") for name in names), parse_name)
    assert [snapshot.name for snapshot in snapshots] == [f"a/{NAME}"]
    assert list(rejected) == ["a/data-2110-02-30-00-1.h5", "a/notes.h5", f"b/{NAME}"]
    assert f"the other is a/{NAME}" in rejected[f"b/{NAME}"]


def test_two_files_for_one_time_are_told_apart_by_name():
    """Another ending of the number, or of the run: one would be counted twice, the other lost."""
    names = ["data-2110-11-13-07-3.h5", "data-2110-11-13-07-03.h5", "data-2110-11-13-07-30.h5"]
    snapshots, rejected = collect(((name, "") for name in names), parse_name)
    assert [(s.name, s.run) for s in snapshots] == [(names[1], 3), (names[2], 30)]
    assert rejected == {names[0]: f"is of 2110-11-13T21:00:00 in run 3, as is {names[1]}."}


def test_files_are_found_in_folders_and_through_links(tmp_path):
    disk = tmp_path / "disk"
    (disk / "2110").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/link").symlink_to(disk)
    for name in (NAME, f".{NAME}", "README.txt"):
        (disk / "2110" / name).touch()
    assert [name for name, _ in list_files(tmp_path / "data", ".h5")] == [f"link/2110/{NAME}"]


def test_a_folder_without_files_is_an_error(tmp_path):
    with pytest.raises(UserError, match=r"no files data-\*\.h5"):
        list_files(tmp_path, ".h5")
    with pytest.raises(UserError, match="no such folder"):
        list_files(tmp_path / "missing", ".h5")
