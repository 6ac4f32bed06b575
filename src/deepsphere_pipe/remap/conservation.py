"""Conservative remapping: the mean over the sphere stays what it is.

Overlaps of cells are estimated by small pieces of the finer ones, each assigned to the coarser
cell in which it lies. Then they are corrected by as little as possible so that they add up
to the areas of all cells exactly.
"""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import cg

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap.grids import (
    Grid,
    OrderedGrid,
    RectilinearGrid,
    areas_of,
    covers_sphere,
    owners_of,
)
from deepsphere_pipe.samplings import Sampling
from deepsphere_pipe.samplings.triangulation import mesh_of

PIECES = 8
"""Pieces along a side of the coarser cells; the finer are cut so that there are as many."""

MIN_PIECES = 2
"""Cells in one piece would belong to one other cell each, and nothing could be balanced."""

TOLERANCE = 1e-10
"""Relative error of the area of a cell that counts as balanced."""

ROUNDS, SCALINGS = 30, 20


def conservative(source: Grid, target: Grid) -> sparse.csr_array:
    """Take the mean over the overlaps with source cells, weighted by area; first-order accurate.

    Rows sum to one, and ``target_areas @ (matrix @ x)`` equals ``source_areas @ x`` where both
    cover the whole sphere. Onto a partial target it is the mean over each of its cells.

    Parameters
    ----------
    source, target
        Grids or samplings.

    Returns
    -------
    scipy.sparse.csr_array
        (n_target, n_source) float64, non-negative.

    Raises
    ------
    UserError
        If a cell of the target is not covered by the source.
    """
    overlaps = _overlaps(source, target)
    covered = overlaps.sum(axis=1)
    if (covered <= 0).any():
        share = 100 * np.mean(covered <= 0)
        raise UserError(
            f"The source covers no part of {share:.1f} % of the target's cells, which have no mean "
            "then: remap with 'nearest' or to a smaller region."
        )
    if covers_sphere(source) and covers_sphere(target):
        overlaps = balanced(overlaps, areas_of(target), areas_of(source))
    matrix = sparse.csr_array(sparse.diags_array(1 / overlaps.sum(axis=1)) @ overlaps)
    matrix.sort_indices()
    return matrix


def balanced(overlaps: sparse.csr_array, rows: np.ndarray, columns: np.ndarray) -> sparse.csr_array:
    """Correct overlaps so that their sums over rows and columns are given.

    Each entry is multiplied by 1 + u_i + v_j, the least change in the sense of least squares
    relative to the entries, found in one linear solve. Entries that would become negative are
    balanced by alternate scaling first.

    Parameters
    ----------
    overlaps
        Non-negative (n, m).
    rows, columns
        Wanted sums, (n,) and (m,), with one total.
    """
    columns = columns * (rows.sum() / columns.sum())
    for _ in range(ROUNDS):
        row_sums, column_sums = overlaps.sum(axis=1), overlaps.sum(axis=0)
        wrong = np.abs(row_sums / rows - 1).max(), np.abs(column_sums / columns - 1).max()
        if max(wrong) < TOLERANCE:
            return overlaps
        u, v = _corrections(overlaps, rows, columns)
        entries = overlaps.tocoo()
        factors = 1 + u[entries.row] + v[entries.col]
        if factors.min() > 0:
            data = entries.data * factors
            overlaps = sparse.csr_array((data, (entries.row, entries.col)), overlaps.shape)
            continue
        for _ in range(SCALINGS):
            overlaps = sparse.diags_array(rows / overlaps.sum(axis=1)) @ overlaps
            overlaps = overlaps @ sparse.diags_array(columns / overlaps.sum(axis=0))
        overlaps = sparse.csr_array(overlaps)
    raise UserError(
        "The overlaps of these two samplings cannot be balanced: remap with 'bilinear' or "
        "'nearest'."
    )


