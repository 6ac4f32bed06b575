"""Where the vertices of a sphere lie on the flat map and on the globe of the explorer."""

import numpy as np
from scipy.spatial import ConvexHull, cKDTree

from deepsphere_pipe.reporting.maps.coastlines import coastlines, project_lines
from deepsphere_pipe.reporting.maps.projections import make_projection
from deepsphere_pipe.reporting.maps.raster import (
    VertexRaster,
    cell_reach,
    covers_sphere,
    graticule,
)
from deepsphere_pipe.samplings.sampling import unit_vectors

FLAT = make_projection("mollweide")
FLAT_WIDTH = 840
"""Width of the flat map in pixels."""

MOST_CELLS = 20_000
"""Cells of the globe that a browser turns and colours without a pause."""

DEGREE = 100
"""Integer that stands for a degree."""

BREAK = np.iinfo(np.int16).min
"""Integer that stands between two lines."""

UNIT = np.iinfo(np.int16).max
"""Integer that stands for a radius of the globe."""


def places_of(
    longitude: np.ndarray, latitude: np.ndarray, areas: np.ndarray
) -> dict[str, np.ndarray]:
    """Return what the explorer needs to draw values on the vertices of a sphere.

    Parameters
    ----------
    longitude, latitude : ndarray, shape (vertex,)
        In degrees.
    areas : ndarray, shape (vertex,)
        In steradian; if they sum to less than the sphere, what is beyond the vertices stays blank.

    Returns
    -------
    dict of ndarray
        ``position`` (vertex, 2), longitude and latitude in hundredths of a degree; ``nearest``
        (row, column), the vertex of every pixel of the flat map, as many as there are vertices
        where there is none; and the cells of the globe from `globe_cells`.
    """
    raster = VertexRaster(FLAT, longitude, latitude, FLAT_WIDTH, areas)
    n = len(longitude)
    east = (np.asarray(longitude) + 180) % 360 - 180
    return {
        "position": np.round(DEGREE * np.stack([east, latitude], axis=1)).astype(np.int16),
        "nearest": _unsigned(np.where(raster.nearest < 0, n, raster.nearest), n),
        **globe_cells(longitude, latitude, areas),
    }


def globe_cells(
    longitude: np.ndarray, latitude: np.ndarray, areas: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the Voronoi cells of vertices as fans of triangles on the unit sphere.

    Where there are more than `MOST_CELLS` vertices, it is that many even cells, each with the
    value of the nearest vertex; on a part of the sphere, the cells of that many of the vertices.

    Parameters
    ----------
    longitude, latitude, areas : ndarray, shape (vertex,)
        As for `places_of`.

    Returns
    -------
    dict of ndarray
        ``cell_vertex`` (cell,), whose value a cell has; ``points`` (point, 3), coordinates times
        `UNIT`, the centres of the cells first; ``n_corners`` (cell,); ``corners``, the points
        around each cell, one cell after the other.
    """
    vertices = unit_vectors(longitude, latitude)
    _, of_cell = np.unique(np.round(vertices, 9), axis=0, return_index=True)  # poles may be many
    centres, of_cell = vertices[np.sort(of_cell)], np.sort(of_cell)
    whole, reach = covers_sphere(areas), cell_reach(areas)[of_cell]
    if len(centres) > MOST_CELLS and whole:
        centres = _even_points(MOST_CELLS)
        of_cell = of_cell[cKDTree(vertices[of_cell]).query(centres)[1]]
    elif len(centres) > MOST_CELLS:
        # Few of the points that are even on the whole sphere would lie within a small region.
        kept = np.sort(np.random.default_rng(0).permutation(len(centres))[:MOST_CELLS])
        reach = 1.5 * np.sqrt(len(centres) / MOST_CELLS) * reach[kept]
        centres, of_cell = centres[kept], of_cell[kept]
    hull = ConvexHull(centres)  # its faces are the Delaunay triangles, their normals the corners
    corners = hull.equations[:, :3]
    cell, face = hull.simplices.ravel(), np.repeat(np.arange(len(corners)), 3)
    order = np.lexsort((_bearing(centres[cell], corners[face]), cell))
    cell, face = cell[order], face[order]
    if not whole:  # the cells at the border would reach around the globe
        corners, face = _shortened(centres[cell], corners[face], reach[cell]), np.arange(len(cell))
    points = np.concatenate([centres, corners])
    n_corners = np.bincount(cell, minlength=len(centres))  # of a pole, as many as longitudes
    return {
        "cell_vertex": _unsigned(of_cell, len(vertices)),
        "points": np.round(UNIT * points).astype(np.int16),
        "n_corners": _unsigned(n_corners, n_corners.max()),
        "corners": _unsigned(len(centres) + face, len(points)),
    }


def earth() -> dict[str, np.ndarray]:
    """Return coastlines and the graticule as integers, lines separated by `BREAK`.

    Returns
    -------
    dict of ndarray
        ``coast`` and ``grid`` (point, 2) in hundredths of a degree; ``flat_coast`` and
        ``flat_grid`` (point, 2) on the flat map, from −`UNIT` to `UNIT` both ways, north positive.
    """
    lines = {"coast": coastlines(), "grid": graticule()}
    right, top = FLAT.extent[1], FLAT.extent[3]
    result = {name: _lines(line, DEGREE, DEGREE) for name, line in lines.items()}
    for name, line in lines.items():
        result[f"flat_{name}"] = _lines(project_lines(FLAT, *line), UNIT / right, UNIT / top)
    return result


def _bearing(centres: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Return the direction of each corner seen from its centre, counter-clockwise from outside."""
    # Any direction across the centre will do to begin with.
    across = np.where(np.abs(centres[:, 2:]) < 0.9, [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]])
    east = np.cross(across, centres)
    north = np.cross(centres, east)
    return np.arctan2(np.einsum("ij,ij->i", corners, north), np.einsum("ij,ij->i", corners, east))


def _shortened(centres: np.ndarray, corners: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Bring corners that are farther from their centres than a cell reaches (radians) nearer."""
    cosine = np.einsum("ij,ij->i", centres, corners)[:, None]
    away = corners - cosine * centres
    away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-12)
    shortened = np.cos(reach)[:, None] * centres + np.sin(reach)[:, None] * away
    return np.where(np.arccos(np.clip(cosine, -1, 1)) > reach[:, None], shortened, corners)


def _even_points(n: int) -> np.ndarray:
    """Return a Fibonacci spiral on the unit sphere, shape (n, 3)."""
    index = np.arange(n) + 0.5
    longitude = np.degrees(index * np.pi * (3 - np.sqrt(5)))
    return unit_vectors(longitude, np.degrees(np.arcsin(1 - 2 * index / n)))


def _lines(line: tuple[np.ndarray, np.ndarray], *scales: float) -> np.ndarray:
    scaled = np.stack([scale * values for scale, values in zip(scales, line, strict=True)], axis=1)
    return np.where(np.isnan(scaled), BREAK, np.round(scaled)).astype(np.int16)


def _unsigned(values: np.ndarray, greatest: int) -> np.ndarray:
    return values.astype(np.uint16 if greatest <= np.iinfo(np.uint16).max else np.uint32)
