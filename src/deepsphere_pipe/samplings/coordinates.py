"""Where values lie: their coordinates by CF, or by the names that models use."""

import re

import numpy as np
import xarray as xr

from deepsphere_pipe.errors import UserError

AXES = ("longitude", "latitude")
NAMES = {
    "longitude": ("longitude", "lon", "clon", "nav_lon", "xlong", "xlon", "loncell", "lonvertex"),
    "latitude": ("latitude", "lat", "clat", "nav_lat", "xlat", "latcell", "latvertex"),
}
"""What variables with coordinates are called, in lower case; the first two before all others."""

IN_RADIANS = ("loncell", "latcell", "lonvertex", "latvertex")
"""MPAS says no units: its mesh specification says radians."""

DIRECTED = {
    "longitude": re.compile(r"degrees?_?(east|e)", re.IGNORECASE),
    "latitude": re.compile(r"degrees?_?(north|n)", re.IGNORECASE),
}
"""Units that tell an axis (UDUNITS)."""

UNDIRECTED = ("degree", "degrees", "deg", "°", "arc_degree", "arcdeg")
RADIANS = ("rad", "radian", "radians")
LARGEST_RADIANS = {"longitude": 2 * np.pi + 1e-3, "latitude": np.pi / 2 + 1e-3}
LARGEST_DEGREES = {"longitude": 720.0, "latitude": 90.0}
ROUNDING = 1e-3
"""Degrees by which a latitude in single precision may pass a pole."""


TEXTS = (
    *("units", "standard_name", "coordinates", "grid_mapping", "mesh", "location", "bounds"),
    *("cell_measures", "cell_methods", "grid_mapping_name"),
)
"""Attributes that are text by CF."""


def with_texts(dataset: xr.Dataset) -> xr.Dataset:
    """Return a data set in which attributes that should be text are, in one line each."""
    dataset = dataset.copy()
    for variable in dataset.variables.values():
        for key in variable.attrs.keys() & set(TEXTS):
            value = variable.attrs[key]
            text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
            plain = "".join(sign if sign.isprintable() else " " for sign in text)
            variable.attrs[key] = " ".join(plain.split())
    return dataset


def referred(variable: xr.DataArray) -> list[str]:
    """Return what a variable names as its coordinates: dimensions, then the CF attribute."""
    text = variable.encoding.get("coordinates") or variable.attrs.get("coordinates") or ""
    return [*map(str, variable.dims), *str(text).split()]


def axis_names(dataset: xr.Dataset, variable: xr.DataArray) -> dict[str, str]:
    """Return the names of the variables that hold longitude and latitude of another.

    Raises
    ------
    UserError
        If there are none, or several and nothing tells which.
    """
    return {axis: _axis_name(dataset, variable, axis) for axis in AXES}


def _axis_name(dataset: xr.Dataset, variable: xr.DataArray, axis: str) -> str:
    found = [
        str(name)
        for name, each in dataset.variables.items()
        if each.ndim and set(each.dims) <= set(variable.dims) and is_axis(str(name), each, axis)
    ]
    name = chosen([name for name in found if name in referred(variable)] or found, axis)
    if name is None:
        raise UserError(
            f"{variable.name}: has no {axis}: no variable on its dimensions "
            f"({', '.join(map(str, variable.dims)) or 'none'}) has the standard_name '{axis}', "
            f"such units, or a name like '{NAMES[axis][1]}'."
        )
    return name


def chosen(candidates: list[str], axis: str) -> str | None:
    """Return the one candidate, or that which is called longitude or latitude; None of none.

    Raises
    ------
    UserError
        If there are several and none of these names tells which.
    """
    plain = [name for name in candidates if name.lower() in NAMES[axis][:2]]
    if len(candidates) > 1 and len(plain) != 1:
        raise UserError(
            f"{' and '.join(sorted(candidates))} may both be the {axis}: call the one that is "
            f"wanted '{axis}', or name it in the attribute 'coordinates' of the values."
        )
    return next(iter(plain or candidates), None)


