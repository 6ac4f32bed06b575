"""From one map after the other to a table of fixes; only storms that are open are kept whole."""

from collections.abc import Mapping, Sequence
from typing import Any

import cftime
import numpy as np
import pandas as pd

from deepsphere_pipe.channels import CLASSES, EVENTS
from deepsphere_pipe.config.tracking import LinkingConfig, TrackingConfig
from deepsphere_pipe.evaluation.events import Components
from deepsphere_pipe.tracking.columns import COLUMNS, ENDS_UNSEEN
from deepsphere_pipe.tracking.cores import divide
from deepsphere_pipe.tracking.fixes import Area, intensities, shapes
from deepsphere_pipe.tracking.linking import Found, Linker, Storm
from deepsphere_pipe.tracking.maps import Moment
from deepsphere_pipe.tracking.surface import Surface

CHUNK = 20_000
"""Fixes that are packed at once."""


class Tracker:
    """Follow the storms of all classes on successive maps.

    Parameters
    ----------
    surface
        Where maps lie.
    rules
    step_hours
        The usual time from map to map; where more passes, data is missing, and no storm goes on.
    """

    def __init__(self, surface: Surface, rules: TrackingConfig, step_hours: float) -> None:
        self._surface, self._step = surface, step_hours
        self._components = Components(surface)
        self._rules: dict[str, LinkingConfig] = {name: getattr(rules, name) for name in EVENTS}
        self._linkers = {
            name: Linker(surface, each, step_hours) for name, each in self._rules.items()
        }
        self._last: tuple[int, float] | None = None
        self._began = 0.0
        self._number = 1
        self._rows: list[tuple[Any, ...]] = []
        self._packed: list[pd.DataFrame] = []

    def update(
        self,
        run: int,
        time: cftime.datetime,
        hours: float,
        moment: Moment,
        fields: tuple[np.ndarray, np.ndarray, Mapping[str, np.ndarray]] | None = None,
    ) -> None:
        """Take the next map.

        Parameters
        ----------
        run, time, hours
            In the order of run and time.
        moment
        fields
            The cell in which each of their points lies, unit vectors to them (point, 3), and the
            channels (point,) by name.
        """
        if self._last is None or self._last[0] != run or hours - self._last[1] > 1.001 * self._step:
            self._end_of_data()
            self._began = hours
        for name in EVENTS:
            area, properties = self._measured(name, moment, fields)
            kept = [dict(zip(properties, row, strict=True)) for row in _rows(properties)]
            kept = [{"time": time, "class": name, "run": run, **each} for each in kept]
            component = np.full(self._surface.n_vertices, -1)
            component[area.cells] = area.event
            found = Found(component, area.centres, area.areas_km2, kept)
            closed, self._number = self._linkers[name].update(hours, found, self._number)
            self._write(closed, name)
        self._last = run, hours

    def fixes(self) -> pd.DataFrame:
        """Return all fixes: no further map follows.

        Returns
        -------
        DataFrame
            `COLUMNS`; sorted by number of the storm, then by time. ``time`` is text as in ISO 8601,
            in the calendar that is told beside it.
        """
        self._end_of_data()
        self._pack()
        table = pd.concat(self._packed, ignore_index=True)
        return table.sort_values("track_id", kind="stable", ignore_index=True)

    def _measured(
        self, name: str, moment: Moment, fields: Any
    ) -> tuple[Area, Mapping[str, np.ndarray]]:
        label, rules = CLASSES.index(name), self._rules[name]
        of_class = None if moment.probability is None else moment.probability[label]
        if of_class is None or rules.least_probability is None:
            selected = moment.classes == label
        else:
            selected = of_class >= rules.least_probability
        component = self._components.of(selected, rules.least_km2)
        strength = self._strength(of_class, fields)
        if rules.core_km and strength is not None:
            component = divide(self._surface, component, strength, rules.core_km)
        area = Area(self._surface, component, of_class)
        properties = dict(area.properties())
        if fields is not None:
            owners, points, channels = fields
            properties |= intensities(component[owners], area.n, points, channels)
        if name == "AR":
            properties |= shapes(area)
        return area, properties

    def _strength(self, of_class: np.ndarray | None, fields: Any) -> np.ndarray | None:
        """Return by what cores are found: pressure if it is there, else probability, else none."""
        if fields is None or "PSL" not in fields[2]:
            return of_class
        owners, _, channels = fields
        lowest = np.full(self._surface.n_vertices, np.inf)
        np.minimum.at(lowest, owners, channels["PSL"])
        return -lowest

    def _end_of_data(self) -> None:
        for name, linker in self._linkers.items():
            self._write(linker.close(), name)

    def _write(self, storms: Sequence[Storm], name: str) -> None:
        """Keep the fixes of storms that are over, if they lived long enough."""
        for storm in storms:
            if storm.hours[-1] - storm.hours[0] < self._rules[name].least_hours - 1e-6:
                continue
            unseen = int(storm.hours[0] == self._began)
            unseen += 2 * (self._last is not None and storm.hours[-1] == self._last[1])
            shared = {
                "track_id": storm.number, "split_from": storm.split_from,
                "merged_into": storm.merged_into, "cut": ENDS_UNSEEN[unseen],
            }  # fmt: skip
            for fix in storm.properties:
                row = fix | shared
                row["calendar"], row["time"] = fix["time"].calendar, fix["time"].isoformat()
                self._rows.append(tuple(row.get(column) for column in COLUMNS))
        if len(self._rows) >= CHUNK:
            self._pack()

    def _pack(self) -> None:
        """Keep rows as arrays, which take a tenth of the memory."""
        table = pd.DataFrame(self._rows, columns=list(COLUMNS))
        for column in COLUMNS:
            if column not in NO_NUMBERS:
                whole = column in WHOLE_NUMBERS
                table[column] = table[column].astype("Int64" if whole else "float64")
        self._packed.append(table)
        self._rows = []


NO_NUMBERS = ("time", "class", "cut", "calendar", "over_land")
WHOLE_NUMBERS = ("track_id", "run", "split_from", "merged_into")


def _rows(properties: Mapping[str, np.ndarray]) -> list[tuple[Any, ...]]:
    return list(zip(*(values.tolist() for values in properties.values()), strict=True))
