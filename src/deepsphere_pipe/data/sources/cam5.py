"""CAM5 segmentation HDF5: layout, grid, reading and writing.

One file holds one three-hourly snapshot, ``data-YYYY-MM-DD-HH-R.h5``. ``climate/data`` is
(16, lat, lon) or, in the ISC19 and DeepCAM variant, (lat, lon, 16) float32. Labels are (lat, lon):
0 background, 1 tropical cyclone, 2 atmospheric river; ``climate/labels`` or ``climate/labels_0``
come from the default thresholds of the heuristics, ``climate/labels_1`` from relaxed ones. The
files carry no checksums: what is damaged in their values cannot be noticed, what is damaged in
their structure is.
"""

import zlib
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from deepsphere_pipe.channels import CHANNEL_NAMES, CLASSES, cam5_channels
from deepsphere_pipe.data.sources.listing import file_version
from deepsphere_pipe.data.sources.naming import collect, list_files, parse_name
from deepsphere_pipe.data.sources.snapshot import Map, Snapshot
from deepsphere_pipe.data.sources.source import Source, first_readable, sha256_of
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap import LatLonGrid

DATA = "climate/data"
LABELS = {
    "default": ("climate/labels", "climate/labels_0"),
    "relaxed": ("climate/labels_1",),
}
"""Data sets that hold each set of labels; the first that exists is read."""

MOST_POINTS = 50_000_000
"""A file that claims a finer grid than 0.04 degrees is damaged, or meant to fill the memory."""


class Cam5(Source):
    """A folder of CAM5 files.

    Parameters
    ----------
    folder : path-like
        Folder of files ``data-YYYY-MM-DD-HH-R.h5``; folders in it are searched too.
    labels : {"default", "relaxed"}
        Which set of labels is read.
    title : str
        What the data is called.

    Raises
    ------
    UserError
        If there are no files.
    """

    channels = cam5_channels()

    def __init__(
        self,
        folder: str | Path,
        labels: str = "default",
        title: str = "CAM5 segmentation snapshots",
    ) -> None:
        self._folder = Path(folder)
        self._labels = labels
        self.options = {"labels": labels}
        files = list_files(self._folder, ".h5")
        named = [(path.relative_to(self._folder).as_posix(), file_version(path)) for path in files]
        self.snapshots, self.misfits = collect(named, parse_name)
        self.place = first_readable(self, lambda s: read_grid(self._folder / s.name))
        self.title = f"{title} ({self.place.shape[0]} x {self.place.shape[1]} grid)"

    def read(self, snapshot: Snapshot, channels: Sequence[str]) -> Map:
        """Read one file; see `Source.read`."""
        path = self._folder / snapshot.name
        # First the sum, in one pass through the file: HDF5 then reads what is in memory already.
        checksum = sha256_of(path)
        fields, labels = _read(path, channels, self._labels, self.place.shape)
        return Map(fields.reshape(len(channels), -1), labels.reshape(-1), checksum)


def grid_axes(n_lat, n_lon):
    """Return latitudes from −90 to 90, poles included, and longitudes from 0 eastward."""
    # Integers first: linspace of odd lengths would differ in the last bit from one n to the next.
    lat = (np.arange(n_lat) * 180.0) / (n_lat - 1) - 90.0
    return lat, (np.arange(n_lon) * 360.0) / n_lon


def read_grid(path):
    """Return the :class:`LatLonGrid` of a file."""
    with _open(path) as file:
        return LatLonGrid(*grid_axes(*_layout(file, path)[2]))


def read_snapshot(path, channels=CHANNEL_NAMES, labels="default"):
    """Read one file.

    Parameters
    ----------
    path : path-like
    channels : sequence of str
        Names of the channels wanted, in this order; by default all sixteen.
    labels : {"default", "relaxed"}

    Returns
    -------
    fields : ndarray (channel, lat, lon) of float32
    labels : ndarray (lat, lon) of uint8
    """
    return _read(path, channels, labels, None)


