"""One real cyclone: where its pressure is lowest from time to time, and what is predicted there.

Labels of real fields are seldom there. But a cyclone that everybody knows of can be followed by its
lowest pressure, and everything that is predicted elsewhere, or when it is no more, is a false alarm
as long as there is no other cyclone.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from deepsphere_pipe.evaluation.events import Components
from deepsphere_pipe.samplings.sphere import distance_km, longitude_latitude

TROPICS = 23.5
"""Latitude to either side, degrees."""

LOST = -1


def follow_minimum(
    values: np.ndarray,
    coordinates: np.ndarray,
    hours: np.ndarray,
    start: np.ndarray,
    speed: float,
    near_km: float,
) -> np.ndarray:
    """Return the point of the minimum at each time.

    The first is the lowest value within `near_km` of the start; each next one the lowest within
    what can be reached since the last, and `near_km` at least. It is lost once the lowest value in
    reach has a lower one within `near_km` of it: then there is a slope and no minimum.

    Parameters
    ----------
    values
        (time, point).
    coordinates
        Unit vectors, (point, 3).
    hours
        Times, increasing, (time,).
    start
        Unit vector of where it is first.
    speed
        m s⁻¹ that it is never faster than.
    near_km

    Returns
    -------
    ndarray of int, (time,)
        `LOST` from when on there is none.
    """
    found = np.full(len(values), LOST)
    last, then = start, hours[0]
    for index, (field, hour) in enumerate(zip(values, hours, strict=True)):
        reach = max(3.6 * speed * (hour - then), near_km)
        within = np.flatnonzero(distance_km(coordinates, last) <= reach)
        if not len(within):
            break
        lowest = within[field[within].argmin()]
        if field[distance_km(coordinates, coordinates[lowest]) <= near_km].min() < field[lowest]:
            break
        found[index], last, then = lowest, coordinates[lowest], hour
    return found


def compare_with_centre(
    probability: np.ndarray, coordinates: np.ndarray, centre: np.ndarray, near_km: float
) -> pd.DataFrame:
    """Return what is predicted at and away from the centre, a row for each time.

    Parameters
    ----------
    probability
        Of the class, (time, vertex).
    coordinates
        Unit vectors of the vertices, (vertex, 3).
    centre
        Unit vectors, (time, 3); NaN where there is none.
    near_km

    Returns
    -------
    DataFrame
        `near`, the greatest probability within `near_km` of the centre (NaN without one);
        `greatest` of the globe, its `vertex`, and its `distance_km` from the centre.
    """
    distance = distance_km(coordinates, centre[:, None])
    near = np.where(distance <= near_km, probability, -1).max(axis=1)
    vertex = probability.argmax(axis=1)
    rows = np.arange(len(probability))
    return pd.DataFrame(
        {
            "near": np.where(near < 0, np.nan, near),
            "greatest": probability[rows, vertex],
            "vertex": vertex,
            "distance_km": distance[rows, vertex],
        }
    )


def count_by_threshold(
    probability: np.ndarray,
    components: Components,
    centre: np.ndarray,
    near_km: float,
    thresholds: Sequence[float],
) -> pd.DataFrame:
    """Return how often the centre is hit, and how many false alarms there are, by threshold.

    A false alarm is a connected region of vertices that reach the threshold, none of which is
    within `near_km` of the centre at that time. In the tropics are those whose most probable vertex
    is there.

    Returns
    -------
    DataFrame
        `threshold`, `maps`, `steps` with a centre, `hits` of these, `greatest_there`: how many of
        the hits have the greatest probability of the globe; `false_alarms`, `in_tropics`.
    """
    coordinates = components.coordinates
    told = compare_with_centre(probability, coordinates, centre, near_km)
    alive = np.isfinite(centre[:, 0])
    latitude = longitude_latitude(coordinates)[1]
    rows = []
    for threshold in thresholds:
        alarms = tropical = 0
        for field, here in zip(probability, centre, strict=True):
            number = components.of(field >= threshold)
            away = ~np.isin(number, number[distance_km(coordinates, here) <= near_km])
            for region in np.unique(number[away & (number >= 0)]):
                inside = np.flatnonzero(number == region)
                alarms += 1
                tropical += abs(latitude[inside[field[inside].argmax()]]) < TROPICS
        hit = alive & (told["near"] >= threshold)
        rows.append(
            {
                "threshold": threshold,
                "maps": len(probability),
                "steps": int(alive.sum()),
                "hits": int(hit.sum()),
                "greatest_there": int((hit & (told["distance_km"] <= near_km)).sum()),
                "false_alarms": int(alarms),
                "in_tropics": int(tropical),
            }
        )
    return pd.DataFrame(rows)


def as_dataset(by_time: pd.DataFrame, by_threshold: pd.DataFrame) -> xr.Dataset:
    """Return both tables as variables of one data set, along ``time`` and ``threshold``."""
    dataset = xr.Dataset.from_dataframe(by_time.rename_axis("time").drop(columns="time"))
    dataset["time"] = by_time["time"].to_numpy()
    return dataset.merge(xr.Dataset.from_dataframe(by_threshold.set_index("threshold")))
