"""Which cells touch: vertices are adjacent where their cells share a side or a corner."""

import numpy as np
from scipy import sparse

GRAIN = 1e-6
"""Computed corners within the same cube of this side, in radii (6 m on the Earth), are one."""

GRAIN_BITS = 21
"""Of the number of such cubes along one axis."""


def sharing_corners(corners: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return all pairs of cells that have a corner in common, and so all that have a side.

    Parameters
    ----------
    corners
        Unit vectors to corners, (n, 3); one may be there several times.
    cells
        Cells that have each, (n, cells of a corner) int.

    Returns
    -------
    ndarray
        (n_pairs, 2) int64, each pair once, ascending.
    """
    # Corners of adjacent cells agree but for rounding; the shift keeps round numbers like 0 and
    # 1/2 away from where rounding is undecided.
    x, y, z = np.floor((corners.T + 1) / GRAIN + 0.1234567).astype(np.int64)
    places = (((x << GRAIN_BITS) + y) << GRAIN_BITS) + z
    corner = np.repeat(np.unique(places, return_inverse=True)[1], cells.shape[1])
    has = sparse.csr_array((np.ones(cells.size), (cells.ravel(), corner)))
    pairs = sparse.coo_array(has @ has.T)
    return each_once(pairs.row, pairs.col)


def around_vertices(coordinates: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return the adjacent vertices of a Delaunay mesh: those whose Voronoi cells touch.

    A corner of Voronoi cells is the middle of the circle around a triangle. Where more than three
    vertices lie on one circle, all of their cells meet in it, whichever triangles the mesh has.

    Parameters
    ----------
    coordinates
        Unit vectors, (n, 3).
    faces
        Triangles, (n_faces, 3), counter-clockwise seen from outside.

    Returns
    -------
    ndarray
        As `sharing_corners`.
    """
    a, b, c = (coordinates[faces[:, corner]] for corner in range(3))
    middles = np.cross(b - a, c - a)
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    return sharing_corners(middles, faces)


def on_lattice(shape: tuple[int, int]) -> np.ndarray:
    """Return the eight neighbours of each cell of a latitude-longitude grid, rows being closed.

    Nothing is joined across a pole, though all cells of the first row meet there, and those of the
    last: so components are those of image processing, with longitudes that wrap.

    Parameters
    ----------
    shape
        Numbers of latitudes and longitudes.

    Returns
    -------
    ndarray
        As `sharing_corners`.
    """
    vertices = np.arange(shape[0] * shape[1]).reshape(shape)
    lower, upper = vertices[:-1], vertices[1:]
    pairs = [(vertices, np.roll(vertices, 1, axis=1))]
    pairs += [(lower, np.roll(upper, shift, axis=1)) for shift in (-1, 0, 1)]
    first, second = (np.concatenate([pair[end].ravel() for pair in pairs]) for end in (0, 1))
    return each_once(*np.sort([first, second], axis=0))


def each_once(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return pairs of different vertices, those with the lower one first, each once, ascending."""
    codes = np.unique(first[first < second] * (second.max(initial=0) + 1) + second[first < second])
    return np.stack(np.divmod(codes, second.max(initial=0) + 1), axis=1)
