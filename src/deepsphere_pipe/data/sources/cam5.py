"""Reading CAM5 segmentation HDF5; `cam5_format` describes the files."""

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from deepsphere_pipe.channels import CHANNEL_NAMES, CLASSES, UNLABELLED, cam5_channels
from deepsphere_pipe.data.sources.cam5_format import DATA, LABELS, grid_axes
from deepsphere_pipe.data.sources.naming import collect, list_files, parse_name, strangers
from deepsphere_pipe.data.sources.snapshot import Map, Snapshot
from deepsphere_pipe.data.sources.source import (
    Source,
    first_readable,
    sha256_of,
    without_labels,
)
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap import LatLonGrid

MAX_POINTS = 50_000_000
"""A file that claims a finer grid than 0.04 degrees is damaged, or meant to fill the memory."""


class Cam5(Source):
    """A folder of CAM5 files.

    Parameters
    ----------
    folder
        Folder of files ``data-YYYY-MM-DD-HH-R.h5``; folders in it are searched too.
    labels
        Which set of labels is read, "default" or "relaxed".
    title
        What the data is called.

    Raises
    ------
    UserError
        If there are no files.
    """

    channels = cam5_channels()
    grid: LatLonGrid

    def __init__(
        self,
        folder: str | Path,
        labels: str = "default",
        title: str = "CAM5 segmentation snapshots",
    ) -> None:
        self._folder = Path(folder)
        self._labels = labels
        self.options = {"labels": labels}
        self.snapshots, self.rejected = collect(list_files(self._folder, ".h5"), parse_name)
        self.grid, self._labelled = first_readable(self, self._grid_and_labelled)
        self.notes = without_labels(self._labelled) + strangers(self._folder, ".h5")
        self.title = f"{title} ({self.grid.shape[0]} x {self.grid.shape[1]} grid)"

    def read(self, snapshot: Snapshot, channels: Sequence[str]) -> Map:
        chosen = [CHANNEL_NAMES.index(channel.name) for channel in self.select(channels)]
        path = self._folder / snapshot.name
        # First the sum, in one pass through the file: HDF5 then reads what is in memory already.
        checksum = sha256_of(path)
        with _open(path) as file:
            data, labels, shape = _layout(file, path, self._labels)
            if shape != self.grid.shape:
                raise UserError(
                    f"{path}: has a grid of {shape} points, but the first snapshot has "
                    f"{self.grid.shape}; keep one grid to a folder."
                )
            if (labels is not None) != self._labelled:
                found = "no data set" if labels is None else "labels, unlike the first snapshot:"
                raise UserError(f"{path}: {found} {' or '.join(LABELS[self._labels])}.")
            try:
                fields = data[()]
                classes = np.full(shape, UNLABELLED) if labels is None else labels[()]
            except (OSError, RuntimeError, ValueError) as error:
                raise UserError(f"{path}: damaged HDF5 data ({error}).") from None
        if fields.shape[0] != len(CHANNEL_NAMES):
            fields = np.moveaxis(fields, 2, 0)
        if labels is not None and not np.isin(classes, range(len(CLASSES))).all():
            raise UserError(f"{path}: labels other than 0, 1 and 2.")
        if tuple(channels) != CHANNEL_NAMES:
            fields = fields[chosen]
        fields = np.ascontiguousarray(fields, dtype=np.float32).reshape(len(chosen), -1)
        return Map(fields, classes.astype(np.uint8).reshape(-1), checksum)

    def _grid_and_labelled(self, snapshot: Snapshot) -> tuple[LatLonGrid, bool]:
        path = self._folder / snapshot.name
        with _open(path) as file:
            _, labels, shape = _layout(file, path, self._labels)
            return LatLonGrid(*grid_axes(*shape)), labels is not None


def contents(path: str | Path) -> tuple[tuple[int, int], list[str]]:
    """Return (n_lat, n_lon) of one file, and which of the sets of labels it has.

    Raises
    ------
    UserError
        If it is no such file.
    """
    with _open(path) as file:
        sets = [name for name, places in LABELS.items() if any(each in file for each in places)]
        return _layout(file, path, "default")[2], sets


def _open(path: str | Path) -> h5py.File:
    try:
        return h5py.File(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as HDF5 ({error}).") from None


def _layout(
    file: h5py.File, path: str | Path, label_set: str
) -> tuple[h5py.Dataset, h5py.Dataset | None, tuple[int, int]]:
    """Return the data sets of fields and of labels, if there are any, and (n_lat, n_lon)."""
    try:
        data = file.get(DATA)
        names = [name for name in LABELS[label_set] if name in file]
        labels = file[names[0]] if names else None
    except (OSError, KeyError, RuntimeError) as error:
        raise UserError(f"{path}: damaged HDF5 structure ({error}).") from None
    if not isinstance(data, h5py.Dataset):
        raise UserError(f"{path}: no data set {DATA} in this file.")
    if labels is None and label_set == "default":
        return data, None, _grid_shape(data, path)
    if not isinstance(labels, h5py.Dataset):
        raise UserError(f"{path}: no data set {' or '.join(LABELS[label_set])} in this file.")
    if labels.dtype.kind not in "fiu":
        raise UserError(f"{path}: labels of type {labels.dtype}, which must be numbers.")
    grid = _grid_shape(data, path)
    if labels.shape != grid:
        raise UserError(f"{path}: labels have shape {labels.shape}, but the fields {grid}.")
    return data, labels, grid


def _grid_shape(data: h5py.Dataset, path: str | Path) -> tuple[int, int]:
    """Return (n_lat, n_lon) of the fields."""
    if data.dtype.kind not in "fiu":
        raise UserError(f"{path}: fields of type {data.dtype}, which must be numbers.")
    n = len(CHANNEL_NAMES)
    if data.ndim == 3 and n in (data.shape[0], data.shape[2]):
        grid = data.shape[1:] if data.shape[0] == n else data.shape[:2]
    else:
        raise UserError(
            f"{path}: {DATA} has shape {data.shape}, not ({n}, lat, lon) or (lat, lon, {n})."
        )
    if not 2 <= grid[0] <= grid[1]:
        raise UserError(
            f"{path}: a grid of {grid[0]} latitudes and {grid[1]} longitudes; the axes may be in "
            "another order."
        )
    if np.prod(grid, dtype=float) > MAX_POINTS:
        raise UserError(f"{path}: a grid of {grid[0]} x {grid[1]} points is finer than any CAM5.")
    return grid
