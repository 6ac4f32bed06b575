"""A reader never meets half a file."""

import pytest

from deepsphere_pipe.atomic import atomic_write


def test_file_appears_only_when_complete_and_with_its_suffix(tmp_path):
    path = tmp_path / "folder" / "table.csv"
    with atomic_write(path) as temporary:
        temporary.write_text("half")
        assert temporary.suffix == ".csv"
        assert temporary.parent == path.parent
        assert not path.exists()
        temporary.write_text("whole")
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_an_exception_leaves_the_old_file_and_no_temporary(tmp_path):
    path = tmp_path / "model.pt"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="boom"), atomic_write(path) as temporary:
        temporary.write_text("new")
        raise RuntimeError("boom")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_of_one_file_do_not_share_a_temporary(tmp_path):
    path = tmp_path / "maps.nc"
    with atomic_write(path) as first, atomic_write(path) as second:
        assert first != second
        first.write_text("a")
        second.write_text("b")
    assert path.read_text() == "a"


def test_writing_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "a.txt"):
        pass
