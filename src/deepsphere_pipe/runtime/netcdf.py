"""Writing netCDF files: whole or not at all, and as the CF conventions have them."""

import os
from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.runtime.conventions import CONVENTIONS

COMPRESSED = {"zlib": True}
"""Encoding of a variable, as xarray has it."""


def flags(meanings: Sequence[str], values: Iterable[int] | None = None) -> dict[str, object]:
    """Return the attributes of bytes that stand for words: 0, 1, … without `values`."""
    numbers = np.array(range(len(meanings)) if values is None else list(values), dtype="u1")
    return {"flag_values": numbers, "flag_meanings": " ".join(meanings)}


def write_netcdf(path: str | os.PathLike, content: xr.Dataset | xr.DataTree, title: str) -> None:
    """Write a data set, or a tree of groups, to one netCDF-4 file, which appears when complete.

    Variables lose their fill values: where nothing is missing there is none. The title says in
    words what the file holds.
    """
    tree = content if isinstance(content, xr.DataTree) else xr.DataTree(content)
    tree.attrs = {"Conventions": CONVENTIONS, "title": title} | tree.attrs
    for group in tree.subtree:
        for variable in group.variables.values():
            variable.encoding.setdefault("_FillValue", None)
            if np.issubdtype(variable.dtype, np.str_):
                # Re-opening a file with strings of variable length crashes in HDF5 2.2.
                variable.encoding["dtype"] = "S1"
    with atomic_write(path) as temporary:
        tree.to_netcdf(temporary, engine="netcdf4")
