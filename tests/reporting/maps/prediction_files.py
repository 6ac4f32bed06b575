"""Predictions as `predict` writes them: on vertices with a mesh, on HEALPix, on a grid."""

import numpy as np
import xarray as xr

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.samplings import LatLonGrid
from deepsphere_pipe.samplings.coordinates import EARTH_RADIUS
from deepsphere_pipe.samplings.metadata import data_attributes, mesh_variables

CYCLONE = (130.0, -15.0)
"""Longitude and latitude of the cyclone at the first time; it moves westward."""


def probabilities(longitude, latitude, n_times):
    """Return (time, class, place) of a cyclone on its way and of a river along a parallel."""
    time = np.arange(n_times)[:, None]
    east = (longitude - (CYCLONE[0] - 8 * time) + 180) % 360 - 180
    distance = np.hypot(east * np.cos(np.radians(latitude)), latitude - CYCLONE[1])
    cyclone = 0.95 * np.exp(-((distance / (6 + 3 * np.sin(time))) ** 2))
    along = np.abs((longitude + 160) % 360 - 180) < 40
    river = np.broadcast_to(0.9 * along * np.exp(-(((latitude - 40) / 8) ** 2)), cyclone.shape)
    found = np.stack([1 - cyclone - river, cyclone, river], axis=1)
    return np.clip(found, 0, 1).astype(np.float32)


def prediction(place, n_times=4, dims=None):
    """Return a prediction on a sampling or a grid of latitudes and longitudes."""
    if isinstance(place, LatLonGrid):
        dims = ("lat", "lon")
        longitude, latitude = (
            each.ravel() for each in np.meshgrid(place.longitudes, place.latitudes)
        )
        variables = {
            "lat": (
                "lat",
                place.latitudes,
                {"standard_name": "latitude", "units": "degrees_north"},
            ),
            "lon": (
                "lon",
                place.longitudes,
                {"standard_name": "longitude", "units": "degrees_east"},
            ),
        }
        areas, said = place.cell_areas, {}
    else:
        dims = ("vertex",)
        longitude, latitude, areas = place.longitude, place.latitude, place.areas
        variables, said = mesh_variables(place), data_attributes(place)
        del variables["areas"]
    found = probabilities(longitude, latitude, n_times).reshape(n_times, 3, *np.shape(areas))
    of_area = {"standard_name": "cell_area", "units": "m2"}
    said |= {"cell_measures": "area: cell_area"}
    dataset = xr.Dataset(
        variables
        | {
            "cell_area": (dims, areas * EARTH_RADIUS**2, of_area),
            "time": ("time", 6.0 * np.arange(n_times), {
                "units": "hours since 2026-03-25", "calendar": "standard",
            }),
            "class": ("class", [*CLASSES]),
            "probability": (("time", "class", *dims), found, said),
            "event_class": (("time", *dims), found.argmax(axis=1).astype(np.uint8), said),
        },
        attrs={"models": "unet-seed0 (1a2b3c4d), unet-seed1 (5e6f7a8b)"},
    )  # fmt: skip
    return xr.decode_cf(dataset.set_coords([n for n in ("longitude", "latitude") if n in dataset]))
