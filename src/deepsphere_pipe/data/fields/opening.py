"""Data sets as xarray opens them: netCDF, zarr in a folder or a zip file, GRIB where cfgrib is."""

import warnings
import zipfile
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from netCDF4 import Dataset
from xarray.backends import BackendArray
from xarray.coders import CFDatetimeCoder
from xarray.core import indexing

from deepsphere_pipe.config.inputs import is_address
from deepsphere_pipe.data.fields.channel_table import NO_NAMES
from deepsphere_pipe.data.fields.chosen_times import choose_times
from deepsphere_pipe.data.fields.reading import DAMAGES
from deepsphere_pipe.errors import Unreachable, UserError

ZARR_MARKS = ("zarr.json", ".zgroup", ".zmetadata")
ZIPPED = (".zip", ".whl")
GRIB = (".grib", ".grib2", ".grb", ".grb2")
NETCDF = (".nc", ".nc4", ".cdf", ".netcdf")


def is_zarr(path: Path) -> bool:
    """Return whether a folder is a zarr group."""
    return any((path / mark).exists() for mark in ZARR_MARKS)


def open_fields(path: str | Path) -> xr.Dataset:
    """Open a file, a zarr folder or an address of one, decoded by CF; nothing is loaded yet.

    Raises
    ------
    UserError
        If it is damaged, or of a kind that cannot be read here.
    """
    return open_parts(path)[0]


def open_parts(path: str | Path, times: Mapping[str, object] = NO_NAMES) -> list[xr.Dataset]:
    """Open what a file holds: one data set, but of GRIB one for each kind of level and of time.

    Parameters
    ----------
    path
        File, folder, or address of a zarr group.
    times
        Which times are wanted, see `choose_times`; parts without any are left out.

    Raises
    ------
    UserError
        As `open_fields`.
    """
    kind = "netCDF"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of zarr, on metadata that is not consolidated
            if is_address(path):
                return _open_remote(str(path), times)
            path = Path(path)
            if path.is_dir() or path.suffix in ZIPPED:
                kind = "zarr"
                parts = [_open_zarr(path, times)]
            elif path.suffix.lower() in GRIB:
                kind = "GRIB"
                parts = [choose_times(part, times) for part in _open_grib(path)]
            else:
                parts = [_decoded(path, times, engine="netcdf4", group=_netcdf_group(path))]
            return [part for part in parts if part is not None]
    except (*DAMAGES, zipfile.BadZipFile, AttributeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"{path}: cannot be read as {kind} ({reason}).") from None


def _decoded(place: Any, times: Mapping[str, object], **options: Any) -> xr.Dataset | None:
    """Open at the times that are wanted, with these decoded, or as they are if they cannot be."""
    raw = xr.open_dataset(place, decode_cf=False, chunks=None, **options)
    if options["engine"] == "zarr":
        _take_zeros_for_values(raw)
    chosen = choose_times(raw, times)
    return None if chosen is None else _by_cf(chosen)


def _take_zeros_for_values(raw: xr.Dataset) -> None:
    """Undo that the default of zarr 2 for what was never written is a mark of missing values.

    xarray would take every zero of such an array for missing: of winds, rain, or longitudes.
    """
    for variable in raw.variables.values():
        packed = {"scale_factor", "add_offset"} & set(variable.attrs)
        if not packed and np.array_equal(variable.attrs.get("_FillValue", 1), 0):
            del variable.attrs["_FillValue"]


def _by_cf(raw: xr.Dataset) -> xr.Dataset:
    try:
        coder = CFDatetimeCoder(use_cftime=True)
        return xr.decode_cf(raw, decode_times=coder, decode_timedelta=False)
    except ValueError as error:
        if "time" not in str(error):
            raise
        return xr.decode_cf(raw, decode_times=False, decode_timedelta=False)


