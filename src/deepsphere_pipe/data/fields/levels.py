"""Pressure levels: which dimension they are, and which of them is wanted."""

import numpy as np
import xarray as xr

from deepsphere_pipe.data.fields.units import conversion
from deepsphere_pipe.errors import UserError

NAMES = ("plev", "level", "levels", "lev", "pressure_level", "isobaricinhpa", "pressure", "p")
MOST_HPA = 1100
"""No pressure of the atmosphere is larger: levels up to it that say no units are in hPa."""

MOST_NAMED = 6

SAME_LEVEL = 1e-3
"""Relative difference up to which levels are one."""


def pressures(dataset: xr.Dataset, dim: str) -> np.ndarray | None:
    """Return the pressures along a dimension, or of a scalar coordinate, in hPa, (n,).

    None if it is no coordinate of pressure.
    """
    if dim not in dataset.variables:
        return None
    coordinate = dataset[dim]
    if coordinate.dtype.kind not in "fiu" or coordinate.ndim > 1:
        return None
    values = np.atleast_1d(np.asarray(coordinate.values, dtype=np.float64))
    units = str(coordinate.attrs.get("units", "")).strip()
    standard_name = coordinate.attrs.get("standard_name") or "air_pressure"
    if standard_name != "air_pressure":
        return None  # hybrid levels of a model, which say hPa, too
    if units:
        found = conversion(units, "hPa")
        return None if found is None else found(values)
    if "standard_name" not in coordinate.attrs and dim.lower() not in NAMES:
        return None
    return values if values.max(initial=0) <= MOST_HPA else values / 100


def pick(dataset: xr.Dataset, variable: xr.DataArray, wanted_hpa: float) -> dict[str, int] | None:
    """Return where a variable on levels is at a pressure: {dimension: index}, {} if it is alone.

    None if it says nothing of levels.

    Raises
    ------
    UserError
        If that level is missing, or there twice.
    """
    for dim in (*map(str, variable.dims), *(str(c) for c in variable.coords)):
        if dim in variable.coords and variable[dim].ndim == 1 and dim not in variable.dims:
            continue
        found = pressures(dataset, dim)
        if found is None:
            continue
        at = np.flatnonzero(np.abs(found - wanted_hpa) <= SAME_LEVEL * wanted_hpa)
        if len(at) == 1:
            return {dim: int(at[0])} if dim in variable.dims else {}
        there = ", ".join(f"{level:g}" for level in found[:MOST_NAMED])
        if len(found) > MOST_NAMED:
            there = f"{len(found)} levels from {found.min():g} to {found.max():g}"
        raise UserError(
            f"{variable.name}: is at {there} hPa, "
            + (f"not at {wanted_hpa:g}." if len(at) == 0 else f"where {wanted_hpa:g} is twice.")
        )
    return None
