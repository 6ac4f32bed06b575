"""What networks answered, as maps need it: places, times and classes of whatever form of file."""

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import xarray as xr

from deepsphere_pipe.channels import CLASSES, EVENTS, UNLABELLED
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.reading import reading
from deepsphere_pipe.samplings import make_sampling
from deepsphere_pipe.samplings.coordinates import area_name, axis_names, degrees_of, steradians_of

PROBABILITY, EVENT_CLASS = "probability", "event_class"
MOST_NAMED = 3


def open_answers(path: Path) -> xr.Dataset:
    """Open a file or zarr folder that `predict` wrote; nothing is loaded yet.

    Raises
    ------
    UserError
        If it cannot be read.
    """
    with reading(path, "a prediction"):
        return xr.open_dataset(path, engine="zarr" if path.is_dir() else "netcdf4")


class Answers:
    """Probabilities and classes at places of the sphere; a map is read where it is asked for.

    Parameters
    ----------
    dataset
        As `predict` returns it: ``probability`` (time, class, …) on ``vertex`` or on two
        dimensions of a grid.

    Attributes
    ----------
    longitude, latitude
        Degrees, (place,).
    areas
        Of the cells in steradian, (place,); None if they are not told.
    times
        Of the maps, as ``2026-03-26T06:00``.

    Raises
    ------
    UserError
        If it holds no probabilities, or does not say where they lie.
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        if PROBABILITY not in dataset or "class" not in dataset[PROBABILITY].dims:
            raise UserError("holds no 'probability' by class; give what 'predict' wrote.")
        for name in {PROBABILITY, EVENT_CLASS} & dataset.data_vars.keys():
            if dataset[name].dtype.kind not in "fiu":
                raise UserError(f"{name}: is of type {dataset[name].dtype}, not numbers.")
        one = dataset if "time" in dataset[PROBABILITY].dims else dataset.expand_dims("time")
        self._dataset = one
        first = one[PROBABILITY].isel({"time": 0, "class": 0})
        self._dims = tuple(map(str, first.dims))
        self.longitude, self.latitude = _places(one, first)
        area = area_name(one, str(first.attrs.get("cell_measures", "")))
        self.areas = None if area is None else steradians_of(one, area).ravel()
        told = one["class"].values.tolist() if "class" in one.coords else CLASSES
        names = [name.decode() if isinstance(name, bytes) else str(name) for name in told]
        if not set(CLASSES) <= set(names):
            raise UserError(f"has the classes {', '.join(names)}, not {', '.join(CLASSES)}.")
        self._order = [names.index(name) for name in CLASSES]

    def __len__(self) -> int:
        return self._dataset.sizes["time"]

    @cached_property
    def times(self) -> list[str]:
        if "time" not in self._dataset.coords:
            return [f"map {number}" for number in range(len(self))]
        return [str(each) for each in self._dataset["time"].dt.strftime("%Y-%m-%dT%H:%M").values]

    def probability(self, index: int) -> np.ndarray:
        """Return the probabilities at a time, (class, place), NaN where there are none."""
        values = self._dataset[PROBABILITY].isel(time=index).transpose("class", *self._dims)
        return values.values.reshape(len(values), -1)[self._order]

    def classes(self, index: int) -> np.ndarray:
        """Return the most probable class at a time, (place,) uint8."""
        if EVENT_CLASS in self._dataset:
            found = self._dataset[EVENT_CLASS].isel(time=index).transpose(*self._dims).values
            return np.where(np.isfinite(found), found, UNLABELLED).astype(np.uint8).ravel()
        found = self.probability(index)
        winner = np.nan_to_num(found).argmax(axis=0)
        return np.where(np.isnan(found).any(axis=0), UNLABELLED, winner).astype(np.uint8)

    def event_areas(self, index: int) -> np.ndarray:
        """Return the area of each event class at a time, (event,); of cells, if none is told."""
        labels, areas = self.classes(index), self.areas
        weights = np.ones(labels.size) if areas is None else areas
        return np.array([weights[labels == CLASSES.index(name)].sum() for name in EVENTS])

    def strongest(self) -> int:
        """Return the time with most events, each class measured by its mean."""
        areas = np.array([self.event_areas(index) for index in range(len(self))])
        mean = areas.mean(axis=0)
        return int((areas[:, mean > 0] / mean[mean > 0]).sum(axis=1).argmax())

    def index_of(self, text: str) -> int:
        """Return which time a number, or the beginning of a stamp, means.

        Raises
        ------
        UserError
            If there is no such time.
        """
        if re.fullmatch(r"-?\d+", text) and -len(self) <= int(text) < len(self):
            return range(len(self))[int(text)]
        wanted = text.strip().replace(" ", "T")
        for index, time in enumerate(self.times):
            if time.startswith(wanted) or f"{time}:00".startswith(wanted):
                return index
        raise UserError(
            f"there is no time '{text}'; there are {len(self)}, {_some(self.times)}: give one of "
            "them, or its number from 0."
        )

    def title(self, index: int) -> str:
        """Return time, run and networks of a map."""
        time = self.times[index].replace("T", " ")
        title = time if time.startswith("map") else f"{time} UTC"
        if "run" in self._dataset.coords and self._dataset["run"].dims == ("time",):
            title += f", ensemble run {int(self._dataset['run'][index])}"
        said = self._dataset.attrs
        names = str(said.get("models") or said.get("predicted_by") or "").split(", ")
        names = [re.sub(r" \(.*\)", "", name) for name in names if name]
        if len(names) > MOST_NAMED:
            names = [f"{len(names)} networks ({names[0]}, …)"]
        return f"{title}, predicted by {', '.join(names)}" if names else title


def _places(dataset: xr.Dataset, variable: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """Return longitude and latitude of the values in their order, flat."""
    mapping = dataset.variables.get(variable.attrs.get("grid_mapping"))
    try:
        names = axis_names(dataset, variable)
    except UserError:
        if mapping is None or mapping.attrs.get("grid_mapping_name") != "healpix":
            raise
        nside = 2 ** int(mapping.attrs["refinement_level"])
        sampling, index = make_sampling("healpix", nside=nside), dataset["healpix_index"].values
        return sampling.longitude[index], sampling.latitude[index]
    angles = [
        xr.DataArray(degrees_of(dataset, name, axis), dims=dataset[name].dims)
        for axis, name in names.items()
    ]
    shape = dict(variable.sizes)
    longitude, latitude = (
        each.broadcast_like(xr.DataArray(np.empty([*shape.values()]), dims=[*shape]))
        .transpose(*variable.dims)
        .values.ravel()
        for each in angles
    )
    return longitude, latitude


def _some(times: Sequence[str]) -> str:
    return times[0] if len(times) == 1 else f"from {times[0]} to {times[-1]}"