def _corrections(
    overlaps: sparse.csr_array, rows: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Solve for u and v, eliminating the longer of the two."""
    if overlaps.shape[0] > overlaps.shape[1]:
        v, u = _corrections(sparse.csr_array(overlaps.T), columns, rows)
        return u, v
    row_sums, column_sums = overlaps.sum(axis=1), overlaps.sum(axis=0)
    wrong_rows, wrong_columns = rows - row_sums, columns - column_sums
    right = wrong_rows - overlaps @ (wrong_columns / column_sums)
    # A graph Laplacian on the shorter side; its null space (u + c, v - c) changes nothing.
    inner = overlaps @ sparse.diags_array(1 / column_sums) @ overlaps.T
    scale = 1 / np.sqrt(row_sums)
    scaling = sparse.diags_array(scale)
    system = sparse.eye_array(len(rows)) - scaling @ inner @ scaling
    null = np.sqrt(row_sums) / np.linalg.norm(np.sqrt(row_sums))
    right = scale * right
    right -= null * (null @ right)
    # Overlaps that fall into several parts have more null vectors, along which rounding may grow
    # without bounds: `balanced` sees that by factors which are no numbers.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        # Each round of `balanced` gains as many digits again.
        solution, _ = cg(system, right, rtol=1e-6, maxiter=2000)
    u = scale * solution
    v = (wrong_columns - overlaps.T @ u) / column_sums
    return u, v


def _overlaps(source: Grid, target: Grid) -> sparse.csr_array:
    if isinstance(source, RectilinearGrid) and isinstance(target, RectilinearGrid):
        return _grid_overlaps(OrderedGrid.of(source), OrderedGrid.of(target))
    if len(areas_of(source)) < len(areas_of(target)):
        return sparse.csr_array(_by_pieces(target, source).T)
    return _by_pieces(source, target)


def _by_pieces(fine: Grid, coarse: Grid) -> sparse.csr_array:
    """Overlaps of coarse with fine cells, (n_coarse, n_fine), from pieces of the fine ones.

    Coarse cells that are smaller than the fine ones around them, as those of a grid near a pole,
    may have no piece; for these alone, pieces of their own are asked in which fine cell they lie.
    """
    n_fine, n_coarse = len(areas_of(fine)), len(areas_of(coarse))
    ratio = np.sqrt(n_fine / n_coarse)
    fine_cells, coarse_cells, areas = _assigned(fine, coarse, PIECES / ratio)
    missed = np.bincount(coarse_cells, minlength=n_coarse) == 0
    if missed.any():
        own, others, own_areas = _assigned(coarse, fine, PIECES)
        wanted = missed[own]
        coarse_cells = np.concatenate([coarse_cells, own[wanted]])
        fine_cells = np.concatenate([fine_cells, others[wanted]])
        areas = np.concatenate([areas, own_areas[wanted]])
    return sparse.csr_array((areas, (coarse_cells, fine_cells)), (n_coarse, n_fine))


def _assigned(grid: Grid, other: Grid, cut: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut cells and return the cell of each piece, the other cell in which it lies, its area."""
    own_cells, points, areas = _pieces(grid, max(MIN_PIECES, int(np.ceil(cut))))
    other_cells = owners_of(other, points)
    inside = (own_cells >= 0) & (other_cells >= 0)
    return own_cells[inside], other_cells[inside], areas[inside]


def _grid_overlaps(source: OrderedGrid, target: OrderedGrid) -> sparse.csr_array:
    """Exact overlaps of two latitude-longitude grids: those of rows times those of columns."""
    rows = _interval_overlaps(
        np.sin(np.radians(target.borders)), np.sin(np.radians(source.borders))
    )
    circle = source.longitude_borders
    columns = sum(
        _interval_overlaps(np.radians(target.longitude_borders), np.radians(circle + turn))
        for turn in (-360, 0, 360)
    )
    product = sparse.coo_array(sparse.kron(sparse.coo_array(rows), sparse.coo_array(columns)))
    where = (target.cells.ravel()[product.row], source.cells.ravel()[product.col])
    return sparse.csr_array((product.data, where), (target.cells.size, source.cells.size))


def _interval_overlaps(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Lengths of the overlaps of consecutive intervals with ascending borders, (n, m)."""
    low = np.maximum(first[:-1, None], second[:-1])
    high = np.minimum(first[1:, None], second[1:])
    lengths = np.clip(high - low, 0, None)
    return np.where(lengths > 1e-13, lengths, 0)


def _pieces(grid: Grid, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut cells into about n x n pieces: the cell of each, its centre (n_pieces, 3), its area."""
    if isinstance(grid, RectilinearGrid):
        ordered = OrderedGrid.of(grid)
        parts = (np.arange(n) + 0.5) / n
        sines = np.sin(np.radians(ordered.borders))
        height = (sines[:-1, None] + np.diff(sines)[:, None] * parts)[:, None, :, None]
        west = ordered.longitude_borders[:-1, None]
        longitude = np.radians(west + ordered.step * parts)[None, :, None, :]
        height, longitude = np.broadcast_arrays(height, longitude)
        radius = np.sqrt(1 - height**2)
        points = np.stack([radius * np.cos(longitude), radius * np.sin(longitude), height], -1)
        areas = np.diff(sines)[:, None, None] * np.radians(ordered.step) / n**2
        areas = np.broadcast_to(areas, (*ordered.cells.shape, n * n)).ravel()
        return np.repeat(ordered.cells.ravel(), n * n), points.reshape(-1, 3), areas
    points, areas = _triangle_pieces(grid, max(1, round(n / np.sqrt(2))))
    return grid.owners(points), points, areas


def _triangle_pieces(sampling: Sampling, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut the triangles of the mesh into n x n pieces of like areas."""
    faces = mesh_of(sampling)
    a, b, c = (sampling.distinct_coordinates[faces[:, corner]] for corner in range(3))
    i, j = (index.ravel() for index in np.mgrid[:n, :n])
    up, down = i + j < n, i + j < n - 1
    first = np.concatenate([i[up] + 1 / 3, i[down] + 2 / 3]) / n
    second = np.concatenate([j[up] + 1 / 3, j[down] + 2 / 3]) / n
    steps = b - a, c - a
    points = a[:, None] + first[:, None] * steps[0][:, None] + second[:, None] * steps[1][:, None]
    norms = np.linalg.norm(points, axis=2)
    # The plane triangle seen from the centre: solid angle of each piece.
    normal = np.cross(*steps)
    areas = np.abs(np.einsum("fk,fk->f", normal, a))[:, None] / 2 / n**2 / norms**3
    return (points / norms[..., None]).reshape(-1, 3), areas.ravel()
