"""How many vertices and maps a study will have, before any of them is there."""

import math
import os
from functools import lru_cache
from pathlib import Path

from deepsphere_pipe.config import DataConfig, SamplingConfig, SplitConfig

UNREAD = 100_000
"""Vertices that a file is taken to have while it is not there, as many as a sphere of 80 km."""

ARCHIVE_MB = 0.48
"""Of a map in the UGSCNN archive, compressed."""

PUBLISHED = {
    "ugscnn": (62_738, 10_242, ARCHIVE_MB),
    "cam5": (62_738, 768 * 1152, 56.6),
    "climatenet": (459, 768 * 1152, 56.6),
    "era5": (56, 181 * 360, 4.2),  # a week, in the wheel on the package index
}
"""Snapshots, points of the grid, and MB of a file of the whole data sets."""


@lru_cache
def vertices_of_file(path: str) -> int:
    """Return the number of vertices in a file, or `UNREAD`."""
    if not Path(path).is_file():
        return UNREAD
    from deepsphere_pipe.samplings.vertex_files import read_vertices  # here: few studies need it

    return len(read_vertices(path)[0])


def vertices_of(sampling: SamplingConfig) -> int:
    """Return the number of vertices, for regions slightly too large a one."""
    match sampling.parameters:
        case {"level": level}:
            whole = 10 * 4**level + 2
        case {"nside": nside}:
            whole = 12 * nside**2
        case {"bandwidth": bandwidth}:
            whole = 4 * bandwidth**2
        case {"n_lat": n_lat, "n_lon": n_lon}:
            whole = n_lat * n_lon
        case {"file": file}:
            return vertices_of_file(file)  # which may all lie in the region
    if sampling.region is None:
        return whole
    west, south, east, north = sampling.region
    rows = (north - south) / 180  # of a grid, else by area
    if sampling.name != "equiangular":
        rows = (math.sin(math.radians(north)) - math.sin(math.radians(south))) / 2
    # Boxes counted so miss at most a tenth.
    return min(math.ceil(1.1 * whole * rows * ((east - west) % 360 or 360) / 360), whole)


@lru_cache
def _snapshots_in(path: str) -> int:
    """Return about how many snapshots an archive or a folder holds, 0 if it is not there."""
    if Path(path).is_file():
        return math.ceil(Path(path).stat().st_size / (1e6 * ARCHIVE_MB))
    return sum(
        name.endswith((".h5", ".nc", ".npz")) for *_, names in os.walk(path) for name in names
    )


def snapshots(data: DataConfig) -> tuple[int, int, float]:
    """Return number, points and MB of snapshots: of the input or, if it is not there, of all."""
    if data.source == "synthetic":
        twin, points = data.synthetic, data.synthetic.n_lat * data.synthetic.n_lon
        days = len(twin.years) * len(twin.runs) * twin.days_per_year * (1 - twin.missing_days)
        return round(8 * days), points, 26.4e-6 * points  # compressed
    published, *of_one = PUBLISHED[data.source]
    counted = data.source != "era5" and _snapshots_in(data.input)
    return counted or published, *of_one


def part_sizes(split: SplitConfig, data: DataConfig, maps: int) -> dict[str, int]:
    """Return the numbers of maps that train, validate and test; for lists, not less than those."""
    if split.method == "files":
        listed = {part: Path(path) for part, path in split.lists.items()}
        lines = {p: len(f.read_bytes().splitlines()) for p, f in listed.items() if f.is_file()}
        # Without its list, all other maps train.
        return {"train": maps, "validation": maps, "test": maps} | lines
    if split.method in ("random", "blocked"):
        validation, test = split.validation_share, split.test_share
    else:
        twin, by_year = data.synthetic, split.method == "by_year"
        units = 10 if by_year else 5  # of CAM5
        if data.source == "synthetic":
            units = len(twin.years if by_year else twin.runs)
        validation, test = (min(len(held) / units, 1) for held in (split.validation, split.test))
    # Real data may have other years than assumed: then nearly all maps may train.
    shares = {"train": max(1 - validation - test, 0.1), "validation": validation, "test": test}
    return {part: round(share * maps) for part, share in shares.items()}
