"""All tables: what makes each, when a study has it, and what reports call it.

A table is a function that returns a `deepsphere_pipe.reporting.tables.table.Table`, a row here and
a caption for the report, ``workflow/report/<name>.rst``. The workflow makes its rule from the row.
Nothing is imported until a table is made, so that planning and ``--help`` do not wait.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

FORMS = ("csv", "md", "html", "tex")
"""Suffixes of the files of a table."""

FOLLOWED = "followed"
"""What the tables of cyclones show that were followed in predictions."""

Config = Mapping[str, Any]
"""The config of a run as plain values, as its ``scores.json`` keeps it."""


def _several(key: str) -> Callable[[Sequence[Config]], bool]:
    """Return a function that tells whether the configs of runs differ in a key."""
    return lambda runs: len({run.get(key) for run in runs}) > 1


def _have_pairs(runs: Sequence[Config]) -> bool:
    """Tell whether two networks are on the same test maps."""
    keys = ("experiment", "sampling_name", "split_name")
    splits = [split for *_, split in {tuple(map(run.get, keys)) for run in runs}]
    return len(set(splits)) < len(splits)


def _are_static_and_temporal(runs: Sequence[Config]) -> bool:
    """Tell whether there are networks that see the past beside static ones."""
    variants = {(run.get("model") or {}).get("temporal") or "none" for run in runs}
    return "none" in variants and len(variants) > 1


def weighting_groups(runs: Iterable[Config]) -> list[tuple[str, ...]]:
    """Return groups of names of experiments that differ in `training.class_weights` only.

    Those without weights come first; every group has at least two different weightings.
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


@dataclass(frozen=True)
class TableRow:
    """One table."""

    name: str
    """Also that of its files, of its caption in ``workflow/report``, and with ``_table`` behind it
    of the function that makes it."""
    module: str
    """Where that function is, below `deepsphere_pipe.reporting.tables`."""
    category: str
    title: str
    """Where the report has it, and what it calls it."""
    is_in: Callable[[Sequence[Config]], bool] = bool
    """Tells whether a study has it, from the configs of its runs."""
    analysis: str | None = None
    """The part of the graph analysis that it shows, or `FOLLOWED`: cyclones that were followed;
    None: it shows the scores of all runs."""

    of_tracks: bool = False
    """Whether it shows storms, which networks are followed for if the study says so."""

    @property
    def made_by(self) -> str:
        """The module that makes it, below the package: of its fingerprint."""
        return f"reporting.tables.{self.module}"

    def function(self) -> Callable:
        """Import the function that makes it, of a list of experiments or of the analysis' file."""
        return getattr(import_module(f"deepsphere_pipe.{self.made_by}"), f"{self.name}_table")


# fmt: off
TABLES = {row.name: row for row in (
    TableRow("scores", "scores", "Results", "Scores on the test part"),
    TableRow("accuracy", "scores", "Results", "Accuracy by class"),
    TableRow("average_precision", "scores", "Results", "Average precision with intervals"),
    TableRow("size_and_speed", "size_and_speed", "Training", "Size and speed of the networks"),
    TableRow("events", "events", "Results", "Cyclones and rivers found"),
    TableRow("events_by_size_and_latitude", "events",
             "Results", "Cyclones and rivers by size and latitude"),
    TableRow("tracks", "tracks", "Results", "Storms found", of_tracks=True),
    TableRow("data", "data", "Data", "Maps, split and leakage"),
    TableRow("provenance", "provenance",
             "Provenance", "Code, data, device and time of every run"),
    TableRow("differences", "differences",
             "Results", "Differences between networks with intervals", _have_pairs),
    TableRow("samplings_compared", "compared",
             "Results", "Samplings compared by area", _several("sampling_name")),
    TableRow("temporal_compared", "compared",
             "Results", "Networks in time compared", _are_static_and_temporal),
    TableRow("weighting_compared", "compared", "Results", "Weighted and non-weighted losses",
             lambda runs: bool(weighting_groups(runs))),
    TableRow("leakage_cost", "compared",
             "Results", "What leakage adds to the scores", _several("split_name")),
    TableRow("followed", "followed",
             "Predictions", "A real cyclone, time by time", analysis=FOLLOWED),
    TableRow("false_alarms", "followed",
             "Predictions", "Hits and false alarms by threshold", analysis=FOLLOWED),
    TableRow("samplings", "samplings",
             "Graphs", "Equivariance error of all samplings", analysis="samplings"),
)}
"""All tables by name."""
# fmt: on


def tables_of(
    runs: Sequence[Config],
    with_graph_analysis: bool = False,
    with_followed: bool = False,
    with_tracks: bool = False,
) -> list[TableRow]:
    """Return the tables of a study with runs of such configs, which may lack keys if they are old.

    Those of the graph analysis come with it, those of cyclones that are followed with these, and
    those of the storms of the test part with them.
    """
    return [
        row
        for row in TABLES.values()
        if (
            row.is_in(runs) and (with_tracks or not row.of_tracks)
            if row.analysis is None
            else with_followed
            if row.analysis == FOLLOWED
            else with_graph_analysis
        )
    ]
