"""What a prediction says, as a CF data set: probabilities, classes, where, when, and by whom."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import cftime
import numpy as np
import xarray as xr

from deepsphere_pipe import __version__
from deepsphere_pipe.channels import CLASSES, EVENTS, UNLABELLED
from deepsphere_pipe.data.store import TIME_UNITS
from deepsphere_pipe.prediction.targets import Target
from deepsphere_pipe.runtime.conventions import CONVENTIONS
from deepsphere_pipe.runtime.netcdf import flags

TIMES = 512
"""In a chunk of what has one number for each."""

PROBABILITY, SPREAD, EVENT_CLASS = "probability", "probability_spread", "event_class"


def frame(
    target: Target,
    stamps: Sequence[tuple[int, cftime.datetime]],
    said: Mapping[str, str],
    of_runs: bool,
) -> xr.Dataset:
    """Return all but the predictions.

    Parameters
    ----------
    target
        Where they lie.
    stamps
        Run and time of each.
    said
        Attributes of the whole: title, source, and who predicted.
    of_runs
        Whether it is said which run each is of; all parts of a file must do the same.
    """
    calendar = stamps[0][1].calendar
    hours = cftime.date2num([time for _, time in stamps], TIME_UNITS, calendar)
    of_time = {"standard_name": "time", "units": TIME_UNITS, "calendar": calendar, "axis": "T"}
    of_classes = {"long_name": "background, tropical cyclone, atmospheric river"}
    coordinates = {
        "time": ("time", np.asarray(hours, np.float64), of_time),
        "class": ("class", [*CLASSES], of_classes),
    }
    if of_runs:
        of_run = {"standard_name": "realization", "units": "1"}
        coordinates["run"] = ("time", np.array([run for run, _ in stamps], np.int32), of_run)
    conventions = f"{CONVENTIONS} UGRID-1.0" if "mesh" in target.attributes else CONVENTIONS
    now = datetime.now(UTC).isoformat(timespec="seconds")
    history = f"{now} predicted by deepsphere-pipe {__version__}"
    dataset = xr.Dataset(target.variables, coordinates).set_coords(target.coordinates)
    return dataset.assign_attrs(Conventions=conventions, **said, history=history)


def filled(
    framed: xr.Dataset, target: Target, found: np.ndarray, absent: np.ndarray, masks: bool
) -> xr.Dataset:
    """Return a frame with what networks found.

    Parameters
    ----------
    framed, target
        See `frame`, of these maps.
    found
        Probabilities, (network, map, class, vertex).
    absent
        At which vertices fields were missing, (map, vertex) bool.
    masks
        Whether there is a byte for each class, 1 where it is the most probable, as ARTMIP has it.
    """
    found = np.where(absent[None, :, None], np.float32(np.nan), found)
    found = target.bring(found)
    mean = found.mean(axis=0)
    dims = ("time", "class", *target.dims)
    places = target.attributes
    dataset = framed.copy()
    of_mean = {"long_name": "probability of each class", "units": "1"}
    if len(found) > 1:
        of_mean["long_name"] += f", mean of {len(found)} networks"
        of_spread = {"long_name": f"standard deviation of {len(found)} networks", "units": "1"}
        dataset[SPREAD] = (dims, found.std(axis=0, ddof=1), of_spread | places)
    dataset[PROBABILITY] = (dims, mean, of_mean | places)
    missing = np.isnan(mean[:, 0])
    winner = np.where(missing, UNLABELLED, np.nan_to_num(mean).argmax(axis=1)).astype(np.uint8)
    of_class = {"long_name": "most probable class"} | _with_none(CLASSES)
    dataset[EVENT_CLASS] = (("time", *target.dims), winner, of_class | places)
    for number, name in enumerate(EVENTS if masks else (), start=1):
        of_mask = {"long_name": f"{name} is the most probable class"} | _with_none(("no", "yes"))
        values = np.where(missing, UNLABELLED, winner == number).astype(np.uint8)
        dataset[f"{name.lower()}_binary_tag"] = (("time", *target.dims), values, of_mask | places)
    return encoded(dataset)


def _with_none(meanings: Sequence[str]) -> dict[str, object]:
    """Return the attributes of bytes, with one for where fields were missing."""
    return flags((*meanings, "missing"), (*range(len(meanings)), UNLABELLED))


def encoded(dataset: xr.Dataset) -> xr.Dataset:
    """Say how variables are stored: compressed, a map in a chunk, with marks of missing values."""
    for name, variable in dataset.variables.items():
        if variable.dtype.kind == "U":
            variable.encoding = {"dtype": "S1"}
            continue
        variable.encoding = {"_FillValue": None}
        if variable.dims == ("time",):
            variable.encoding |= {"chunksizes": (TIMES,)}
        elif "time" in variable.dims and variable.ndim > 1:
            chunks = tuple(1 if dim == "time" else size for dim, size in variable.sizes.items())
            variable.encoding = {
                "_FillValue": np.float32(np.nan) if variable.dtype.kind == "f" else None,
                "zlib": True, "complevel": 1, "shuffle": True, "chunksizes": chunks,
            }  # fmt: skip
        elif name == "faces":
            variable.encoding |= {"zlib": True}
    return dataset
