"""Maps in the order of time: classes and probabilities, of a prediction or of a store's labels."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cftime
import numpy as np

from deepsphere_pipe.channels import CLASSES, UNLABELLED
from deepsphere_pipe.data.fields.opening import open_fields
from deepsphere_pipe.data.fields.times import times_of
from deepsphere_pipe.data.store import TIME_UNITS
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.tracking.surface import Placed, Surface, surface_of

PROBABILITY, EVENT_CLASS, LABELS = "probability", "event_class", "labels"


class Moment(NamedTuple):
    """One map.

    Attributes
    ----------
    classes
        Class of every cell, (cell,) uint8; 255 where there is none.
    probability
        (class, cell) float32; None of labels.
    """

    classes: np.ndarray
    probability: np.ndarray | None


@dataclass(frozen=True)
class Order:
    """The maps of a file in the order of run and time.

    Attributes
    ----------
    index
        Which map of the file, (map,) int64.
    runs
        (map,) int64.
    times
        In the calendar of the data, (map,).
    hours
        The same since 2000-01-01, (map,) float64.
    """

    index: np.ndarray
    runs: np.ndarray
    times: tuple[cftime.datetime, ...]
    hours: np.ndarray

    @classmethod
    def of(cls, times: tuple[cftime.datetime, ...], runs: np.ndarray) -> "Order":
        """Sort maps; of several of one time and run the first one counts."""
        hours = np.asarray(cftime.date2num([*times], TIME_UNITS, times[0].calendar), np.float64)
        index = np.lexsort((np.arange(len(hours)), hours, runs))
        same = (np.diff(hours[index]) == 0) & (np.diff(runs[index]) == 0)
        if same.any():
            index = index[np.append(True, ~same)]
            print(f"{same.sum()} maps are of a time and run that is there already and left out.")
        return cls(index, runs[index], tuple(times[i] for i in index), hours[index])

    @property
    def step_hours(self) -> float:
        """The usual time from map to map: the most frequent one; infinite of single maps."""
        steps = np.diff(self.hours)[np.diff(self.runs) == 0]
        if not len(steps):
            return np.inf
        lengths, counts = np.unique(np.round(steps, 6), return_counts=True)
        return float(lengths[counts.argmax()])

    def chosen(self, which: np.ndarray) -> "Order":
        """Return the order of some of the maps, by a mask over this one."""
        kept = np.flatnonzero(which)
        times = tuple(self.times[i] for i in kept)
        return Order(self.index[kept], self.runs[kept], times, self.hours[kept])


class MapFile:
    """A prediction of `predict`, or a store that `prepare` wrote; use it as a context manager.

    Parameters
    ----------
    path
        netCDF file or zarr folder.

    Attributes
    ----------
    surface : Surface
    order : Order
    kind
        ``prediction`` or ``labels``.

    Raises
    ------
    UserError
        If it is neither, or does not say where and when its maps are.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._dataset = open_fields(path)
        there = [n for n in (PROBABILITY, EVENT_CLASS, LABELS) if n in self._dataset.variables]
        if not there:
            raise UserError(
                f"{path}: holds no '{PROBABILITY}' or '{EVENT_CLASS}', as 'predict' writes them, "
                f"and no '{LABELS}', as 'prepare' does."
            )
        self._name = there[0]
        self.kind = "labels" if there[0] == LABELS else "prediction"
        self._placed: Placed = surface_of(self._dataset, self._dataset[self._name])
        self.surface: Surface = self._placed.surface
        times = times_of(self._dataset)
        if times is None or times.dim is None:
            raise UserError(f"{path}: tells no times along which maps follow each other.")
        self._time = times.dim
        runs = self._dataset["run"].values if "run" in self._dataset.variables else 0
        self.order = Order.of(times.values, np.broadcast_to(runs, len(times.values)).astype(int))

    def __enter__(self) -> "MapFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._dataset.close()

    def read(self, index: int) -> Moment:
        """Return the map with a number in the file."""
        if self._name != PROBABILITY:
            return Moment(np.nan_to_num(self._flat(index), nan=UNLABELLED).astype(np.uint8), None)
        found = self._flat(index).astype(np.float32)
        missing = np.isnan(found[0])
        classes = np.nan_to_num(found).argmax(axis=0).astype(np.uint8)
        return Moment(np.where(missing, np.uint8(UNLABELLED), classes), found)

    def __iter__(self) -> Iterator[Moment]:
        """Yield the maps in their order."""
        return map(self.read, self.order.index)

    def _flat(self, index: int) -> np.ndarray:
        values: Any = self._dataset[self._name].variable[{self._time: index}]
        values = values.transpose(..., *self._placed.dims).values
        values = values.reshape(*values.shape[: values.ndim - len(self._placed.dims)], -1)
        if self._name == PROBABILITY and values.shape[0] != len(CLASSES):
            raise UserError(f"{self.path}: '{PROBABILITY}' is not of {', '.join(CLASSES)}.")
        return values if self._placed.order is None else values[..., self._placed.order]
