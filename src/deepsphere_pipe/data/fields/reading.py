"""Climate fields of a data set: variables found, levels picked, units converted, grid told."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property

import numpy as np
import xarray as xr

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.data.fields.channel_table import NO_NAMES, channel_table
from deepsphere_pipe.data.fields.grids import Placement, placement, same_grid
from deepsphere_pipe.data.fields.humidity import HumidityColumn, humidity_column
from deepsphere_pipe.data.fields.times import Times, times_of
from deepsphere_pipe.data.fields.variables import UNLABELLED_DIMS, Found, find
from deepsphere_pipe.errors import Unreachable, UserError
from deepsphere_pipe.remap import Grid
from deepsphere_pipe.samplings.coordinates import with_texts

DAMAGES = (
    OSError,
    ValueError,
    RuntimeError,
    KeyError,
    IndexError,
    TypeError,
    EOFError,
    OverflowError,
    zlib.error,
    SystemError,
)
"""What reading a damaged file can raise."""

FINEST = 50_000_000
"""Points: a file that claims a finer grid than 0.04 degrees is damaged, or fills the memory."""


class ClimateFields:
    """The channels that a data set holds; nothing is loaded before it is read.

    Parameters
    ----------
    dataset
        As xarray opens it, decoded.
    own_names
        Names of variables before those of the packaged table, see `channel_table`.

    Attributes
    ----------
    channels
        What it holds.
    problems
        Channels for which a variable stands that cannot be used, with the reason.
    notes
        What was found under another name or converted.

    Raises
    ------
    UserError
        If coordinates are damaged.
    """

    def __init__(self, dataset: xr.Dataset, own_names: Mapping[str, object] = NO_NAMES) -> None:
        _load_coordinates(dataset)
        self.dataset = dataset = with_texts(dataset)
        self.problems: dict[str, str] = {}
        self._found: dict[str, Found | HumidityColumn] = {}
        self._placements: dict[tuple, Placement] = {}
        table = channel_table(own_names)
        channels = {channel.name: channel for channel in cam5_channels()}
        for name, channel in channels.items():
            try:
                if (found := find(dataset, channel, table[name])) is not None:
                    self._found[name] = found
            except UserError as error:
                self.problems[name] = str(error)
        column = humidity_column(dataset, self._found.get("PS"))
        if column is not None and "TMQ" not in {*self._found, *self.problems}:
            self._found["TMQ"] = column
        self.channels = tuple(channel for name, channel in channels.items() if name in self._found)
        said = (self._found[channel.name].said(channel) for channel in self.channels)
        self.notes = tuple(note for note in said if note)

    @cached_property
    def times(self) -> Times | None:
        """Times, None if the data set tells none; raises UserError if they cannot be decoded."""
        return times_of(self.dataset)

    @cached_property
    def _time_dim(self) -> str | None:
        try:
            return self.times.dim if self.times else None
        except UserError:  # told to who asks for times; where there is one, it is in no way
            return None

    @cached_property
    def grid(self) -> Grid:
        """Where the values of the first channel lie.

        Raises
        ------
        UserError
            If it cannot be told, or there is no channel.
        """
        if not self.channels:
            reason = next(iter(self.problems.values()), None)
            raise UserError(reason or "holds none of the channels, by name or standard_name.")
        return self._place(self._found[self.channels[0].name].name).grid

    def read(self, names: Sequence[str], time: int = 0) -> np.ndarray:
        """Read channels at one of the times.

        Parameters
        ----------
        names
            Channels.
        time
            Which of the times.

        Returns
        -------
        ndarray
            In the units of the channels, (channel, point) float32, NaN where values are missing.

        Raises
        ------
        UserError
            If one is not there, is damaged, or lies on another grid than the first.
        """
        for name in names:
            if name not in self._found:
                raise UserError(self.problems.get(name, f"holds no variable {name}."))
        wanted = [self._found[name] for name in names]
        at: dict[str, list[dict[str, int]]] = {}
        for part in (part for found in wanted for part in found.parts):
            if part.at not in at.setdefault(part.name, []):
                at[part.name].append(part.at)
        for found in wanted:
            if isinstance(found, Found):
                self._check_times(found.name)
        # All levels of a variable at once: they may lie in one chunk, far away.
        loaded = {name: self._values(name, levels, time) for name, levels in at.items()}

        def values(part: Found) -> np.ndarray:
            return loaded[part.name][at[part.name].index(part.at)]

        with np.errstate(over="ignore"):  # what is too large is not finite, and refused as such
            return np.stack([found.values(values).astype(np.float32) for found in wanted])

    def values(self, name: str, time: int = 0) -> np.ndarray:
        """Return a variable that is no channel, such as labels, in the order of the grid, (n,).

        Raises
        ------
        UserError
            As `read`.
        """
        if name not in self.dataset.variables:
            raise UserError(f"holds no variable {name}.")
        self._check_times(name)
        return self._values(name, [{}], time)[0]

    def _check_times(self, name: str) -> None:
        """Refuse a variable that is one and the same at several times."""
        times = self.times if self._time_dim else None
        if times and len(times.values) > 1 and times.dim not in self.dataset[name].dims:
            raise UserError(f"{name}: has no dimension {times.dim}, of which others have several.")

    def _values(self, name: str, levels: list[dict[str, int]], time: int) -> list[np.ndarray]:
        """Return a variable at levels, {} or {dimension: index} each, in the order of the grid."""
        dim = next(iter(levels[0]), None)
        chosen = {dim: [at[dim] for at in levels]} if dim else {}
        # Without coordinates, which would be loaded each time.
        variable = self.dataset.variables[name].isel(chosen)
        if self._time_dim in variable.dims:
            variable = variable.isel({self._time_dim: time})
        place = self._place(name)
        if not same_grid(place.grid, self.grid):
            raise UserError(f"{name}: lies on another grid than the other channels.")
        versions = [str(each) for each in variable.dims if each in UNLABELLED_DIMS]
        known = (*place.dims, *versions, dim)
        others = {str(each): n for each, n in variable.sizes.items() if each not in known}
        if any(size != 1 for size in others.values()):
            raise UserError(
                f"{name} has dimensions {dict(variable.sizes)}, of which "
                f"{', '.join(others)} cannot be chosen from; keep one."
            )
        if np.prod([variable.sizes[each] for each in place.dims], dtype=float) > FINEST:
            raise UserError(f"{name}: has a finer grid than any model.")
        if variable.dtype.kind not in "fiu":
            raise UserError(f"{name}: is of type {variable.dtype}, not numbers.")
        variable = variable.isel(dict.fromkeys(others, 0))
        with _readable(name):
            if versions:
                variable = _merged(variable, versions[0])
            variable = variable.load()
        variable = _within_valid_range(variable)
        each = [variable.isel({dim: i}) for i in range(len(levels))] if dim else [variable]
        return [place.flatten(part) for part in each]

    def _place(self, name: str) -> Placement:
        variable = self.dataset[name]
        keys = ("coordinates", "grid_mapping", "mesh", "location")
        said = (str(variable.encoding.get(k, variable.attrs.get(k))) for k in keys)
        key = (variable.dims, *said)
        if key not in self._placements:
            self._placements[key] = placement(self.dataset, variable)
        return self._placements[key]


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Tell what cannot be read of a variable as a mistake of its file, or of the network."""
    try:
        yield
    except ConnectionError as error:
        raise Unreachable(f"{name}: {_first_line(error)}.") from None
    except (*DAMAGES, MemoryError) as error:
        raise UserError(f"{name} is damaged ({_first_line(error)}).") from None


