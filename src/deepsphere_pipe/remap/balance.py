"""Scaling of a non-negative matrix to given sums of its rows and columns."""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import cg

from deepsphere_pipe.errors import UserError

TOLERANCE = 1e-12
"""Error of a row's or column's sum, relative to their mean, that counts as balanced."""

ROUNDS = 60

LONGEST_STEP = 1.0
"""Largest change of an entry's logarithm in a round."""


def balanced(overlaps: sparse.csr_array, rows: np.ndarray, columns: np.ndarray) -> sparse.csr_array:
    """Multiply the entries by exp(u_i + v_j) so that the sums over rows and columns are given.

    These factors change the matrix least in the sense of the relative entropy (matrix scaling,
    Sinkhorn and Knopp 1967), and keep it non-negative. They are found by Newton's method with
    limited steps, a sparse linear system each.

    Parameters
    ----------
    overlaps
        Non-negative (n, m).
    rows, columns
        Wanted sums, (n,) and (m,), positive, with one total.

    Raises
    ------
    UserError
        If no factors bring the sums about.
    """
    columns = columns * (rows.sum() / columns.sum())
    entries = sparse.coo_array(overlaps)
    data = entries.data
    for _ in range(ROUNDS):
        matrix = sparse.csr_array((data, (entries.row, entries.col)), overlaps.shape)
        wrong_rows, wrong_columns = rows - matrix.sum(axis=1), columns - matrix.sum(axis=0)
        # Measured by the mean: the smallest cells, next to a pole, are as inexact as large ones.
        worst = np.abs(wrong_rows).max() / rows.mean(), np.abs(wrong_columns).max() / columns.mean()
        if max(worst) < TOLERANCE:
            return matrix
        if matrix.sum(axis=1).min() <= 0 or matrix.sum(axis=0).min() <= 0:
            break
        u, v = _newton_step(matrix, wrong_rows, wrong_columns)
        change = u[entries.row] + v[entries.col]
        change *= LONGEST_STEP / max(LONGEST_STEP, np.abs(change).max())
        data = data * np.exp(change)
    raise UserError(
        "The cells of these two samplings cannot be balanced, as their areas do not fit the places "
        "of their vertices: remap with 'bilinear' or 'nearest'."
    )


def _newton_step(
    matrix: sparse.csr_array, wrong_rows: np.ndarray, wrong_columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Solve for u and v by which the sums change as wanted, eliminating the longer of the two."""
    if matrix.shape[0] > matrix.shape[1]:
        v, u = _newton_step(sparse.csr_array(matrix.T), wrong_columns, wrong_rows)
        return u, v
    row_sums, column_sums = matrix.sum(axis=1), matrix.sum(axis=0)
    scale = 1 / np.sqrt(row_sums)
    half = sparse.diags_array(scale) @ matrix @ sparse.diags_array(1 / np.sqrt(column_sums))
    # The normalised Laplacian of the graph of rows, two of which are joined by common columns.
    system = sparse.eye_array(len(scale)) - half @ half.T
    right = scale * (wrong_rows - matrix @ (wrong_columns / column_sums))
    # Adding a constant to u and taking it from v changes nothing.
    null = np.sqrt(row_sums / row_sums.sum())
    right -= null * (null @ right)
    # Rounding errors have no solution where the graph falls apart.
    negligible = 0.1 * TOLERANCE * np.sqrt(row_sums.sum())
    solution, _ = cg(system, right, rtol=1e-6, atol=negligible, maxiter=3000)
    u = scale * solution
    return u, (wrong_columns - matrix.T @ u) / column_sums
