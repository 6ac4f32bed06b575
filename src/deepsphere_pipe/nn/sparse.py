"""Sparse matrices that follow a network to its device and precision but not into its checkpoint."""

import warnings
from collections.abc import Callable
from typing import Any, Self

import numpy as np
import scipy.sparse
import torch
from torch import nn


class SparseMatrix(nn.Module):
    """A constant sparse matrix that lives in a network.

    Only dense arrays (row pointers, columns, values) are registered as buffers: they follow
    ``.to(device)`` and ``.double()``, can be copied and broadcast between processes (sparse
    buffers cannot), and are left out of the ``state_dict`` because they are derived from the
    sampling.

    Parameters
    ----------
    matrix : scipy sparse matrix, shape (rows, columns)
    """

    row_pointers: torch.Tensor
    columns: torch.Tensor
    values: torch.Tensor

    def __init__(self, matrix: scipy.sparse.sparray) -> None:
        super().__init__()
        matrix = scipy.sparse.csr_array(matrix)
        matrix.sum_duplicates()
        self.shape = matrix.shape
        # 32-bit indices are what MKL and cuSPARSE work with.
        indptr = torch.from_numpy(matrix.indptr.astype(np.int32))
        indices = torch.from_numpy(matrix.indices.astype(np.int32))
        self._exact_values = torch.from_numpy(matrix.data.astype(np.float64))
        values = self._exact_values.to(torch.get_default_dtype())
        self.register_buffer("row_pointers", indptr, persistent=False)
        self.register_buffer("columns", indices, persistent=False)
        self.register_buffer("values", values, persistent=False)
        self._assembled: torch.Tensor | None = None

    def _apply(self, fn: Callable[[torch.Tensor], torch.Tensor], recurse: bool = True) -> Self:
        self._assembled = None
        super()._apply(fn, recurse)
        # Not the converted values: those would keep the rounding of an earlier, lower precision.
        self.values = self._exact_values.to(self.values)
        return self

    def __getstate__(self) -> dict[str, object]:
        """Return what is copied: all but the assembled matrix, which cannot be."""
        return {**self.__dict__, "_assembled": None}

    def forward(self) -> torch.Tensor:
        """Return the matrix as a torch CSR tensor (assembled once per device and precision)."""
        if self._assembled is None:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")
                self._assembled = torch.sparse_csr_tensor(
                    self.row_pointers,
                    self.columns,
                    self.values,
                    self.shape,
                    check_invariants=False,
                )
        return self._assembled

    def extra_repr(self) -> str:
        """Return what is printed of the matrix."""
        return f"{self.shape[0]} x {self.shape[1]}, {self.values.numel()} non-zeros"


class SparseOperator(nn.Module):
    """A constant linear map between the vertices of two levels, with its transpose at hand.

    Calling it gives y = P x along the vertex axis, for x of layout [vertex, batch, feature].

    Parameters
    ----------
    matrix : scipy sparse matrix P, shape (vertices out, vertices in)
    """

    def __init__(self, matrix: scipy.sparse.sparray) -> None:
        super().__init__()
        self.matrix = SparseMatrix(matrix)
        self.transpose = SparseMatrix(matrix.T)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return P x (vertices out, batch, feature) of x (vertices in, batch, feature)."""
        with torch.autocast(x.device.type, enabled=False):
            return _SparseProduct.apply(
                x.to(self.matrix.values.dtype), self.matrix(), self.transpose()
            )


class _SparseProduct(torch.autograd.Function):
    """P x with the gradient Pᵀ g; nothing but the two constant matrices is kept."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, matrix: torch.Tensor, transpose: torch.Tensor
    ) -> torch.Tensor:
        ctx.transpose = transpose
        return multiply(matrix, x)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        return multiply(ctx.transpose, gradient), None, None


def multiply(matrix: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return the product of a CSR matrix with x [vertex, batch, feature] along the vertex axis.

    ``addmm`` into a given result is used because ``torch.sparse.mm`` is several times slower.
    """
    result = x.new_empty(matrix.shape[0], *x.shape[1:])
    flat = result.flatten(1)
    torch.addmm(flat, matrix, x.flatten(1), beta=0, out=flat)
    return result
