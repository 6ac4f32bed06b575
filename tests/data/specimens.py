"""Small but exact specimens of every format: real names, real layouts, plausible values."""

import io
import zipfile

import h5py
import numpy as np
import xarray as xr

from deepsphere_pipe.channels import CLASSES, cam5_channels
from deepsphere_pipe.data.fields.channel_table import channel_table
from deepsphere_pipe.data.sources.cam5_format import grid_axes
from deepsphere_pipe.samplings import Icosahedral

STAMPS = [
    (2106, 12, 31, 7, 1),
    (2107, 1, 1, 0, 1),
    (2107, 2, 28, 7, 2),
    (2107, 3, 1, 0, 2),  # no 29 February
    (2110, 11, 13, 7, 3),
    (2110, 11, 15, 0, 3),  # a day is missing
    (2115, 6, 1, 4, 4),
    (2115, 6, 1, 4, 6),
]
"""Year, month, day, slot and run; there is no run 5."""

SHAPE = (24, 48)


def physical(standard):
    """Return fields (channel, ...) with published mean and deviation, as far as nature goes."""
    channels = cam5_channels()
    shape = (len(channels),) + (1,) * (np.ndim(standard) - 1)
    mean = np.reshape([c.published_mean for c in channels], shape)
    std = np.reshape([c.published_std for c in channels], shape)
    table = channel_table()
    least, greatest = (
        np.reshape([table[c.name].bounds[side] for c in channels], shape) for side in (0, 1)
    )
    return np.clip(mean + std * np.clip(standard, -3, 3), least, greatest).astype(np.float32)


def random_map(seed, *shape):
    """Return fields (16, *shape) and labels (*shape)."""
    random = np.random.default_rng(seed)
    return physical(random.normal(size=(16, *shape))), random.integers(0, 3, shape).astype(np.uint8)


def map_on(sampling, seed):
    """Return smooth fields (16, vertex), as order can be proven on, and labels (vertex,)."""
    random = np.random.default_rng(seed)
    waves = random.normal(size=(16, 3)) @ sampling.coordinates.T
    fields = physical(waves + 0.01 * random.normal(size=waves.shape))
    return fields, random.integers(0, 3, sampling.n_vertices).astype(np.uint8)


def name_of(stamp, ending):
    year, month, day, slot, run = stamp
    return f"data-{year}-{month:02d}-{day:02d}-{slot:02d}-{run}{ending}"


def npz(fields, labels, dtype=np.float32, /, **arrays):
    """Return the bytes of a member of the UGSCNN archive."""
    one_hot = (labels == np.arange(len(CLASSES))[:, None]).astype(dtype)
    content = io.BytesIO()
    np.savez(content, **({"data": fields.astype(dtype), "labels": one_hot} | arrays))
    return content.getvalue()


def ugscnn_members(level=2, stamps=STAMPS):
    """Return {member: bytes} of a small archive, and {member: (fields, labels)}."""
    sampling = Icosahedral(level)
    maps = {name_of(s, "-mesh.npz"): map_on(sampling, i) for i, s in enumerate(stamps)}
    return {f"data_5_all/{name}": npz(*content) for name, content in maps.items()}, maps


def write_zip(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.mkdir("data_5_all")
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def write_cam5(path, fields, labels, *, channels_last=False, names=("climate/labels_0",)):
    with h5py.File(path, "w") as file:
        file["climate/data"] = np.moveaxis(fields, 0, 2) if channels_last else fields
        for name in names:
            file[name] = labels
    return path


def write_climatenet(path, fields, labels, *, hour=None, north_first=False, only=None):
    """Write one ClimateNet file; fields (16, lat, lon)."""
    lat, lon = grid_axes(*labels.shape)
    dims = ("time", "lat", "lon")
    names = [channel.name for channel in cam5_channels()]
    variables = {
        c.name: (dims, fields[i][None], {"units": c.units})
        for i, c in enumerate(cam5_channels())
        if only is None or names[i] in only
    }
    variables["LABELS"] = (dims[1:], labels.astype(np.int64))
    day = path.name[5:15]
    coordinates = {"lat": lat, "lon": lon}
    if hour is not None:
        time = xr.date_range(f"{day}T{hour:02d}:00", periods=1, calendar="noleap", use_cftime=True)
        coordinates["time"] = time
    file = xr.Dataset(variables, coordinates)
    file.isel(lat=slice(None, None, -1) if north_first else slice(None)).to_netcdf(path)
    return path
