"""Fields beside maps, by which the strength of storms is told; on any grid."""

from collections.abc import Mapping
from pathlib import Path

import cftime
import numpy as np

from deepsphere_pipe.data.sources.source import Source
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.prediction.inputs import STORE, kind_of, open_inputs
from deepsphere_pipe.remap.grids import points_of
from deepsphere_pipe.tracking.surface import Surface

WANTED = ("PSL", "UBOT", "VBOT", "U850", "V850", "TMQ")
"""Channels that tell of strength."""

UNTOLD = 0
"""Run of maps that are all of one and do not say of which."""

Fields = tuple[np.ndarray, np.ndarray, Mapping[str, np.ndarray]]
"""The cell of each point, unit vectors to the points, and channels by name."""


class FieldsBeside:
    """Fields of the times of maps.

    Parameters
    ----------
    path
        A store on the same cells; or whatever `predict` reads, on its own grid: each of its points
        belongs to the nearest cell.
    surface
        The cells of the maps.

    Raises
    ------
    UserError
        If there is none of the channels that tell of strength.
    """

    def __init__(self, path: str | Path, surface: Surface) -> None:
        self._path = path
        self._store = Store(path) if kind_of(path) == STORE else None
        if self._store:
            there = self._store.channels
            stamps = zip(self._store.runs.tolist(), self._store.times, strict=True)
            self._rows = {_key(*stamp): row for row, stamp in enumerate(stamps)}
            if self._store.n_vertices != surface.n_vertices:
                raise UserError(
                    f"{path}: has {self._store.n_vertices} vertices, the maps have "
                    f"{surface.n_vertices}; give the fields themselves, which may be on any grid."
                )
            self._points = surface.coordinates
            self._owners = np.arange(surface.n_vertices)
        else:
            self._source = _source(path)
            there = tuple(channel.name for channel in self._source.channels)
            points = points_of(self._source.grid)
            owners = surface.owners(points)
            self._inside = owners >= 0  # of maps of a region, fields may be of the whole sphere
            self._points, self._owners = points[self._inside], owners[self._inside]
            self._rows = {_key(s.run, s.time): row for row, s in enumerate(self._source.snapshots)}
        self._runs = {run for run, *_ in self._rows}
        self._names = [name for name in WANTED if name in there]
        if not self._names:
            raise UserError(f"{path}: has none of {', '.join(WANTED)}.")

    def at(self, run: int, time: cftime.datetime) -> Fields:
        """Return the fields of a run at a time.

        Raises
        ------
        UserError
            If there are none.
        """
        row = self._rows.get(_key(run, time))
        if row is None and (run == UNTOLD or not self._store) and len(self._runs) == 1:
            row = self._rows.get(_key(min(self._runs), time))
        if row is None:
            of_run = f", run {run}" if run != UNTOLD else ""
            raise UserError(f"{self._path}: has no fields of {time.isoformat()}{of_run}.")
        if self._store:
            values = self._store.fields(row)
            found = {name: values[self._store.channels.index(name)] for name in self._names}
        else:
            snapshot = self._source.snapshots[row]
            values = self._source.read(snapshot, self._names).fields
            found = dict(zip(self._names, values[:, self._inside], strict=True))
        return self._owners, self._points, found


def _key(run: int, time: cftime.datetime) -> tuple[int, ...]:
    return int(run), time.year, time.month, time.day, time.hour


def _source(path: str | Path) -> Source:
    """Open fields; the sampling only counts for stores."""
    from deepsphere_pipe.samplings import Icosahedral

    return open_inputs([path], Icosahedral(0))
