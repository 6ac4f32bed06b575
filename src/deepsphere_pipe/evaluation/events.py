"""Whole cyclones and rivers: which were found, which were missed, and which were made up.

An event is a connected component of vertices of one class; vertices are joined where their cells
share a side or a corner, whatever graph the network has. On a latitude-longitude grid these are the
components of ClimateNet (Prabhat et al. 2021, ``climatenet/track_events.py``): eight neighbours and
longitudes that wrap. Only that its rows wrap too, from one pole to the other, is not so here.

A prediction smaller than a least size is no event, so that specks, which only fine samplings can
have, do not count. A true event is a hit if a predicted event of its class shares a vertex with it,
and a miss otherwise; a predicted event that shares none with a true one is a false alarm.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import cftime
import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from deepsphere_pipe.channels import CLASSES, EVENTS
from deepsphere_pipe.evaluation.binning import first_largest
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.samplings.sphere import EARTH_RADIUS_KM, distance_km, longitude_latitude

if TYPE_CHECKING:
    import torch

    from deepsphere_pipe.graphs.hierarchy import Level

SIZES_KM2: dict[str, tuple[float, ...]] = {
    "TC": (0, 100e3, 200e3, 400e3),
    "AR": (0, 0.5e6, 1e6, 2e6),
}
"""Lower bounds of the classes of size; a cell of the icosahedral level 5 has 50 000 km²."""

LATITUDES = (-90, -60, -45, -30, -15, 0, 15, 30, 45, 60, 90)
"""Edges of the bands of latitude, degrees north."""


@dataclass(frozen=True, slots=True)  # there may be millions
class Event:
    """One connected component, of the truth or of the prediction.

    Attributes
    ----------
    time
        ISO 8601.
    run
    class_name : "TC" or "AR"
    side : "true" or "predicted"
    longitude, latitude
        Of the centre of area, degrees; longitudes are in [-180, 180).
    area_km2
    vertices
    matched
        Whether it shares a vertex with an event of the other side.
    centre_distance_km
        Along the great circle, to the centre of the event of the other side with which it shares
        the largest area.
    """

    time: str
    run: int
    class_name: str
    side: str
    longitude: float
    latitude: float
    area_km2: float
    vertices: int
    matched: bool
    centre_distance_km: float | None


class Cells(Protocol):
    """What components need: a level of a hierarchy, a sampling, or a surface of maps."""

    @property
    def n_vertices(self) -> int: ...
    @property
    def coordinates(self) -> np.ndarray: ...
    @property
    def areas(self) -> np.ndarray: ...
    @property
    def adjacent(self) -> np.ndarray: ...


class Components:
    """Connected components of selected vertices, joined where their cells touch.

    Parameters
    ----------
    level
        Where the vertices lie, and which of them are adjacent.
    """

    def __init__(self, level: Cells) -> None:
        ends, n = level.adjacent.T, level.n_vertices
        self._touching = sparse.coo_array((np.ones(len(level.adjacent)), ends), (n, n)).tocsr()
        self.coordinates = level.coordinates
        self.areas_km2 = level.areas * EARTH_RADIUS_KM**2

    def of(self, selected: np.ndarray, least_km2: float = 0) -> np.ndarray:
        """Return the number of the component of each vertex, -1 where it belongs to none.

        Parameters
        ----------
        selected : ndarray of bool, (vertex,)
        least_km2
            Smaller components are none.

        Returns
        -------
        ndarray of int64, (vertex,)
            Components are numbered from 0 by their first vertex.
        """
        number = np.full(len(selected), -1)
        vertices = np.flatnonzero(selected)
        if len(vertices) == 0:
            return number
        component = connected_components(self._touching[vertices][:, vertices], directed=False)[1]
        large = np.bincount(component, self.areas_km2[vertices]) >= least_km2
        number[vertices] = np.where(large, np.cumsum(large) - 1, -1)[component]
        return number

    def centres(self, component: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return unit vectors to the centres of area (n, 3), areas in km² and numbers of vertices.

        Parameters
        ----------
        component : ndarray of int64, (vertex,)
            As `of` returns it.
        """
        inside = component >= 0
        which, areas = component[inside], self.areas_km2[inside]
        n = which.max(initial=-1) + 1
        total = np.bincount(which, areas, n)
        moments = [np.bincount(which, areas * x, n) for x in self.coordinates[inside].T]
        centres = np.stack(moments, axis=1)
        # Opposite vertices can cancel, in a component that goes all around the globe.
        lengths = np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)
        return centres / lengths, total, np.bincount(which, minlength=n)


