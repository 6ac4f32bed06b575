"""A cyclone that moves over the sea for four times and is gone, and a prediction of it."""

import numpy as np
import xarray as xr

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.config.predictions import PredictionConfig
from deepsphere_pipe.config.samplings import IcosahedralConfig
from deepsphere_pipe.samplings import Icosahedral
from deepsphere_pipe.samplings.sampling import unit_vectors
from deepsphere_pipe.samplings.sphere import distance_km

LEVEL = 4
TIMES = np.datetime64("2026-03-25T00") + np.arange(6) * np.timedelta64(6, "h")
PATH = [(120 - n, -15 - n) for n in range(4)]
LAST = "2026-03-25T18"


def settings(path, **follow):
    """Return the section of a study."""
    return PredictionConfig.model_validate(
        {"input": str(path), "follow": {"longitude": 120, "latitude": -15, "until": LAST, **follow}}
    )


def fields(path):
    """Write sea level pressure on a grid of two degrees."""
    latitude, longitude = np.linspace(90, -90, 91), np.arange(180) * 2.0
    points = unit_vectors(*np.meshgrid(longitude, latitude))
    pressure = 101_000 + 900 * points[..., 2] + np.zeros((6, 91, 180))
    for field, place in zip(pressure, PATH, strict=False):
        away = distance_km(points, unit_vectors(*map(np.array, map(float, place))))
        field -= 4000 * np.exp(-((away / 500) ** 2))
    attributes = {"units": "Pa", "standard_name": "air_pressure_at_mean_sea_level"}
    xr.Dataset(
        {"msl": (("time", "latitude", "longitude"), pressure, attributes)},
        {
            "time": TIMES.astype("datetime64[ns]"),
            "latitude": ("latitude", latitude, {"units": "degrees_north"}),
            "longitude": ("longitude", longitude, {"units": "degrees_east"}),
        },
    ).to_netcdf(path)
    return path


def prediction(path, times=TIMES):
    """Write probabilities: 0.9 at the cyclone, but 0.6 at its last time, and one false alarm."""
    points = Icosahedral(LEVEL).coordinates
    cyclone = np.full((6, len(points)), 0.01, np.float32)
    for field, place, value in zip(cyclone, PATH, (0.9, 0.9, 0.9, 0.6), strict=False):
        away = distance_km(points, unit_vectors(*map(np.array, map(float, place))))
        field[away < 350] = value
    false = distance_km(points, unit_vectors(np.array(0.0), np.array(50.0)))
    cyclone[5, false < 400] = 0.8
    zero = np.zeros_like(cyclone)
    probability = np.stack([1 - cyclone, cyclone, zero], axis=1)
    xr.Dataset(
        {
            "probability": (
                ("time", "class", "vertex"),
                probability,
                {"long_name": "probability of each class, mean of 3 networks"},
            )
        },
        {"time": times.astype("datetime64[ns]"), "class": list(CLASSES)},
    ).to_netcdf(path)
    return path


SAMPLING = IcosahedralConfig(level=LEVEL)
