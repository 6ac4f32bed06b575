"""Interpolation: second-order accurate, for continuous fields; and the nearest value."""

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from deepsphere_pipe.remap.grids import (
    Grid,
    OrderedGrid,
    RectilinearGrid,
    degrees_of,
    points_of,
)
from deepsphere_pipe.remap.matrices import csr
from deepsphere_pipe.samplings import Sampling
from deepsphere_pipe.samplings.triangulation import mesh_of

CANDIDATES = 4
"""Nearest vertices among whose triangles the one that holds a point is looked for."""

OUTSIDE = -1e-2
"""Barycentric coordinate below which a point lies outside of all triangles."""


def bilinear(source: Grid, target: Grid) -> sparse.csr_array:
    """Interpolate linearly; for continuous fields.

    From a latitude-longitude grid, linearly in latitude and longitude; between the last parallel
    and a pole without a row of its own, the value at the pole is the mean over that parallel.
    From another sampling, linearly in the spherical triangle around the target. Where a partial
    sampling has no triangle around it, the nearest vertex is taken.

    Returns
    -------
    scipy.sparse.csr_array
        (n_target, n_source) float64, non-negative, rows sum to one.
    """
    if isinstance(source, RectilinearGrid):
        return _from_grid(source, target)
    return _from_triangles(source, target)


def nearest(source: Grid, target: Grid) -> sparse.csr_array:
    """Take the value of the cell or vertex whose centre is nearest; for categories.

    Returns
    -------
    scipy.sparse.csr_array
        (n_target, n_source) float64, one entry 1 a row.
    """
    if isinstance(source, RectilinearGrid):
        # Searched in one order, so that ties do not depend on that of the user.
        ordered = OrderedGrid.of(source)
        _, found = cKDTree(ordered.points).query(points_of(target))
        found = ordered.cells.ravel()[found]
        n_source = ordered.cells.size
    else:
        _, found = cKDTree(points_of(source)).query(points_of(target))
        n_source = source.n_vertices
    return csr(np.arange(len(found)), found, np.ones(len(found)), (len(found), n_source))


def _from_grid(grid: RectilinearGrid, target: Grid) -> sparse.csr_array:
    """Interpolate linearly in latitude and longitude."""
    ordered = OrderedGrid.of(grid)
    latitudes, (n_lat, n_lon) = ordered.latitudes, grid.shape
    longitude, latitude = degrees_of(target)
    n = len(latitude)

    column, eastward = np.divmod((longitude - ordered.west) / ordered.step, 1)
    columns = np.stack([column, column + 1], axis=1).astype(np.int64) % n_lon
    column_weights = np.stack([1 - eastward, eastward], axis=1)

    # Of two neighbouring parallels; beyond the last one, of the parallel and the pole.
    row = np.clip(np.searchsorted(latitudes, latitude, side="right") - 1, 0, n_lat - 2)
    northward = (latitude - latitudes[row]) / (latitudes[row + 1] - latitudes[row])
    row_weights = np.stack([1 - northward, northward], axis=1)
    south_gap, north_gap = latitudes[0] + 90, 90 - latitudes[-1]
    pole_weights = np.zeros((n, 2))
    if south_gap > 0:
        polar = latitude < latitudes[0]
        pole_weights[polar, 0] = (latitudes[0] - latitude[polar]) / south_gap
        row_weights[polar] = np.stack([1 - pole_weights[polar, 0], 0 * northward[polar]], axis=1)
    if north_gap > 0:
        polar = latitude > latitudes[-1]
        pole_weights[polar, 1] = (latitude[polar] - latitudes[-1]) / north_gap
        row_weights[polar] = np.stack([0 * northward[polar], 1 - pole_weights[polar, 1]], axis=1)

    vertices = np.arange(n)
    entries = [
        (vertices, ordered.cells[row + i, columns[:, j]], row_weights[:, i] * column_weights[:, j])
        for i in (0, 1)
        for j in (0, 1)
    ]
    for pole, parallel in ((0, 0), (1, -1)):
        polar = np.flatnonzero(pole_weights[:, pole])
        shape = (len(polar), n_lon)
        entries.append(
            (
                np.repeat(polar, n_lon),
                np.broadcast_to(ordered.cells[parallel], shape).ravel(),
                np.broadcast_to(pole_weights[polar, pole, None] / n_lon, shape).ravel(),
            )
        )
    rows, cells, weights = (np.concatenate(part) for part in zip(*entries, strict=True))
    return csr(rows, cells, weights, (n, n_lat * n_lon))


def _from_triangles(source: Sampling, target: Grid) -> sparse.csr_array:
    """Interpolate in the spherical triangle around each target."""
    corners, targets = source.distinct_coordinates, points_of(target)
    faces = mesh_of(source)
    n, n_faces = source.n_vertices, len(faces)
    touching = sparse.csr_array(
        (np.ones(3 * n_faces), (faces.ravel(), np.repeat(np.arange(n_faces), 3))),
        shape=(n, n_faces),
    )
    count = min(CANDIDATES, n)
    _, near = cKDTree(corners).query(targets, k=count)
    near = near.reshape(len(targets), count)
    best = np.full(len(targets), -np.inf)
    face = np.zeros(len(targets), dtype=np.int64)
    weights = np.zeros((len(targets), 3))
    inverses = _inverses(corners[faces])
    for column in near.T:
        # Faces at each vertex, as rows of one length.
        first, last = touching.indptr[column], touching.indptr[column + 1]
        for step in range(int((last - first).max(initial=0))):
            here = np.flatnonzero((first + step < last) & (best < 0))
            tried = touching.indices[first[here] + step]
            found = np.einsum("nij,nj->ni", inverses[tried], targets[here])
            found /= np.maximum(found.sum(axis=1, keepdims=True), 1e-300)
            least = found.min(axis=1)
            better = least > best[here]
            chosen = here[better]
            best[chosen], face[chosen] = least[better], tried[better]
            weights[chosen] = found[better]
    outside = best < OUTSIDE
    weights = np.clip(weights, 0, None)
    weights[outside] = (1, 0, 0)
    corner = faces[face]
    corner[outside, 0] = near[outside, 0]
    weights /= weights.sum(axis=1, keepdims=True)
    rows = np.repeat(np.arange(len(targets)), 3)
    return csr(rows, corner.ravel(), weights.ravel(), (len(targets), n))


def _inverses(corners: np.ndarray) -> np.ndarray:
    """Matrices (n_faces, 3, 3) from a point to its coordinates in the cone of a triangle."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    rows = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)
    return rows / np.einsum("ij,ij->i", a, rows[:, 0])[:, None, None]
