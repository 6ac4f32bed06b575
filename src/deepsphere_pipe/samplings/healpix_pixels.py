"""Corners of HEALPix pixels (Górski et al. 2005)."""

import numpy as np

# Row and column of the southern corner of each base pixel in the plane, as in Górski et al. (2005).
BASE_ROW = np.repeat([2, 3, 4], 4)
BASE_COLUMN = np.array([1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7])


def pixel_corners(nside: int) -> np.ndarray:
    """Return unit vectors to the corners of each pixel, (12·nside², 4, 3): S, E, N, W.

    Pixels are in nested order.
    """
    face, inside = np.divmod(np.arange(12 * nside**2), nside**2)
    column, row = _every_second_bit(inside), _every_second_bit(inside >> 1)
    x = column[:, None] + np.array([0, 1, 1, 0])
    y = row[:, None] + np.array([0, 0, 1, 1])
    return _position(face[:, None], x / nside, y / nside)


def _position(face: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return unit vectors (…, 3) to points in base pixels, x north-eastward, y north-westward.

    Górski et al. (2005), section 4 and 5.
    """
    ring = BASE_ROW[face] - x - y  # from 0 at the north pole to 4 at the south pole
    polar = np.minimum(np.minimum(ring, 4 - ring), 1)
    z = np.where(ring < 1, 1 - polar**2 / 3, np.where(ring > 3, polar**2 / 3 - 1, (2 - ring) / 1.5))
    column = BASE_COLUMN[face] * polar + x - y
    with np.errstate(invalid="ignore", divide="ignore"):
        longitude = np.where(polar > 0, np.pi / 4 * column / polar, 0.0)
    radius = np.sqrt(np.maximum((1 - z) * (1 + z), 0))
    return np.stack([radius * np.cos(longitude), radius * np.sin(longitude), z], axis=-1)


def _every_second_bit(numbers: np.ndarray) -> np.ndarray:
    """Compact the bits 0, 2, 4, … of numbers below 2^32."""
    bits = numbers & 0x55555555
    for shift, mask in ((1, 0x33333333), (2, 0x0F0F0F0F), (4, 0x00FF00FF), (8, 0x0000FFFF)):
        bits = (bits | (bits >> shift)) & mask
    return bits
