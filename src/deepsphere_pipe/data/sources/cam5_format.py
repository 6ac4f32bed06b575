"""CAM5 segmentation HDF5: layout, grid and writing.

One file holds one three-hourly snapshot, ``data-YYYY-MM-DD-HH-R.h5``. ``climate/data`` is
(16, lat, lon) or, in the ISC19 and DeepCAM variant, (lat, lon, 16) float32. Labels are (lat, lon):
0 background, 1 tropical cyclone, 2 atmospheric river; ``climate/labels`` or ``climate/labels_0``
come from the default thresholds of the heuristics, ``climate/labels_1`` from relaxed ones. The
files carry no checksums: what is damaged in their values cannot be noticed, what is damaged in
their structure is.
"""

import zlib
from pathlib import Path

import h5py
import numpy as np

DATA = "climate/data"
LABELS = {
    "default": ("climate/labels", "climate/labels_0"),
    "relaxed": ("climate/labels_1",),
}
"""Data sets that hold each set of labels; the first that exists is read."""


def grid_axes(n_lat: int, n_lon: int) -> tuple[np.ndarray, np.ndarray]:
    """Return latitudes from −90 to 90, poles included, and longitudes from 0 eastward."""
    # Integers first: linspace of odd lengths would differ in the last bit from one n to the next.
    lat = (np.arange(n_lat) * 180.0) / (n_lat - 1) - 90.0
    return lat, (np.arange(n_lon) * 360.0) / n_lon


def write_snapshot(path: str | Path, fields: np.ndarray, labels: np.ndarray) -> None:
    """Write one file in the native layout, channels first, losslessly compressed.

    Parameters
    ----------
    path
    fields
        (16, lat, lon).
    labels
        (lat, lon).
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
            data.id.write_direct_chunk((i, 0, 0), packer.compress(shuffled.data) + packer.flush())
        file.create_dataset(LABELS["default"][0], data=labels, chunks=labels.shape, **packing)
