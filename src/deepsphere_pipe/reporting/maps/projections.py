"""Map projections between longitude, latitude and the plane, of a sphere of radius 1."""

import re
from functools import cached_property

import numpy as np
from pyproj import Proj

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.projections import proj_string
from deepsphere_pipe.samplings.sampling import unit_vectors

ROUNDING = 1e-6
"""How far, in radii, a place may be from itself after it was taken from the plane and back."""


class Projection:
    """A map projection of PROJ, by its string on the unit sphere.

    Angles are in degrees, x and y in radii; arrays are of any equal shape.
    """

    def __init__(self, definition: str) -> None:
        self._definition = definition
        self._proj = Proj(definition)

    @cached_property
    def extent(self) -> tuple[float, float, float, float]:
        """Bounding box of the globe: (x min, x max, y min, y max)."""
        # The central meridian only turns the globe; around 0° both sides of the seam are ±180°.
        unturned = Proj(re.sub(r"\+lon_0=\S+", "", self._definition))
        lon, lat = np.meshgrid(np.linspace(-180, 180, 1441), np.linspace(-90, 90, 361))
        x, y = _where_finite(*unturned(lon, lat))
        return np.nanmin(x), np.nanmax(x), np.nanmin(y), np.nanmax(y)

    def forward(self, longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return x and y, NaN where the point is hidden."""
        return _where_finite(*self._proj(longitude, latitude))

    def inverse(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return longitude in [-180, 180] and latitude, NaN off the map."""
        longitude, latitude = _where_finite(*self._proj(x, y, inverse=True))
        # Off the map some inverses answer with a point beyond the seam: it projects elsewhere.
        back_x, back_y = self.forward(longitude, latitude)
        off = ~(np.hypot(back_x - x, back_y - y) < ROUNDING)
        return np.where(off, np.nan, longitude), np.where(off, np.nan, latitude)


def make_projection(definition: str, globe_centre: tuple[float, float] = (0.0, 0.0)) -> Projection:
    """Return the projection that a study names, see `proj_string`; UserError if it is unknown."""
    try:
        return Projection(proj_string(definition, globe_centre))
    except ValueError as error:
        raise UserError(f"projection {error}") from error


def place_facing(coordinates: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Return from above which longitude and latitude most of some points are seen.

    Points are unit vectors (point, 3); weights (point,) say how much it counts to see each in the
    middle of the globe, less towards its rim.
    """
    longitude, latitude = np.meshgrid(np.arange(-180.0, 180, 10), [0.0, 15, -15, 30, -30])
    seen = np.clip(unit_vectors(longitude.ravel(), latitude.ravel()) @ coordinates.T, 0, None)
    best = int(np.argmax(seen @ weights))
    return float(longitude.flat[best]), float(latitude.flat[best])


def _where_finite(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Put NaN into both arrays where PROJ answers infinity."""
    finite = np.isfinite(first) & np.isfinite(second)
    return np.where(finite, first, np.nan), np.where(finite, second, np.nan)
