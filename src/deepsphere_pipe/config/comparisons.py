"""Which tables the runs of a study allow, from their configs alone."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

ALWAYS = (
    "scores",
    "accuracy",
    "average_precision",
    "size_and_speed",
    "events",
    "events_by_size_and_latitude",
    "data",
    "provenance",
)
"""Tables of every study with experiments."""

COMPARISONS = (
    "differences",
    "samplings_compared",
    "temporal_compared",
    "weighting_compared",
    "leakage_cost",
)
"""Tables of studies that have what they compare."""

Config = Mapping[str, Any]
"""The config of a run as plain values, as its ``scores.json`` keeps it."""


def comparisons(runs: Iterable[Config]) -> tuple[str, ...]:
    """Return the names of the tables that have something to compare.

    Parameters
    ----------
    runs : iterable of mapping
        Config of every run of a study. Keys that older versions did not have may be missing.

    Returns
    -------
    tuple of str
        Of `differences` (two networks on the same test maps), `samplings_compared` (several
        samplings), `temporal_compared` (networks that see the past beside static ones),
        `weighting_compared` (see `weighting_groups`) and `leakage_cost` (several splits).
    """
    runs = list(runs)
    networks = {
        (run["experiment"], run.get("sampling_name"), run.get("split_name")) for run in runs
    }
    per_split = [split for _, _, split in networks]
    temporal = {_temporal(run) for run in runs}
    found = {
        "differences": any(per_split.count(split) > 1 for split in per_split),
        "samplings_compared": len({sampling for _, sampling, _ in networks}) > 1,
        "temporal_compared": "none" in temporal and len(temporal) > 1,
        "weighting_compared": bool(weighting_groups(runs)),
        "leakage_cost": len(set(per_split)) > 1,
    }
    return tuple(name for name, there in found.items() if there)


def weighting_groups(runs: Iterable[Config]) -> list[tuple[str, ...]]:
    """Return groups of experiments that differ in nothing but `training.class_weights`.

    Returns
    -------
    list of tuple of str
        Names of experiments, those without weights first. Every group has at least two
        different weightings.
    """
    groups: dict[str, dict[str, str]] = {}
    for run in runs:
        training = dict(run.get("training") or {})
        weights = json.dumps(training.pop("class_weights", "none"), sort_keys=True)
        rest = [run.get("model"), run.get("window"), training]
        group = groups.setdefault(json.dumps(rest, sort_keys=True), {})
        group[run["experiment"]] = weights
    return [
        tuple(sorted(group, key=lambda name: group[name] != '"none"'))
        for group in groups.values()
        if len(set(group.values())) > 1
    ]


def _temporal(run: Config) -> str:
    return (run.get("model") or {}).get("temporal") or "none"
