"""Pooling and unpooling between two levels of a hierarchy of samplings.

Every fine vertex has one parent on the coarser level; the fine vertices with the same parent are
its children. The *representative* of a parent is its first child: in the icosahedral order, where
the coarse vertices come first, it is the coarse vertex itself. All signals have the layout
[vertex, batch, feature].

=============  ===================================================================================
pooling        value of a coarse vertex
=============  ===================================================================================
symmetric      mean over its children by area; where fine vertices lie on coarse edges (icosahedral)
               the *full weighting* of multigrid methods: over itself and, by half, its midpoints
average        mean over its children
max            maximum over its children, feature by feature
subsample      value of its representative (as published for the icosahedral sampling)
=============  ===================================================================================

=============  ===================================================================================
unpooling      value of a fine vertex
=============  ===================================================================================
symmetric      value of its parent; where it lies on a coarse edge (icosahedral) `interpolate`
copy           value of its parent
interpolate    mean of the two ends of the coarse edge on which it lies
constant       representatives: value of the parent; all others: 1 (as published, idem)
max            where the maximum was found: value of the parent; elsewhere: 0. Needs max pooling
=============  ===================================================================================

A network commutes with a rotation that permutes the vertices of all levels if pooling and unpooling
do. On the icosahedral sampling the children of a vertex lie beside it, all on the same side: what
goes by families (`average`, `max`, `copy`) commutes with 3 of its 60 rotations only, and a network
learns the direction. `SYMMETRIC` says what commutes with all.
"""

from typing import Any, get_args

import numpy as np
import scipy.sparse
import torch
from torch import Tensor, nn

from deepsphere_pipe.architecture import Pooling, Unpooling
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.nn.sparse import SparseOperator
from deepsphere_pipe.samplings.sampling import children_table

POOLINGS = get_args(Pooling)
UNPOOLINGS = get_args(Unpooling)
CONSTANT_PRESERVING = ("symmetric", "copy", "interpolate")
"""Unpoolings of a constant that are constant."""

SYMMETRIC = {
    "icosahedral": (("symmetric", "subsample"), ("symmetric", "interpolate", "constant")),
    "healpix": (("symmetric", "average", "max"), ("symmetric", "copy")),
    "equiangular": (
        ("symmetric", "average", "max", "subsample"),
        ("symmetric", "copy", "constant", "max"),
    ),
}
"""Poolings and unpoolings that commute with all rotations of a sampling, see `Sampling.rotations`
(of a grid those about the poles by whole columns of the coarsest level). Of children with the same
value max unpooling takes the first, which on HEALPix another one becomes."""


def candidates_table(parents: np.ndarray) -> np.ndarray:
    """Return the children of each parent; rows with fewer are filled up with their first child."""
    table = children_table(parents)
    return np.where(table < 0, table[:, :1], table)


def average_matrix(parents: np.ndarray) -> scipy.sparse.csr_array:
    """Return the matrix (n_coarse, n_fine) that takes the mean over the children."""
    copy = copy_matrix(parents)
    return scipy.sparse.csr_array(copy.T / copy.sum(axis=0)[:, None])


def copy_matrix(parents: np.ndarray) -> scipy.sparse.csr_array:
    """Return the matrix (n_fine, n_coarse) that gives each vertex the value of its parent."""
    vertices = np.arange(len(parents))
    return scipy.sparse.csr_array((np.ones(len(parents)), (vertices, np.asarray(parents))))


def symmetric_matrix(parents: np.ndarray, edge_ends: np.ndarray | None) -> scipy.sparse.csr_array:
    """Return the matrix (n_fine, n_coarse) that interpolates where that is possible, or copies."""
    return copy_matrix(parents) if edge_ends is None else interpolation_matrix(edge_ends)


def transposed_mean(unpooling: scipy.sparse.csr_array, areas: np.ndarray) -> scipy.sparse.csr_array:
    """Return the mean by area over what an unpooling reaches from each coarse vertex.

    It is the adjoint of the unpooling: constants stay, and so does the integral, if the area of a
    coarse vertex is the sum of the shares of the fine ones.

    Parameters
    ----------
    unpooling : matrix, shape (n_fine, n_coarse)
        Its rows have the sum 1.
    areas : ndarray, shape (n_fine,)
        Of the fine vertices, in any unit.

    Returns
    -------
    matrix, shape (n_coarse, n_fine)
    """
    shares = (unpooling * areas[:, None]).T
    return scipy.sparse.csr_array(shares / shares.sum(axis=1)[:, None])


