"""The tables of a study, made only from the files that evaluation leaves on disk."""

import os
from collections.abc import Iterable

import pandas as pd

from deepsphere_pipe.reporting.tables.compared import (
    leakage_cost_table,
    samplings_compared_table,
    temporal_compared_table,
    weighting_compared_table,
)
from deepsphere_pipe.reporting.tables.data import data_table
from deepsphere_pipe.reporting.tables.differences import differences_table
from deepsphere_pipe.reporting.tables.events import events_table, strata_table
from deepsphere_pipe.reporting.tables.paper import (
    accuracy_table,
    average_precision_table,
)
from deepsphere_pipe.reporting.tables.provenance import provenance_table
from deepsphere_pipe.reporting.tables.scores import scores_table
from deepsphere_pipe.reporting.tables.seeds import read_seeds
from deepsphere_pipe.reporting.tables.size_and_speed import size_and_speed_table
from deepsphere_pipe.reporting.tables.write import write

TABLES = {
    "scores": scores_table,
    "accuracy": accuracy_table,
    "average_precision": average_precision_table,
    "size_and_speed": size_and_speed_table,
    "events": events_table,
    "events_by_size_and_latitude": strata_table,
    "data": data_table,
    "provenance": provenance_table,
    "differences": differences_table,
    "samplings_compared": samplings_compared_table,
    "temporal_compared": temporal_compared_table,
    "weighting_compared": weighting_compared_table,
    "leakage_cost": leakage_cost_table,
}
"""Tables by name; `deepsphere_pipe.config.comparisons` tells which of them a study has."""


def write_table(
    name: str, score_files: Iterable[str | os.PathLike], stem: str | os.PathLike
) -> pd.DataFrame:
    """Write a table of a study as ``stem.csv``, ``stem.md``, ``stem.html`` and ``stem.tex``.

    Parameters
    ----------
    name : str
        One of `TABLES`.
    score_files : iterable of path-like
        ``scores.json`` of every run and baseline. Intervals come from the ``histograms.nc``
        beside each, and are undefined where there is none. Runs of one experiment on one sampling
        and split (its seeds) become one row: mean and sample standard deviation (divisor n − 1),
        undefined if it is undefined for any seed.
    stem : path-like
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
    table = TABLES[name](read_seeds(score_files))
    write(table, stem)
    return table.exact
