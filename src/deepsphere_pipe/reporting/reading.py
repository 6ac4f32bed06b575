"""Files of results are read alike: what is wrong with one is told in a sentence."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import pandas as pd
import xarray as xr

from deepsphere_pipe.errors import UserError


@contextmanager
def reading(path: str | os.PathLike, kind: str) -> Iterator[None]:
    """Tell what goes wrong within as a UserError: that the file cannot be read as of its kind."""
    try:
        yield
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{path} cannot be read as {kind}: {error}") from error


def read_netcdf(path: str | os.PathLike, kind: str, **options: Any) -> xr.Dataset:
    """Return all of a netCDF file; UserError if it cannot be read as of its kind."""
    with reading(path, kind), xr.open_dataset(path, engine="netcdf4", **options) as file:
        return file.load()


def read_table(
    path: str | os.PathLike, kind: str, columns: Sequence[str], made_by: str = ""
) -> pd.DataFrame:
    """Return a csv file; UserError if it cannot be read or lacks one of the columns.

    The error names what kind of file it is to be, with its article, and the command that makes it.
    """
    with reading(path, kind):
        table = pd.read_csv(path)
    for column in columns:
        if column not in table:
            advice = f"; make it with '{made_by}'." if made_by else ""
            raise UserError(f"{path} is not {kind}: it lacks the column {column}{advice}")
    return table


def published(name: str, package: str) -> pd.DataFrame:
    """Return a table of published values, a csv file that lies beside the modules of a package."""
    with (files(package) / name).open(encoding="utf-8") as file:
        return pd.read_csv(file)
