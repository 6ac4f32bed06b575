"""The packed store ``maps.nc``: every snapshot of one source on one sampling.

One netCDF-4 file with dimensions (time, channel, vertex), one uncompressed chunk per map, so
that a random map is one read. It opens with xarray; `Store` is the fast way in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cftime
import netCDF4
import numpy as np

from deepsphere_pipe.atomic import atomic_write
from deepsphere_pipe.data.channels import CLASSES, Channel
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import Sampling
from deepsphere_pipe.samplings.metadata import data_attributes, write_mesh

CALENDAR = "noleap"
TIME_UNITS = "hours since 2000-01-01 00:00:00"
UNLABELLED = 255


@dataclass(frozen=True)
class MapTime:
    """When and in which run a snapshot was taken: a no-leap time stamp and a run number."""

    time: cftime.DatetimeNoLeap
    run: int


def write_store(
    path: str | Path,
    times: list[MapTime],
    maps: Iterable[tuple[np.ndarray, np.ndarray]],
    channels: tuple[Channel, ...],
    sampling: Sampling,
    title: str,
) -> None:
    """Write all maps of a source, in the order of `times`.

    Parameters
    ----------
    path : path-like
        The file to write; it appears only when it is complete.
    times : list of MapTime
        Time stamp and run of each map.
    maps : iterable of (fields, labels)
        float32 (channel, vertex) in the units of `channels`, and integers (vertex,).
    channels : tuple of Channel
        What the fields are.
    sampling : Sampling
        Where the vertices are.
    title : str
        What the data is, in words that every table repeats.
    """
    with atomic_write(path) as temporary, netCDF4.Dataset(temporary, "w") as file:
        file.setncatts({"Conventions": "CF-1.11", "title": title, "sampling": sampling.identifier})
        n = {"time": len(times), "channel": len(channels), "vertex": sampling.n_vertices}
        for name, size in n.items():
            file.createDimension(name, size)
        _coordinates(file, times, channels, sampling)
        fields = file.createVariable(
            "fields", "f4", ("time", "channel", "vertex"), chunksizes=(1, n["channel"], n["vertex"])
        )
        fields.long_name = "fields in the units of their channel"
        fields.coordinates = "run channel_name units longitude latitude"
        fields.setncatts(data_attributes(sampling))
        labels = file.createVariable(
            "labels", "u1", ("time", "vertex"), chunksizes=(1, n["vertex"]), fill_value=UNLABELLED
        )
        labels.flag_values = np.arange(len(CLASSES), dtype="u1")
        labels.flag_meanings = " ".join(CLASSES)
        labels.coordinates = "run longitude latitude"
        labels.setncatts(data_attributes(sampling))
        written = 0
        for written, (map_fields, map_labels) in enumerate(maps, start=1):
            fields[written - 1] = map_fields
            labels[written - 1] = map_labels
        if written != len(times):
            raise ValueError(f"{len(times)} time stamps, but {written} maps")


def _coordinates(file: netCDF4.Dataset, times, channels, sampling: Sampling) -> None:
    time = file.createVariable("time", "f8", ("time",))
    time.setncatts({"units": TIME_UNITS, "calendar": CALENDAR, "standard_name": "time"})
    time[:] = [cftime.date2num(t.time, TIME_UNITS, CALENDAR) for t in times]
    run = file.createVariable("run", "i4", ("time",))
    run.long_name = "ensemble run"
    run[:] = [t.run for t in times]
    for name, values in (
        ("channel_name", [channel.name for channel in channels]),
        ("units", [channel.units for channel in channels]),
    ):
        # Characters: re-opening a file with variable-length strings crashes in HDF5 2.2.
        width = max(map(len, values))
        file.createDimension(f"{name}_length", width)
        variable = file.createVariable(name, "S1", ("channel", f"{name}_length"))
        variable._Encoding = "utf-8"
        variable[:] = np.array(values, dtype=f"U{width}")
    write_mesh(file, sampling)


class Store:
    """Read access to a packed store; use it as a context manager.

    Attributes
    ----------
    times : ndarray of cftime.DatetimeNoLeap, (time,)
    hours : ndarray of int64, (time,)
        The same in hours since a fixed epoch, for arithmetic.
    runs : ndarray of int, (time,)
    channels : tuple of str
    sampling : str
        Identifier of the sampling, vertex order included.
    title : str

    Raises
    ------
    UserError
        If the file is missing or is no store.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self._file = netCDF4.Dataset(self.path)
            self._fields = self._file["fields"]
            self._labels = self._file["labels"]
            stamps = self._file["time"]
            self.times = cftime.num2date(stamps[:].data, stamps.units, stamps.calendar)
            self.runs = self._file["run"][:].data
            self.channels = tuple(map(str, self._file["channel_name"][:]))
            self.sampling, self.title = self._file.sampling, self._file.title
        except (OSError, IndexError, AttributeError) as error:
            raise UserError(
                f"{self.path}: is not a store of maps ({error}); make it with 'prepare'."
            ) from None
        self.hours = np.rint(cftime.date2num(self.times, TIME_UNITS, CALENDAR)).astype(np.int64)
        for variable in (self._fields, self._labels):
            variable.set_auto_maskandscale(False)  # masks cost more than the read itself

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self.runs)

    @property
    def years(self) -> np.ndarray:
        """Model year of each map, (time,)."""
        return np.array([time.year for time in self.times])

    @property
    def n_vertices(self) -> int:
        """Vertices of a map."""
        return self._fields.shape[2]

    def fields(self, index: int) -> np.ndarray:
        """Return one map, float32 (channel, vertex)."""
        return self._fields[index]

    def labels(self, index: int) -> np.ndarray:
        """Return the labels of one map, uint8 (vertex,)."""
        return self._labels[index]
