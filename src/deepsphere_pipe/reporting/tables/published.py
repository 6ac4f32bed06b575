"""The published tables of climate event segmentation, and how they stand beside ours.

The files ``published_*.csv`` hold the three tables of the appendix on climate event segmentation
of Defferrard et al., "DeepSphere: a graph-based spherical CNN", ICLR 2020 (arXiv:2012.15000), the
first two of which its main table sums up: scores in per cent, deviations over five runs.

A network is measured by them only if it saw the same data, drawn as the authors drew it: the
whole archive of Jiang et al. (2019), in single maps. Anything smaller that comes in the same
format, or the same data split otherwise, is something else. Published scores stand below ours where
they compare, else in a section.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd

from deepsphere_pipe.channels import CHANNEL_NAMES, PUBLISHED_MAPS
from deepsphere_pipe.reporting.cells import ABSENT, mean_and_deviation, measured, points
from deepsphere_pipe.reporting.reading import published
from deepsphere_pipe.reporting.runs import Experiment, value_at
from deepsphere_pipe.reporting.tables.rows import Score
from deepsphere_pipe.reporting.tables.table import Line, Section, Table

ARCHIVE: dict[str, Any] = {
    "title": "CAM5 snapshots of the UGSCNN archive (icosahedral level 5",
    "sampling": "icosahedral-level5-",
    "maps": PUBLISHED_MAPS,
    "runs": [1, 2, 3, 4, 6],
    "years": ("2106", "2115"),
}
"""What is known of the data of the paper, and how its title begins; a few maps may be damaged."""
MIN_SHARE = 0.99
MAX_DEVIATION = 0.1
"""Of a channel's statistics from those of the archive, relative to its standard deviation."""
RANDOM, LISTS = "random by map", "by lists"
"""How the descriptions of splits begin that may be like the published one."""
MIN_RANDOM_LEAKAGE = 80.0
"""Per cent of test maps with a training map 3 h away; in the published lists it is 89."""
BAND_POINTS = 3.0
BAND_DEVIATIONS = 2.0
KERNEL_SIZE = 4
"""Chebyshev coefficients of a published filter: the polynomials are of order 3."""
SOURCE = (
    "Published: Defferrard et al. (2020), DeepSphere, arXiv:2012.15000, tables of climate event "
    "segmentation; theirs are means of five runs where they have a deviation."
)
BAND = (
    "Difference: ours less the published score, in points; within: by no more than "
    f"{BAND_POINTS:g} points or {BAND_DEVIATIONS:g} published standard deviations, whichever is "
    "more; else outside."
)


class Comparable(Enum):
    """Whether the published numbers are a measure of ours, and what to write above them."""

    YES = "Published, on the same data"
    OTHER_SPLIT = "Published, on the same data with a random split: not comparable"
    NO = "Published, on other data: not comparable"


def comparable(experiments: Sequence[Experiment]) -> Comparable:
    """Tell what the published numbers are to experiments at best, from their provenance alone."""
    verdicts = {_verdict(source) for each in experiments for source in each.provenance}
    return next(verdict for verdict in Comparable if verdict in verdicts)


def published_table(name: str) -> pd.DataFrame:
    """Return a published table: "accuracy", "average_precision" or "size_and_speed"."""
    table = published(f"published_{name}.csv", __package__)
    text = [column for column in ("preset", "class_weights", "note") if column in table]
    return table.astype(dict.fromkeys(text, "object")).fillna(dict.fromkeys(text, ""))


def with_published(
    name: str, experiments: Sequence[Experiment], table: Table, scores: Sequence[Score]
) -> Table:
    """Return our table, of an experiment each row, with the rows of the published one of a name.

    Both have the columns of the scores; the published ones are called as ours in small letters.
    """
    theirs = published_table(name)
    pairs = [(each, _counterpart(each, theirs)) for each in experiments]
    matched = [found["model"] for _, found in pairs if found is not None]
    if matched:
        table = _with_counterparts(table, pairs, scores)
    rest = theirs[~theirs["model"].isin(matched)]
    if rest.empty:
        return table
    exact = {"experiment": rest["model"], "kind": "published"}
    shown: dict[str, Any] = {"published": rest["model"]}
    for score in scores:
        values, deviations = _published(rest, score)
        exact |= {score.column: values / 100, f"{score.column}_sd": deviations / 100}
        shown[score.title] = list(map(_as_published, values, deviations))
    if rest["note"].any():
        shown["note"] = rest["note"]
    return replace(
        table,
        exact=pd.concat([table.exact, pd.DataFrame(exact)], ignore_index=True).convert_dtypes(),
        section=Section(comparable(experiments).value, pd.DataFrame(shown), SOURCE),
    )


