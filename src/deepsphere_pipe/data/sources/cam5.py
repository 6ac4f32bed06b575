"""CAM5 segmentation HDF5: file names, layout, grid, reading and writing.

One file holds one three-hourly snapshot, ``data-YYYY-MM-DD-HH-R.h5``: HH is the slot of the day
(00 to 07), R the run of the ensemble. ``climate/data`` is (16, lat, lon) or, in the ISC19 and
DeepCAM variant, (lat, lon, 16) float32; ``climate/labels`` or ``climate/labels_0`` is
(lat, lon): 0 background, 1 tropical cyclone, 2 atmospheric river. The calendar has no leap day.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from deepsphere_pipe.data.channels import CHANNEL_NAMES, CLASSES
from deepsphere_pipe.errors import UserError

SLOTS_PER_DAY = 8
MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
NAME = re.compile(r"data-(\d{4})-(\d{2})-(\d{2})-(\d{2})-(\d+)\.h5")
DATA = "climate/data"
LABELS = ("climate/labels", "climate/labels_0")


@dataclass(frozen=True)
class Snapshot:
    """One file: its path, its time and its run."""

    path: Path
    year: int
    month: int
    day: int
    slot: int
    run: int

    @property
    def time(self):
        """(year, month, day, slot)."""
        return self.year, self.month, self.day, self.slot


def snapshot_name(year, month, day, slot, run):
    """Return the name of the file of a snapshot."""
    return f"data-{year:04d}-{month:02d}-{day:02d}-{slot:02d}-{run}.h5"


def parse_name(path):
    """Return the :class:`Snapshot` that a file's name tells.

    Raises
    ------
    UserError
        If the name is not that of a CAM5 snapshot or its date does not exist.
    """
    path = Path(path)
    match = NAME.fullmatch(path.name)
    if match is None:
        raise UserError(f"{path}: the name is not of the form data-YYYY-MM-DD-HH-R.h5.")
    year, month, day, slot, run = map(int, match.groups())
    if not (1 <= month <= 12 and 1 <= day <= MONTH_LENGTHS[month - 1] and slot < SLOTS_PER_DAY):
        raise UserError(
            f"{path}: no such date in a calendar without leap days with 8 slots (00 to 07) a day."
        )
    return Snapshot(path, year, month, day, slot, run)


def list_snapshots(folder):
    """Return the snapshots of ``folder`` sorted by run and time.

    Other files than ``*.h5`` are left alone.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder of CAM5 files.")
    snapshots = [parse_name(path) for path in folder.glob("*.h5")]
    if not snapshots:
        raise UserError(f"{folder}: no CAM5 files (data-YYYY-MM-DD-HH-R.h5) in this folder.")
    return sorted(snapshots, key=lambda snapshot: (snapshot.run, snapshot.time))


def grid_axes(n_lat, n_lon):
    """Return latitudes from −90 to 90, poles included, and longitudes from 0 eastward."""
    # Integers first: linspace of odd lengths would differ in the last bit from one n to the next.
    lat = (np.arange(n_lat) * 180.0) / (n_lat - 1) - 90.0
    return lat, (np.arange(n_lon) * 360.0) / n_lon


def _layout(file, path):
    """Return the data set, whether channels are last, the label data set and (n_lat, n_lon)."""
    data = file.get(DATA)
    labels = next((file[name] for name in LABELS if name in file), None)
    if not isinstance(data, h5py.Dataset):
        raise UserError(f"{path}: no data set {DATA} in this file.")
    if not isinstance(labels, h5py.Dataset):
        raise UserError(f"{path}: neither {LABELS[0]} nor {LABELS[1]} in this file.")
    n = len(CHANNEL_NAMES)
    if data.ndim == 3 and data.shape[0] == n:
        channels_last, grid = False, data.shape[1:]
    elif data.ndim == 3 and data.shape[2] == n:
        channels_last, grid = True, data.shape[:2]
    else:
        raise UserError(
            f"{path}: {DATA} has shape {data.shape}, not ({n}, lat, lon) or (lat, lon, {n})."
        )
    if labels.shape != grid:
        raise UserError(f"{path}: labels have shape {labels.shape}, but the fields {grid}.")
    return data, channels_last, labels, grid


def _open(path):
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise UserError(f"{path}: cannot be read as HDF5 ({error}).") from error


def read_grid(path):
    """Return the latitudes and longitudes (degrees) of a file's grid."""
    with _open(path) as file:
        return grid_axes(*_layout(file, path)[3])


def read_snapshot(path, channels=None):
    """Read one file.

    Parameters
    ----------
    path : path-like
    channels : sequence of str, optional
        Names of the channels wanted, in this order; by default all sixteen.

    Returns
    -------
    fields : ndarray (channel, lat, lon) of float32
    labels : ndarray (lat, lon) of uint8
    """
    names = CHANNEL_NAMES if channels is None else tuple(channels)
    unknown = [name for name in names if name not in CHANNEL_NAMES]
    if unknown:
        raise UserError(f"Unknown channel {unknown[0]!r}; there are {', '.join(CHANNEL_NAMES)}.")
    index = [CHANNEL_NAMES.index(name) for name in names]
    with _open(path) as file:
        data, channels_last, labels, _ = _layout(file, path)
        try:
            fields, classes = data[()], labels[()]
        except OSError as error:
            raise UserError(f"{path}: damaged HDF5 data ({error}).") from error
    if channels_last:
        fields = np.moveaxis(fields, 2, 0)
    if not (classes >= 0).all() or not (classes < len(CLASSES)).all():
        raise UserError(f"{path}: labels other than 0, 1 and 2.")
    fields = fields if channels is None else fields[index]
    return np.ascontiguousarray(fields, dtype=np.float32), classes.astype(np.uint8)


def write_snapshot(path, fields, labels):
    """Write one file in the native layout, channels first, losslessly compressed.

    Parameters
    ----------
    path : path-like
    fields : ndarray (16, lat, lon)
    labels : ndarray (lat, lon)
    """
    fields = np.asarray(fields, dtype=np.float32)
    with h5py.File(path, "w") as file:
        file.create_dataset(
            DATA,
            data=fields,
            chunks=(1, *fields.shape[1:]),
            compression="gzip",
            compression_opts=1,
            shuffle=True,
            track_times=False,
        )
        labels = np.asarray(labels, dtype=np.uint8)
        file.create_dataset(
            LABELS[0],
            data=labels,
            chunks=labels.shape,
            compression="gzip",
            compression_opts=1,
            track_times=False,
        )