class EventCollector:
    """Find the events of successive maps.

    Parameters
    ----------
    level
        The finest level.
    times
        Of the maps, in the order in which they are given to `update`.
    runs : ndarray of int, (map,)
    least_km2
        Smaller predictions are no events.
    """

    def __init__(
        self,
        level: "Level",
        times: Sequence[cftime.datetime],
        runs: np.ndarray,
        least_km2: float = 0,
    ) -> None:
        self.components = Components(level)
        self._least_km2 = least_km2
        self.events: list[Event] = []
        self._maps = iter(zip(times, runs, strict=True))

    def update(self, scores: "torch.Tensor", labels: "torch.Tensor") -> None:
        """Add the events of a batch of maps.

        Parameters
        ----------
        scores : Tensor, shape (map, vertex, class)
            Probabilities: the most probable class is predicted.
        labels : Tensor, shape (map, vertex)
            Class of every vertex; a negative number where it has none, and is left out.
        """
        predicted = first_largest(scores.reshape(-1, scores.shape[-1])).reshape(labels.shape)
        predicted = predicted.masked_fill(labels < 0, -1)
        for truth, prediction in zip(labels.cpu().numpy(), predicted.cpu().numpy(), strict=True):
            time, run = next(self._maps)
            for label, name in enumerate(CLASSES):
                if label > 0:
                    sides = (truth == label, prediction == label)
                    self.events += self._of_map(sides, (time.isoformat(), int(run), name))

    def _of_map(
        self, sides: tuple[np.ndarray, np.ndarray], map_and_class: tuple[str, int, str]
    ) -> Iterator[Event]:
        true, predicted = sides
        component = [self.components.of(true), self.components.of(predicted, self._least_km2)]
        measured = [self.components.centres(each) for each in component]
        n = [len(areas) for _, areas, _ in measured]
        shared = (component[0] >= 0) & (component[1] >= 0)
        pairs = component[0][shared] * n[1] + component[1][shared]
        overlap = np.bincount(pairs, self.components.areas_km2[shared], n[0] * n[1]).reshape(n)
        for side, areas_in_common, (centres, areas, vertices), (others, _, _) in (
            ("true", overlap, measured[0], measured[1]),
            ("predicted", overlap.T, measured[1], measured[0]),
        ):
            longitude, latitude = longitude_latitude(centres)
            for i, common in enumerate(areas_in_common):
                matched = bool(common.any())
                distance = None
                if matched:
                    distance = float(distance_km(centres[i], others[common.argmax()]))
                yield Event(
                    *map_and_class, side, float(longitude[i]), float(latitude[i]), float(areas[i]),
                    int(vertices[i]), matched, distance,
                )  # fmt: skip


def summarise_events(events: Sequence[Event]) -> dict[str, dict[str, object]]:
    """Return counts of hits, misses and false alarms of each class, ready for JSON.

    `by_size` and `by_latitude` count the same by area and by latitude of the centre, of the true
    event for hits and misses, of the predicted one for false alarms. Shares of nothing are None.
    """
    result: dict[str, dict[str, object]] = {}
    for name in EVENTS:
        of_class = [event for event in events if event.class_name == name]
        distances = [
            event.centre_distance_km
            for event in of_class
            if event.side == "true" and event.centre_distance_km is not None
        ]
        lowest = SIZES_KM2[name]
        result[name] = {
            **_counts(of_class),
            "centre_error_km": {
                "mean": float(np.mean(distances)) if distances else None,
                "median": float(np.median(distances)) if distances else None,
            },
            "by_size": [
                {"from_km2": low, "to_km2": high}
                | _counts([e for e in of_class if low <= e.area_km2 < (high or np.inf)])
                for low, high in zip(lowest, (*lowest[1:], None), strict=True)
            ],
            "by_latitude": [
                {"south": south, "north": north}
                | _counts([e for e in of_class if _within(e.latitude, south, north)])
                for south, north in pairwise(LATITUDES)
            ],
        }
    return result


def _within(latitude: float, south: float, north: float) -> bool:
    return south <= latitude < north or latitude == north == LATITUDES[-1]


def _counts(events: Sequence[Event]) -> dict[str, int | float | None]:
    true = [event.matched for event in events if event.side == "true"]
    predicted = [event.matched for event in events if event.side == "predicted"]
    return {
        "true": len(true),
        "hits": sum(true),
        "misses": len(true) - sum(true),
        "predicted": len(predicted),
        "false_alarms": len(predicted) - sum(predicted),
        "hit_rate": sum(true) / len(true) if true else None,
        "false_alarm_ratio": 1 - sum(predicted) / len(predicted) if predicted else None,
    }


def write_events(path: str | Path, events: Sequence[Event]) -> None:
    """Write one row for each event as csv; `class_name` is called ``class`` there."""
    names = [field.name for field in fields(Event)]
    table = pd.DataFrame({name: [getattr(event, name) for event in events] for name in names})
    with atomic_write(path) as temporary:
        table.rename(columns={"class_name": "class"}).to_csv(
            temporary, index=False, float_format="%.6g"
        )
