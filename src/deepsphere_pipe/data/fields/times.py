"""The times of a data set, as cftime has them."""

from datetime import timedelta
from typing import NamedTuple

import cf_xarray  # noqa: F401  # the accessor
import cftime
import numpy as np
import pandas as pd
import xarray as xr

from deepsphere_pipe.errors import UserError

NAMES = ("valid_time", "time", "time_index")
"""What variables with times are called; of a forecast, the time that it is for comes first."""


class Times(NamedTuple):
    """The dimension along which times differ (None: one time), and the times."""

    dim: str | None
    values: tuple[cftime.datetime, ...]


def time_name(dataset: xr.Dataset) -> str | None:
    """Return the variable that tells the times of a data set; None if there is none."""
    named = [str(name) for name in dataset.cf.standard_names.get("time", [])]
    names = [name for name in (*NAMES, *named) if name in dataset.variables]
    # One along the dimension of another says more than that: `time` may be when a forecast began.
    return max(dict.fromkeys(names), key=lambda name: dataset[name].size, default=None)


def times_of(dataset: xr.Dataset) -> Times | None:
    """Return the times of a data set, None if it tells none.

    Raises
    ------
    UserError
        If what should be times says no units that xarray can decode, or one is missing.
    """
    name = time_name(dataset)
    if name is None:
        return None
    values = dataset[name].squeeze()
    if values.ndim > 1:
        raise UserError(f"{name}: has dimensions {dict(values.sizes)}; times along one are read.")
    times = [_to_the_minute(as_cftime(name, value)) for value in np.atleast_1d(values.values)]
    if not times:
        raise UserError(f"{name}: is empty.")
    dims = [str(dim) for dim in (values.dims or dataset[name].dims)]
    return Times(dims[0] if dims else None, tuple(times))


def on_the_hour(
    times: tuple[cftime.datetime, ...],
) -> tuple[tuple[cftime.datetime, ...], str | None]:
    """Return times on full hours, as a store has them, and a note where they were not.

    Means over an hour or three are told by the middle (MERRA-2): they get the hour before it.

    Raises
    ------
    UserError
        If some are on the hour and others are not, or at other minutes.
    """
    minutes = {time.minute for time in times}
    if minutes <= {0}:
        return times, None
    if len(minutes) > 1:
        raise UserError(
            f"has times at {', '.join(map(str, sorted(minutes)))} minutes past the hour; those of "
            "a file must be on the hour, or all at the same minute."
        )
    shifted = tuple(time.replace(minute=0) for time in times)
    return shifted, f"Times at {minutes.pop()} minutes past the hour are told by the hour"


def _to_the_minute(time: cftime.datetime) -> cftime.datetime:
    """Undo what single precision does to times."""
    return (time + timedelta(seconds=30)).replace(second=0, microsecond=0)


def as_cftime(name: str, value: object) -> cftime.datetime:
    """Return a value of the variable `name` as a time; raises UserError if it is none."""
    if isinstance(value, cftime.datetime):
        return value
    if isinstance(value, np.datetime64) and not np.isnat(value):
        stamp = pd.Timestamp(value)
        return cftime.datetime(
            *(stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second),
            calendar="proleptic_gregorian",
        )
    raise UserError(
        f"{name}: holds {value}, which is no time; give it units like 'hours since 2000-01-01'."
    )
