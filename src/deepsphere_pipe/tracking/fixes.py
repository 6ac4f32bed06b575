"""What an event is like at one time: where, how large, how probable, how strong, how long."""

from collections.abc import Mapping

import numpy as np

from deepsphere_pipe.samplings.sphere import EARTH_RADIUS_KM, distance_km, longitude_latitude
from deepsphere_pipe.tracking.columns import INTENSITIES, SHAPES
from deepsphere_pipe.tracking.geometry import bearing
from deepsphere_pipe.tracking.surface import Surface, on_land

Properties = dict[str, np.ndarray]
"""Values of each event by the name of a column, (event,)."""


class Area:
    """The cells of the events of one class on one map.

    Parameters
    ----------
    surface
    component
        Number of the event of each cell, -1 where there is none, (cell,).
    probability
        Of the class, (cell,); None of labels, which are certain.
    """

    def __init__(
        self, surface: Surface, component: np.ndarray, probability: np.ndarray | None
    ) -> None:
        self.surface = surface
        self.cells = np.flatnonzero(component >= 0)
        self.event = component[self.cells]
        self.n = int(self.event.max(initial=-1)) + 1
        self.areas = surface.areas[self.cells] * EARTH_RADIUS_KM**2
        ones = np.ones(len(self.cells))
        self.probability = ones if probability is None else probability[self.cells].astype(float)
        weights = self.areas * self.probability
        points = surface.coordinates[self.cells]
        moments = np.stack([self.sum(weights * x) for x in points.T], axis=1)
        lengths = np.linalg.norm(moments, axis=1, keepdims=True)
        # Opposite cells can cancel, in an event that goes all around the globe.
        self.centres = moments / np.maximum(lengths, 1e-12)
        self.areas_km2 = self.sum(self.areas)

    def sum(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of values of the cells over each event."""
        return np.bincount(self.event, values, self.n)

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Return the mean by area."""
        return self.sum(values * self.areas) / self.areas_km2

    def greatest(self, values: np.ndarray) -> np.ndarray:
        """Return the greatest value in each event."""
        found = np.full(self.n, -np.inf)
        np.maximum.at(found, self.event, values)
        return found

    def properties(self) -> Properties:
        """Return place, area, probability, and whether it is over land.

        ``lon``, ``lat`` are those of the centre weighted by area and probability, degrees;
        ``land_share`` is that of the area.
        """
        longitude, latitude = longitude_latitude(self.centres)
        return {
            "lon": longitude,
            "lat": latitude,
            "area_km2": self.areas_km2,
            "probability_mean": self.mean(self.probability),
            "probability_max": self.greatest(self.probability),
            "over_land": on_land(self.centres),
            "land_share": self.mean(self.surface.land[self.cells].astype(float)),
        }


def shapes(area: Area) -> Properties:
    """Return how long and wide rivers are, where they lead and where they meet the coast.

    The axis is the great circle between the two cells farthest apart, from the end that is nearer
    to the equator; its length is from edge to edge of their cells, the width is area over length
    (Guan and Waliser 2015) and the orientation that of the axis in its middle, degrees clockwise
    from north. A river meets the coast in the most probable of its cells on land beside the sea.
    """
    surface = area.surface
    found = {name: np.full(area.n, np.nan) for name in SHAPES}
    order = np.argsort(area.event, kind="stable")
    ends = np.cumsum(np.bincount(area.event, minlength=area.n))
    for event, (start, end) in enumerate(zip(np.append(0, ends), ends, strict=False)):
        part = order[start:end]
        points = surface.coordinates[area.cells[part]]
        # The two cells farthest apart, found from the one farthest from the centre.
        one = points[(points @ area.centres[event]).argmin()]
        other = points[(points @ one).argmin()]
        tail, head = (one, other) if abs(one[2]) <= abs(other[2]) else (other, one)
        grain = np.sqrt(area.areas[part].mean())
        length = float(distance_km(tail, head)) + grain
        middle = tail + head
        middle = middle / max(float(np.linalg.norm(middle)), 1e-12)
        row = {"length_km": length, "width_km": area.areas_km2[event] / length}
        if len(part) > 1:
            row["orientation_degrees"] = bearing(tail, head, middle)
        for name, point in (("tail", tail), ("head", head)):
            row[f"{name}_lon"], row[f"{name}_lat"] = longitude_latitude(point)
        at_coast = part[surface.coast[area.cells[part]]]
        if len(at_coast):
            place = at_coast[area.probability[at_coast].argmax()]
            coast = longitude_latitude(surface.coordinates[area.cells[place]])
            row["coast_lon"], row["coast_lat"] = coast
        for name, value in row.items():
            found[name][event] = value
    return found


def intensities(
    component: np.ndarray, n: int, points: np.ndarray, fields: Mapping[str, np.ndarray]
) -> Properties:
    """Return how strong events are, by the fields that are there.

    Parameters
    ----------
    component
        Event of each point of the fields, -1 for none, (point,).
    n
        Number of events.
    points
        Unit vectors, (point, 3).
    fields
        Channels in their units, (point,) each.

    Returns
    -------
    Properties
        ``pressure_hpa`` (least PSL) with ``pressure_lon``, ``pressure_lat``; ``wind_m_s``
        (greatest, UBOT and VBOT, otherwise U850 and V850); ``tmq_kg_m2`` (greatest). NaN where an
        event has no point, and for fields that are not there.
    """
    found = {name: np.full(n, np.nan) for name in INTENSITIES}
    inside = np.flatnonzero(component >= 0)
    event = component[inside]
    if not len(inside):
        return found
    if "PSL" in fields:
        pressure = fields["PSL"][inside]
        lowest = _first_by(event, pressure)
        found["pressure_hpa"][event[lowest]] = pressure[lowest] / 100
        place = longitude_latitude(points[inside[lowest]])
        found["pressure_lon"][event[lowest]], found["pressure_lat"][event[lowest]] = place
    for east, north in WINDS:
        if east in fields and north in fields:
            wind = np.hypot(fields[east][inside], fields[north][inside])
            strongest = _first_by(event, -wind)
            found["wind_m_s"][event[strongest]] = wind[strongest]
            break
    if "TMQ" in fields:
        moisture = fields["TMQ"][inside]
        moistest = _first_by(event, -moisture)
        found["tmq_kg_m2"][event[moistest]] = moisture[moistest]
    return found


WINDS = (("UBOT", "VBOT"), ("U850", "V850"))


def _first_by(event: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the position of the smallest value of each event that there is."""
    order = np.lexsort((values, event))
    return order[np.diff(event[order], prepend=-1) > 0]
