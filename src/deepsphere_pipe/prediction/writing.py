"""Files of predictions, netCDF or zarr, written part by part and there when complete."""

import glob
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import netCDF4
import xarray as xr

from deepsphere_pipe.data.fields.opening import is_zarr
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.atomic import atomic_write

ENDINGS = (".nc", ".zarr")
ZARR: dict[str, Any] = {"zarr_format": 2, "consolidated": True}
"""The format that all readers know; the third one has no texts yet."""


def check_out(out: Path, overwrite: bool) -> None:
    """Refuse a name of another kind, or one that is taken; raises UserError."""
    if out.suffix not in ENDINGS:
        raise UserError(f"{out}: must end with {' or '.join(ENDINGS)}.")
    if not out.exists():
        return
    if not overwrite:
        raise UserError(f"{out}: is there already; choose another name, or --overwrite.")
    if out.suffix == ".nc" and not out.is_file():
        raise UserError(f"{out}: is a folder, which no file replaces; choose another name.")
    if out.suffix == ".zarr" and not (out.is_dir() and is_zarr(out)):
        raise UserError(f"{out}: is no zarr store, and is not replaced; choose another name.")


def write_parts(out: Path, parts: Iterator[xr.Dataset]) -> None:
    """Write data sets one after the other along time; all but what has times is that of the first.

    What was at `out` stays until the new one is complete.

    Raises
    ------
    UserError
        If it cannot be written, as where the disk is full.
    """
    try:
        _write(out, parts)
    except RuntimeError as error:  # HDF5's
        raise UserError(f"{out}: cannot be written ({error}); is the disk full?") from None


def _write(out: Path, parts: Iterator[xr.Dataset]) -> None:
    if out.suffix == ".nc":
        with atomic_write(out) as temporary:
            for number, part in enumerate(parts):
                if number == 0:
                    part.to_netcdf(temporary, engine="netcdf4", unlimited_dims=["time"])
                else:
                    _append(temporary, part)
        return
    with _whole_folder(out) as temporary:
        for number, part in enumerate(parts):
            if number == 0:
                _as_zarr(part).to_zarr(temporary, **ZARR)
            else:
                static = [name for name, each in part.variables.items() if "time" not in each.dims]
                _as_zarr(part.drop_vars(static)).to_zarr(temporary, append_dim="time", **ZARR)


def _append(path: Path, part: xr.Dataset) -> None:
    with netCDF4.Dataset(path, "a") as file:
        file.set_auto_mask(False)
        n = len(file.dimensions["time"])
        for name, variable in part.variables.items():
            if "time" in variable.dims:
                file[str(name)][n:] = variable.values


def _as_zarr(dataset: xr.Dataset) -> xr.Dataset:
    """Encode as zarr does: its own compression."""
    dataset = dataset.copy()
    for variable in dataset.variables.values():
        kept = {key: variable.encoding[key] for key in ("_FillValue",) if key in variable.encoding}
        if chunks := variable.encoding.get("chunksizes"):
            kept["chunks"] = chunks
        variable.encoding = kept
    return dataset


@contextmanager
def _whole_folder(out: Path) -> Iterator[Path]:
    """Write a folder under another name, then put it in the place of the old one."""
    out.parent.mkdir(parents=True, exist_ok=True)
    for remains in out.parent.glob(f".{glob.escape(out.name)}.*.tmp"):
        shutil.rmtree(remains)
    temporary = out.with_name(f".{out.name}.{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        if out.exists():
            old = out.with_name(f"{temporary.name}.old.tmp")
            out.rename(old)
            temporary.rename(out)
            shutil.rmtree(old)
        else:
            temporary.rename(out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
