"""What files of predicted maps share: where the vertices lie, what maps they are, the truth."""

import netCDF4
import numpy as np

from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.data.store import TIME_UNITS
from deepsphere_pipe.graphs.hierarchy import Level


def write_variable(
    file: netCDF4.Dataset,
    name: str,
    kind: str,
    dimensions: tuple[str, ...],
    values: np.ndarray | list,
    **attributes: str,
) -> None:
    """Write one variable with its attributes, compressed if it is one of bytes."""
    variable = file.createVariable(name, kind, dimensions, zlib=kind == "u1")
    variable.setncatts(attributes)
    variable[:] = values


def write_maps(file: netCDF4.Dataset, maps: MapLoader, level: Level) -> None:
    """Write the dimensions `map` and `vertex`, and all but the predictions.

    Parameters
    ----------
    file : Dataset
        Open for writing.
    maps : MapLoader
        The maps, unshuffled.
    level : Level
        The finest level of the sphere.
    """
    store, indices = maps.store, maps.indices
    for name, size in (("map", len(indices)), ("vertex", store.n_vertices)):
        file.createDimension(name, size)
    # Maps show moisture where there is any; a study may have left it out of its channels.
    shown = "TMQ" if "TMQ" in store.channels else store.channels[0]
    channel = store.channels.index(shown)
    moisture = [store.fields(i)[channel] for i in indices]
    hours, by_map = store.hours[indices], ("map", "vertex")
    write_variable(file, "longitude", "f8", ("vertex",), level.longitude, units="degrees_east")
    write_variable(file, "latitude", "f8", ("vertex",), level.latitude, units="degrees_north")
    write_variable(file, "areas", "f8", ("vertex",), level.areas, units="sr")
    write_variable(file, "time", "f8", ("map",), hours, units=TIME_UNITS, calendar=store.calendar)
    write_variable(file, "run", "i4", ("map",), store.runs[indices])
    write_variable(file, "truth", "u1", by_map, [store.labels(i) for i in indices])
    write_variable(file, "tmq", "f4", by_map, moisture, long_name=shown)
