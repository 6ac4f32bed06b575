"""From native snapshots on a latitude-longitude grid to the packed store on a sampling."""

from collections.abc import Iterator
from pathlib import Path

import cftime
import numpy as np
from scipy import sparse
from tqdm import tqdm

from deepsphere_pipe.data.channels import CHANNEL_NAMES, CLASSES, cam5_channels
from deepsphere_pipe.data.sources import cam5
from deepsphere_pipe.data.store import MapTime, write_store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap import area_shares, majority, make_remapping
from deepsphere_pipe.samplings import LatLonGrid, Sampling

TITLES = {"synthetic": "synthetic twin of CAM5", "cam5": "CAM5 segmentation snapshots"}


def prepare(
    source: str,
    folder: str | Path,
    sampling: Sampling,
    out: str | Path,
    channels: tuple[str, ...] = CHANNEL_NAMES,
    remapping: str = "bilinear",
    progress: bool = True,
) -> None:
    """Remap every snapshot of a folder and pack them into one store.

    A vertex gets the class that covers most of its cell.

    Parameters
    ----------
    source : {"synthetic", "cam5"}
        Both have the CAM5 layout; the name goes into the title of the store.
    folder : path-like
        Folder of snapshots.
    sampling : Sampling
        Where the maps are wanted.
    out : path-like
        The store to write.
    channels : tuple of str
        Channels to keep, in this order.
    remapping : {"bilinear", "nearest", "conservative"}
        How fields come to the vertices.
    progress : bool
        Whether to show a progress bar.

    Raises
    ------
    UserError
        If there are no snapshots or one of them is malformed.
    """
    snapshots = cam5.list_snapshots(folder)
    grid = LatLonGrid(*cam5.read_grid(snapshots[0].path))
    table = {channel.name: channel for channel in cam5_channels()}
    write_store(
        out,
        [_map_time(snapshot) for snapshot in snapshots],
        _remapped(
            tqdm(snapshots, desc="prepare", unit="map", disable=not progress, mininterval=2),
            grid,
            sampling,
            channels,
            remapping,
        ),
        tuple(table[name] for name in channels),
        sampling,
        f"{TITLES[source]} ({len(grid.latitudes)} x {len(grid.longitudes)} grid)",
    )


def _map_time(snapshot: cam5.Snapshot) -> MapTime:
    hour = snapshot.slot * 24 // cam5.SLOTS_PER_DAY
    time = cftime.DatetimeNoLeap(snapshot.year, snapshot.month, snapshot.day, hour)
    return MapTime(time, snapshot.run)


def _remapped(
    snapshots, grid: LatLonGrid, sampling: Sampling, channels: tuple[str, ...], remapping: str
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    fields_matrix: sparse.csr_array = make_remapping(remapping, grid, sampling)
    shares: sparse.csr_array = area_shares(grid, sampling)
    shape = (len(grid.latitudes), len(grid.longitudes))
    for snapshot in snapshots:
        fields, labels = cam5.read_snapshot(snapshot.path, channels)
        if fields.shape[1:] != shape:
            raise UserError(
                f"{snapshot.path}: has a grid of {fields.shape[1:]} points, but the first "
                f"snapshot has {shape}; keep one grid to a folder."
            )
        if not np.isfinite(fields).all():
            raise UserError(
                f"{snapshot.path}: holds values that are not finite (NaN or infinite); mend the "
                "file or take it out of the folder."
            )
        flat = fields.reshape(len(channels), -1)
        # One channel after the other: a copy of all in float64 would cost more than the product.
        remapped = np.stack([fields_matrix @ channel for channel in flat])
        yield remapped.astype(np.float32), majority(shares, labels.reshape(-1), len(CLASSES))
