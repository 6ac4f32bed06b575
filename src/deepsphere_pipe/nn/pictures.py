"""Levels of a sphere as rectangular pictures, for networks of ordinary convolutions.

The equiangular grid is one picture; HEALPix has twelve, one of each base pixel (Górski et al.,
2005). A picture needs a border of one pixel for a 3 × 3 convolution:

- beyond the last column comes the first; beyond the row next to a pole the row across the pole,
  which is the same one half way round (the second one, where the first lies at the pole itself);
- beyond the side of a base pixel comes the base pixel with which it shares that side. Beyond a
  corner comes the fourth of the base pixels that meet there. At eight corners only three meet: the
  mean of the two border pixels beside the corner stands in for the missing one.
"""

from dataclasses import dataclass
from typing import Any

import healpix
import numpy as np

from deepsphere_pipe.errors import UserError

SAME_PLACE = 1e-9
"""Greatest distance of a vertex from where it should be, in radii or degrees."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One level as pictures of equal shape.

    Attributes
    ----------
    vertices
        Vertex of each pixel, (picture, row, column) int64.
    around
        Places of two pixels of ``vertices.ravel()`` for each pixel with its border, (2, picture,
        row + 2, column + 2) int64: the value is their mean. Nearly everywhere they are the same.
    parents
        Row of the next coarser level for each row, (row,) int64; unused at the coarsest level.
        Columns go by pairs.
    """

    vertices: np.ndarray
    around: np.ndarray
    parents: np.ndarray

    @property
    def n_coarse_rows(self) -> int:
        """Number of rows of the next coarser level."""
        return int(self.parents.max()) + 1


def grid_picture(level: Any) -> Picture:
    """Return a level of the equiangular sampling as one picture.

    Parameters
    ----------
    level
        Has ``latitude``, ``longitude`` and ``parents``.

    Raises
    ------
    UserError
        If the vertices are others, or in another order.
    """
    latitude, longitude = level.latitude, level.longitude
    n, n_lon = len(latitude), int(np.argmax(latitude != latitude[0]))
    if n_lon < 2 or n_lon % 2 or n % n_lon:
        raise _no_grid(n)
    n_lat = n // n_lon
    poles = abs(latitude[0] + 90) < SAME_PLACE
    half_steps = 2 * np.arange(n_lat) + 1 - n_lat
    latitudes = 90 * half_steps / (n_lat - 1 if poles else n_lat)
    longitudes = longitude[0] + 360 * np.arange(n_lon) / n_lon
    eastward = (longitude.reshape(n_lat, n_lon) - longitudes + 180) % 360 - 180
    northward = latitude.reshape(n_lat, n_lon) - latitudes[:, None]
    if max(np.abs(eastward).max(), np.abs(northward).max()) > SAME_PLACE:
        raise _no_grid(n)

    pixels = np.arange(n).reshape(n_lat, n_lon)
    beyond = np.roll(pixels[[1, -2] if poles else [0, -1]], n_lon // 2, axis=1)
    rows = np.concatenate([beyond[:1], pixels, beyond[1:]])
    around = np.pad(rows, ((0, 0), (1, 1)), mode="wrap")
    coarsest = level.parents is None
    parents = (
        pixels[:, 0] if coarsest else level.parents.reshape(n_lat, n_lon)[:, 0] // (n_lon // 2)
    )
    return Picture(pixels[None], np.stack([around[None]] * 2), parents)


def healpix_picture(level: Any) -> Picture:
    """Return a level of HEALPix in nested order as twelve pictures.

    Rows go north-westward and columns north-eastward from the southern corner of a base pixel.

    Parameters
    ----------
    level
        Has ``coordinates``.

    Raises
    ------
    UserError
        If the vertices are others, or in another order.
    """
    n = len(level.coordinates)
    nside = round((n / 12) ** 0.5)
    if nside & (nside - 1) or 12 * nside**2 != n:
        raise _no_healpix(n)
    nested = np.stack(healpix.pix2vec(nside, np.arange(n), nest=True), axis=1)
    if np.abs(level.coordinates - nested).max() > SAME_PLACE:
        raise _no_healpix(n)

    pixels = np.arange(n).reshape(12, nside, nside)
    vertices = _nested_square(nside) + nside**2 * np.arange(12)[:, None, None]
    around = np.stack([_with_border(face, pixels) for face in range(12)], axis=1)
    return Picture(vertices, around, np.arange(nside) // 2)


def _nested_square(nside: int) -> np.ndarray:
    """Return the places in nested order of the pixels in a base pixel, (row, column)."""
    square = np.zeros((1, 1), np.int64)
    while len(square) < nside:
        square = np.block([[square, square + square.size],
                           [square + 2 * square.size, square + 3 * square.size]])  # fmt: skip
    return square


def _corners() -> np.ndarray:
    """Return numbers of the corners S, E, N, W of each base pixel, (12, 4).

    0 and 13 are the poles; 1 to 4 lie at 0, 90, 180 and 270° east in the north, 5 to 8 at 45, …,
    315° on the equator, and 9 to 12 below the first.
    """
    here = np.arange(4)
    east, west = (here + 1) % 4, (here - 1) % 4
    pole, north, middle, south = np.zeros(4, int), here + 1, here + 5, here + 9
    return np.concatenate([
        np.stack([middle, north[east], pole, north], axis=1),
        np.stack([south, middle, north, middle[west]], axis=1),
        np.stack([pole + 13, south[east], middle, south], axis=1),
    ])  # fmt: skip


CORNERS = _corners()


def _rim(square: np.ndarray) -> list[np.ndarray]:
    """Return what lies along the four sides of a square, each from S to E to N to W to S."""
    return [square[0], square[:, -1], square[-1, ::-1], square[::-1, 0]]


def _with_border(face: int, pixels: np.ndarray) -> np.ndarray:
    """Return pixels of a base pixel and its border, twice, (2, row, column); see `Picture`."""
    around = np.pad(np.stack([pixels[face]] * 2), ((0, 0), (1, 1), (1, 1)))
    corners = CORNERS[face]
    across = []
    for side, borders in enumerate(zip(*map(_rim, around), strict=True)):
        # All go round their sides in one sense: neighbours meet in opposite directions.
        ends = corners[[(side + 1) % 4, side]]
        sides = np.stack([CORNERS, np.roll(CORNERS, -1, axis=1)], axis=2)
        ((other, other_side),) = np.argwhere((sides == ends).all(axis=2))
        across.append(other)
        for border in borders:
            border[1:-1] = _rim(pixels[other])[other_side][::-1]
    for corner, borders in enumerate(zip(*map(_rim, around), strict=True)):
        before = [_rim(each)[corner - 1] for each in around]
        beside = {face, across[corner], across[corner - 1]}
        fourth = [at for at in np.argwhere(corners[corner] == CORNERS) if at[0] not in beside]
        if fourth:
            ((other, other_corner),) = fourth
            values = [_rim(pixels[other])[other_corner][0]] * 2
        else:
            values = [before[0][-2], borders[0][1]]
        for border, value in zip(borders, values, strict=True):
            border[0] = value
    return around


def _no_grid(n: int) -> UserError:
    return UserError(
        f"A planar U-Net needs the equiangular sampling of the whole sphere, which {n} vertices at "
        "these places are not: set 'sampling' to {name: equiangular, …}, or choose another model."
    )


def _no_healpix(n: int) -> UserError:
    return UserError(
        f"A HEALPix U-Net needs HEALPix in nested order, the whole sphere, which {n} vertices at "
        "these places are not: set 'sampling' to {name: healpix, …}, or choose another model."
    )
