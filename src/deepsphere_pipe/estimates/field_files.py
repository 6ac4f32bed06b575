"""How large files of climate fields are, by what they say of themselves; no values are read."""

import json
import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from deepsphere_pipe.config.data import FieldsData
from deepsphere_pipe.config.inputs import TimesConfig, is_address
from deepsphere_pipe.errors import UserError

TIMES = ("time", "valid_time", "time_index")
NETCDF = (".nc", ".nc4", ".cdf", ".netcdf")
BESIDE = ("level", "plev", "lev", "pressure_level", "expver", "number", "step", "bnds")
"""Dimensions that are no places."""


class Sizes(NamedTuple):
    """Points of the grid, maps, and MB of the largest piece that is unpacked at once."""

    points: int
    maps: int
    chunk_mb: float


Array = tuple[Sequence[str], Sequence[int], Sequence[int] | None]
"""Dimensions, sizes and chunks."""


def sizes_of_fields(data: FieldsData) -> Sizes:
    """Return the sizes of an input; as usual ones are where it cannot be looked at."""
    points, maps, chunk_mb = _of_input(data.input) or (data.grid_points, 0, 0.0)
    maps = maps or data.whole_maps
    return Sizes(points, min(maps, _most_chosen(data.times) or maps), chunk_mb)


@lru_cache
def _of_input(place: str) -> Sizes | None:
    try:
        if is_address(place):
            from deepsphere_pipe.data.fields.remote import metadata  # heavy, and rare

            return _of(_in_zarr(json.loads(metadata(place))))
        path = Path(place)
        if path.is_dir() and not _zarr_metadata(path):
            return _of_folder(path)
        return _of_path(path) if path.exists() else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, UserError):
        return None  # what is wrong with it is told when it is read


def _of_folder(path: Path) -> Sizes | None:
    """Return the sizes of many files by the first: variables have names of files of their own."""
    stores = [each for each in path.iterdir() if each.is_dir() and _zarr_metadata(each)]
    files = stores or [each for each in sorted(path.rglob("*")) if each.suffix in NETCDF]
    first = _of_path(files[0]) if files else None
    if first is None:
        return None
    kinds = len({file.name.partition("_")[0] for file in files})
    return first._replace(maps=math.ceil(first.maps * len(files) / kinds))


def _of_path(path: Path) -> Sizes | None:
    if path.is_dir():
        return _of(_in_zarr(_zarr_metadata(path)))
    if path.suffix not in NETCDF:
        return None  # GRIB and wheels
    from netCDF4 import Dataset  # heavy, and not for other data

    with Dataset(path) as file:
        return _of([(v.dimensions, v.shape, None) for v in file.variables.values()])


def _zarr_metadata(path: Path) -> dict:
    """Return the metadata of all arrays of a zarr group, as consolidated; empty if it is none."""
    if (path / ".zmetadata").exists():
        return json.loads((path / ".zmetadata").read_bytes())
    files = [
        file for name in ("zarr.json", ".zarray", ".zattrs") for file in path.glob(f"*/{name}")
    ]
    parts = {file.relative_to(path).as_posix(): json.loads(file.read_bytes()) for file in files}
    return {"metadata": parts} if parts else {}


def _in_zarr(content: dict) -> list[Array]:
    """Return the arrays that a file of metadata describes."""
    parts = content.get("consolidated_metadata", content)["metadata"]
    found: list[Array] = []
    for key, part in parts.items():
        if "shape" not in part:
            continue
        attributes = parts.get(key.replace(".zarray", ".zattrs"), {})
        dims = part.get("dimension_names") or attributes.get("_ARRAY_DIMENSIONS")
        grid = part.get("chunk_grid", {}).get("configuration", {}).get("chunk_shape")
        shape = part["shape"]
        found.append((dims or [str(i) for i in range(len(shape))], shape, grid or part["chunks"]))
    return found


def _of(arrays: Sequence[Array]) -> Sizes | None:
    """Return the sizes that the largest array tells."""
    points = maps = chunk = 0
    for dims, shape, chunks in arrays:
        if len(shape) < 2:
            maps = max(maps, *(n for dim, n in zip(dims, shape, strict=True) if dim in TIMES), 0)
            continue
        places = [n for dim, n in zip(dims, shape, strict=True) if dim not in (*TIMES, *BESIDE)]
        points = max(points, math.prod(sorted(places)[-2:]))
        chunk = max(chunk, math.prod(min(c, n) for c, n in zip(chunks or (), shape, strict=False)))
    return Sizes(points, maps, 4e-6 * chunk * (chunk > 1)) if points else None


def _most_chosen(times: TimesConfig) -> int | None:
    """Return at most how many times are chosen, None if that cannot be said."""
    if not (times.start and times.end):
        return None
    first, last = _numbers(times.start), _numbers(times.end)
    days = sum(n * (b - a) for n, a, b in zip((366, 31, 1), first, last, strict=True))
    whole = (366, 31, 1)[min(times.end.count("-"), 2)]
    return max(math.ceil(24 * (days + whole) / (times.every_hours or 1)), 1)


def _numbers(text: str) -> list[int]:
    """Return year, month and day."""
    parts = [int(part) for part in text[:10].split("-")]
    return [*parts, *(0, 1, 1)[len(parts) :]]
