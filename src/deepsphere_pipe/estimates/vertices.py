"""Numbers of vertices of a sampling and of its coarser levels, without making them."""

import math
from functools import lru_cache
from pathlib import Path

from deepsphere_pipe.config import SamplingConfig

UNREAD = 100_000
"""Vertices that a file is taken to have while it is not there, as many as a sphere of 80 km."""

BORDER = 1.1
"""A box counted by its area misses at most so much of its vertices, for the levels in use."""


def vertices_by_level(sampling: SamplingConfig, depth: int) -> tuple[int, ...]:
    """Return the numbers of vertices, finest level first, after `depth` poolings.

    They are exact for whole icosahedral, HEALPix and equiangular spheres; for files a number not
    below the true one (comments and masked rows count), and about right for their coarser levels,
    of which each has about a quarter; for regions slightly too large.
    """
    counts = [_finest(sampling)]
    shape = _shape(sampling)
    for step in range(1, depth + 1):
        if sampling.level is not None:
            counts.append(10 * 4 ** max(sampling.level - step, 0) + 2)
        elif sampling.nside is not None:
            counts.append(12 * max(sampling.nside >> step, 1) ** 2)
        elif shape is not None:
            shape = (math.ceil(shape[0] / 2), math.ceil(shape[1] / 2))
            counts.append(shape[0] * shape[1])
        else:
            counts.append(math.ceil(counts[-1] / 4))
    share = _share(sampling)
    return tuple(min(math.ceil(share * count), count) for count in counts)


def _finest(sampling: SamplingConfig) -> int:
    if sampling.level is not None:
        return 10 * 4**sampling.level + 2
    if sampling.nside is not None:
        return 12 * sampling.nside**2
    if (shape := _shape(sampling)) is not None:
        return shape[0] * shape[1]
    return _rows(sampling.file)


def _shape(sampling: SamplingConfig) -> tuple[int, int] | None:
    if sampling.bandwidth is not None:
        return 2 * sampling.bandwidth, 2 * sampling.bandwidth
    return None if sampling.n_lat is None else (sampling.n_lat, sampling.n_lon)


def _share(sampling: SamplingConfig) -> float:
    """Return which part of the sphere a region is, by area or, on a grid, by rows and columns."""
    if sampling.region is None:
        return 1.0
    west, south, east, north = sampling.region
    columns = ((east - west) % 360 or 360) / 360
    if _shape(sampling) is not None:
        rows = (north - south) / 180
    else:
        rows = (math.sin(math.radians(north)) - math.sin(math.radians(south))) / 2
    # The vertices of a file may all lie in the box.
    return 1.0 if sampling.file else min(BORDER * rows * columns, 1.0)


@lru_cache
def _rows(file: str) -> int:
    """Return the number of vertices in a file, or `UNREAD`."""
    path = Path(file)
    if not path.is_file():
        return UNREAD
    if path.suffix.lower() in (".nc", ".nc4", ".cdf"):
        import netCDF4  # here: few studies need it

        with netCDF4.Dataset(path) as data:
            return max((len(d) for d in data.dimensions.values()), default=UNREAD)
    with path.open("rb") as lines:
        return sum(1 for line in lines if line.strip() and not line.startswith(b"#")) - 1
