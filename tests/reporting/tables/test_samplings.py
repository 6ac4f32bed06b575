"""The table of samplings says which graph turns best with the sphere."""

import pandas as pd
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.tables.forms import write_table


def written(file, folder):
    paths = [folder / f"table.{suffix}" for suffix in ("csv", "md", "html")]
    write_table("samplings", [file], folder / "table")
    markdown = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in paths[1].read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    return pd.read_csv(paths[0]), markdown, paths[2].read_text(encoding="utf-8")


def test_table_marks_the_least_error_of_each_size_and_degree(samplings_file, tmp_path):
    csv, (header, _, *rows), html = written(samplings_file, tmp_path)
    assert header[-2:] == ["error, degree 5 (%)", "error, degree 10 (%)"]
    assert [row[:2] + row[-2:] for row in rows] == [
        ["icosahedral (level 2)", "k-NN, k = 8", "**0.50**", "**5.0**"],  # the small size first
        ["icosahedral (level 3)", "k-NN, k = 8", "20", "10"],
        ["icosahedral (level 3)", "k-NN, k = 20", "**10**", "**0.40**"],
        ["healpix (nside 8)", "Perraudin et al.", "15", "123"],
        ["equiangular (n_lat 18, n_lon 36)", "Khasanova & Frossard", "30", "–"],
    ]
    assert rows[-1][header.index("kernel width")] == "–"
    assert csv["error_degree_10"][1:4].tolist() == [0.0996, 0.004, 1.234]
    assert csv["neighbours"].tolist()[:3] == [8, 8, 20]
    assert "<b>0.40</b>" in html and "Khasanova &amp; Frossard" in html
    assert html.count("size-642 first") == len(header)
    for fact in ("exact rotations", "2 random functions × 3", "seed 7", "No climate data"):
        assert fact in html


def test_tables_that_cannot_be_right_are_told(samplings_file, tmp_path):
    table = pd.read_csv(samplings_file)
    pd.concat([table, table[:1]]).to_csv(tmp_path / "twice.csv")
    with pytest.raises(UserError, match="more than one error of the same graph"):
        written(tmp_path / "twice.csv", tmp_path)
    table.assign(error="small").to_csv(tmp_path / "words.csv")
    with pytest.raises(UserError, match="column error must hold numbers"):
        written(tmp_path / "words.csv", tmp_path)
    table[:0].to_csv(tmp_path / "empty.csv")
    with pytest.raises(UserError, match="no rows"):
        written(tmp_path / "empty.csv", tmp_path)
    table.drop(columns="n_edges").to_csv(tmp_path / "less.csv")
    with pytest.raises(UserError, match="lacks the column n_edges"):
        written(tmp_path / "less.csv", tmp_path)
