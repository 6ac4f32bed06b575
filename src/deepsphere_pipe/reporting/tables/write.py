"""Writing a table in its four forms: csv, Markdown, HTML and LaTeX."""

import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from deepsphere_pipe.reporting.runs import read_experiments
from deepsphere_pipe.reporting.tables.forms import html_table, latex_table, markdown_table
from deepsphere_pipe.reporting.tables.registry import FORMS, TABLES
from deepsphere_pipe.reporting.tables.table import Table
from deepsphere_pipe.runtime.atomic import atomic_write


def write_table(
    name: str, files: Iterable[str | os.PathLike], stem: str | os.PathLike
) -> pd.DataFrame:
    """Write a table of a study as ``stem.csv``, ``stem.md``, ``stem.html`` and ``stem.tex``.

    Parameters
    ----------
    name
        One of `TABLES`.
    files
        ``scores.json`` of every run and baseline. Intervals come from the ``histograms.nc``
        beside each, and are undefined where there is none. Runs of one experiment on one sampling
        and split (its seeds) become one row: mean and sample standard deviation (divisor n − 1),
        undefined if it is undefined for any seed. For a table of the graph analysis, its file.
    stem
        Where to write.

    Returns
    -------
    pandas.DataFrame
        What the csv holds.

    Raises
    ------
    UserError
        If there is no file, one cannot be read, or there is nothing that the table could compare.
    """
    row = TABLES[name]
    table = row.function()(*files if row.analysis else [read_experiments(files)])
    write(table, stem)
    return table.exact


def write(table: Table, stem: str | os.PathLike) -> None:
    """Write ``stem.csv``, ``stem.md``, ``stem.html`` and ``stem.tex``."""
    texts = (_csv, markdown_table, html_table, latex_table)
    for form, text in zip(FORMS, texts, strict=True):
        with atomic_write(Path(f"{os.fspath(stem)}.{form}")) as temporary:
            temporary.write_text(text(table), encoding="utf-8")


def _csv(table: Table) -> str:
    return table.exact.to_csv(index=False)
