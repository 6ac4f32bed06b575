"""Map projections between longitude, latitude and the plane, of a sphere of radius 1.

Formulas: Snyder (1987), Map Projections – A Working Manual, U.S. Geological Survey Professional
Paper 1395, sections 12 (equirectangular), 20 (orthographic) and 31 (Mollweide). Robinson's
projection has no formula but a table: Robinson (1974), A new map projection: its development and
characteristics, International Yearbook of Cartography 14.
"""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Protocol

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator

from deepsphere_pipe.errors import UserError


class Projection(Protocol):
    """A map projection; angles in degrees, x and y without unit, arrays of any equal shape."""

    extent: tuple[float, float, float, float]
    """Bounding box of the globe: (x min, x max, y min, y max)."""

    def forward(self, longitude: np.ndarray, latitude: np.ndarray) -> tuple:
        """Return x and y, NaN where the point is hidden."""

    def inverse(self, x: np.ndarray, y: np.ndarray) -> tuple:
        """Return longitude in [-180, 180) and latitude, NaN off the map."""


@dataclass(frozen=True)
class Equirectangular:
    """Longitude and latitude as x and y, centred on the meridian `lon0` (degrees east)."""

    lon0: float = 0.0
    extent = (-np.pi, np.pi, -np.pi / 2, np.pi / 2)

    def forward(self, longitude, latitude):
        """See `Projection.forward`."""
        return np.radians(wrap(longitude - self.lon0)), np.radians(latitude)

    def inverse(self, x, y):
        """See `Projection.inverse`."""
        inside = (np.abs(x) <= np.pi) & (np.abs(y) <= np.pi / 2)
        return _where(inside, wrap(np.degrees(x) + self.lon0), np.degrees(y))


@dataclass(frozen=True)
class Mollweide:
    """The equal-area ellipse of Mollweide, centred on the meridian `lon0` (degrees east)."""

    lon0: float = 0.0
    extent = (-2 * np.sqrt(2), 2 * np.sqrt(2), -np.sqrt(2), np.sqrt(2))

    def forward(self, longitude, latitude):
        """See `Projection.forward`; solves 2θ + sin 2θ = π sin φ by Newton's method."""
        target = np.pi * np.sin(np.radians(latitude))
        double = np.radians(latitude) * 2 * 0.95  # strictly inside, where the slope is not zero
        for _ in range(60):  # converges only linearly at the poles, where the slope vanishes
            slope = np.maximum(1 + np.cos(double), 1e-12)
            double = double - (double + np.sin(double) - target) / slope
            double = np.clip(double, -np.pi, np.pi)
        theta = np.where(np.abs(latitude) >= 90, np.sign(latitude) * np.pi / 2, double / 2)
        x = 2 * np.sqrt(2) / np.pi * np.radians(wrap(longitude - self.lon0)) * np.cos(theta)
        return x, np.sqrt(2) * np.sin(theta)

    def inverse(self, x, y):
        """See `Projection.inverse`."""
        theta = np.arcsin(np.clip(y / np.sqrt(2), -1, 1))
        sine = (2 * theta + np.sin(2 * theta)) / np.pi
        latitude = np.degrees(np.arcsin(np.clip(sine, -1, 1)))
        width = np.maximum(2 * np.sqrt(2) * np.cos(theta), 1e-12)
        inside = (np.abs(y) <= np.sqrt(2)) & (np.abs(x) <= width)
        return _where(inside, wrap(180 * x / width + self.lon0), latitude)


ROBINSON_LENGTHS = (
    *(1.0000, 0.9986, 0.9954, 0.9900, 0.9822, 0.9730, 0.9600, 0.9427, 0.9216, 0.8962),
    *(0.8679, 0.8350, 0.7986, 0.7597, 0.7186, 0.6732, 0.6213, 0.5722, 0.5322),
)
"""Lengths of the parallels every 5 degrees from the equator to the pole."""