def _open(path):
    try:
        return h5py.File(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as HDF5 ({error}).") from None


def _layout(file, path, label_set="default"):
    """Return the data sets of fields and labels, and the shape (n_lat, n_lon)."""
    try:
        data = file.get(DATA)
        names = [name for name in LABELS[label_set] if name in file]
        labels = file[names[0]] if names else None
    except (OSError, KeyError, RuntimeError) as error:
        raise UserError(f"{path}: damaged HDF5 structure ({error}).") from None
    if not isinstance(data, h5py.Dataset):
        raise UserError(f"{path}: no data set {DATA} in this file.")
    if not isinstance(labels, h5py.Dataset):
        raise UserError(f"{path}: no data set {' or '.join(LABELS[label_set])} in this file.")
    if data.dtype.kind not in "fiu" or labels.dtype.kind not in "fiu":
        raise UserError(
            f"{path}: fields of type {data.dtype} and labels of type {labels.dtype}; both must be "
            "numbers."
        )
    n = len(CHANNEL_NAMES)
    if data.ndim == 3 and n in (data.shape[0], data.shape[2]):
        grid = data.shape[1:] if data.shape[0] == n else data.shape[:2]
    else:
        raise UserError(
            f"{path}: {DATA} has shape {data.shape}, not ({n}, lat, lon) or (lat, lon, {n})."
        )
    if labels.shape != grid:
        raise UserError(f"{path}: labels have shape {labels.shape}, but the fields {grid}.")
    if np.prod(grid, dtype=float) > MOST_POINTS:
        raise UserError(f"{path}: a grid of {grid[0]} x {grid[1]} points is finer than any CAM5.")
    return data, labels, grid


def _read(path, channels, label_set, shape):
    unknown = [name for name in channels if name not in CHANNEL_NAMES]
    if unknown:
        raise UserError(f"Unknown channel {unknown[0]!r}; there are {', '.join(CHANNEL_NAMES)}.")
    with _open(path) as file:
        data, labels, grid = _layout(file, path, label_set)
        if shape is not None and grid != shape:
            raise UserError(
                f"{path}: has a grid of {grid} points, but the first snapshot has {shape}; keep "
                "one grid to a folder."
            )
        try:
            fields, classes = data[()], labels[()]
        except (OSError, RuntimeError, ValueError) as error:
            raise UserError(f"{path}: damaged HDF5 data ({error}).") from None
    if fields.shape[0] != len(CHANNEL_NAMES):
        fields = np.moveaxis(fields, 2, 0)
    if not np.isin(classes, range(len(CLASSES))).all():
        raise UserError(f"{path}: labels other than 0, 1 and 2.")
    if tuple(channels) != CHANNEL_NAMES:
        fields = fields[[CHANNEL_NAMES.index(name) for name in channels]]
    return np.ascontiguousarray(fields, dtype=np.float32), classes.astype(np.uint8)


def write_snapshot(path, fields, labels):
    """Write one file in the native layout, channels first, losslessly compressed.

    Parameters
    ----------
    path : path-like
    fields : ndarray (16, lat, lon)
    labels : ndarray (lat, lon)
    """
    packing = {"compression": "gzip", "compression_opts": 1, "track_times": False}
    fields = np.ascontiguousarray(fields, dtype="<f4")
    labels = np.asarray(labels, dtype=np.uint8)
    chunk = (1, *labels.shape)
    with h5py.File(path, "w") as file:
        data = file.create_dataset(
            DATA, fields.shape, fields.dtype, chunks=chunk, shuffle=True, **packing
        )
        # What the filters would do, faster: all that repeats in shuffled floats is single bytes.
        for i, field in enumerate(fields):
            shuffled = np.ascontiguousarray(field.view(np.uint8).reshape(-1, 4).T)
            packer = zlib.compressobj(level=1, strategy=zlib.Z_RLE)
            data.id.write_direct_chunk((i, 0, 0), packer.compress(shuffled) + packer.flush())
        file.create_dataset(LABELS["default"][0], data=labels, chunks=labels.shape, **packing)
