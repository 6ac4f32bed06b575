"""Published scores in a table of ours: beside ours where they compare, else apart from them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from deepsphere_pipe.reporting.tables.cells import measured, points
from deepsphere_pipe.reporting.tables.markup import ABSENT
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
from deepsphere_pipe.reporting.tables.scores import column_name
from deepsphere_pipe.reporting.tables.seeds import Seeds, mean_and_deviation, value_at
from deepsphere_pipe.reporting.tables.table import Apart, Table


@dataclass(frozen=True)
class Score:
    """A column that the published table has too.

    Attributes
    ----------
    title : str
        Of the column of ours.
    keys : sequence of str
        Where ``scores.json`` has it.
    published : str
        Column of the published table.
    """

    title: str
    keys: Sequence[str]
    published: str


def with_published(name: str, rows: Sequence[Seeds], table: Table, scores: list[Score]) -> Table:
    """Return a table with the published rows.

    Parameters
    ----------
    name : str
        Of the published table.
    rows : sequence of Seeds
        The rows of the table, one each.
    table : Table
        Ours alone.
    scores : list of Score
        The columns that both have.
    """
    theirs = published_table(name)
    pairs = [(seeds, counterpart(seeds, theirs)) for seeds in rows]
    matched = [found["model"] for _, found in pairs if found is not None]
    if matched:
        table = _beside(table, pairs, scores)
    rest = theirs[~theirs["model"].isin(matched)]
    if rest.empty:
        return table
    return replace(
        table,
        exact=pd.concat([table.exact, _exact(rest, scores)], ignore_index=True).convert_dtypes(),
        apart=Apart(comparable(rows).value, _shown(rest, scores), SOURCE),
    )


def _beside(
    table: Table, pairs: Sequence[tuple[Seeds, pd.Series | None]], scores: list[Score]
) -> Table:
    """Put below each row its published counterpart and the difference."""
    lines, kinds, numbers = [], [], []
    for number, (seeds, found) in enumerate(pairs):
        lines.append(table.shown.iloc[number].to_dict())
        kinds.append(table.kinds[number])
        numbers.append({})
        if found is None:
            continue
        theirs, apart = {"experiment": f"published: {found['model']}"}, {"experiment": "difference"}
        for score in scores:
            ours, _ = mean_and_deviation(seeds.values(*score.keys))
            value, deviation = found[score.published], found[f"{score.published}_sd"]
            difference = 100 * ours - value
            within = abs(difference) <= band(deviation)
            theirs[score.title] = _as_published(value, deviation)
            apart[score.title] = ABSENT
            if not np.isnan(difference):
                word = "within" if within else "outside"
                apart[score.title] = f"{points(difference / 100)} ({word})"
            own = column_name(score.keys)
            numbers[-1] |= {
                f"{own}_published": value / 100,
                f"{own}_published_sd": deviation / 100,
                f"{own}_difference": difference / 100,
                f"{own}_within_band": None if np.isnan(difference) else bool(within),
            }
        lines += [theirs, apart]
        kinds += ["published", "difference"]
    shown = pd.DataFrame(lines, columns=table.shown.columns).fillna("")
    exact = table.exact.join(pd.DataFrame(numbers, index=table.exact.index))
    caption = " ".join([table.caption, SOURCE, BAND, *_other_filters(pairs)])
    return replace(table, exact=exact, shown=shown, kinds=kinds, caption=caption)


BAND = (
    "Difference: ours less the published score, in points; within: by no more than "
    f"{BAND_POINTS:g} points or {BAND_DEVIATIONS:g} published standard deviations, whichever is "
    "more; else outside."
)


def _other_filters(pairs: Sequence[tuple[Seeds, pd.Series | None]]) -> list[str]:
    """Tell of filters that are not of the published size."""
    sizes = {
        seeds.experiment: value_at(seeds.config, "model", "kernel_size")
        for seeds, found in pairs
        if found is not None
    }
    return [
        f"{experiment} has {size} coefficients per filter, the published networks {KERNEL_SIZE}."
        for experiment, size in sizes.items()
        if size not in (None, KERNEL_SIZE)
    ]


def _exact(theirs: pd.DataFrame, scores: list[Score]) -> pd.DataFrame:
    columns = {"experiment": theirs["model"], "kind": "published"}
    for score in scores:
        own = column_name(score.keys)
        columns[own] = theirs[score.published] / 100
        columns[f"{own}_sd"] = theirs[f"{score.published}_sd"] / 100
    return pd.DataFrame(columns)


def _shown(theirs: pd.DataFrame, scores: list[Score]) -> pd.DataFrame:
    shown = {"published": theirs["model"]}
    for score in scores:
        pairs = zip(theirs[score.published], theirs[f"{score.published}_sd"], strict=True)
        shown[score.title] = [_as_published(*pair) for pair in pairs]
    if theirs["note"].any():
        shown["note"] = theirs["note"]
    return pd.DataFrame(shown)


def _as_published(value: float, deviation: float) -> str:
    """Return a published score with the digits that it has in the paper, but at least one."""
    if np.isnan(value):
        return ABSENT
    decimals = max(1, len(f"{value:g}".partition(".")[2]))
    return measured(value, deviation, decimals)
