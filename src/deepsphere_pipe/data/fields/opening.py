"""Data sets as xarray opens them: netCDF, zarr in a folder or a zip file, GRIB where cfgrib is."""

import warnings
import zipfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from xarray.backends import BackendArray
from xarray.coders import CFDatetimeCoder
from xarray.core import indexing

from deepsphere_pipe.data.fields.reading import DAMAGES
from deepsphere_pipe.errors import UserError

ZARR_MARKS = ("zarr.json", ".zgroup", ".zmetadata")
ZIPPED = (".zip", ".whl")
GRIB = (".grib", ".grib2", ".grb", ".grb2")
NETCDF = (".nc", ".nc4", ".cdf", ".netcdf")


def is_zarr(path: Path) -> bool:
    """Return whether a folder is a zarr group."""
    return any((path / mark).exists() for mark in ZARR_MARKS)


def open_fields(path: Path) -> xr.Dataset:
    """Open a file or a zarr folder, decoded by CF; nothing is loaded yet.

    Raises
    ------
    UserError
        If it is damaged, or of a kind that cannot be read here.
    """
    return open_parts(path)[0]


def open_parts(path: Path) -> list[xr.Dataset]:
    """Open what a file holds: one data set, but of GRIB one for each kind of level and of time.

    Raises
    ------
    UserError
        As `open_fields`.
    """
    kind = "netCDF"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of zarr, on metadata that is not consolidated
            if path.is_dir() or path.suffix in ZIPPED:
                kind = "zarr"
                return [_open_zarr(path)]
            if path.suffix.lower() in GRIB:
                kind = "GRIB"
                return _open_grib(path)
            return [_decoded(path, engine="netcdf4")]
    except (*DAMAGES, zipfile.BadZipFile, AttributeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"{path}: cannot be read as {kind} ({reason}).") from None


def _decoded(path: Any, **options: Any) -> xr.Dataset:
    """Open with times decoded, or as they are where they cannot be."""
    common: dict[str, Any] = {"mask_and_scale": True, "decode_timedelta": False, "chunks": None}
    try:
        coder = CFDatetimeCoder(use_cftime=True)
        return xr.open_dataset(path, decode_times=coder, **common, **options)
    except ValueError as error:
        if "time" not in str(error):
            raise
        return xr.open_dataset(path, decode_times=False, **common, **options)


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


def _open_zarr(path: Path) -> xr.Dataset:
    store, group = _zarr_place(path)
    try:
        return _decoded(store, engine="zarr", group=group)
    except (KeyError, ValueError):
        # Not written by xarray: nothing says which dimensions the arrays have.
        return _without_dimensions(zarr.open_group(store, path=group or "", mode="r"))


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
    dataset = xr.Dataset(variables, attrs=dict(group.attrs))
    return xr.decode_cf(
        dataset, decode_times=CFDatetimeCoder(use_cftime=True), decode_timedelta=False
    )
