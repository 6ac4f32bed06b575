"""Motion on the sphere, of unit vectors."""

import numpy as np
from numpy.typing import ArrayLike

from deepsphere_pipe.samplings.sphere import EARTH_RADIUS_KM


def chord_of(km: ArrayLike) -> np.ndarray:
    """Return the chord, in radii, of great-circle distances in km; 2 for half the globe."""
    return 2 * np.sin(np.minimum(np.asarray(km) / EARTH_RADIUS_KM, np.pi) / 2)


def turn_between(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the shortest rotation that brings one unit vector to another.

    Returns
    -------
    ndarray, shape (3,)
        Its axis times its angle in radians; of opposite points there is none, and it is zero.
    """
    axis = np.cross(first, second)
    sine = float(np.linalg.norm(axis))
    if sine < 1e-12:
        return np.zeros(3)
    return axis / sine * float(np.arctan2(sine, first @ second))


def turned(points: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Return points (n, 3) rotated by turns (3,) or (n, 3): axes times angles (Rodrigues)."""
    angle = np.linalg.norm(turn, axis=-1, keepdims=True)
    axis = np.broadcast_to(turn / np.maximum(angle, 1e-15), points.shape)
    along = (axis * points).sum(-1, keepdims=True)
    across = np.cross(axis, points)
    return points * np.cos(angle) + across * np.sin(angle) + axis * along * (1 - np.cos(angle))


def bearing(start: np.ndarray, end: np.ndarray, at: np.ndarray) -> float:
    """Return where a great circle leads, degrees clockwise from north, at a place on it."""
    normal = np.cross(start, end)
    ahead = np.cross(normal, at)
    east = np.cross([0.0, 0.0, 1.0], at)
    north = np.cross(at, east)
    return float(np.degrees(np.arctan2(ahead @ east, ahead @ north)) % 360)