def _open_remote(address: str, times: Mapping[str, object]) -> list[xr.Dataset]:
    from deepsphere_pipe.data.fields.remote import open_store  # heavy, and rare

    try:
        part = _decoded(open_store(address), times, engine="zarr", consolidated=True)
    except ConnectionError as error:
        raise Unreachable(f"{address}: {error}.") from None
    except (*DAMAGES, AttributeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise Unreachable(
            f"{address}: is no zarr group with consolidated metadata ({reason})."
        ) from None
    return [] if part is None else [part]


def _netcdf_group(path: Path) -> str | None:
    """Return the group of a netCDF file that holds variables, None for the file itself."""
    with Dataset(path) as file:
        waiting, found = [file], []
        while waiting:
            group = waiting.pop()
            found += [group.path] if group.variables else []
            waiting += group.groups.values()
    return _the_one(path, found)


def _the_one(path: Path, groups: list[str]) -> str | None:
    """Return the only group that holds anything; None is the one that all others are in."""
    if not groups or "/" in groups:
        return None
    if len(groups) > 1:
        raise UserError(
            f"{path}: holds variables in several groups ({', '.join(sorted(groups))}); keep one "
            "of them to a file."
        )
    return groups[0]


def _open_grib(path: Path) -> list[xr.Dataset]:
    if find_spec("cfgrib") is None:
        raise UserError(
            f"{path}: is GRIB, for which cfgrib must be installed: `pip install cfgrib`."
        )
    parts = import_module("cfgrib").open_datasets(str(path), backend_kwargs={"indexpath": ""})
    if not parts:
        raise ValueError("no messages")
    return [_along_one_time(part) for part in parts]


def _along_one_time(part: xr.Dataset) -> xr.Dataset:
    """Return forecasts of several steps from several times along the times that they are for.

    Of the table of both, what was not asked for is missing.
    """
    if "valid_time" not in part or part["valid_time"].ndim < 2:
        return part
    dims = part["valid_time"].dims
    flat = part.stack(forecast=dims).reset_index("forecast").drop_vars(dims)
    return flat.dropna("forecast", how="all")


def _open_zarr(path: Path, times: Mapping[str, object]) -> xr.Dataset | None:
    store, place = _zarr_place(path)
    top = zarr.open_group(store, path=place or "", mode="r")
    within = [f"{place or ''}/{name}" for name, node in top.members(None) if _holds_arrays(node)]
    group = place if _holds_arrays(top) else _the_one(path, within) or place
    try:
        return _decoded(store, times, engine="zarr", group=group)
    except (KeyError, ValueError):
        # Not written by xarray: nothing says which dimensions the arrays have.
        raw = _without_dimensions(zarr.open_group(store, path=group or "", mode="r"))
        chosen = choose_times(raw, times)
        return None if chosen is None else _by_cf(chosen)


def _holds_arrays(node: zarr.Group | zarr.Array) -> bool:
    return isinstance(node, zarr.Group) and next(node.array_keys(), None) is not None


def _zarr_place(path: Path) -> tuple[Any, str | None]:
    """Return the store, and the group in it."""
    if path.is_dir():
        return str(path), None
    with zipfile.ZipFile(path) as archive:
        marks = tuple(f".zarr/{mark}" for mark in ZARR_MARKS)
        inside = [name for name in archive.namelist() if name.endswith(marks)]
        if not inside and set(archive.namelist()) & set(ZARR_MARKS):
            inside = ["/"]
    if not inside:
        raise UserError(f"{path}: holds no folder *.zarr.")
    return zarr.storage.ZipStore(path, mode="r"), inside[0].rpartition("/")[0] or None


class _Lazy(BackendArray):
    """An array of zarr, read where it is indexed."""

    def __init__(self, array: zarr.Array) -> None:
        self.array, self.shape, self.dtype = array, array.shape, array.dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> np.ndarray:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, lambda k: np.asarray(self.array[k])
        )


def _without_dimensions(group: zarr.Group) -> xr.Dataset:
    """Name dimensions after the arrays of one dimension that have their sizes.

    Attributes ``time_units`` of the group are those of its times, a calendar in brackets behind.
    """
    arrays = dict(group.arrays())
    axes = {name: array.shape[0] for name, array in arrays.items() if array.ndim == 1}
    variables = {}
    for name, array in arrays.items():
        free = [axis for axis in axes if name not in axes or axis == name]
        dims: list[str] = []
        for size in array.shape:
            axis = next((a for a in free if axes[a] == size), f"{name}_{len(dims)}")
            free = [each for each in free if each != axis]
            dims.append(axis)
        attributes = dict(array.attrs)
        said = str(group.attrs.get("time_units", ""))
        if "time" in name and name in axes and "units" not in attributes and said:
            units, _, calendar = said.partition(" (")
            attributes |= {"units": units, "calendar": calendar.rstrip(")") or "standard"}
        variables[name] = xr.Variable(dims, indexing.LazilyIndexedArray(_Lazy(array)), attributes)
    return xr.Dataset(variables, attrs=dict(group.attrs))