def _load_coordinates(dataset: xr.Dataset) -> None:
    """Load what tells places, levels and times, so that damage shows here and nowhere else."""
    for name, variable in dataset.variables.items():
        if (name in dataset.coords or variable.ndim < 2) and variable.size <= FINEST:
            with _readable(str(name)):
                variable.load()


def _merged(variable: xr.Variable, dim: str) -> xr.Variable:
    """Return the first version, and the next ones where it has no values."""
    merged = variable.isel({dim: 0}).load()
    for index in range(1, variable.sizes[dim]):
        merged = merged.fillna(variable.isel({dim: index}).load())
    return merged


def _within_valid_range(variable: xr.Variable) -> xr.Variable:
    """Take values outside of what CF's attributes call valid for missing."""
    bounds = variable.attrs.get("valid_range", (None, None))
    if np.size(bounds) != 2:
        return variable
    least = variable.attrs.get("valid_min", bounds[0])
    greatest = variable.attrs.get("valid_max", bounds[1])
    scale = variable.encoding.get("scale_factor", 1.0)
    offset = variable.encoding.get("add_offset", 0.0)
    values = variable
    for bound, keep in ((least, np.greater_equal), (greatest, np.less_equal)):
        if isinstance(bound, int | float | np.number):
            limit = float(bound) * float(scale) + float(offset)
            slack = 1e-6 * max(abs(limit), abs(float(scale)))
            limit += slack if keep is np.less_equal else -slack
            values = values.where(keep(variable, limit))
    return values


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].strip("'\" .")
