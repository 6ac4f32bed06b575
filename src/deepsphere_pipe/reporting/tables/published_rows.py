"""Published scores in a table of ours: below ours where they compare, else in a section."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from deepsphere_pipe.reporting.runs import Experiment, value_at
from deepsphere_pipe.reporting.tables.cells import ABSENT, mean_and_deviation, measured, points
from deepsphere_pipe.reporting.tables.published import (
    BAND_DEVIATIONS,
    BAND_POINTS,
    KERNEL_SIZE,
    SOURCE,
    band,
    comparable,
    counterpart,
    published_table,
)
from deepsphere_pipe.reporting.tables.rows import Score
from deepsphere_pipe.reporting.tables.table import Section, Table

BAND = (
    "Difference: ours less the published score, in points; within: by no more than "
    f"{BAND_POINTS:g} points or {BAND_DEVIATIONS:g} published standard deviations, whichever is "
    "more; else outside."
)


def with_published(
    name: str, experiments: Sequence[Experiment], table: Table, scores: Sequence[Score]
) -> Table:
    """Return a table with the published rows.

    Parameters
    ----------
    name
        Of the published table.
    experiments
        The rows of the table, one each.
    table
        Ours alone.
    scores
        The columns that both have; the published ones are called as ours in small letters.
    """
    theirs = published_table(name)
    pairs = [(each, counterpart(each, theirs)) for each in experiments]
    matched = [found["model"] for _, found in pairs if found is not None]
    if matched:
        table = _with_counterparts(table, pairs, scores)
    rest = theirs[~theirs["model"].isin(matched)]
    if rest.empty:
        return table
    section = Section(comparable(experiments).value, _shown(rest, scores), SOURCE)
    exact = pd.concat([table.exact, _exact(rest, scores)], ignore_index=True).convert_dtypes()
    return replace(table, exact=exact, section=section)


def _with_counterparts(
    table: Table, pairs: Sequence[tuple[Experiment, pd.Series | None]], scores: Sequence[Score]
) -> Table:
    """Put below each row its published counterpart and the difference."""
    lines: dict[int, list[tuple[str, dict[str, str]]]] = {}
    columns: list[dict[str, object]] = []
    for number, (experiment, found) in enumerate(pairs):
        columns.append({})
        if found is None:
            continue
        theirs = {"experiment": f"published: {found['model']}"}
        gains = {"experiment": "difference"}
        for score in scores:
            ours, _ = mean_and_deviation(experiment.values(*score.keys))
            value, deviation = _published(found, score)
            gain, within = 100 * ours - value, None
            gains[score.title] = ABSENT
            if not np.isnan(gain):
                within = bool(abs(gain) <= band(deviation))
                gains[score.title] = f"{points(gain / 100)} ({'within' if within else 'outside'})"
            theirs[score.title] = _as_published(value, deviation)
            columns[-1] |= {
                f"{score.column}_published": value / 100,
                f"{score.column}_published_sd": deviation / 100,
                f"{score.column}_difference": gain / 100,
                f"{score.column}_within_band": within,
            }
        lines[number] = [("published", theirs), ("difference", gains)]
    return replace(
        table.with_lines_below(lines),
        exact=table.exact.join(pd.DataFrame(columns, index=table.exact.index)),
        caption=" ".join([table.caption, SOURCE, BAND, *_other_filters(pairs)]),
    )


def _other_filters(pairs: Sequence[tuple[Experiment, pd.Series | None]]) -> list[str]:
    """Return a sentence for each experiment whose filters are not of the published size."""
    sizes = {
        each.name: value_at(each.config, "model", "kernel_size")
        for each, found in pairs
        if found is not None
    }
    return [
        f"{name} has {size} coefficients per filter, the published networks {KERNEL_SIZE}."
        for name, size in sizes.items()
        if size not in (None, KERNEL_SIZE)
    ]


def _published(theirs: pd.Series | pd.DataFrame, score: Score) -> tuple[Any, Any]:
    """Return a published score and its deviation in per cent."""
    column = score.title.lower()
    return theirs[column], theirs[f"{column}_sd"]


def _exact(theirs: pd.DataFrame, scores: Sequence[Score]) -> pd.DataFrame:
    columns = {"experiment": theirs["model"], "kind": "published"}
    for score in scores:
        values, deviations = _published(theirs, score)
        columns |= {score.column: values / 100, f"{score.column}_sd": deviations / 100}
    return pd.DataFrame(columns)


def _shown(theirs: pd.DataFrame, scores: Sequence[Score]) -> pd.DataFrame:
    shown: dict[str, pd.Series | list[str]] = {"published": theirs["model"]}
    for score in scores:
        shown[score.title] = list(map(_as_published, *_published(theirs, score)))
    if theirs["note"].any():
        shown["note"] = theirs["note"]
    return pd.DataFrame(shown)


def _as_published(value: float, deviation: float) -> str:
    """Return a published score with the digits that it has in the paper, but at least one."""
    if np.isnan(value):
        return ABSENT
    decimals = max(1, len(f"{value:g}".partition(".")[2]))
    return measured(value, deviation, decimals)
