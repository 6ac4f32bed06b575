"""Files of climate fields as reanalyses and models leave them: ERA5, CMIP6, MERRA-2.

One file or zarr folder, a folder of files among which variables and times are spread, or the
address of a zarr group, which is read where it is. What they hold is found by `ClimateFields`.
There are no labels.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import cftime
import numpy as np

from deepsphere_pipe.channels import UNLABELLED, cam5_channels
from deepsphere_pipe.config.inputs import is_address
from deepsphere_pipe.data.fields.channel_table import NO_NAMES
from deepsphere_pipe.data.fields.grids import same_grid
from deepsphere_pipe.data.fields.opening import GRIB, NETCDF, is_zarr, open_parts
from deepsphere_pipe.data.fields.reading import ClimateFields
from deepsphere_pipe.data.fields.remote import metadata_version
from deepsphere_pipe.data.fields.times import on_the_hour
from deepsphere_pipe.data.sources.listing import files_below, input_version
from deepsphere_pipe.data.sources.snapshot import Map, Snapshot
from deepsphere_pipe.data.sources.source import Source, described
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap import Grid

MOST_OPEN = 8
"""Files that a process holds open."""

Place = tuple[str, int, int]
"""Which file, part of it and time."""


class FieldFiles(Source):
    """Fields at the times of a file, or of all files below a folder.

    Parameters
    ----------
    path
        netCDF or GRIB file, zarr folder, zip file with one in it (a wheel is one), a folder, or an
        address of a zarr group.
    title
        What the data is called.
    variables
        Names of variables by channel, before those that are known.
    times
        Which times are wanted, as keys of `config.inputs.TimesConfig`; all by default.

    Raises
    ------
    UserError
        If nothing there can be read.
    """

    def __init__(
        self,
        path: str | Path,
        title: str,
        variables: Mapping[str, object] = NO_NAMES,
        times: Mapping[str, object] = NO_NAMES,
    ) -> None:
        self.far = is_address(path)
        self._path = str(path).rstrip("/") if self.far else Path(path)
        self._names, self._chosen = dict(variables), dict(times)
        self.options = {"variables": self._names} if self._names else {}
        self.rejected: dict[str, str] = {}
        self._places: dict[str, dict[str, Place]] = {}
        self._stamps: dict[str, tuple[int, cftime.datetime]] = {}
        problems: dict[str, str] = {}
        notes: dict[str, None] = {}
        grid: Grid | None = None
        versions, seen, held = self._files(), False, set[str]()
        for file in versions:
            try:
                parts = self._parts(file)
                held |= {str(name) for part in parts for name in part.dataset.variables}
                seen = seen or bool(parts)
                if not parts:  # at the times that are wanted
                    continue
                if len(versions) > 1 and not any(p.channels or p.problems for p in parts):
                    notes[f"Left out, as it holds none of the channels: {file}"] = None
                    continue
                for number, fields in enumerate(parts):
                    problems |= fields.problems
                    if len(parts) > 1 and not fields.channels:
                        continue
                    if grid is not None and not same_grid(fields.grid, grid):
                        raise UserError("lies on another grid than the first file.")
                    here = fields.grid
                    note = self._add(file, number, fields)
                    grid = here if grid is None else grid
                    notes |= dict.fromkeys([*fields.notes, *([note] if note else [])])
            except UserError as error:
                if self.far:
                    raise
                self.rejected[file] = str(error).removeprefix(f"{self._at(file)}: ")
        if not seen and not self.rejected:
            raise UserError(f"{self._path}: has none of the times that 'times' asks for.")
        if grid is None and not self.rejected:
            raise UserError(f"{self._path}: no file holds any of the channels.")
        if grid is None:
            name, reason = next(iter(self.rejected.items()))
            raise UserError(f"{self._at(name)}: {reason}")
        for channel, variable in self._names.items():
            if isinstance(variable, str) and variable not in held and not self.rejected:
                raise UserError(
                    f"{self._path}: holds no variable '{variable}', which 'variables' names for "
                    f"{channel}."
                )
        self.grid, self.notes = grid, tuple(notes)
        there = {name for places in self._places.values() for name in places}
        self.channels = tuple(each for each in cam5_channels() if each.name in there)
        self.problems = {name: why for name, why in problems.items() if name not in there}
        self.snapshots = sorted(
            Snapshot(*self._stamps[name], name, _joined(places, versions))
            for name, places in self._places.items()
        )
        self.title = f"{title} ({described(grid)})"

    def __getstate__(self) -> dict[str, object]:
        return {key: value for key, value in self.__dict__.items() if key != "_opened"}

    def _at(self, file: str) -> str | Path:
        return self._path if isinstance(self._path, str) or not file else self._path / file

    def _files(self) -> dict[str, str]:
        """Return the versions of files by their names below the path, "" for the path itself."""
        if isinstance(self._path, str):
            return {"": metadata_version(self._path)}
        if not self._path.is_dir() or is_zarr(self._path):
            return {"": input_version(self._path, hidden=True) or ""}
        return {
            path.relative_to(self._path).as_posix(): input_version(path, hidden=True) or "absent"
            for path in field_files(self._path)
        }

    def _parts(self, file: str) -> list[ClimateFields]:
        if "_opened" not in self.__dict__:
            self._opened = lru_cache(MOST_OPEN)(self._open)
        return self._opened(file)

    def _open(self, file: str) -> list[ClimateFields]:
        parts = open_parts(self._at(file), self._chosen)
        return [ClimateFields(part, self._names) for part in parts]

    def _add(self, file: str, part: int, fields: ClimateFields) -> str | None:
        """Note which channels a file has at which times; return what is to be said of these."""
        times = fields.times
        if times is None:
            raise UserError("tells no times: a variable 'time' with units like 'hours since …'.")
        on_hours, note = on_the_hour(times.values)
        calendars = {time.calendar for _, time in self._stamps.values()} | {on_hours[0].calendar}
        if len(calendars) > 1:
            both = " and ".join(sorted(calendars))
            raise UserError(f"has another calendar than the first file: {both}.")
        run = _run(fields.dataset.attrs)
        first: dict[str, int] = {}
        for index, time in enumerate(on_hours):
            name = time.isoformat() + (f" in run {run}" if run else "")
            if first.setdefault(name, index) != index:
                key = " ".join([*([file] if file else []), name, f"(number {index})"])
                reason = f"is the same time as number {first[name]} of the times."
                self.rejected[key] = reason
                continue
            self._stamps[name] = run, time
            places = self._places.setdefault(name, {})
            for channel in (each.name for each in fields.channels):
                if channel in places:
                    self.rejected[f"{file} {name}"] = (
                        f"holds {channel} at a time at which {places[channel][0]} holds it, too."
                    )
                else:
                    places[channel] = file, part, index
        return note

    def file_of(self, snapshot: Snapshot, channel: str = "") -> str:
        places = self._places[snapshot.name]
        return places[channel][0] if channel in places else min(places.values())[0]

    def read(self, snapshot: Snapshot, channels: Sequence[str]) -> Map:

        self.select(channels)
        places = self._places[snapshot.name]
        together: dict[Place, list[str]] = {}
        for name in channels:
            if name not in places:
                raise UserError(f"{snapshot.name}: holds no {name}, unlike other times.")
            together.setdefault(places[name], []).append(name)
        rows: dict[str, np.ndarray] = {}
        for (file, part, index), names in together.items():
            try:
                read = self._parts(file)[part].read(names, index)
            except UserError as error:
                raise type(error)(f"{snapshot.name}: {error}") from None
            rows |= zip(names, read, strict=True)
        values = np.stack([rows[name] for name in channels])
        labels = np.full(values.shape[1], UNLABELLED, np.uint8)
        return Map(values, labels, f"sha256:{hashlib.sha256(values.data.cast('B')).hexdigest()}")


def field_files(folder: Path) -> list[Path]:
    """Return the zarr stores in a folder, or if there are none all files of fields below it.

    Raises
    ------
    UserError
        If there is neither.
    """
    stores = [path for path in folder.iterdir() if path.is_dir() and is_zarr(path)]
    found = stores or list(files_below(folder, NETCDF + GRIB))
    if not found:
        raise UserError(
            f"{folder}: is no zarr group and holds none, nor files *{', *'.join(NETCDF + GRIB)}."
        )
    return sorted(found)


def _run(attributes: Mapping) -> int:
    """Return the member of an ensemble that a file is of, by CMIP6's attributes."""
    text = str(attributes.get("variant_label", ""))
    if match := re.match(r"r(\d+)i", text):
        return int(match[1])
    return 0


def _joined(places: Mapping[str, Place], versions: Mapping[str, str]) -> str:
    """Return what changes with any of the files of a snapshot."""
    used = sorted({file for file, *_ in places.values()})
    if len(used) == 1:
        return versions[used[0]]
    return hashlib.sha256(" ".join(versions[file] for file in used).encode()).hexdigest()[:16]
