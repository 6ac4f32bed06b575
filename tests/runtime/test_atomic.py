"""A reader never meets half a file."""

import subprocess
import sys

import pytest

from deepsphere_pipe.runtime.atomic import atomic_write


def test_file_appears_only_when_complete_and_with_its_suffix(tmp_path):
    path = tmp_path / "folder" / "table.csv"
    with atomic_write(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        assert temporary.suffix == ".csv"
        assert temporary.parent == path.parent
        assert not path.exists()
        temporary.write_text("whole", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_an_exception_leaves_the_old_file_and_no_temporary(tmp_path):
    path = tmp_path / "model.pt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(RuntimeError, match="boom"), atomic_write(path) as temporary:
        temporary.write_text("new", encoding="utf-8")
        raise RuntimeError("boom")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_of_one_file_do_not_share_a_temporary(tmp_path):
    path = tmp_path / "maps.nc"
    with atomic_write(path) as first, atomic_write(path) as second:
        assert first != second
        first.write_text("a", encoding="utf-8")
        second.write_text("b", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "a"


def test_writing_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "a.txt"):
        pass


def test_what_a_killed_writer_left_is_removed_by_the_next_one(tmp_path):
    path = tmp_path / "maps-of-a-run.nc"
    script = f"""
import os, signal
from deepsphere_pipe.runtime.atomic import atomic_write
with atomic_write({str(path)!r}) as temporary:
    temporary.write_text("half", encoding="utf-8")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script], check=False)
    (remains,) = tmp_path.iterdir()
    assert remains.read_text(encoding="utf-8") == "half" and not path.exists()
    with atomic_write(path) as temporary:
        temporary.write_text("whole", encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]
