"""Which event of a map is which storm of the maps before it.

Every open storm is moved on with the motion of its last hours: its cells, and its centre. First,
events belong to the storm with which they share the largest area, the largest area of all first.
Then storms that are left take the events that are left and lie nearest, within what a speed allows.
What is left begins a new storm. So of storms that merge the one that shares more goes on,
and so does of a storm that splits the larger part.

Storms that find no event stay open for as long as gaps may last: one that merged with another and
comes out of it again is the same storm. Those that were seen last choose first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from deepsphere_pipe.config.tracking import LinkingConfig
from deepsphere_pipe.samplings.sphere import EARTH_RADIUS_KM, distance_km
from deepsphere_pipe.tracking.geometry import chord_of, turn_between, turned
from deepsphere_pipe.tracking.surface import Surface

SAME_HOURS = 1e-6


class Found(NamedTuple):
    """The events of one class on one map.

    Attributes
    ----------
    component
        Number of the event of each cell, -1 where there is none, (cell,).
    centres, areas_km2
        Of the events, (event, 3) unit vectors and (event,).
    properties
        What else is to be kept of each, (event,).
    """

    component: np.ndarray
    centres: np.ndarray
    areas_km2: np.ndarray
    properties: Sequence[Any]


@dataclass(eq=False)
class Storm:
    """Fixes of one storm so far.

    Attributes
    ----------
    number
        In the order of birth.
    hours, centres, properties
        Of each fix.
    split_from, merged_into
        Numbers of other storms; None if there is none.
    cells
        Of the last fix.
    before
        When another one merged with it: hours, centre and motion until then.
    """

    number: int
    hours: list[float] = field(default_factory=list)
    centres: list[np.ndarray] = field(default_factory=list)
    properties: list[Any] = field(default_factory=list)
    split_from: int | None = None
    merged_into: int | None = None
    cells: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    before: tuple[float, np.ndarray, np.ndarray] | None = None

    def add(self, hours: float, found: Found, event: int) -> None:
        """Add a fix."""
        self.hours.append(hours)
        self.centres.append(found.centres[event])
        self.properties.append(found.properties[event])
        self.cells = np.flatnonzero(found.component == event)
        self.merged_into = None

    def state(self, rules: LinkingConfig) -> tuple[float, np.ndarray, np.ndarray]:
        """Return hours and centre of the last fix, and the motion (3,): axis times radians/hour."""
        return self.hours[-1], self.centres[-1], self.turn(self.hours[-1] + 1, rules)

    def turn(self, hours: float, rules: LinkingConfig) -> np.ndarray:
        """Return the rotation that is expected until a time, (3,): axis times radians."""
        last = self.hours[-1]
        since = next(
            i for i, h in enumerate(self.hours) if last - h <= rules.motion_hours + SAME_HOURS
        )
        elapsed = last - self.hours[since]
        if elapsed <= 0:
            return np.zeros(3)
        turn = turn_between(self.centres[since], self.centres[-1]) / elapsed
        # Centres jump where areas grow or merge; no storm is that fast.
        fastest = rules.speed_km_h / EARTH_RADIUS_KM
        turn *= min(1.0, fastest / max(float(np.linalg.norm(turn)), 1e-15))
        return turn * (hours - last)


class Linker:
    """Link the events of one class on successive maps.

    Parameters
    ----------
    surface
        Where maps lie.
    rules
    step_hours
        From map to map: so long a storm is open in any case.
    """

    def __init__(self, surface: Surface, rules: LinkingConfig, step_hours: float) -> None:
        self._surface, self._rules = surface, rules
        self._longest = max(rules.gap_hours, step_hours) + SAME_HOURS
        self._areas = surface.areas * EARTH_RADIUS_KM**2
        self._grain = float(np.sqrt(self._areas.mean()))
        self.open: list[Storm] = []

    def close(self) -> list[Storm]:
        """End all storms: no further map follows; return them."""
        closed, self.open = self.open, []
        return closed

    def update(self, hours: float, found: Found, first_number: int) -> tuple[list[Storm], int]:
        """Link the events of the next map.

        Parameters
        ----------
        hours
            Of the map; later than all before.
        found
        first_number
            Which number the next new storm has.

        Returns
        -------
        closed : list of Storm
            Those that cannot go on.
        number : int
            Which the next new storm would have then.
        """
        closed = [s for s in self.open if hours - s.hours[-1] > self._longest]
        self.open = [s for s in self.open if hours - s.hours[-1] <= self._longest]
        turns = np.array([s.turn(hours, self._rules) for s in self.open]).reshape(-1, 3)
        shared = self._shared(turns, found)
        event_of: dict[int, int] = {}
        storm_of: dict[int, int] = {}
        pauses = np.array([hours - s.hours[-1] for s in self.open])
        self._part(hours, turns, shared, found, event_of, storm_of)
        for storm, event in _largest_first(shared, pauses):
            _pair(storm, event, event_of, storm_of)
        self._nearest(pauses, turns, found, event_of, storm_of)
        self._note_merging(shared, event_of, storm_of)
        for storm, event in event_of.items():
            self.open[storm].add(hours, found, event)
        born: list[Storm] = []
        for event in range(len(found.areas_km2)):
            if event not in storm_of:
                parent = self._split_from(shared, event, event_of)
                born.append(Storm(first_number + len(born), split_from=parent))
                born[-1].add(hours, found, event)
        self.open += born
        return closed, first_number + len(born)

    def _shared(self, turns: np.ndarray, found: Found) -> np.ndarray:
        """Return the areas that storms, moved on, share with events, (storm, event) in km²."""
        n_events = len(found.areas_km2)
        shared = np.zeros((len(self.open), n_events))
        if not shared.size:
            return shared
        sizes = [len(s.cells) for s in self.open]
        storm = np.repeat(np.arange(len(sizes)), sizes)
        cells = np.concatenate([s.cells for s in self.open])
        moves = np.linalg.norm(turns, axis=1)[storm] > 0
        where = cells.copy()
        moved = turned(self._surface.coordinates[cells[moves]], turns[storm[moves]])
        where[moves] = self._surface.owners(moved)
        event = found.component[where]
        hit = (event >= 0) & (where >= 0)
        pair = storm[hit] * n_events + event[hit]
        return np.bincount(pair, self._areas[cells[hit]], shared.size).reshape(shared.shape)

    def _nearest(
        self,
        pauses: np.ndarray,
        turns: np.ndarray,
        found: Found,
        event_of: dict[int, int],
        storm_of: dict[int, int],
    ) -> None:
        """Pair storms and events that are left, such that they lie nearest to where expected.

        The sum of squared distances is least, in which a storm that finds none counts with its
        reach. What is nearer than a cell is within the precision of centres.
        """
        for pause in np.unique(pauses):
            storms = [i for i in np.flatnonzero(pauses == pause).tolist() if i not in event_of]
            events = [j for j in range(len(found.areas_km2)) if j not in storm_of]
            if not storms or not events:
                continue
            speed = self._rules.speed_km_h * pause + self._grain
            reach = min(speed, self._rules.reach_km + self._grain)
            last = np.array([self.open[i].centres[-1] for i in storms])
            expected, centres = turned(last, turns[storms]), found.centres[events]
            near = cKDTree(centres).query_ball_point(expected, chord_of(reach))
            if not any(near):
                continue
            n_storms, n_events = len(storms), len(events)
            cost = np.full((n_storms, n_events + n_storms), 4 * n_storms * reach**2)
            cost[range(n_storms), range(n_events, n_events + n_storms)] = reach**2
            for i, those in enumerate(near):
                away = distance_km(expected[i], centres[those])
                possible = distance_km(last[i], centres[those]) <= speed
                cost[i, np.array(those, int)[possible]] = away[possible] ** 2
            for i, j in zip(*linear_sum_assignment(cost), strict=True):
                if j < n_events and cost[i, j] <= reach**2:
                    _pair(storms[i], events[j], event_of, storm_of)

    def _part(
        self,
        hours: float,
        turns: np.ndarray,
        shared: np.ndarray,
        found: Found,
        event_of: dict[int, int],
        storm_of: dict[int, int],
    ) -> None:
        """Pair storms that merged and come apart again with the events nearest to their own ways.

        The one that went on goes by what its motion was before.
        """
        for i, storm in enumerate(self.open):
            merged = [k for k, other in enumerate(self.open) if other.merged_into == storm.number]
            if storm.before is None or not merged:
                storm.before = None
                continue
            together = [i, *merged]
            events = np.flatnonzero(shared[together].sum(axis=0) > 0)
            if len(events) < 2:
                continue
            since, centre, speed = storm.before
            own = turned(centre[None], speed[None] * (hours - since))
            others = np.array([self.open[k].centres[-1] for k in merged])
            expected = np.concatenate([own, turned(others, turns[merged])])
            away = distance_km(expected[:, None], found.centres[events])
            for k, j in zip(*linear_sum_assignment(away**2), strict=True):
                _pair(together[k], int(events[j]), event_of, storm_of)

    def _note_merging(
        self, shared: np.ndarray, event_of: dict[int, int], storm_of: dict[int, int]
    ) -> None:
        """Remember with which storms those may have merged that find no event of their own."""
        for i, storm in enumerate(self.open):
            if i not in event_of and shared.shape[1] and shared[i].max() > 0:
                other = storm_of.get(int(shared[i].argmax()))
                if other is not None:
                    into = self.open[other]
                    storm.merged_into = into.number
                    into.before = into.before or into.state(self._rules)

    def _split_from(self, shared: np.ndarray, event: int, event_of: dict[int, int]) -> int | None:
        """Return the number of the storm that an event was part of, which goes on elsewhere."""
        parts = [(shared[i, event], i) for i in event_of if shared[i, event] > 0]
        return self.open[max(parts)[1]].number if parts else None


def _pair(storm: int, event: int, event_of: dict[int, int], storm_of: dict[int, int]) -> None:
    if storm not in event_of and event not in storm_of:
        event_of[storm], storm_of[event] = event, storm


def _largest_first(shared: np.ndarray, pauses: np.ndarray) -> list[tuple[int, int]]:
    storms, events = np.nonzero(shared)
    # Rounded, else the order in which areas are added would decide.
    order = np.lexsort((events, storms, -np.round(shared[storms, events], 3), pauses[storms]))
    return [(int(storms[i]), int(events[i])) for i in order]
