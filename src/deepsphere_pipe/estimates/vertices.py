"""Numbers of vertices of a sampling and of its coarser levels, without making them."""

import math
from functools import lru_cache
from pathlib import Path

from deepsphere_pipe.config import SamplingConfig
from deepsphere_pipe.config.samplings import CustomConfig, EquiangularConfig

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
    if isinstance(sampling, CustomConfig):
        counts = [_rows(sampling.file)]
        for _ in range(depth):
            counts.append(math.ceil(counts[-1] / 4))
        return tuple(counts)  # of a file, all vertices may lie in the box
    share = _share(sampling)
    whole = [sampling.n_vertices(coarsened) for coarsened in range(depth + 1)]
    return tuple(min(math.ceil(share * count), count) for count in whole)


def _share(sampling: SamplingConfig) -> float:
    """Return which part of the sphere a region is, by area or, on a grid, by rows and columns."""
    if sampling.region is None:
        return 1.0
    west, south, east, north = sampling.region
    columns = ((east - west) % 360 or 360) / 360
    if isinstance(sampling, EquiangularConfig):
        rows = (north - south) / 180
    else:
        rows = (math.sin(math.radians(north)) - math.sin(math.radians(south))) / 2
    return min(BORDER * rows * columns, 1.0)


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
