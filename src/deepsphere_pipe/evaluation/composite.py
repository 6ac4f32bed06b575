"""Composites of tropical cyclones: the mean storm that a network finds, and the one that it misses.

The fields around the centre of each true cyclone are brought to one frame and averaged, separately
for hits and misses. The frame keeps distance and direction from the centre (azimuthal equidistant).
Its y axis points to the pole, so that cyclones of both hemispheres rotate the same way.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import xarray as xr
from scipy.spatial import cKDTree

from deepsphere_pipe.channels import CLASSES, cam5_channels
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.evaluation.events import Event
from deepsphere_pipe.graphs.hierarchy import Level
from deepsphere_pipe.runtime.netcdf import flags, write_netcdf
from deepsphere_pipe.samplings.sampling import disc_radii, unit_vectors
from deepsphere_pipe.samplings.sphere import EARTH_RADIUS_KM

N_CYCLONES = 200
"""At most so many are averaged, spread evenly over the test maps."""

HALF_WIDTH_KM, STEP_KM = 1500, 75

NEIGHBOURS = 4
"""Vertices between which a field is interpolated, by inverse distance."""

MAX_DISTANCE = 1.6
"""How far a field is known from a vertex, in radii of the disc of a cell's area."""

OUTCOMES = ("hit", "miss")
FIELDS = ("PSL", "TMQ")
WINDS = (("U850", "V850"), ("UBOT", "VBOT"))
"""Components of the wind whose speed is averaged: the first pair that there is."""


class StormFrame:
    """Places around any centre, `HALF_WIDTH_KM` in each direction.

    Parameters
    ----------
    level
        Where the vertices lie.

    Attributes
    ----------
    axis : ndarray, (n,)
        Places along x and along y, in km.
    """

    def __init__(self, level: Level) -> None:
        self.axis = np.arange(-HALF_WIDTH_KM, HALF_WIDTH_KM + 1, STEP_KM, dtype=float)
        self._tree = cKDTree(level.coordinates)
        # Beyond a partial sphere there is nothing to show.
        self._max_distance = MAX_DISTANCE * disc_radii(level.areas)

    def coordinates(self, longitude: float, latitude: float) -> np.ndarray:
        """Return unit vectors to the points around a centre in degrees, (y, x, 3)."""
        x, y = np.meshgrid(self.axis, self.axis)
        if latitude < 0:
            y = -y  # poleward is up
        centre, east = unit_vectors(np.array([longitude, longitude + 90]), np.array([latitude, 0]))
        north = np.cross(centre, east)
        distance = np.hypot(x, y)
        direction = (x[..., None] * east + y[..., None] * north) / np.maximum(distance, 1e-9)[
            ..., None
        ]
        angle = (distance / EARTH_RADIUS_KM)[..., None]
        return np.cos(angle) * centre + np.sin(angle) * direction

    def interpolate(self, fields: np.ndarray, longitude: float, latitude: float) -> np.ndarray:
        """Return fields (field, vertex) around a centre, (field, y, x); NaN beyond the vertices."""
        points = self.coordinates(longitude, latitude)
        distance, vertex = self._tree.query(points, k=NEIGHBOURS)
        weight = 1 / np.maximum(distance, 1e-9)
        weight /= weight.sum(axis=-1, keepdims=True)
        values = (fields[:, vertex] * weight).sum(axis=-1)
        values[:, distance[..., 0] > self._max_distance[vertex[..., 0]]] = np.nan
        return values


def choose_cyclones(events: Sequence[Event], n: int = N_CYCLONES) -> list[Event]:
    """Return at most n of the true cyclones, evenly spread in the order of the events."""
    cyclones = [each for each in events if each.class_name == "TC" and each.side == "true"]
    if len(cyclones) <= n:
        return cyclones
    return [cyclones[i] for i in np.linspace(0, len(cyclones) - 1, n).round().astype(int)]


