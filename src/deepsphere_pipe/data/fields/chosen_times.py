"""The times of a data set that are wanted, chosen before any but their numbers is decoded."""

import re
from collections.abc import Mapping
from datetime import timedelta

import cftime
import numpy as np
import xarray as xr

from deepsphere_pipe.data.fields.times import as_cftime, time_name
from deepsphere_pipe.errors import UserError

HOUR = timedelta(hours=1)
WITHIN_HOURS = 1 / 120
"""Half a minute: single precision moves times by less."""


def choose_times(dataset: xr.Dataset, chosen: Mapping[str, object]) -> xr.Dataset | None:
    """Return a data set at the times that are wanted, None if it has none of them.

    Parameters
    ----------
    dataset
        Decoded, or as it is in the file: an archive has a million times, of which decoding all
        would take half a minute.
    chosen
        As keys of `config.inputs.TimesConfig`.

    Raises
    ------
    UserError
        If the calendar has no such date, or nothing tells the times.
    """
    if not any(chosen.values()):
        return dataset
    name = time_name(dataset)
    if name is None or dataset[name].size == 0:
        raise UserError("tells no times, of which 'data.times' could choose.")
    values = dataset[name]
    if values.squeeze().ndim > 1:
        raise UserError(f"{name}: has dimensions {dict(values.sizes)}; times along one are read.")
    units, calendar, numbers = _in_numbers(name, values)
    start, end = (chosen.get(key) for key in ("start", "end"))
    first = _bounds(str(start), calendar)[0] if start else None
    wanted = np.ones(numbers.shape, dtype=bool)

    def number(time: cftime.datetime) -> float:
        return float(cftime.date2num(time, units, calendar))

    origin = cftime.datetime(1, 1, 1, calendar=calendar) if first is None else first
    an_hour = number(origin + HOUR) - number(origin)
    slack = WITHIN_HOURS * an_hour
    if first is not None:
        wanted &= numbers >= number(first) - slack
    if end:
        wanted &= numbers < number(_bounds(str(end), calendar)[1]) - slack
    if every := chosen.get("every_hours"):
        step = int(str(every)) * an_hour
        after = (numbers - number(origin) + slack) % step
        wanted &= after < 2 * slack
    if not wanted.any():
        return None
    if wanted.all() or not values.dims:
        return dataset
    dim = next(dim for dim in values.dims if values.sizes[dim] == values.size)
    return dataset.isel({dim: _as_slice(np.flatnonzero(wanted))})


def _in_numbers(name: str, values: xr.DataArray) -> tuple[str, str, np.ndarray]:
    """Return times as numbers since some date, with units and calendar."""
    units = str(values.attrs.get("units", ""))
    if values.dtype.kind in "fiu" and " since " in units:
        calendar = str(values.attrs.get("calendar", "standard")).lower()
        try:
            cftime.num2date(0, units, calendar)
        except ValueError as error:
            raise UserError(f"{name}: has times that cannot be decoded ({error}).") from None
        return units, calendar, np.atleast_1d(values.values.squeeze()).astype(np.float64)
    times = [as_cftime(name, value) for value in np.atleast_1d(values.values.squeeze())]
    units = "hours since 2000-01-01"
    return units, times[0].calendar, np.asarray(cftime.date2num(times, units), np.float64)


def _bounds(text: str, calendar: str) -> tuple[cftime.datetime, cftime.datetime]:
    """Return where what a text names begins and ends: a year, month, day, hour or minute."""
    parts = [int(part) for part in re.findall(r"\d+", text)][:5]
    year, month, day, hour, minute = [*parts, *(0, 1, 1, 0, 0)[len(parts) :]]
    try:
        first = cftime.datetime(year, month, day, hour, minute, calendar=calendar)
        if len(parts) == 1:
            return first, first.replace(year=year + 1)
        if len(parts) == 2:
            return first, first.replace(year=year + month // 12, month=month % 12 + 1)
    except ValueError:
        raise UserError(f"data.times: {text} is no date of the calendar {calendar}.") from None
    return first, first + (None, None, None, 24 * HOUR, HOUR, HOUR / 60)[len(parts)]


def _as_slice(chosen: np.ndarray) -> slice | np.ndarray:
    """Return evenly spaced places as a slice, which reads no more than them."""
    steps = np.unique(np.diff(chosen))
    if steps.size > 1:
        return chosen
    step = int(steps[0]) if steps.size else 1
    return slice(int(chosen[0]), int(chosen[-1]) + 1, step)
