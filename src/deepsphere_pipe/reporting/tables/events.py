"""Tables of whole cyclones and rivers: found, missed, made up; also by size and by latitude."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from deepsphere_pipe.channels import EVENTS
from deepsphere_pipe.reporting.cells import (
    ABSENT,
    interval,
    mean_and_deviation,
    percent,
    rounded,
    whole,
)
from deepsphere_pipe.reporting.intervals import ends, explained, share_of_events
from deepsphere_pipe.reporting.runs import Experiment, value_at
from deepsphere_pipe.reporting.tables.captions import UNDEFINED, joined, origin
from deepsphere_pipe.reporting.tables.rows import Rows
from deepsphere_pipe.reporting.tables.table import Table

SHARES = (
    ("hit_rate", "found", "hits", "true"),
    ("false_alarm_ratio", "false", "false_alarms", "predicted"),
)
"""Shares of events: key, title, and what is counted of what."""

COLUMNS = [
    *("experiment", "sampling_name", "split_name", "class", "by", "low", "high"),
    *("true", "hit_rate", "hit_rate_sd", "predicted", "false_alarms"),
]
"""Columns of the csv of events by size and latitude."""


def events_table(experiments: Sequence[Experiment]) -> Table:
    """Return hit rates, false alarms and offsets of all events, one row for each experiment."""
    rows, intervals = Rows(experiments), []
    for name in EVENTS:
        numbers = [each.distinct("events", name, "true") for each in experiments]
        cells = [joined(map(whole, each)) or ABSENT for each in numbers]
        true = [max(each, default=None) for each in numbers]
        rows.add(f"{name}s", cells, **{f"true_{name.lower()}": true})
        for key, title, part, whole_key in SHARES:
            column = f"{key}_{name.lower()}"
            rows.numbers(f"{name}s {title} (%)", column, ("events", name, key), percent)
            found = [share_of_events(each, name, part, whole_key) for each in experiments]
            cells = list(map(interval, found))
            rows.add(f"{name}s {title}, 95 %", cells, **ends(column, found))
            intervals += found
    several = any((each.n_seeds or 0) > 1 for each in experiments)
    offset = ("events", "TC", "centre_error_km", "median")
    return rows.numbers("TC offset (km)", "centre_error_tc_km", offset, rounded).table(
        "Events",
        f"{_explanation(experiments)} Offset: median distance of the centres of a found cyclone "
        f"and its prediction. {explained(intervals, several)} "
        "All events of one storm count on its first day.",
    )


def events_by_size_and_latitude_table(experiments: Sequence[Experiment]) -> Table:
    """Return the same by size and by latitude: one row for each class and range of them.

    The csv has a row for each experiment, class and range; for reading, each network has a column
    of hit rates, and ranges without any event are left out.
    """
    networks = [e for e in experiments if not e.is_baseline and e.runs[0].scores.get("events")]
    rows: list[tuple] = []
    lines: list[dict[str, str]] = []
    kinds: list[str] = []
    for name in EVENTS:
        for stratum in ("by_size", "by_latitude"):
            # Of each network its ranges, of each range its seeds: events differ between samplings.
            parts = [
                list(zip(*(run.scores["events"][name][stratum] for run in each.runs), strict=True))
                for each in networks
            ]
            for counts in zip(*parts, strict=True):
                rates = [np.array([seed["hit_rate"] for seed in c], dtype=float) for c in counts]
                rows += map(_exact, networks, counts, rates, [name] * len(rates))
                if any(seeds[0]["true"] for seeds in counts):
                    line = {"class": name, "range": _range(counts[0][0])}
                    line["events"] = joined(whole(seeds[0]["true"]) for seeds in counts)
                    cells = [percent(*mean_and_deviation(each)) for each in rates]
                    line |= zip((each.legend for each in networks), cells, strict=True)
                    lines.append(line)
                    kinds.append(f"{name} {stratum}")
    caption = (
        f"{origin(experiments)} {_explanation(experiments)} Share of the true events that are "
        f"found, in per cent; events: number of true ones. {UNDEFINED}"
    )
    shown = pd.DataFrame(lines, columns=None if lines else ["class", "range", "events"])
    exact = pd.DataFrame(rows, columns=COLUMNS)
    return Table("Events by size and latitude", exact, shown, caption, kinds)


def _explanation(experiments: Sequence[Experiment]) -> str:
    """Return what an event is, and when it is found or false."""
    sources = [value_at(source, "evaluation") or {} for e in experiments for source in e.provenance]
    least = joined(whole(each.get("least_event_km2")) for each in sources)
    return (
        "An event is a connected set of vertices of one class on one test map, joined where their "
        f"cells share a side or a corner; predictions below {least} km² are none. Found: share of "
        "the true events that overlap a predicted one. False: share of the predicted events that "
        "overlap no true one."
    )


def _exact(experiment: Experiment, counts: Sequence[dict], rates: np.ndarray, name: str) -> tuple:
    """Return a row of the csv: one class and range of one experiment, of all its seeds."""
    part = counts[0]
    by, low, high = ("size", "from_km2", "to_km2")
    if low not in part:
        by, low, high = ("latitude", "south", "north")
    return (
        *(experiment.name, experiment.sampling_name, experiment.split_name, name),
        *(by, part[low], part[high], part["true"], *mean_and_deviation(rates)),
        *(np.mean([each[key] for each in counts]) for key in ("predicted", "false_alarms")),
    )


def _range(part: dict) -> str:
    """Return the range of sizes or latitudes in words."""
    if "from_km2" in part:
        low, high = part["from_km2"] / 1e3, part["to_km2"]
        text = f"from {whole(low)}" if high is None else f"{whole(low)} to {whole(high / 1e3)}"
        return f"{text} thousand km²"

    def degrees(value: int) -> str:
        return f"{abs(value)}°{'S' if value < 0 else 'N' if value > 0 else ''}"

    return f"{degrees(part['south'])} to {degrees(part['north'])}"