@torch.inference_mode()
def write_composite(
    path: str | Path,
    network: torch.nn.Module,
    maps: MapLoader,
    device: torch.device,
    level: Level,
    events: Sequence[Event],
    run_name: str,
) -> None:
    """Write the mean fields around true cyclones, of hits and of misses.

    Parameters
    ----------
    path
        netCDF file to write: mean fields (outcome, y, x), the share of truth, the mean probability
        of TC, and the number of cyclones (outcome); NaN where there is none.
    network
        From fields to logits.
    maps
        The test maps, unshuffled.
    device
        Where the network lies.
    level
        The finest level of the sphere.
    events
        Of all test maps; a true cyclone that is matched is a hit.
    run_name
        Whose predictions these are.
    """
    network.eval()
    store, tc = maps.store, CLASSES.index("TC")
    index_of = {(store.times[i].isoformat(), int(store.runs[i])): int(i) for i in maps.indices}
    cyclones: dict[int, list[Event]] = {}
    for event in choose_cyclones(events):
        cyclones.setdefault(index_of[event.time, event.run], []).append(event)
    frame, names = StormFrame(level), field_names(store.channels)
    shape = (len(OUTCOMES), len(names) + 2, len(frame.axis), len(frame.axis))
    total, known = np.zeros(shape), np.zeros(shape, int)
    number = np.zeros(len(OUTCOMES), int)
    indices = iter(cyclones)
    for inputs, _ in maps.labelled_by(np.array(list(cyclones), int)) if cyclones else ():
        probability = network(inputs.to(device)).float().softmax(-1)[..., tc].cpu().numpy()
        for predicted in probability:
            index = next(indices)
            fields = np.stack([*_fields(store, index, names), store.labels(index) == tc, predicted])
            for event in cyclones[index]:
                outcome = OUTCOMES.index("hit" if event.matched else "miss")
                values = frame.interpolate(fields, event.longitude, event.latitude)
                total[outcome] += np.nan_to_num(values)
                known[outcome] += np.isfinite(values)
                number[outcome] += 1
    mean = np.divide(total, known, out=np.full(shape, np.nan), where=known > 0)
    channels = {channel.name: channel for channel in cam5_channels()}
    distance = "distance from the centre"
    dataset = xr.Dataset(
        {"cyclones": ("outcome", number.astype("i4"), {"long_name": "averaged cyclones"})},
        coords={
            "outcome": ("outcome", np.arange(len(OUTCOMES), dtype="u1"), flags(OUTCOMES)),
            "y": ("y", frame.axis, {"units": "km", "long_name": f"{distance}, polewards"}),
            "x": ("x", frame.axis, {"units": "km", "long_name": f"{distance}, eastwards"}),
        },
        attrs={"predicted_by": run_name},
    )
    for i, name in enumerate([*names, "truth", "probability"]):
        attributes = {"units": "m s-1" if name.startswith("wind") else "1"}
        if name in channels:
            field = channels[name]
            attributes = {"units": field.units, "standard_name": field.standard_name}
        dataset[name] = (("outcome", "y", "x"), mean[:, i].astype("f4"), attributes)
    write_netcdf(path, dataset, "Mean fields around tropical cyclones that were found and missed")


def field_names(channels: Sequence[str]) -> list[str]:
    """Return the fields that can be averaged: some channels, and the speed of the wind."""
    winds = [pair for pair in WINDS if set(pair) <= set(channels)]
    named = [name for name in FIELDS if name in channels]
    return named + [f"wind_speed_{pair[0][1:]}" for pair in winds[:1]]


def _fields(store: Store, index: int, names: Sequence[str]) -> list[np.ndarray]:
    """Return the named fields of a map, each (vertex,)."""
    channels = dict(zip(store.channels, store.fields(index), strict=True))
    return [
        np.hypot(channels[f"U{name.split('_')[-1]}"], channels[f"V{name.split('_')[-1]}"])
        if name.startswith("wind_speed")
        else channels[name]
        for name in names
    ]
