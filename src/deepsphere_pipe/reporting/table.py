"""A table in the four forms that it is written in: csv, Markdown, HTML and LaTeX."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from deepsphere_pipe.atomic import atomic_write
from deepsphere_pipe.reporting.latex import latex_table
from deepsphere_pipe.reporting.pages import html_table, markdown_table

FORMS = ("csv", "md", "html", "tex")
"""Suffixes of the files of a table."""


@dataclass(frozen=True)
class Apart:
    """Rows that must not be taken for those of the table, such as published ones.

    Attributes
    ----------
    heading : str
        What they are, above them.
    shown : pandas.DataFrame
        Text of their cells; the columns are their own.
    note : str
        Below them.
    """

    heading: str
    shown: pd.DataFrame
    note: str


@dataclass(frozen=True)
class Table:
    """What a table holds.

    Attributes
    ----------
    title : str
        Of its page.
    exact : pandas.DataFrame
        What the csv holds: plain fractions and SI units, undefined is empty.
    shown : pandas.DataFrame
        Text of the cells for reading; what stands between two double asterisks is bold.
    caption : str
        Below the table: where the numbers come from and how to read them.
    kinds : sequence of str
        Kind of each shown row; where it changes, a rule is drawn.
    apart : Apart, optional
        Rows under a heading of their own, below the table.
    """

    title: str
    exact: pd.DataFrame
    shown: pd.DataFrame
    caption: str
    kinds: Sequence[str]
    apart: Apart | None = None

    def write(self, stem: str | os.PathLike) -> None:
        """Write ``stem.csv``, ``stem.md``, ``stem.html`` and ``stem.tex``."""
        for form in FORMS:
            with atomic_write(Path(f"{os.fspath(stem)}.{form}")) as temporary:
                if form == "csv":
                    self.exact.to_csv(temporary, index=False)
                else:
                    temporary.write_text(self.text(form), encoding="utf-8")

    def text(self, form: str) -> str:
        """Return the content of the file of a form for reading: "md", "html" or "tex"."""
        parts = (self.shown, self.caption, self.title, self.kinds, self.apart)
        return {"md": markdown_table, "html": html_table, "tex": latex_table}[form](*parts)
