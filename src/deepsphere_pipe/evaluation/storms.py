"""Events that belong together in time: a storm is seen on many maps, and found on all or none.

So its events are one cluster, and where hit rates are to have intervals, all of them count on the
day on which their storm is first there.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from deepsphere_pipe.channels import EVENTS
from deepsphere_pipe.evaluation.events import Event
from deepsphere_pipe.evaluation.groups import Days
from deepsphere_pipe.samplings.sampling import unit_vectors

DEGREES_PER_HOUR = 8 / 6
"""How fast the centre of a storm may move (TempestExtremes; Ullrich et al. 2021)."""

LONGEST_GAP = 24
"""Hours after which a storm is another one."""

Hours = Mapping[tuple[str, int], int]
"""Hours since 2000-01-01 in the calendar of the data, by time and run of a map."""


def first_hours(events: Sequence[Event], hours: Hours) -> np.ndarray:
    """Return when the storm of each event is first there.

    Events of one run belong to one storm if a chain joins them in which centres move by no more
    than `DEGREES_PER_HOUR` from one map to a later one within `LONGEST_GAP`.

    Parameters
    ----------
    events
        Of one class and side.
    hours

    Returns
    -------
    ndarray of int64, shape (event,)
    """
    if not events:
        return np.empty(0, np.int64)
    when = np.array([hours[each.time, each.run] for each in events], np.int64)
    run = np.array([each.run for each in events], np.int64)
    places = unit_vectors([e.longitude for e in events], [e.latitude for e in events])
    reach = 2 * np.sin(np.radians(DEGREES_PER_HOUR * LONGEST_GAP) / 2)
    pairs = [np.empty((0, 2), np.int64)]
    for which in np.unique(run):
        chosen = np.flatnonzero(run == which)
        # Far apart in time is far away in a fourth dimension.
        time = when[chosen, None] / LONGEST_GAP * reach
        near = cKDTree(np.hstack([places[chosen], time]), leafsize=32)
        pairs.append(chosen[near.query_pairs(np.sqrt(2) * reach, output_type="ndarray")])
    first, second = np.concatenate(pairs).T
    elapsed = np.abs(when[first] - when[second])
    angle = 2 * np.arcsin(np.linalg.norm(places[first] - places[second], axis=1) / 2)
    same = (elapsed > 0) & (elapsed <= LONGEST_GAP)
    same &= np.degrees(angle) <= DEGREES_PER_HOUR * elapsed
    graph = sparse.coo_array((np.ones(same.sum()), (first[same], second[same])), (len(when),) * 2)
    storm = connected_components(graph, directed=False)[1]
    starts = np.full(storm.max(initial=-1) + 1, np.iinfo(np.int64).max)
    np.minimum.at(starts, storm, when)
    return starts[storm]


def counts_by_first_day(
    events: Sequence[Event], hours: Hours, days: Days
) -> dict[str, dict[str, list[int]]]:
    """Return how many events count on each day, ready for JSON.

    Returns
    -------
    dict
        By class ``true``, ``hits``, ``predicted`` and ``false_alarms``, (day,) each: those whose
        storm is first there on that day.
    """
    result: dict[str, dict[str, list[int]]] = {}
    for name in EVENTS:
        counts: dict[str, list[int]] = {}
        for side, counted, matched in (
            ("true", "hits", True),
            ("predicted", "false_alarms", False),
        ):
            chosen = [e for e in events if e.class_name == name and e.side == side]
            place = days.find(first_hours(chosen, hours) // 24, [e.run for e in chosen])
            of_them = np.array([e.matched == matched for e in chosen], bool)
            n = len(days.day)
            counts[side] = np.bincount(place, minlength=n).tolist()
            counts[counted] = np.bincount(place[of_them], minlength=n).tolist()
        result[name] = counts
    return result
