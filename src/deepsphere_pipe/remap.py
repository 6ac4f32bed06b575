"""Sparse matrices that bring maps from a latitude-longitude grid to a sampling of the sphere.

Each has one row per vertex and one column per grid cell, in the order of ``field.ravel()`` for a
field of shape (n_lat, n_lon), and rows which sum to one: ``matrix @ field.ravel()`` is the map.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import LatLonGrid, Sampling


@dataclass(frozen=True)
class _OrderedGrid:
    """A grid from south to north and eastward from the date line, so that order cannot matter.

    Attributes
    ----------
    latitudes, west, step
        Degrees; the longitudes are west + step · (0, 1, …) with west in [-180, -180 + step).
    cells
        Column of each cell in the order of the user, (n_lat, n_lon).
    """

    latitudes: np.ndarray
    west: float
    step: float
    cells: np.ndarray

    @classmethod
    def of(cls, grid: LatLonGrid) -> "_OrderedGrid":
        n_lat, n_lon = grid.shape
        cells = np.arange(n_lat * n_lon).reshape(n_lat, n_lon)
        rows = np.argsort(grid.latitudes)
        # Rounding makes the two conventions equal to the last bit: 359.9 - 360 is not -0.1.
        from_date_line = np.round((grid.longitudes + 180) % 360, 9) % 360
        columns = np.argsort(from_date_line)
        west = float(from_date_line[columns[0]]) - 180
        return cls(grid.latitudes[rows], west, 360 / n_lon, cells[np.ix_(rows, columns)])

    @property
    def points(self) -> np.ndarray:
        """Unit vectors to the cells' centres, (n_lat · n_lon, 3)."""
        longitudes = np.radians(self.west + self.step * np.arange(self.cells.shape[1]))
        latitudes = np.radians(self.latitudes)[:, None]
        x = np.cos(latitudes) * np.cos(longitudes)
        y = np.cos(latitudes) * np.sin(longitudes)
        z = np.sin(latitudes) * np.ones_like(longitudes)
        return np.stack([x, y, z], axis=-1).reshape(-1, 3)


def bilinear(grid: LatLonGrid, sampling: Sampling) -> sparse.csr_array:
    """Interpolate linearly in latitude and longitude; for continuous fields.

    Second-order accurate everywhere. Between the last parallel and a pole without a row of its
    own, the value at the pole is the mean over that parallel.

    Returns
    -------
    scipy.sparse.csr_array
        (n_vertices, n_cells) float64, non-negative, four entries a row but near such a pole.
    """
    ordered = _OrderedGrid.of(grid)
    latitudes, (n_lat, n_lon) = ordered.latitudes, grid.shape

    column, eastward = np.divmod((sampling.longitude - ordered.west) / ordered.step, 1)
    columns = np.stack([column, column + 1], axis=1).astype(np.int64) % n_lon
    column_weights = np.stack([1 - eastward, eastward], axis=1)

    # Of two neighbouring parallels; beyond the last one, of the parallel and the pole.
    row = np.clip(np.searchsorted(latitudes, sampling.latitude, side="right") - 1, 0, n_lat - 2)
    northward = (sampling.latitude - latitudes[row]) / (latitudes[row + 1] - latitudes[row])
    row_weights = np.stack([1 - northward, northward], axis=1)
    south_gap, north_gap = latitudes[0] + 90, 90 - latitudes[-1]
    pole_weights = np.zeros((sampling.n_vertices, 2))
    if south_gap > 0:
        polar = sampling.latitude < latitudes[0]
        pole_weights[polar, 0] = (latitudes[0] - sampling.latitude[polar]) / south_gap
        row_weights[polar] = np.stack([1 - pole_weights[polar, 0], 0 * northward[polar]], axis=1)
    if north_gap > 0:
        polar = sampling.latitude > latitudes[-1]
        pole_weights[polar, 1] = (sampling.latitude[polar] - latitudes[-1]) / north_gap
        row_weights[polar] = np.stack([0 * northward[polar], 1 - pole_weights[polar, 1]], axis=1)

    vertices = np.arange(sampling.n_vertices)
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
    return _csr(rows, cells, weights, (sampling.n_vertices, n_lat * n_lon))


def nearest(grid: LatLonGrid, sampling: Sampling) -> sparse.csr_array:
    """Take the value of the cell whose centre is nearest on the sphere; for categories.

    Returns
    -------
    scipy.sparse.csr_array
        (n_vertices, n_cells) float64, one entry 1 a row.
    """
    ordered = _OrderedGrid.of(grid)
    _, found = cKDTree(ordered.points).query(sampling.coordinates)
    vertices = np.arange(sampling.n_vertices)
    cells = ordered.cells.ravel()[found]
    return _csr(vertices, cells, np.ones(len(cells)), (len(vertices), ordered.cells.size))


def area_shares(grid: LatLonGrid, sampling: Sampling) -> sparse.csr_array:
    """Share of each grid cell in the area that a vertex stands for; for averages and `majority`.

    A cell belongs as a whole to the vertex nearest to its centre. A vertex to which no cell
    belongs (where the grid is coarser than the sampling) takes the cell nearest to it.

    Returns
    -------
    scipy.sparse.csr_array
        (n_vertices, n_cells) float64, rows sum to 1.
    """
    ordered = _OrderedGrid.of(grid)
    _, vertices = cKDTree(sampling.coordinates).query(ordered.points)
    cells = ordered.cells.ravel()
    areas = grid.cell_areas.ravel()[cells]
    totals = np.bincount(vertices, weights=areas, minlength=sampling.n_vertices)
    shape = (sampling.n_vertices, len(cells))
    shares = _csr(vertices, cells, areas / totals[vertices], shape)
    empty = sparse.diags_array((totals == 0).astype(np.float64))
    return sparse.csr_array(shares + empty @ nearest(grid, sampling))


def majority(shares: sparse.csr_array, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Give each vertex the class that covers most of its area.

    Among classes of equal area the lowest index wins, except that class 0, the background, loses
    every tie: the rarer class wins, as the others cover a few per cent and would else shrink
    wherever the grid is so coarse that a vertex has two cells.

    Parameters
    ----------
    shares
        From `area_shares`, (n_vertices, n_cells).
    labels
        Class index of each cell, (..., n_cells) integer.
    n_classes
        Number of classes, at most 256.

    Returns
    -------
    ndarray
        (..., n_vertices) uint8.

    Raises
    ------
    UserError
        If a label is not in 0 ... n_classes - 1.
    """
    labels = np.asarray(labels)
    if labels.min() < 0 or labels.max() >= n_classes:
        raise UserError(
            f"Labels must be class indices from 0 to {n_classes - 1}, "
            f"but range from {labels.min()} to {labels.max()}."
        )
    maps = labels.reshape(-1, labels.shape[-1]).T
    winner = np.zeros((shares.shape[0], maps.shape[1]), dtype=np.uint8)
    most = np.full(winner.shape, -1.0)
    for index in (*range(1, n_classes), 0):
        area = shares @ (maps == index).astype(np.float64)
        # Equal areas, added up in another order, may differ in the last bits.
        wins = area > most + 1e-9
        winner[wins], most[wins] = index, area[wins]
    return winner.T.reshape(*labels.shape[:-1], -1)


def _csr(
    rows: np.ndarray, columns: np.ndarray, values: np.ndarray, shape: tuple[int, int]
) -> sparse.csr_array:
    matrix = sparse.csr_array((values, (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return matrix
