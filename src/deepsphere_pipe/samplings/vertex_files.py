"""Read places on the sphere from csv and netCDF files."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.text_files import read_text
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
    or ``x``, ``y``, ``z``; a netCDF file has one-dimensional variables of these names or with the
    CF units degrees_east and degrees_north. ``area`` in steradian is optional, and so is ``mask``:
    places where it is 0, false or missing are left out.

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
        frame = pd.read_csv(io.StringIO(read_text(path)), comment="#", skipinitialspace=True)
    except (ValueError, pd.errors.ParserError) as error:
        raise UserError(f"{path}: cannot be read as csv ({str(error).strip()}).") from None
    columns = {str(column).strip().lower(): column for column in frame.columns}
    if "mask" in columns:
        frame = frame[_numbers(path, frame, columns["mask"]) != 0]
    table = {}
    for name, spellings in NAMES.items():
        for spelling in spellings:
            if spelling in columns:
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
    units = {"degrees_east": "longitude", "degrees_north": "latitude"}
    table, dimensions = {}, set()
    try:
        with xr.open_dataset(path, engine="netcdf4", decode_times=False) as file:
            for key, variable in file.variables.items():
                name = units.get(str(variable.attrs.get("units")))
                spelled = [n for n, s in NAMES.items() if str(key).lower() in s]
                name = name or (spelled[0] if spelled else None)
                if name and variable.ndim == 1:
                    table[name] = variable.values.astype(np.float64)
                    dimensions.add(variable.dims)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as netCDF ({error}).") from None
    if len(dimensions) > 1:
        raise UserError(
            f"{path}: longitude and latitude must have one dimension and the same, with an entry "
            "for each vertex; a grid is the sampling 'equiangular'."
        )
    if "mask" in table:
        keep = (table["mask"] != 0) & ~np.isnan(table["mask"])
        table = {name: values[keep] for name, values in table.items()}
    return table
