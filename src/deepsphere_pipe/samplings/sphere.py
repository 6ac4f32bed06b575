"""Where unit vectors point, and how far apart their places are."""

import numpy as np
from numpy.typing import ArrayLike

EARTH_RADIUS_KM = 6371.0


def longitude_latitude(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where vectors (…, 3) point, in degrees.

    Longitudes are in [-180, 180) and 0 at the poles, latitudes in [-90, 90]; NaN of NaN.
    """
    x, y, z = np.moveaxis(points, -1, 0)
    from_axis = np.hypot(x, y)
    longitude = np.degrees(np.arctan2(y, x))
    # Rounding in y decides the sign on the date line; send both signs to -180.
    longitude = np.where(longitude > 180 - 1e-9, -180.0, longitude)
    longitude = np.where(from_axis < 1e-12, 0.0, longitude)
    return longitude, np.degrees(np.arctan2(z, from_axis))


def distance_km(first: ArrayLike, second: ArrayLike) -> np.ndarray:
    """Return great-circle distances in km between unit vectors, (…, 3) each that broadcast."""
    # Not by the arc cosine, which has no digits left for neighbours.
    chord = np.linalg.norm(np.asarray(first) - np.asarray(second), axis=-1)
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1))