def is_axis(name: str, variable: xr.Variable, axis: str) -> bool:
    """Return whether a variable holds longitudes, or latitudes, by what it says or is called."""
    if variable.dtype.kind not in "fiu":
        return False
    if standard_name := variable.attrs.get("standard_name"):
        return standard_name == axis  # not grid_latitude, nor projection_y_coordinate
    if DIRECTED[axis].fullmatch(_units(variable) or ""):
        return not name.lower().endswith(("_bnds", "_bounds"))
    return name.lower() in NAMES[axis]


def degrees_of(dataset: xr.Dataset, name: str, axis: str) -> np.ndarray:
    """Return a coordinate in degrees, float64, in its shape.

    Raises
    ------
    UserError
        If its units are others than degrees and radians, or the values are no such angles.
    """
    values = np.asarray(dataset[name].values, dtype=np.float64)
    units = _units(dataset[name].variable)
    if not np.isfinite(values).all():
        raise UserError(f"{name}: holds {axis}s that are not finite numbers.")
    largest = np.abs(values).max(initial=0)
    if units in RADIANS or (units is None and name.lower() in IN_RADIANS):
        if largest > LARGEST_RADIANS[axis] + np.pi * (axis == "longitude"):
            raise UserError(f"{name}: says radians, but holds {largest:.6g}.")
        values = np.degrees(values)
    elif units is None and largest <= LARGEST_RADIANS[axis] and values.size > 1:
        raise UserError(
            f"{name}: says no units, and {axis}s up to {largest:.4g} may be degrees or radians; "
            f"give it the attribute units, '{'degrees_' + _DIRECTION[axis]}' or 'radian'."
        )
    elif units is not None and not (DIRECTED[axis].fullmatch(units) or units.lower() in UNDIRECTED):
        raise UserError(f"{name}: {axis} in {units}; give degrees or radians.")
    if np.abs(values).max(initial=0) > LARGEST_DEGREES[axis] + ROUNDING:
        raise UserError(
            f"{name}: a {axis} of {values.flat[np.abs(values).argmax()]:g} degrees cannot be."
        )
    return np.clip(values, -90, 90) if axis == "latitude" else values


_DIRECTION = {"longitude": "east", "latitude": "north"}


def _units(variable: xr.Variable) -> str | None:
    units = str(variable.attrs.get("units", "")).strip()
    return units or None


def area_name(dataset: xr.Dataset, measures: str = "") -> str | None:
    """Return the name of the variable with the areas of cells, None if there is none.

    Parameters
    ----------
    dataset
        In which it is.
    measures
        CF's attribute ``cell_measures`` of the values.
    """
    named = re.findall(r"area:\s*(\w+)", measures)
    for name, each in dataset.variables.items():
        if each.attrs.get("standard_name") == "cell_area" or str(name).lower() in AREA_NAMES:
            named.append(str(name))
    return next((name for name in named if name in dataset.variables), None)


def steradians_of(dataset: xr.Dataset, name: str, plain: float = 1.0) -> np.ndarray:
    """Return areas of cells on the unit sphere, float64, in their shape.

    Parameters
    ----------
    dataset, name
        The areas; in m2 or km2 of a sphere whose radius the data set gives as ``sphere_radius``,
        of the Earth by default.
    plain
        What areas without units are multiplied by: 1 for steradian.

    Raises
    ------
    UserError
        If they are given in other units than of an area.
    """
    values = np.asarray(dataset[name].values, dtype=np.float64)
    units = _units(dataset[name].variable)
    if units is None:
        return values * plain
    scale = AREAS.get(units.lower().replace("^", "").replace("**", ""))
    if scale is None:
        raise UserError(f"{name}: areas in {units}; give m2, km2 or sr.")
    if scale == STERADIAN:
        return values
    return values * (scale / float(dataset.attrs.get("sphere_radius", EARTH_RADIUS)) ** 2)


EARTH_RADIUS = 6.371e6  # m
STERADIAN = 0.0
AREA_NAMES = ("areacell", "cell_area", "areacella", "area")
AREAS = {
    **dict.fromkeys(("m2", "m 2", "square meter", "square metre", "meter2"), 1.0),
    **dict.fromkeys(("km2", "square kilometer"), 1e6),
    **dict.fromkeys(("sr", "steradian", "steradians"), STERADIAN),
}
"""Units of areas, in square metres."""
