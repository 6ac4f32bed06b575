"""What files of predicted maps share: where the vertices lie, what maps they are, the truth."""

import numpy as np
import xarray as xr

from deepsphere_pipe.channels import CLASSES, UNLABELLED, cam5_channels
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.data.store import TIME_UNITS
from deepsphere_pipe.graphs.hierarchy import Level
from deepsphere_pipe.runtime.netcdf import COMPRESSED, flags
from deepsphere_pipe.samplings.metadata import data_attributes, mesh_variables


def maps_dataset(maps: MapLoader, level: Level) -> xr.Dataset:
    """Return all but the predictions: the mesh, and of each map its time, run, truth and moisture.

    Parameters
    ----------
    maps
        The maps, unshuffled.
    level
        The finest level of the hierarchy.
    """
    store, indices = maps.store, maps.indices
    # Maps show moisture where there is any; a study may have left it out of its channels.
    shown = "TMQ" if "TMQ" in store.channels else store.channels[0]
    field = next(channel for channel in cam5_channels() if channel.name == shown)
    moisture = np.stack([store.fields(i)[store.channels.index(shown)] for i in indices])
    truth = np.stack([store.labels(i) for i in indices])
    labels = flags((*CLASSES, "unlabelled"), (*range(len(CLASSES)), UNLABELLED))
    of_field = {"long_name": shown, "standard_name": field.standard_name, "units": field.units}
    by_map, on_mesh = ("map", "vertex"), data_attributes(level)
    time = {"standard_name": "time", "units": TIME_UNITS, "calendar": store.calendar}
    dataset = xr.Dataset(
        mesh_variables(level)
        | {
            "time": ("map", store.hours[indices].astype(float), time),
            "run": ("map", store.runs[indices], {"standard_name": "realization", "units": "1"}),
            "truth": (by_map, truth, {"long_name": "true class"} | labels | on_mesh, COMPRESSED),
            "tmq": (by_map, moisture, of_field | on_mesh),
        }
    )
    if "faces" in dataset:
        dataset["faces"].encoding.update(COMPRESSED)
    return dataset.set_coords(["longitude", "latitude", "time", "run"])
