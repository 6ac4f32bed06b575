"""ClimateNet: snapshots labelled by experts (Prabhat et al. 2021, GMD 14, 107).

One netCDF file per labelled snapshot, ``data-YYYY-MM-DD-RR-E.nc``, in folders ``train`` and
``test``: dimensions time (1), lat, lon; one variable per channel by its CAM5 name, and ``LABELS``
with 0 background, 1 tropical cyclone, 2 atmospheric river. RR is the run; E is the
expert who labelled it, so that one map may be there several times.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import cftime
import numpy as np
import xarray as xr

from deepsphere_pipe.channels import CLASSES, Channel, cam5_channels
from deepsphere_pipe.data.sources.naming import base_name, collect, list_files
from deepsphere_pipe.data.sources.snapshot import Map, Snapshot
from deepsphere_pipe.data.sources.source import Source, first_readable, sha256_of
from deepsphere_pipe.data.sources.units import check_units
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap import LatLonGrid

STAMP = re.compile(r"data-(\d{4})-(\d{2})-(\d{2})-(\d{2})-(\d+)\.nc")
LABELS = "LABELS"
DAMAGES = (OSError, ValueError, RuntimeError, KeyError, IndexError, TypeError)


class ClimateNet(Source):
    """A folder of ClimateNet files.

    Parameters
    ----------
    folder
        Folder of files; folders in it (``train``, ``test``) are searched too.

    Raises
    ------
    UserError
        If there are no files, or none holds any channel.
    """

    grid: LatLonGrid

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        files = list_files(self._folder, ".nc")
        self.snapshots, self.rejected = collect(files, self._run_and_time, _expert)
        self.grid, self.channels = first_readable(self, self._grid_and_channels)
        self.title = f"ClimateNet ({self.grid.shape[0]} x {self.grid.shape[1]} grid)"

    def _run_and_time(self, name: str) -> tuple[int, cftime.DatetimeNoLeap]:
        match = STAMP.fullmatch(base_name(name))
        if match is None:
            raise UserError("the name is not of the form data-YYYY-MM-DD-RR-E.nc.")
        year, month, day, run, _ = map(int, match.groups())
        try:
            time = cftime.DatetimeNoLeap(year, month, day)
        except ValueError:
            raise UserError("no such date in a calendar without leap days.") from None
        return run, time.replace(hour=self._hour(name, time))

    def _hour(self, name: str, day: cftime.DatetimeNoLeap) -> int:
        """Return the hour that the file tells, 0 if it tells none of that day."""
        try:
            with xr.open_dataset(self._folder / name) as file:
                time = file["time"].values.ravel()[0]
            stamp = np.datetime64(time) if not hasattr(time, "hour") else time
            text = str(stamp)
        except DAMAGES:
            return 0
        found = re.match(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2})", text)
        same_day = found and tuple(map(int, found.groups()[:3])) == (day.year, day.month, day.day)
        return int(found[4]) if found and same_day else 0

    def _grid_and_channels(self, snapshot: Snapshot) -> tuple[LatLonGrid, tuple[Channel, ...]]:
        with self._open(snapshot) as file:
            channels = tuple(channel for channel in cam5_channels() if channel.name in file)
            if not channels:
                raise UserError(f"{snapshot.name}: holds none of the CAM5 channels.")
            return self._grid(file, snapshot), channels

    def _grid(self, file: xr.Dataset, snapshot: Snapshot) -> LatLonGrid:
        if "lat" not in file.coords or "lon" not in file.coords:
            raise UserError(f"{snapshot.name}: has no coordinates 'lat' and 'lon'.")
        return LatLonGrid(file["lat"].values, file["lon"].values)

    def _open(self, snapshot: Snapshot) -> xr.Dataset:
        try:
            return xr.open_dataset(self._folder / snapshot.name, decode_times=False)
        except DAMAGES as error:
            raise UserError(f"{snapshot.name}: cannot be read as netCDF ({error}).") from None

    def read(self, snapshot: Snapshot, channels: Sequence[str]) -> Map:

        selected = self.select(channels)
        with self._open(snapshot) as file:
            grid = self._grid(file, snapshot)
            if not np.array_equal(grid.latitudes, self.grid.latitudes) or not np.array_equal(
                grid.longitudes, self.grid.longitudes
            ):
                raise UserError(f"{snapshot.name}: lies on another grid than the first file.")
            fields = np.empty((len(selected), grid.latitudes.size * grid.longitudes.size), "f4")
            for row, channel in zip(fields, selected, strict=True):
                row[:] = self._values(file, channel.name, snapshot)
                check_units(snapshot.name, channel, file[channel.name].attrs.get("units"))
            labels = self._values(file, LABELS, snapshot)
        if not np.isin(labels, range(len(CLASSES))).all():
            raise UserError(f"{snapshot.name}: labels other than 0, 1 and 2.")
        checksum = sha256_of(self._folder / snapshot.name)
        return Map(fields, labels.astype(np.uint8), checksum)

    def _values(self, file: xr.Dataset, name: str, snapshot: Snapshot) -> np.ndarray:
        if name not in file:
            raise UserError(f"{snapshot.name}: holds no variable {name}.")
        variable = file[name]
        if variable.sizes.get("time", 1) > 1:
            raise UserError(
                f"{snapshot.name}: holds {variable.sizes['time']} times; write one file for each."
            )
        if "time" in variable.dims:
            variable = variable.isel(time=0)
        shape = {"lat": len(self.grid.latitudes), "lon": len(self.grid.longitudes)}
        if dict(variable.sizes) != shape or variable.dtype.kind not in "fiu":
            raise UserError(
                f"{snapshot.name}: {name} has dimensions {dict(variable.sizes)} and type "
                f"{variable.dtype}, not numbers on {shape}."
            )
        try:
            return variable.transpose("lat", "lon").values.ravel()
        except DAMAGES as error:
            raise UserError(f"{snapshot.name}: {name} is damaged ({error}).") from None


def _expert(name: str) -> str:
    return base_name(name).removesuffix(".nc").rpartition("-")[2]
