"""Table of storms: found, missed and made up, over their whole lives."""

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from deepsphere_pipe.channels import EVENTS
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.groups import Days
from deepsphere_pipe.evaluation.intervals import Interval, interval_of_share
from deepsphere_pipe.reporting.cells import ABSENT, interval, measured, percent, rounded, whole
from deepsphere_pipe.reporting.intervals import ends, explained
from deepsphere_pipe.reporting.reading import reading
from deepsphere_pipe.reporting.runs import Experiment, value_at
from deepsphere_pipe.reporting.tables.captions import joined
from deepsphere_pipe.reporting.tables.rows import Rows
from deepsphere_pipe.reporting.tables.table import Table

SHARES = (
    ("probability_of_detection", "found", "hits", "true"),
    ("false_alarm_ratio", "false", "false_alarms", "predicted"),
)
"""Shares of storms: key, title, and what is counted of what."""


def tracks_table(experiments: Sequence[Experiment]) -> Table:
    """Return how many storms each network finds and makes up, and how well it tells their lives."""
    networks = [_with_tracks(each) for each in experiments if not each.is_baseline]
    if not networks:
        raise UserError("the table tracks needs the files of a network at least")
    rows, intervals = Rows(networks), []
    for name in EVENTS:
        key = ("tracks", name)
        numbers = [each.distinct(*key, "true") for each in networks]
        true = [max(each, default=None) for each in numbers]
        cells = [joined(map(whole, each)) or ABSENT for each in numbers]
        rows.add(f"{name} storms", cells, **{f"true_{name.lower()}": true})
        for score, title, part, of in SHARES:
            column = f"{score}_{name.lower()}"
            rows.numbers(f"{name} {title} (%)", column, (*key, score), percent)
            found = [_interval(each, name, part, of) for each in networks]
            rows.add(f"{name} {title}, 95 %", list(map(interval, found)), **ends(column, found))
            intervals += found
        column = f"critical_success_index_{name.lower()}"
        rows.numbers(f"{name} CSI (%)", column, (*key, "critical_success_index"), percent)
        rows.numbers(f"{name} SEDI", f"sedi_{name.lower()}", (*key, "sedi"), _two_decimals)
        errors = (*key, "errors", "birth_hours", "mean")
        rows.numbers(f"{name} birth (h)", f"birth_hours_{name.lower()}", errors, measured)
    offset = ("tracks", "TC", "errors", "position_km", "mean")
    rows.numbers("TC offset (km)", "position_km_tc", offset, rounded)
    landfall = ("tracks", "AR", "landfalls", "share")
    rows.numbers("AR landfalls (%)", "landfalls_ar", landfall, percent)
    several = any((each.n_seeds or 0) > 1 for each in networks)
    return rows.table("Storms", f"{_explanation(networks)} {explained(intervals, several)}")


def _with_tracks(experiment: Experiment) -> Experiment:
    """Return an experiment whose scores hold those of tracks, which lie beside them."""
    runs = []
    for run in experiment.runs:
        path = run.folder / "tracks.json"
        with reading(path, "a file of scores of tracks"):
            content = json.loads(path.read_text(encoding="utf-8"))
        runs.append(replace(run, scores=run.scores | {"tracks": content}))
    return Experiment(runs)


def _interval(experiment: Experiment, name: str, part: str, whole_key: str) -> Interval:
    """Return a share of storms with its interval over the days of their birth."""
    of_seeds = [run.scores["tracks"] for run in experiment.runs]
    days = Days(*(np.array(of_seeds[0]["days"][key], np.int64) for key in ("day", "run")))
    parts, wholes = (
        np.array([each[name]["by_first_day"][key] for each in of_seeds], float)
        for key in (part, whole_key)
    )
    block_days = value_at(experiment.provenance[0], "evaluation", "bootstrap_days")
    return interval_of_share(parts, wholes, days, block_days)


def _two_decimals(mean: float, deviation: float = np.nan) -> str:
    return measured(mean, deviation, 2)


def _explanation(experiments: Sequence[Experiment]) -> str:
    """Return what a storm is, and when it is found or false."""
    contents = [run.scores["tracks"] for each in experiments for run in each.runs]
    near = joined(whole(each["match_km"]) for each in contents)
    least = joined(
        " and ".join(f"{each['rules'][name]['least_hours']:g} h ({name})" for name in EVENTS)
        for each in contents
    )
    return (
        f"A storm is a chain of events of test maps that follow each other, of {least} at least. "
        f"Found: share of the true storms of which a predicted one is within {near} km at one time "
        "at least; false: share of the predicted ones that come so near to no true one. CSI: hits "
        "among hits, misses and false alarms. Birth: how much later a found storm is born in the "
        "prediction. Offset: distance of centres where they are so near."
    )
