"""Text that people write is read alike in every locale, or refused in a sentence."""

import codecs

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from deepsphere_pipe.config import SplitConfig, parse
from deepsphere_pipe.config.reading import read_yaml
from deepsphere_pipe.config.splits import SplitByYear
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.text_files import read_text
from deepsphere_pipe.samplings.vertex_files import read_vertices

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff\0"))


@given(TEXT, st.sampled_from(ENCODINGS))
def test_text_comes_back_in_whatever_encoding_it_was_saved(tmp_path_factory, text, encoding):
    path = tmp_path_factory.getbasetemp() / "text.txt"
    path.write_bytes(text.encode(encoding))
    assert read_text(path) == text


def test_utf_16_of_both_byte_orders_is_read(tmp_path):
    path = tmp_path / "text.txt"
    for mark, encoding in (
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        path.write_bytes(mark + "größer\n".encode(encoding))
        assert read_text(path) == "größer\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32", "utf-32-le"])
def test_encodings_that_do_not_say_so_are_refused(tmp_path, encoding):
    path = tmp_path / "list.txt"
    path.write_bytes("data-2106-01-01-00-1.h5\n".encode(encoding))
    with pytest.raises(UserError, match=r"list.txt: is not text in UTF-.*save it as UTF-8"):
        read_text(path)


def test_what_is_no_such_text_is_told_with_the_line(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes("fine\ngrößer\n".encode("latin-1"))
    with pytest.raises(UserError, match=r"list.txt: is not text in UTF-8 \(line 2\); save it as"):
        read_text(path)
    with pytest.raises(UserError, match=r"absent.txt: cannot be read \(No such file"):
        read_text(tmp_path / "absent.txt")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_studies_and_vertices_are_read_so(tmp_path, encoding):
    path = tmp_path / "split.yaml"
    settings = {"method": "by_year", "validation": [2107], "test": [2108]}
    path.write_bytes(f"# größer\n{yaml.safe_dump(settings)}".encode(encoding))
    assert parse(SplitConfig, read_yaml(path), path) == SplitByYear(**settings)
    path = tmp_path / "vertices.csv"
    path.write_bytes("# größer\nlongitude,latitude\n0,90\n".encode(encoding))
    coordinates, _ = read_vertices(path)
    assert coordinates[0, 2] == 1