ROBINSON_DISTANCES = (
    *(0.0000, 0.0620, 0.1240, 0.1860, 0.2480, 0.3100, 0.3720, 0.4340, 0.4958, 0.5571),
    *(0.6176, 0.6769, 0.7346, 0.7903, 0.8435, 0.8936, 0.9394, 0.9761, 1.0000),
)
"""Distances of the same parallels from the equator."""


@dataclass(frozen=True)
class Robinson:
    """The compromise of Robinson for maps of the world, centred on the meridian `lon0`."""

    lon0: float = 0.0
    extent = (-0.8487 * np.pi, 0.8487 * np.pi, -1.3523, 1.3523)

    def forward(self, longitude, latitude):
        """See `Projection.forward`."""
        length, distance, _ = _robinson()
        absolute = np.clip(np.abs(latitude), 0, 90)
        x = 0.8487 * length(absolute) * np.radians(wrap(longitude - self.lon0))
        return x, 1.3523 * distance(absolute) * np.sign(latitude)

    def inverse(self, x, y):
        """See `Projection.inverse`."""
        length, _, latitude = _robinson()
        absolute = latitude(np.clip(np.abs(y) / 1.3523, 0, 1))
        width = 0.8487 * np.pi * length(absolute)
        inside = (np.abs(y) <= 1.3523) & (np.abs(x) <= width * (1 + 1e-12))
        return _where(inside, wrap(180 * x / width + self.lon0), absolute * np.sign(y))


@cache
def _robinson() -> tuple:
    """Return length and distance of a parallel by latitude, and latitude by distance."""
    latitude = np.arange(0.0, 91, 5)
    length = CubicSpline(latitude, ROBINSON_LENGTHS)
    distance = CubicSpline(latitude, ROBINSON_DISTANCES)
    fine = np.linspace(0, 90, 1801)
    return length, distance, PchipInterpolator(distance(fine), fine)


@dataclass(frozen=True)
class Orthographic:
    """The globe seen from far above the point (`lon0`, `lat0`), in degrees; half is hidden."""

    lon0: float = 0.0
    lat0: float = 0.0
    extent = (-1.0, 1.0, -1.0, 1.0)

    def forward(self, longitude, latitude):
        """See `Projection.forward`."""
        lon, lat, lat0 = np.radians(longitude - self.lon0), np.radians(latitude), self._lat0
        towards = np.sin(lat0) * np.sin(lat) + np.cos(lat0) * np.cos(lat) * np.cos(lon)
        x = np.cos(lat) * np.sin(lon)
        y = np.cos(lat0) * np.sin(lat) - np.sin(lat0) * np.cos(lat) * np.cos(lon)
        return _where(towards >= 0, x, y)

    def inverse(self, x, y):
        """See `Projection.inverse`."""
        inside = x**2 + y**2 <= 1
        z = np.sqrt(np.clip(1 - x**2 - y**2, 0, None))
        sine = z * np.sin(self._lat0) + y * np.cos(self._lat0)
        lon = np.arctan2(x, z * np.cos(self._lat0) - y * np.sin(self._lat0))
        lat = np.arcsin(np.clip(sine, -1, 1))
        return _where(inside, wrap(np.degrees(lon) + self.lon0), np.degrees(lat))

    @property
    def _lat0(self) -> float:
        return np.radians(self.lat0)


