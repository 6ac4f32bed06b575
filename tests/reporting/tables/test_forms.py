"""No name breaks a table: LaTeX compiles for real, alone and inside a document."""

import re
import shutil
import subprocess

import pandas as pd
import pytest

from deepsphere_pipe.reporting.tables.forms import (
    escape_latex,
    html_table,
    latex_table,
    markdown_table,
    write,
    write_table,
)
from deepsphere_pipe.reporting.tables.table import Section, Table

NASTY = r"a_b 50% R&D #1 $x$ {y} ~z^2 \input{/etc/passwd} <|> ± – − × é \N 日本"

needs_latex = pytest.mark.skipif(
    shutil.which("pdflatex") is None,
    reason="no pdflatex on this machine: LaTeX cannot be compiled (Debian: texlive-latex-base, "
    "texlive-latex-recommended)",
)


def compiled(path):
    """Compile a file and return the text of its PDF, without spaces."""
    process = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name],
        cwd=path.parent, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert process.returncode == 0, process.stdout[-3000:]
    assert "undefined" not in process.stdout
    pdf = path.with_suffix(".pdf")
    assert pdf.read_bytes().startswith(b"%PDF")
    if shutil.which("pdftotext") is None:
        return None
    command = ["pdftotext", "-enc", "UTF-8", "-layout", pdf, "-"]
    text = subprocess.run(command, capture_output=True, encoding="utf-8")
    return re.sub(r"\s", "", text.stdout)


@pytest.fixture
def nasty():
    shown = pd.DataFrame(
        {"experiment": [NASTY, "b", "c"], "AP_TC (%)": ["1.0 ± 0.5", "**2**", "–"]}
    )
    section = Section(f"Published {NASTY}", shown, NASTY)
    return Table(
        NASTY, shown, shown, f"Caption {NASTY}", ["network", "published", "baseline"], section
    )


def test_every_special_character_is_escaped():
    assert escape_latex("_%&#$") == r"\_\%\&\#\$"
    assert escape_latex("{}") == r"\{\}"
    assert escape_latex("a\\b") == r"a{\textbackslash}b"
    assert r"\pm" in escape_latex("1 ± 2 – 3 日") and escape_latex("1 ± 2 – 3 日").isascii()


def test_rules_are_those_of_booktabs(nasty):
    text = latex_table(nasty)
    for rule in (r"\toprule", r"\midrule", r"\bottomrule"):
        assert rule in text
    assert "|" not in text and r"\hline" not in text and r"\cline" not in text
    assert r"\textbf{2}" in text and "**" not in text
    # A row of its own kind starts below a rule; what belongs to the row above does not.
    rows = [line for line in text.splitlines() if line.endswith(r"\\") or "rule" in line]
    start = rows.index(r"\quad b & \textbf{2} \\")
    assert rows[start + 1] == r"\midrule"


@needs_latex
def test_nasty_names_compile_and_are_read_as_they_are(nasty, tmp_path):
    write(nasty, tmp_path / "nasty")
    text = compiled(tmp_path / "nasty.tex")
    if text is not None:
        for word in ("a_b50%R&D#1", r"\input{/etc/passwd}", "1.0±0.5", "⟨U+65E5⟩"):
            assert word in text
        assert "root:" not in text


@needs_latex
def test_a_document_can_read_the_file(nasty, tmp_path):
    write(nasty, tmp_path / "nasty")
    (tmp_path / "paper.tex").write_text(
        "\\documentclass[twocolumn]{article}\n\\usepackage{booktabs,graphicx}\n"
        "\\begin{document}\nBefore.\n\\input{nasty}\nAfter.\n\\input{nasty}\nEnd.\n\\end{document}\n",
        encoding="utf-8",
    )
    text = compiled(tmp_path / "paper.tex")
    if text is not None:
        assert "After." in text and "End." in text and text.count("Table") == 2


@needs_latex
@pytest.mark.parametrize("name", ["scores", "accuracy", "average_precision", "size_and_speed"])
def test_tables_of_a_study_compile(name, write_scores, tmp_path):
    files = [
        write_scores("my_net-seed0", 0.5, None, data="10% of R&D_data"),
        write_scores("my_net-seed1", 0.6, None, seed=1),
        write_scores("logistic", 0.1, 0.2, kind="baseline", seed=None),
    ]
    write_table(name, files, tmp_path / name)
    text = compiled(tmp_path / f"{name}.tex")
    if text is not None:
        assert "my_net" in text and "10%ofR&D_data" in text


def test_no_cell_or_caption_is_read_as_html(nasty):
    bad = "<script>alert(1)</script>"
    shown = nasty.shown.rename(columns={"experiment": bad}).replace("b", bad)
    bad_section = Section(bad, shown, bad)
    page = html_table(Table(bad, shown, shown, bad, [bad, "published", '"x'], bad_section))
    assert "<script" not in page and page.count("&lt;script&gt;") >= 8
    assert "<b>2</b>" in page and "**" not in page


def test_a_pipe_does_not_end_a_cell_of_markdown(nasty):
    lines = [line for line in markdown_table(nasty).splitlines() if line.startswith("|")]
    assert {line.replace(r"\|", "").count("|") for line in lines} == {3}
    assert "**2**" in lines[3]
