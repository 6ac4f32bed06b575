"""Scores of storms: found, missed and made up, and how well those that were found are told."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from deepsphere_pipe.channels import EVENTS
from deepsphere_pipe.evaluation.groups import Days
from deepsphere_pipe.evaluation.intervals import interval_of_share
from deepsphere_pipe.samplings.sphere import EARTH_RADIUS_KM
from deepsphere_pipe.tracking.matching import common_hours, match
from deepsphere_pipe.tracking.storms import storms_of

DURATIONS = (0.0, 48.0, 96.0, 192.0)
"""Lower bounds of the classes of duration, hours."""

ERRORS = ("birth_hours", "end_hours", "position_km", "pressure_hpa", "wind_m_s", "area_km2")
"""What is told of found storms: predicted less true; the position is a distance."""

Numbers = dict[str, Any]


def score_tracks(
    true: pd.DataFrame,
    predicted: pd.DataFrame,
    days: Days,
    km: float = 300.0,
    hours: float = 0.0,
) -> Numbers:
    """Return scores of each class, ready for JSON.

    A true storm is found, and a predicted one is no false alarm, if a track of the other side
    matches it, see `match`. With hits h, misses m and false alarms f, the probability of detection
    is h / (h + m), the false alarm ratio f / predicted ones, the critical success index
    h / (h + m + f), the frequency bias predicted / true ones. The symmetric extremal dependence
    index (Ferro and Stephenson 2011) needs a number of trials: every day, every place, of the size
    of a disc with the radius of a match.

    Parameters
    ----------
    true, predicted
        Fixes, see `columns.COLUMNS`.
    days
        Those of the data, see `Days.of`. A storm counts on the day of its birth.
    km, hours
        See `match`.

    Returns
    -------
    dict
        For each class counts, scores with intervals of 95 % in which whole storms are drawn, the
        same by duration, category and basin, errors (mean, and mean of absolute values), landfalls
        of rivers, and counts by day. Shares of nothing are None.
    """
    pairs = match(true, predicted, km, hours)
    result: Numbers = {"match_km": km, "match_hours": hours}
    result["days"] = {"day": days.day.tolist(), "run": days.run.tolist()}
    sides = (("true", true), ("predicted", predicted))
    storms = [_storms(each, pairs[side]) for side, each in sides]
    for name in EVENTS:
        one, other = (each[each["class"] == name] for each in storms)
        trials = len(days.day) * 4 * EARTH_RADIUS_KM**2 / km**2
        result[name] = _counts(one, other, trials) | _stratified(one, other)
        result[name]["errors"] = _errors(one, other, pairs)
        result[name]["landfalls"] = _landfalls(one, other, pairs)
        by_day = _by_day(one, other, days)
        result[name] |= {"intervals": _intervals(by_day, days), "by_first_day": by_day}
    return result


def _storms(fixes: pd.DataFrame, matched: pd.Series) -> pd.DataFrame:
    """Return a row for each storm with hours of birth and end, and whether it is matched."""
    storms = storms_of(fixes)
    storms["matched"] = storms["track_id"].isin(matched)
    hours = pd.Series(common_hours(fixes)[0] if len(fixes) else [], fixes.index, dtype=float)
    by_storm = hours.groupby(fixes["track_id"])
    storms["birth_hours"] = storms["track_id"].map(by_storm.min())
    storms["end_hours"] = storms["track_id"].map(by_storm.max())
    return storms


def _counts(true: pd.DataFrame, predicted: pd.DataFrame, trials: float) -> Numbers:
    n_true, n_predicted = len(true), len(predicted)
    hits = int(true["matched"].sum())
    misses, alarms = n_true - hits, n_predicted - int(predicted["matched"].sum())
    return {
        "true": n_true, "hits": hits, "misses": misses,
        "predicted": n_predicted, "false_alarms": alarms,
        "probability_of_detection": _share(hits, n_true),
        "false_alarm_ratio": _share(alarms, n_predicted),
        "critical_success_index": _share(hits, n_true + alarms),
        "sedi": sedi(hits, misses, alarms, trials),
        "frequency_bias": _share(n_predicted, n_true),
    }  # fmt: skip


def sedi(hits: int, misses: int, false_alarms: int, trials: float) -> float | None:
    """Return the symmetric extremal dependence index; None where it is not defined.

    It is 1 for all found and nothing made up, 0 for chance (Ferro and Stephenson 2011).
    """
    if hits + misses == 0 or trials <= hits + misses:
        return None
    found = hits / (hits + misses)
    made_up = false_alarms / (trials - hits - misses)
    if made_up == 0 or made_up >= 1:
        return 1.0 if made_up == 0 and found > 0 else None
    if found in (0.0, 1.0):
        return 1.0 if found else -1.0
    logs = np.log([made_up, found, 1 - made_up, 1 - found])
    return float((logs[0] - logs[1] - logs[2] + logs[3]) / logs.sum())


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _stratified(true: pd.DataFrame, predicted: pd.DataFrame) -> Numbers:
    """Return found and made up ones by duration, by category and by basin of birth."""

    def rates(one: pd.Series, other: pd.Series) -> Numbers:
        hits, alarms = true["matched"][one], ~predicted["matched"][other]
        return {
            "true": len(hits), "hits": int(hits.sum()),
            "predicted": len(alarms), "false_alarms": int(alarms.sum()),
            "probability_of_detection": _share(int(hits.sum()), len(hits)),
            "false_alarm_ratio": _share(int(alarms.sum()), len(alarms)),
        }  # fmt: skip

    def within(table: pd.DataFrame, low: float, high: float) -> pd.Series:
        return (table["duration_hours"] >= low) & (table["duration_hours"] < high)

    bounds = zip(DURATIONS, (*DURATIONS[1:], np.inf), strict=True)
    found: Numbers = {
        "by_duration": [
            {"from_hours": low} | rates(within(true, low, high), within(predicted, low, high))
            for low, high in bounds
        ]
    }
    for name in ("category", "basin"):
        values = sorted({*true[name].dropna(), *predicted[name].dropna()})
        found[f"by_{name}"] = [
            {name: value.item() if isinstance(value, np.generic) else value}
            | rates(
                (true[name] == value).fillna(False).astype(bool),
                (predicted[name] == value).fillna(False).astype(bool),
            )
            for value in values
        ]
    return found


def _errors(true: pd.DataFrame, predicted: pd.DataFrame, pairs: pd.DataFrame) -> Numbers:
    """Return errors of storms that were found, each by the track that is near it most often.

    Births and ends that are those of the data say nothing.
    """
    best = pairs[pairs["true"].isin(true["track_id"])]
    best = best.sort_values(["fixes", "distance_km"], ascending=[False, True], kind="stable")
    best = best.drop_duplicates("true").sort_values("true")
    one = true.set_index("track_id").loc[best["true"]].reset_index()
    other = predicted.set_index("track_id").loc[best["predicted"]].reset_index()
    found = {"position_km": best["distance_km"].to_numpy(float)}
    if len(best):
        for end, unseen in (("birth_hours", "birth"), ("end_hours", "end")):
            seen = ~(one["cut"].isin([unseen, "both"]) | other["cut"].isin([unseen, "both"]))
            found[end] = (other[end] - one[end])[seen].to_numpy(float)
        for name in ("pressure_hpa", "wind_m_s", "area_km2"):
            found[name] = (other[name].astype(float) - one[name].astype(float)).to_numpy()
    result = {}
    for name in ERRORS:
        values = found.get(name, np.empty(0))
        values = values[np.isfinite(values)]
        mean = float(values.mean()) if len(values) else None
        absolute = float(np.abs(values).mean()) if len(values) else None
        result[name] = {"mean": mean, "mean_absolute": absolute, "storms": len(values)}
    return result


def _landfalls(true: pd.DataFrame, predicted: pd.DataFrame, pairs: pd.DataFrame) -> Numbers:
    """Return how many landfalls of true storms are those of a predicted one, too."""
    lands = true.loc[true["landfall_time"].notna(), "track_id"]
    there = predicted.loc[predicted["landfall_time"].notna(), "track_id"]
    both = pairs["true"].isin(lands) & pairs["predicted"].isin(there)
    found = pairs.loc[both, "true"].nunique()
    return {"true": len(lands), "found": found, "share": _share(found, len(lands))}


def _by_day(true: pd.DataFrame, predicted: pd.DataFrame, days: Days) -> dict[str, list[int]]:
    """Return counts by the day of birth; days of data have a place, storms of others none."""
    runs = np.unique(days.run)
    counts: dict[str, list[int]] = {}
    for storms, of_all, of_them, matched in (
        (true, "true", "hits", True), (predicted, "predicted", "false_alarms", False)
    ):  # fmt: skip
        run = storms["run"].to_numpy(np.int64)
        if len(runs) == 1:
            run = np.full(len(storms), runs[0])
        place = days.find(storms["birth_hours"].to_numpy(float) // 24, run).astype(int)
        chosen = storms["matched"].to_numpy(bool) == matched
        n = len(days.day)
        counts[of_all] = np.bincount(place, minlength=n)[:n].tolist()
        counts[of_them] = np.bincount(place[chosen], minlength=n)[:n].tolist()
    return counts


def _intervals(by_day: Mapping[str, list[int]], days: Days) -> Numbers:
    found = {}
    for score, part, whole in (
        ("probability_of_detection", "hits", "true"),
        ("false_alarm_ratio", "false_alarms", "predicted"),
    ):
        counts = [np.array([by_day[key]], float) for key in (part, whole)]
        share = interval_of_share(counts[0], counts[1], days)
        ends = [share.low, share.high]
        found[score] = ends if np.isfinite(ends).all() else None
    return found