@dataclass(frozen=True)
class Proj:
    """Any whole-globe projection of the PROJ library, by its string, such as ``+proj=robin``.

    Raises
    ------
    UserError
        If pyproj is not installed or does not know the projection.
    """

    definition: str

    def __post_init__(self):
        _ = self._proj  # fail here rather than at the first use

    @cached_property
    def _proj(self):
        try:
            import pyproj
        except ImportError as error:
            raise UserError(
                f"projection {self.definition!r} needs pyproj: pip install 'deepsphere-pipe[maps]'"
            ) from error
        try:
            return pyproj.Proj(f"{self.definition} +R=1")
        except pyproj.exceptions.ProjError as error:
            raise UserError(f"PROJ does not know the projection {self.definition!r}") from error

    @cached_property
    def extent(self) -> tuple[float, float, float, float]:
        """See `Projection.extent`."""
        lon, lat = np.meshgrid(np.linspace(-180, 180, 1441), np.linspace(-90, 90, 361))
        x, y = self.forward(lon, lat)
        return np.nanmin(x), np.nanmax(x), np.nanmin(y), np.nanmax(y)

    def forward(self, longitude, latitude):
        """See `Projection.forward`."""
        x, y = self._proj(longitude, latitude)
        return _where(np.isfinite(x) & np.isfinite(y), x, y)

    def inverse(self, x, y):
        """See `Projection.inverse`."""
        lon, lat = self._proj(x, y, inverse=True)
        inside = np.isfinite(lon) & np.isfinite(lat)
        # Off the map some inverses answer with a point beyond the seam: it projects elsewhere.
        back_x, back_y = self._proj(np.where(inside, lon, 0), np.where(inside, lat, 0))
        inside &= np.hypot(back_x - x, back_y - y) < 1e-6
        return _where(inside, wrap(lon), lat)


NAMED = {
    "equirectangular": Equirectangular,
    "mollweide": Mollweide,
    "robinson": Robinson,
    "orthographic": Orthographic,
}


def make_projection(definition: str, globe_centre: tuple[float, float] = (0.0, 0.0)) -> Projection:
    """Return the projection that a config names.

    Parameters
    ----------
    definition : str
        ``equirectangular``, ``mollweide``, ``robinson`` or ``orthographic``, optionally with the
        centre in degrees, as in ``mollweide(180)`` or ``orthographic(-80, 25)``; or a PROJ string
        that begins with ``+proj=`` (needs pyproj).
    globe_centre : pair of float
        Longitude and latitude of the centre of an ``orthographic`` without one.

    Raises
    ------
    UserError
        If the projection is unknown or pyproj is needed but missing.
    """
    if definition.startswith("+proj="):
        return Proj(definition)
    match = re.fullmatch(r"\s*(\w+)\s*(?:\(([^()]*)\))?\s*", definition)
    if match and match[1] in NAMED:
        centre = match[2].split(",") if match[2] else ()
        if not centre and match[1] == "orthographic":
            centre = globe_centre
        try:
            return NAMED[match[1]](*map(float, centre))
        except (TypeError, ValueError):
            pass
    raise UserError(
        f"projection {definition!r} is none of {', '.join(NAMED)}, optionally with a centre such "
        "as orthographic(-80, 25), or a PROJ string such as '+proj=robin'"
    )


def place_facing(coordinates: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Return from above which place most of some points are seen, longitude and latitude.

    Parameters
    ----------
    coordinates : numpy.ndarray, shape (point, 3)
        Unit vectors.
    weights : numpy.ndarray, shape (point,)
        How much it counts to see a point in the middle of the globe; less towards its rim.
    """
    longitude, latitude = np.meshgrid(np.arange(-180.0, 180, 10), [0.0, 15, -15, 30, -30])
    seen = np.clip(unit_vectors(longitude.ravel(), latitude.ravel()) @ coordinates.T, 0, None)
    best = int(np.argmax(seen @ weights))
    return float(longitude.flat[best]), float(latitude.flat[best])


def wrap(longitude: np.ndarray) -> np.ndarray:
    """Bring longitudes in degrees into [-180, 180]; both ends stay as they are."""
    longitude = np.asarray(longitude, dtype=float)
    with np.errstate(invalid="ignore"):  # some inverses answer infinity off the map
        return np.where(np.abs(longitude) <= 180, longitude, (longitude + 180) % 360 - 180)


def unit_vectors(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return points on the unit sphere, shape (..., 3), from angles in degrees, shape (...)."""
    lon, lat = np.radians(longitude), np.radians(latitude)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def _where(inside: np.ndarray, first: np.ndarray, second: np.ndarray) -> tuple:
    """Put NaN into both arrays outside."""
    return np.where(inside, first, np.nan), np.where(inside, second, np.nan)