def band(deviation: float) -> float:
    """Return how far, in points, ours may lie from a score of that deviation (NaN: unknown)."""
    return max(BAND_POINTS, 0.0 if np.isnan(deviation) else BAND_DEVIATIONS * deviation)


def _verdict(source: Mapping) -> Comparable:
    # Where the provenance does not tell all of it, it is not proven.
    summary = source.get("data_summary") or {}
    times = [str(summary.get(key, "")) for key in ("first_time", "last_time")]
    archive = (
        str(source.get("data", "")).startswith(ARCHIVE["title"])
        and str(source.get("sampling", "")).startswith(ARCHIVE["sampling"])
        and MIN_SHARE * ARCHIVE["maps"] <= (summary.get("maps") or 0) <= ARCHIVE["maps"]
        and summary.get("runs") == ARCHIVE["runs"]
        and [time[:4] for time in times] == list(ARCHIVE["years"])
        and set(summary.get("channels") or ()) == set(CHANNEL_NAMES)
        and _has_its_statistics(source)
    )
    if not archive:
        return Comparable.NO
    split = str(source.get("split", ""))
    leakage = value_at(source, "leakage_percent", "3h") or 0
    random = split.startswith(RANDOM) or (split.startswith(LISTS) and leakage > MIN_RANDOM_LEAKAGE)
    return Comparable.YES if random else Comparable.OTHER_SPLIT


def _has_its_statistics(source: Mapping) -> bool:
    """Tell whether the channels have the published means and deviations, within rounding."""
    names = ("mean_shift_in_std", "least_std_ratio", "greatest_std_ratio")
    found = [value_at(source, "deviation_from_published", name, "value") for name in names]
    if None in found:
        return False
    shift, least, greatest = found
    return shift < MAX_DEVIATION and abs(least - 1) < MAX_DEVIATION > abs(greatest - 1)


def _counterpart(experiment: Experiment, table: pd.DataFrame) -> pd.Series | None:
    """Return the published row of the same architecture and weighting, if ours is measured by it.

    Only networks of single maps that were trained with the cross-entropy have one, and only on
    the data of the paper.
    """
    config = experiment.config or {}
    weights = value_at(config, "training", "class_weights")
    alike = (
        all(_verdict(source) is Comparable.YES for source in experiment.provenance)
        and isinstance(weights, str)
        and (value_at(config, "model", "temporal") or "none") == "none"
        and (value_at(config, "training", "loss") or "cross_entropy") == "cross_entropy"
        and not value_at(config, "training", "area_weights")
    )
    preset = value_at(config, "model", "preset") or "none"
    found = table[(table["preset"] == preset) & (table["class_weights"] == weights)]
    return found.iloc[0] if alike and len(found) else None


def _with_counterparts(
    table: Table, pairs: Sequence[tuple[Experiment, pd.Series | None]], scores: Sequence[Score]
) -> Table:
    """Put below each row its published counterpart and the difference."""
    lines: dict[int, list[Line]] = {}
    columns: list[dict[str, object]] = [{} for _ in pairs]
    notes = [table.caption, SOURCE, BAND]
    for number, (experiment, found) in enumerate(pairs):
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
            columns[number] |= {
                f"{score.column}_published": value / 100,
                f"{score.column}_published_sd": deviation / 100,
                f"{score.column}_difference": gain / 100,
                f"{score.column}_within_band": within,
            }
        lines[number] = [("published", theirs), ("difference", gains)]
        size = value_at(experiment.config, "model", "kernel_size")
        note = f"{experiment.name} has {size} coefficients per filter, the published networks "
        if size not in (None, KERNEL_SIZE):
            notes.append(f"{note}{KERNEL_SIZE}.")
    return replace(
        table.with_lines_below(lines),
        exact=table.exact.join(pd.DataFrame(columns, index=table.exact.index)),
        caption=" ".join(dict.fromkeys(notes)),
    )


def _published(theirs: pd.Series | pd.DataFrame, score: Score) -> tuple[Any, Any]:
    """Return a published score and its deviation in per cent."""
    column = score.title.lower()
    return theirs[column], theirs[f"{column}_sd"]


def _as_published(value: float, deviation: float) -> str:
    """Return a published score with the digits that it has in the paper, but at least one."""
    if np.isnan(value):
        return ABSENT
    decimals = max(1, len(f"{value:g}".partition(".")[2]))
    return measured(value, deviation, decimals)
