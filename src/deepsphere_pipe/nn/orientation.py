"""Filters that tell east from west: the derivatives of a signal to the east and to the north.

A polynomial of the Laplacian is isotropic: it cannot know on which side of a vertex something lies.
Cyclones and rivers are not, as the Earth turns. With the two derivatives a layer is

    y = Σ_k T_k(L) x W_k + D_east x W_east + D_north x W_north + b.

It commutes with rotations about the poles only. The derivatives at a vertex are those of the plane
that fits its neighbours best in the graph, with the weights of their edges (least squares), times
the mean length of an edge: numbers of the order of the signal's differences.
"""

from typing import Any

import numpy as np
import scipy.sparse
from torch import Tensor, nn

from deepsphere_pipe.nn.sparse import SparseOperator

NEAR_A_POLE = 1e-6
"""Distance from the axis, in radii, within which there is no east."""


def derivatives(level: Any) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array]:
    """Return the matrices (vertex, vertex) of the derivatives to the east and to the north.

    Parameters
    ----------
    level
        With ``coordinates`` (vertex, 3) and ``laplacian``, whose pattern gives the edges and whose
        entries their weights.

    Returns
    -------
    tuple of two matrices
        In units of the mean length of an edge; rows of zeros at the poles and where all neighbours
        lie in one line.
    """
    coordinates = np.asarray(level.coordinates)
    edges = scipy.sparse.coo_array(level.laplacian)
    apart = edges.row != edges.col
    tail, head, weight = edges.row[apart], edges.col[apart], np.abs(edges.data[apart])
    across = coordinates[head] - coordinates[tail]
    spacing = np.linalg.norm(across, axis=1).mean()
    east, north = _directions(coordinates)
    steps = np.stack([(across * east[tail]).sum(1), (across * north[tail]).sum(1)], axis=1)
    steps /= spacing
    moments = np.zeros((len(coordinates), 2, 2))
    np.add.at(moments, tail, weight[:, None, None] * steps[:, :, None] * steps[:, None, :])
    determinant = np.linalg.det(moments)
    defined = determinant > 1e-9 * np.trace(moments, axis1=1, axis2=2) ** 2
    defined &= np.hypot(*coordinates[:, :2].T) > NEAR_A_POLE
    inverse = np.zeros_like(moments)
    inverse[defined] = np.linalg.inv(moments[defined])
    slopes = np.einsum("eij,ej->ei", inverse[tail], weight[:, None] * steps)
    first, second = (_differences(tail, head, each, len(coordinates)) for each in slopes.T)
    return first, second


def _directions(coordinates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return unit vectors (vertex, 3) to the east and to the north."""
    x, y, z = coordinates.T
    radius = np.maximum(np.hypot(x, y), NEAR_A_POLE)
    east = np.stack([-y / radius, x / radius, np.zeros_like(x)], axis=1)
    north = np.stack([-z * x / radius, -z * y / radius, radius], axis=1)
    return east, north


def _differences(
    tail: np.ndarray, head: np.ndarray, factors: np.ndarray, n: int
) -> scipy.sparse.csr_array:
    """Return the matrix that sums factors times the differences along edges, at their tails."""
    matrix = scipy.sparse.csr_array((factors, (tail, head)), shape=(n, n))
    return scipy.sparse.csr_array(matrix - scipy.sparse.diags_array(matrix.sum(axis=1)))


class Derivatives(nn.Module):
    """Both derivatives on one level."""

    def __init__(self, level: Any) -> None:
        super().__init__()
        self.operators = nn.ModuleList(map(SparseOperator, derivatives(level)))

    def forward(
        self,
        x: Tensor,
        weight: Tensor,
        *,
        skip: Tensor | None = None,
        expansion: SparseOperator | None = None,
    ) -> Tensor:
        """Return D_east x W_east + D_north x W_north (vertex, batch, out_features).

        Parameters
        ----------
        weight : Tensor, shape (2, in_features, out_features)
        x, skip, expansion
            As in `ChebyshevConvolution.forward`.
        """
        total = None
        for operator, matrix in zip(self.operators, weight, strict=True):
            product = x @ matrix[: x.shape[2]]
            if skip is not None:
                product = product + skip @ matrix[x.shape[2] :]
            if expansion is not None:
                product = expansion(product)
            term = operator(product)
            total = term if total is None else total + term
        assert total is not None
        return total
