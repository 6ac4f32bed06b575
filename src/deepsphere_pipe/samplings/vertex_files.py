"""Read places on the sphere from csv and netCDF files."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.text_files import read_text
from deepsphere_pipe.samplings.coordinates import (
    AXES,
    area_name,
    chosen,
    degrees_of,
    is_axis,
    steradians_of,
    with_texts,
)
from deepsphere_pipe.samplings.sampling import unit_vectors

NAMES = {
    "longitude": ("longitude", "lon"),
    "latitude": ("latitude", "lat"),
    "area": ("area",),
    "mask": ("mask",),
    "x": ("x",),
    "y": ("y",),
    "z": ("z",),
}


def read_vertices(path: str | Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Read the places of vertices, and their areas if the file has them.

    A csv file has a header with ``longitude`` and ``latitude`` (or ``lon``, ``lat``) in degrees,
    or ``x``, ``y``, ``z``; a netCDF file has one-dimensional variables of these names, or such as
    CF or a model's names tell, in degrees or radians. ``area`` is optional, in steradian or, in
    netCDF, in the units that it says (m2, km2), and so is ``mask``: places where it is 0, false or
    missing are left out.

    Returns
    -------
    coordinates
        Unit vectors, (n, 3), in the order of the file.
    areas
        (n,) in steradian, or None.

    Raises
    ------
    UserError
        If the file is missing or holds no such table.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: there is no such file of vertices.")
    netcdf = path.suffix.lower() in (".nc", ".nc4", ".cdf")
    table = _read_netcdf(path) if netcdf else _read_csv(path)
    if {"longitude", "latitude"} <= set(table):
        _check_degrees(path, table["longitude"], table["latitude"])
        coordinates = unit_vectors(table["longitude"], table["latitude"])
    elif {"x", "y", "z"} <= set(table):
        coordinates = np.stack([table[axis] for axis in "xyz"], axis=1)
        norms = np.linalg.norm(coordinates, axis=1)
        # Files round; the sampling itself wants more exact unit vectors.
        near = np.abs(norms - 1) < 1e-3
        coordinates[near] /= norms[near, None]
    else:
        raise UserError(f"{path}: has no columns longitude and latitude (degrees), nor x, y and z.")
    return coordinates, table.get("area")


def _check_degrees(path: Path, longitude: np.ndarray, latitude: np.ndarray) -> None:
    wrong = np.flatnonzero(~(np.abs(latitude) <= 90) | ~(np.abs(longitude) <= 360))
    if len(wrong):
        i = wrong[0]
        raise UserError(
            f"{path}: vertex {i} lies at longitude {longitude[i]:g}, latitude {latitude[i]:g}; "
            "give degrees from -360 to 360 and from -90 to 90."
        )


def _read_csv(path: Path) -> dict[str, np.ndarray]:
    try:
        text = read_text(path)
        header = next((line for line in text.splitlines() if line.strip()[:1] not in ("", "#")), "")
        between = max(",;\t", key=header.count)
        frame = pd.read_csv(io.StringIO(text), sep=between, comment="#", skipinitialspace=True)
    except (ValueError, pd.errors.ParserError) as error:
        raise UserError(f"{path}: cannot be read as csv ({str(error).strip()}).") from None
    columns = {str(column).strip().lower(): column for column in frame.columns}
    if "mask" in columns:
        frame = frame[_numbers(path, frame, columns["mask"]) != 0]
    table = {}
    for name, spellings in NAMES.items():
        found = [spelling for spelling in spellings if spelling in columns]
        if len(found) > 1:
            raise UserError(f"{path}: has the columns {' and '.join(found)}; keep one of them.")
        for spelling in found:
            table[name] = _numbers(path, frame, columns[spelling])
    return table


def _numbers(path: Path, frame: pd.DataFrame, column: str) -> np.ndarray:
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64)
    bad = frame.index[~np.isfinite(values)]
    if len(bad):
        raise UserError(
            f"{path}: row {bad[0] + 1} below the header has the {str(column).strip()} "
            f"'{frame[column][bad[0]]}', which is no number."
        )
    return values


def _read_netcdf(path: Path) -> dict[str, np.ndarray]:
    try:
        with xr.open_dataset(path, engine="netcdf4", decode_times=False) as file:
            file = with_texts(file)
            places = _places(file)
            if len({file[name].dims for name in places.values()}) > 1:
                raise UserError(
                    "longitude and latitude must have one dimension and the same, with an entry "
                    "for each vertex; a grid is the sampling 'equiangular'."
                )
            if "mask" in places:
                mask = file[places["mask"]]
                file = file.isel({mask.dims[0]: np.flatnonzero(mask.fillna(0).values != 0)})
            return {kind: _column(file, kind, name) for kind, name in places.items()}
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as netCDF ({error}).") from None


def _column(file: xr.Dataset, kind: str, name: str) -> np.ndarray:
    if kind in AXES:
        return degrees_of(file, name, kind)
    if kind == "area":
        return steradians_of(file, name)
    return file[name].values.astype(np.float64)


def _places(file: xr.Dataset) -> dict[str, str]:
    """Return which variable of one dimension is what, of those that tell of vertices."""
    rows = {str(name): each for name, each in file.variables.items() if each.ndim == 1}
    found = {}
    for axis in AXES:
        name = chosen([name for name, each in rows.items() if is_axis(name, each, axis)], axis)
        if name is not None:
            found[axis] = name
    found |= {name.lower(): name for name in rows if name.lower() in ("x", "y", "z", "mask")}
    if (name := area_name(file[list(rows)])) is not None:
        found["area"] = name
    return found
