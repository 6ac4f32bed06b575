"""Tables of whole cyclones and rivers: found, missed, made up; also by size and by latitude."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from deepsphere_pipe.reporting.tables.captions import UNDEFINED, identity, joined, origin
from deepsphere_pipe.reporting.tables.cells import measured, percent
from deepsphere_pipe.reporting.tables.markup import ABSENT, whole
from deepsphere_pipe.reporting.tables.scores import EVENTS
from deepsphere_pipe.reporting.tables.seeds import Seeds, mean_and_deviation
from deepsphere_pipe.reporting.tables.table import Table

READING = (
    "An event is a connected set of vertices of one class on one test map. Found: share of the "
    "true events that overlap a predicted one. False: share of the predicted events that overlap "
    "no true one. Offset: median distance of the centres of a found cyclone and its prediction."
)

EXACT = [
    *("experiment", "sampling_name", "split_name", "class", "by", "low", "high"),
    *("true", "hit_rate", "hit_rate_sd", "predicted", "false_alarms"),
]
"""Columns of the csv of events by size and latitude."""


def events_table(rows: Sequence[Seeds]) -> Table:
    """Return hit rates, false alarms and offsets of all events, one row for each experiment."""
    exact, shown = identity(rows)
    for name in EVENTS:
        shown[f"{name}s"] = [
            joined(map(whole, seeds.told("events", name, "true"))) or ABSENT for seeds in rows
        ]
        exact[f"true_{name.lower()}"] = [
            max(seeds.told("events", name, "true"), default=None) for seeds in rows
        ]
        for key, title in (("hit_rate", "found"), ("false_alarm_ratio", "false")):
            pairs = [mean_and_deviation(seeds.values("events", name, key)) for seeds in rows]
            column = f"{key}_{name.lower()}"
            exact[column], exact[f"{column}_sd"] = zip(*pairs, strict=True)
            shown[f"{name}s {title} (%)"] = [percent(*pair) for pair in pairs]
    pairs = [
        mean_and_deviation(seeds.values("events", "TC", "centre_error_km", "median"))
        for seeds in rows
    ]
    exact["centre_error_tc_km"], exact["centre_error_tc_km_sd"] = zip(*pairs, strict=True)
    shown["TC offset (km)"] = [measured(*pair, decimals=0) for pair in pairs]
    return Table(
        "Events", exact, shown, f"{origin(rows)} {READING} {UNDEFINED}", list(exact["kind"])
    )


def strata_table(rows: Sequence[Seeds]) -> Table:
    """Return the same by size and by latitude: one row for each class and range of them.

    The csv has a row for each experiment, class and range; for reading, each network has a column
    of hit rates, and ranges without any event are left out.
    """
    networks = [seeds for seeds in rows if seeds.kind == "network" and seeds.runs[0].get("events")]
    exact, shown, kinds = [], [], []
    for name in EVENTS:
        for stratum in ("by_size", "by_latitude"):
            first = networks[0].runs[0]["events"][name][stratum] if networks else []
            for position, part in enumerate(first):
                # Of each network, as events differ between samplings and splits.
                counts = [
                    [run["events"][name][stratum][position] for run in seeds.runs]
                    for seeds in networks
                ]
                rates = [np.array([_rate(each) for each in of_seeds]) for of_seeds in counts]
                for parts in zip(networks, counts, rates, strict=True):
                    exact.append(_exact(name, stratum, *parts))
                if any(of_seeds[0]["true"] for of_seeds in counts):
                    line = {"class": name, "range": _range(part)}
                    line["events"] = joined(whole(of_seeds[0]["true"]) for of_seeds in counts)
                    line |= {
                        _label(seeds): percent(*mean_and_deviation(each))
                        for seeds, each in zip(networks, rates, strict=True)
                    }
                    shown.append(line)
                    kinds.append(f"{name} {stratum}")
    caption = f"{origin(rows)} {READING} Share of the true events that are found, in per cent; "
    caption += f"events: number of true ones. {UNDEFINED}"
    shown = pd.DataFrame(shown, columns=None if shown else ["class", "range", "events"])
    exact = pd.DataFrame(exact, columns=EXACT)
    return Table("Events by size and latitude", exact, shown, caption, kinds)


def _exact(name: str, stratum: str, seeds: Seeds, counts: list[dict], rates: np.ndarray) -> dict:
    part = counts[0]
    low, high = ("from_km2", "to_km2") if stratum == "by_size" else ("south", "north")
    counted = (np.mean([each[key] for each in counts]) for key in ("predicted", "false_alarms"))
    values = (
        *(seeds.experiment, seeds.sampling_name, seeds.split_name, name),
        *(stratum.removeprefix("by_"), part[low], part[high]),
        *(part["true"], *mean_and_deviation(rates), *counted),
    )
    return dict(zip(EXACT, values, strict=True))


def _rate(counts: dict) -> float:
    rate = counts["hit_rate"]
    return np.nan if rate is None else rate


def _label(seeds: Seeds) -> str:
    return ", ".join(filter(None, (seeds.label, seeds.sampling_name, seeds.split_name)))


def _range(part: dict) -> str:
    """Return the range of sizes or latitudes in words."""
    if "from_km2" in part:
        low, high = part["from_km2"] / 1e3, part["to_km2"]
        if high is None:
            return f"from {low:,.0f} thousand km²".replace(",", "\N{NO-BREAK SPACE}")
        return f"{low:,.0f} to {high / 1e3:,.0f} thousand km²".replace(",", "\N{NO-BREAK SPACE}")

    def degrees(value: int) -> str:
        return f"{abs(value)}°{'S' if value < 0 else 'N' if value > 0 else ''}"

    return f"{degrees(part['south'])} to {degrees(part['north'])}"
