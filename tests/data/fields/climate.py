"""A climate that is known at every place, and data sets of it as others leave them."""

import numpy as np
import xarray as xr

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.remap.grids import degrees_of

CHANNELS = {channel.name: channel for channel in cam5_channels()}
LATITUDE, LONGITUDE = np.linspace(90, -90, 19), np.arange(0, 360, 10.0)
TIMES = ["2020-01-01T00:00", "2020-01-01T06:00", "2020-01-01T12:00"]
SPREAD = {"PRECT": 0.1}


def climate(name, longitude, latitude, time):
    """Return a channel in its units at places in degrees."""
    channel = CHANNELS[name]
    east, north = np.radians(longitude), np.radians(latitude)
    standard = 0.6 * np.sin(north) + 0.3 * np.cos(north) * np.cos(east - 0.4) + time / 10
    std = channel.published_std * SPREAD.get(name, 0.5)
    return channel.published_mean + std * standard


def on_grid(name, latitude=LATITUDE, longitude=LONGITUDE, n_times=3):
    """Return a channel (time, latitude, longitude)."""
    times = np.arange(n_times)[:, None, None]
    return climate(name, longitude[None, None], latitude[None, :, None], times)


def assert_is_climate(fields, names, time=0, **tolerance):
    """Compare what is read with the climate at the places where the grid says that it is."""
    longitude, latitude = degrees_of(fields.grid)
    read = fields.read(names, time)
    assert read.dtype == np.float32
    for name, row in zip(names, read, strict=True):
        scale = CHANNELS[name].published_std
        wanted = climate(name, longitude, latitude, time)
        np.testing.assert_allclose(row, wanted, rtol=2e-6, atol=tolerance.get("atol", 1e-5) * scale)


def dataset(variables, latitude=LATITUDE, longitude=LONGITUDE, time=TIMES, names=None):
    """Return variables on a grid: {name: (channel, factor, offset, attributes)}."""
    at, north, east = names or ("time", "latitude", "longitude")
    content = {
        name: (
            (at, north, east),
            (on_grid(channel, latitude, longitude, len(time)) - offset) / factor,
            attributes,
        )
        for name, (channel, factor, offset, attributes) in variables.items()
    }
    coordinates = {
        at: (at, np.array(time, "datetime64[ns]"), {"standard_name": "time"}),
        north: (north, latitude, {"units": "degrees_north", "standard_name": "latitude"}),
        east: (east, longitude, {"units": "degrees_east", "standard_name": "longitude"}),
    }
    return xr.Dataset(content, coordinates)


def plain():
    """Return three channels by their own names."""
    return dataset({n: (n, 1, 0, {"units": CHANNELS[n].units}) for n in ("TMQ", "PSL", "T500")})


def on_levels(name, upper, level_name, levels, factor=1.0, level_units="hPa", **attributes):
    """Return a variable on pressure levels, {channel: level in those units} being the climate."""
    parts = [
        on_grid(upper[level]) / factor
        if level in upper
        else np.full((len(TIMES), LATITUDE.size, LONGITUDE.size), 7e4)
        for level in levels
    ]
    values = np.stack(parts, axis=1)
    level = (level_name, np.array(levels, "f8"), {"units": level_units} if level_units else {})
    dims = ("time", level_name, "latitude", "longitude")
    return (
        plain()[["PSL"]]
        .assign_coords({level_name: level})
        .assign({name: (dims, values, attributes)})
    )
