"""ClimateNet: snapshots labelled by experts (Prabhat et al. 2021, GMD 14, 107).

One netCDF file per labelled snapshot, ``data-YYYY-MM-DD-RR-E.nc``, in folders ``train`` and
``test``: one variable per channel by its CAM5 name, and ``LABELS`` with 0 background, 1 tropical
cyclone, 2 atmospheric river. RR is the run; E is the expert who labelled it, so that one map may be
there several times. Files in which others have joined several times are read whole. What they hold
is found by `ClimateFields`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import cftime
import numpy as np

from deepsphere_pipe.channels import CLASSES, UNLABELLED
from deepsphere_pipe.data.fields.channel_table import NO_NAMES
from deepsphere_pipe.data.fields.grids import same_grid
from deepsphere_pipe.data.fields.opening import open_fields
from deepsphere_pipe.data.fields.reading import ClimateFields
from deepsphere_pipe.data.fields.times import on_the_hour
from deepsphere_pipe.data.sources.naming import base_name, collect, list_files, strangers
from deepsphere_pipe.data.sources.snapshot import Map, Snapshot
from deepsphere_pipe.data.sources.source import (
    Source,
    described,
    first_readable,
    sha256_of,
    without_labels,
)
from deepsphere_pipe.errors import UserError

STAMP = re.compile(r"data-(\d{4})-(\d{2})-(\d{2})-(\d{2})-(\d+)\.nc")
LABELS = "LABELS"
AT = "@"
"""Between the name of a file of several times and one of them."""

T = TypeVar("T")


class ClimateNet(Source):
    """A folder of ClimateNet files.

    Parameters
    ----------
    folder
        Folder of files; folders in it (``train``, ``test``) are searched too.
    variables
        Names of variables by channel, before those that are known.

    Raises
    ------
    UserError
        If there are no files, or none holds any channel.
    """

    def __init__(self, folder: str | Path, variables: Mapping[str, object] = NO_NAMES) -> None:
        self._folder, self._names = Path(folder), dict(variables)
        self.options = {"variables": self._names} if self._names else {}
        self._times: dict[str, tuple[int, cftime.datetime]] = {}
        self._untimely: dict[str, str] = {}
        self._said: dict[str, None] = {}
        named = [
            (name, version)
            for file, version in list_files(self._folder, ".nc")
            for name in self._snapshots_of(file)
        ]
        self.snapshots, self.rejected = collect(named, self._run_and_time, _expert)
        self.rejected |= self._untimely
        self.grid, self.channels, self.problems, self.notes, self._labelled = first_readable(
            self, lambda snapshot: self._look(snapshot, _facts)
        )
        self.notes += (
            *self._said,
            *without_labels(self._labelled),
            *strangers(self._folder, ".nc"),
        )
        self.title = f"ClimateNet ({described(self.grid)})"

    def _snapshots_of(self, file: str) -> list[str]:
        """Return a name for each time of a file, its own where there is one, and note the times."""
        match = STAMP.fullmatch(base_name(file))
        if match is None:
            return [file]
        try:
            dataset = open_fields(self._folder / file)
        except UserError:  # told when it is read
            return [file]
        try:
            with dataset:
                found = ClimateFields(dataset, self._names).times
            times, note = on_the_hour(found.values if found else ())
        except UserError as error:
            self._untimely[file] = str(error)
            return []
        if not times:
            note = "Without times in files, maps are of 00 UTC of the day in their names"
        self._said |= {note: None} if note else {}
        if len(times) < 2:
            day = tuple(map(int, match.groups()[:3]))
            if times and (times[0].year, times[0].month, times[0].day) == day:
                self._times[file] = 0, times[0]
            elif times:
                self._said["Days are those of the names of files, some of which say others"] = None
            return [file]
        names = [f"{file}{AT}{time.isoformat()}" for time in times]
        for index, name in enumerate(names):
            self._times.setdefault(name, (index, times[index]))
        return names

    def _run_and_time(self, name: str) -> tuple[int, cftime.DatetimeNoLeap]:
        match = STAMP.fullmatch(base_name(name).partition(AT)[0])
        if match is None:
            raise UserError("the name is not of the form data-YYYY-MM-DD-RR-E.nc.")
        year, month, day, run, _ = map(int, match.groups())
        _, time = self._times.get(name, (0, None))
        if time is not None:
            year, month, day = time.year, time.month, time.day
        try:
            stamp = cftime.DatetimeNoLeap(year, month, day)
        except ValueError:
            raise UserError("no such date in a calendar without leap days.") from None
        return run, stamp.replace(hour=time.hour if time is not None else 0)

    def _look(self, snapshot: Snapshot, look: Callable[[ClimateFields], T]) -> T:
        """Return what a look at the fields of the file of a snapshot tells."""
        file = snapshot.name.partition(AT)[0]
        try:
            with open_fields(self._folder / file) as dataset:
                return look(ClimateFields(dataset, self._names))
        except UserError as error:
            reason = str(error).removeprefix(f"{self._folder / file}: ")
            raise UserError(f"{snapshot.name}: {reason}") from None

    def file_of(self, snapshot: Snapshot, channel: str = "") -> str:
        return snapshot.name.partition(AT)[0]

    def read(self, snapshot: Snapshot, channels: Sequence[str]) -> Map:

        self.select(channels)
        values, labels = self._look(snapshot, lambda found: self._arrays(found, snapshot, channels))
        checksum = sha256_of(self._folder / snapshot.name.partition(AT)[0])
        return Map(values, labels.astype(np.uint8), checksum)

    def _arrays(
        self, fields: ClimateFields, snapshot: Snapshot, channels: Sequence[str]
    ) -> tuple[np.ndarray, np.ndarray]:
        index, _ = self._times.get(snapshot.name, (0, None))
        if not same_grid(fields.grid, self.grid):
            raise UserError("lies on another grid than the first file.")
        values = fields.read(channels, index)
        name = _labels_in(fields)
        if not self._labelled:
            if name is not None:
                raise UserError(f"holds {name}, unlike the first file.")
            return values, np.full(values.shape[1], UNLABELLED)
        labels = fields.values(name or LABELS, index)
        if not np.isin(labels, range(len(CLASSES))).all():
            raise UserError("labels other than 0, 1 and 2.")
        return values, labels


def _facts(fields: ClimateFields):
    labelled = _labels_in(fields) is not None
    return fields.grid, fields.channels, fields.problems, fields.notes, labelled


def _labels_in(fields: ClimateFields) -> str | None:
    """Return what the labels are called, in capitals or not; None if there are none."""
    named = (str(name) for name in fields.dataset.variables)
    return next((name for name in named if name.upper() == LABELS), None)


def _expert(name: str) -> str:
    return base_name(name).partition(AT)[0].removesuffix(".nc").rpartition("-")[2]
