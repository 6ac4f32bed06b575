"""Lists of names are read as people and programs write them, and nothing is lost in silence."""

import pytest

from deepsphere_pipe.data.name_lists import read_names, snapshot_key
from deepsphere_pipe.errors import UserError

FIRST, SECOND = "data-2106-01-01-00-1.h5", "data-2106-01-01-01-1.h5"
KNOWN = {snapshot_key(FIRST), snapshot_key(SECOND)}


@pytest.mark.parametrize(
    "text",
    [
        f"{FIRST}\n{SECOND}\n",
        f"{FIRST}\r\n{SECOND}",
        f"\n  {FIRST}  \n\n{SECOND}\n\n",
        f"# of the test\n{FIRST}\n# and\n{SECOND}\n",
        f"file\n{FIRST}\n{SECOND}\n",
        f"filename;\n{FIRST};\n{SECOND};\n",
        f'"{FIRST}"\n"{SECOND}"\n',
        f"'{FIRST}',\n'{SECOND}'\n",
        f'"name"\n"{FIRST}"\n"{SECOND}"',
        f"{FIRST}; {SECOND}\n",
        f"{FIRST}\t{SECOND}",
        f"{FIRST} {SECOND}\n",  # as `echo *.h5` writes
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_all_names_are_read_and_nothing_else(tmp_path, text, encoding):
    path = tmp_path / "list.txt"
    path.write_bytes(text.encode(encoding))
    assert read_names(path, KNOWN) == [FIRST, SECOND]


def test_folders_and_formats_do_not_matter():
    for name in (
        f"train/{FIRST}",
        f"C:\\data, all\\{FIRST}",
        "x;y/data-2106-01-01-00-1-mesh.npz",
    ):
        assert snapshot_key(name) == snapshot_key(FIRST)


def test_a_name_with_separators_in_its_folder_is_one_name(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text(f"data, all; of it/{FIRST}\n", encoding="utf-8")
    assert read_names(path, KNOWN) == [f"data, all; of it/{FIRST}"]


def test_names_that_are_not_known_are_names_all_the_same(tmp_path):
    path = tmp_path / "list.txt"
    absent = "data-2199-01-01-00-1.h5"
    path.write_text(f"{absent}\n{FIRST}\nnotes on run 1\nheading later\n", encoding="utf-8")
    assert read_names(path, KNOWN) == [absent, FIRST, "notes on run 1", "heading later"]


def test_times_are_names_too(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("time\n2020-01-01T06:00:00\n", encoding="utf-8")
    assert read_names(path, {"2020-01-01T06:00:00"}) == ["2020-01-01T06:00:00"]


@pytest.mark.parametrize(
    "columns",
    ["{},train", "{} 0", "{}  {}", "0 {}", "{}|{}", "{}:{}", "{}\xa0{}", "1,{}"],
)
def test_other_columns_are_refused_not_guessed(tmp_path, columns):
    """Such a file may list all maps with their parts: none of them is meant to be left out."""
    path = tmp_path / "list.csv"
    path.write_text(f"file,part\n{columns.format(FIRST, 'notes')}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"list.csv: line 2 .*something besides a name"):
        read_names(path, KNOWN)
