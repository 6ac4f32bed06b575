"""Writing the packed store: the place of every map is known before anything is written."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cftime
import h5py
import netCDF4
import numpy as np

from deepsphere_pipe.channels import CLASSES, UNLABELLED, Channel
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.data.store import TIME_UNITS
from deepsphere_pipe.runtime.conventions import CONVENTIONS
from deepsphere_pipe.samplings import Sampling
from deepsphere_pipe.samplings.metadata import data_attributes, write_mesh


@dataclass(frozen=True)
class StoreLayout:
    """Where maps lie in a file that `allocate_store` made."""

    n_maps: int
    n_channels: int
    n_vertices: int
    fields_offset: int  # first bytes of the fields and labels of the first map
    labels_offset: int

    @classmethod
    def of(cls, path: Path) -> "StoreLayout":
        """Return the layout of a store."""
        with h5py.File(path) as file:
            offsets = [file[name].id.get_offset() for name in ("fields", "labels")]
            return cls(*file["fields"].shape, *offsets)

    def write(self, file: int, index: int, fields: np.ndarray, labels: np.ndarray) -> None:
        """Write fields (channel, vertex) and labels (vertex,) of one map to a file descriptor.

        Different maps may be written by different processes at once.
        """
        for values, kind, shape, offset in (
            (fields, "<f4", (self.n_channels, self.n_vertices), self.fields_offset),
            (labels, "u1", (self.n_vertices,), self.labels_offset),
        ):
            if values.shape != shape:
                raise ValueError(f"values of shape {values.shape} where {shape} is stored")
            content = np.ascontiguousarray(values, kind).data.cast("B")
            _write_all(file, content, offset + index * len(content))

    def copy(self, source: int, index: int, target: int, layout: "StoreLayout", to: int) -> None:
        """Copy map `index` of one file to map `to` of another of `layout`."""
        fields = 4 * self.n_channels * self.n_vertices
        for size, here, there in (
            (fields, self.fields_offset, layout.fields_offset),
            (self.n_vertices, self.labels_offset, layout.labels_offset),
        ):
            content = os.pread(source, size, here + index * size)
            _write_all(target, memoryview(content), there + to * size)


def allocate_store(
    path: str | Path,
    snapshots: Sequence[Snapshot],
    channels: Sequence[Channel],
    sampling: Sampling,
    title: str,
) -> StoreLayout:
    """Write a store without its maps, in place.

    Parameters
    ----------
    path
        The file.
    snapshots, channels, sampling
        What the maps will be, in their order, and where their vertices are.
    title
        What the data is, in words that every table repeats.
    """
    n = {"time": len(snapshots), "channel": len(channels), "vertex": sampling.n_vertices}
    with netCDF4.Dataset(path, "w") as file:
        file.setncatts(
            {"Conventions": CONVENTIONS, "title": title, "sampling": sampling.identifier}
        )
        for name, size in n.items():
            file.createDimension(name, size)
        _coordinates(file, snapshots, channels, sampling)
        fields = file.createVariable("fields", "<f4", tuple(n), contiguous=True, fill_value=False)
        fields.long_name = "fields in the units of their channel"
        fields.coordinates = "run channel_name units longitude latitude"
        fields.setncatts(data_attributes(sampling))
        labels = file.createVariable(
            "labels", "u1", ("time", "vertex"), contiguous=True, fill_value=False
        )
        labels.flag_values = np.arange(len(CLASSES), dtype="u1")
        labels.flag_meanings = " ".join(CLASSES)
        labels.missing_value = np.uint8(UNLABELLED)
        labels.coordinates = "run longitude latitude"
        labels.setncatts(data_attributes(sampling))
        # The last value makes the library reserve the room.
        fields[-1, -1, -1:] = 0
        labels[-1, -1:] = 0
    return StoreLayout.of(Path(path))


def _coordinates(file: netCDF4.Dataset, snapshots, channels, sampling: Sampling) -> None:
    calendar = snapshots[0].time.calendar
    time = file.createVariable("time", "f8", ("time",))
    time.setncatts({"units": TIME_UNITS, "calendar": calendar, "standard_name": "time"})
    time[:] = [cftime.date2num(s.time, TIME_UNITS, calendar) for s in snapshots]
    run = file.createVariable("run", "i4", ("time",))
    run.long_name = "ensemble run"
    run[:] = [snapshot.run for snapshot in snapshots]
    for name, dimension, long_name, values in (
        ("source_file", "time", "file of the snapshot", [s.name for s in snapshots]),
        ("channel_name", "channel", "short name of the channel", [c.name for c in channels]),
        ("units", "channel", "units of the channel", [c.units for c in channels]),
    ):
        # Characters: re-opening a file with variable-length strings crashes in HDF5 2.2.
        width = max(len(value.encode()) for value in values)
        file.createDimension(f"{name}_length", width)
        variable = file.createVariable(name, "S1", (dimension, f"{name}_length"))
        variable.long_name = long_name
        variable._Encoding = "utf-8"
        variable[:] = np.array(values, dtype=f"U{width}")
    write_mesh(file, sampling)


def _write_all(file: int, content: memoryview, offset: int) -> None:
    while content:
        written = os.pwrite(file, content, offset)
        content, offset = content[written:], offset + written