def interpolation_matrix(edge_ends: np.ndarray) -> scipy.sparse.csr_array:
    """Return the matrix (n_fine, n_coarse) of the mean of the two ends of an edge.

    Parameters
    ----------
    edge_ends : int array, shape (n_fine, 2)
        The two coarse vertices between which a fine vertex lies; twice the same where both are
        at the same place.
    """
    ends = np.asarray(edge_ends)
    vertices = np.repeat(np.arange(len(ends)), 2)
    return scipy.sparse.csr_array((np.full(ends.size, 0.5), (vertices, ends.ravel())))


class MaxPooling(nn.Module):
    """Maximum over the children; also returns the fine vertices where it was found."""

    candidates: Tensor

    def __init__(self, parents: np.ndarray) -> None:
        super().__init__()
        table = torch.from_numpy(candidates_table(parents).T.copy())
        self.register_buffer("candidates", table, persistent=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the maxima (parent, batch, feature), and the vertex of each (int64)."""
        with torch.no_grad():
            maximum = x[self.candidates[0]]
            shape = (-1, *[1] * (x.ndim - 1))
            indices = self.candidates[0].view(shape).expand_as(maximum).contiguous()
            for children in self.candidates[1:]:
                candidate = x[children]
                larger = candidate > maximum
                indices = torch.where(larger, children.view(shape), indices)
                maximum = torch.maximum(maximum, candidate)
        return x.gather(0, indices), indices


class Subsampling(nn.Module):
    """Value of the representative child."""

    representatives: Tensor

    def __init__(self, parents: np.ndarray) -> None:
        super().__init__()
        representatives = torch.from_numpy(children_table(parents)[:, 0].copy())
        self.register_buffer("representatives", representatives, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the values (parent, batch, feature) of x (vertex, batch, feature)."""
        return x[self.representatives]


class ConstantUnpooling(nn.Module):
    """Value of the parent at the representatives, 1 elsewhere."""

    representatives: Tensor

    def __init__(self, parents: np.ndarray) -> None:
        super().__init__()
        self.n_vertices = len(parents)
        representatives = torch.from_numpy(children_table(parents)[:, 0].copy())
        self.register_buffer("representatives", representatives, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the values (vertex, batch, feature) of x (parent, batch, feature)."""
        return x.new_ones(self.n_vertices, *x.shape[1:]).index_copy(0, self.representatives, x)


class MaxUnpooling(nn.Module):
    """Value of the parent where max pooling found the maximum, 0 elsewhere."""

    def __init__(self, parents: np.ndarray) -> None:
        super().__init__()
        self.n_vertices = len(parents)

    def forward(self, x: Tensor, indices: Tensor) -> Tensor:
        """Return the values (vertex, batch, feature), given what `MaxPooling` returned."""
        return x.new_zeros(self.n_vertices, *x.shape[1:]).scatter(0, indices, x)


def make_pooling(name: str, level: Any) -> nn.Module:
    """Return the pooling of that name from a level to the next coarser one.

    The level has ``parents``; the symmetric one needs ``areas`` and ``edge_ends``, too.

    Raises
    ------
    UserError
        If there is no pooling of that name.
    """
    if name == "symmetric":
        unpooling = symmetric_matrix(level.parents, level.edge_ends)
        return SparseOperator(transposed_mean(unpooling, level.areas))
    if name == "average":
        return SparseOperator(average_matrix(level.parents))
    if name == "max":
        return MaxPooling(level.parents)
    if name == "subsample":
        return Subsampling(level.parents)
    raise UserError(f"There is no pooling {name!r}: choose one of {', '.join(POOLINGS)}.")


def make_unpooling(name: str, level: Any) -> nn.Module:
    """Return the unpooling of that name to a level from the next coarser one.

    The level has ``parents`` and ``edge_ends``. Those that are `CONSTANT_PRESERVING` are linear:
    `SparseOperator` s.

    Raises
    ------
    UserError
        If there is no unpooling of that name, or the sampling cannot be interpolated.
    """
    if name == "symmetric":
        return SparseOperator(symmetric_matrix(level.parents, level.edge_ends))
    if name == "copy":
        return SparseOperator(copy_matrix(level.parents))
    if name == "interpolate":
        if level.edge_ends is None:
            raise UserError(
                "Unpooling 'interpolate' needs a sampling whose vertices lie on the edges of the "
                "next coarser one (icosahedral): choose 'copy' instead."
            )
        return SparseOperator(interpolation_matrix(level.edge_ends))
    if name == "constant":
        return ConstantUnpooling(level.parents)
    if name == "max":
        return MaxUnpooling(level.parents)
    raise UserError(f"There is no unpooling {name!r}: choose one of {', '.join(UNPOOLINGS)}.")
