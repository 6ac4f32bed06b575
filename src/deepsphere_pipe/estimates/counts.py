"""How many vertices and maps a study will have, before any of them is there."""

import math
import os
from functools import lru_cache
from pathlib import Path

from deepsphere_pipe.config import (
    CustomConfig,
    DataConfig,
    SamplingConfig,
    SplitConfig,
    SyntheticConfig,
)
from deepsphere_pipe.config.data import UgscnnData
from deepsphere_pipe.config.splits import DrawnSplit, ListedSplit

ASSUMED_VERTICES = 100_000
"""Vertices that a file is taken to have while it is not there, as many as a sphere of 80 km."""


@lru_cache
def vertices_of(sampling: SamplingConfig) -> int:
    """Return the number of vertices, for regions slightly too large a one."""
    if isinstance(sampling, CustomConfig):
        if not Path(sampling.file).is_file():
            return ASSUMED_VERTICES
        from deepsphere_pipe.samplings.vertex_files import read_vertices  # heavy, and rare

        return len(read_vertices(sampling.file)[0])  # which may all lie in the region
    whole = sampling.n_vertices()
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
        return math.ceil(Path(path).stat().st_size / (1e6 * UgscnnData.file_mb))
    return sum(
        name.endswith((".h5", ".nc", ".npz")) for *_, names in os.walk(path) for name in names
    )


def n_synthetic(twin: SyntheticConfig) -> int:
    """Return the number of snapshots that the twin will have, to a few per cent."""
    days = len(twin.years) * len(twin.runs) * twin.days_per_year * (1 - twin.missing_days)
    return round(8 * days)


def snapshots(data: DataConfig) -> tuple[int, int, float]:
    """Return number, points and MB of snapshots: of the input or, if it is not there, of all."""
    if data.source == "synthetic":
        points = data.synthetic.n_lat * data.synthetic.n_lon
        return n_synthetic(data.synthetic), points, 26.4e-6 * points  # compressed
    counted = (data.source != "era5" and _snapshots_in(data.input)) or data.whole_maps
    return counted, data.grid_points, data.file_mb


@lru_cache
def _lines(path: str) -> float:
    return len(Path(path).read_bytes().splitlines()) if Path(path).is_file() else math.inf


def part_sizes(split: SplitConfig, data: DataConfig, maps: int) -> dict[str, int]:
    """Return the numbers of maps that train, validate and test; for lists, not less than those."""
    if isinstance(split, ListedSplit):
        lines = {part: _lines(path) for part, path in split.lists.items()}
        # Without its list, all other maps train.
        return {"train": maps} | {part: int(min(n, maps)) for part, n in lines.items()}
    if isinstance(split, DrawnSplit):
        validation, test = split.validation_share, split.test_share
    else:
        units = {"by_year": 10, "by_run": 5}[split.method]  # of CAM5
        if data.source == "synthetic":
            twin = data.synthetic
            units = len(twin.years if split.method == "by_year" else twin.runs)
        validation, test = (min(len(held) / units, 1) for held in (split.validation, split.test))
    # Real data may have other years than assumed: then nearly all maps may train.
    shares = {"train": max(1 - validation - test, 0.1), "validation": validation, "test": test}
    return {part: round(share * maps) for part, share in shares.items()}
