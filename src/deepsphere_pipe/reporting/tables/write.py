"""Writing a table in its four forms: csv, Markdown, HTML and LaTeX."""

import os
from pathlib import Path

from deepsphere_pipe.reporting.tables.latex import latex_table
from deepsphere_pipe.reporting.tables.markup import html_table, markdown_table
from deepsphere_pipe.reporting.tables.table import Table
from deepsphere_pipe.runtime.atomic import atomic_write

FORMS = ("csv", "md", "html", "tex")
"""Suffixes of the files of a table."""


def write(table: Table, stem: str | os.PathLike) -> None:
    """Write ``stem.csv``, ``stem.md``, ``stem.html`` and ``stem.tex``."""
    for form in FORMS:
        with atomic_write(Path(f"{os.fspath(stem)}.{form}")) as temporary:
            if form == "csv":
                table.exact.to_csv(temporary, index=False)
            else:
                temporary.write_text(text(table, form), encoding="utf-8")


def text(table: Table, form: str) -> str:
    """Return the content of the file of a form for reading: "md", "html" or "tex"."""
    parts = (table.shown, table.caption, table.title, table.kinds, table.apart)
    return {"md": markdown_table, "html": html_table, "tex": latex_table}[form](*parts)
