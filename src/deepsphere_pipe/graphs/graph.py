"""Graphs on the sphere as PyGSP graphs, and the rescaling of their Laplacians."""

import logging
from typing import get_args

import numpy as np
from pygsp import graphs
from pygsp.utils import build_logger
from scipy import sparse
from scipy.sparse.linalg import eigsh

from deepsphere_pipe.config.graphs import Laplacian

LAPLACIANS = get_args(Laplacian)
MANY_VERTICES = 20_000

# PyGSP sets its loggers to DEBUG, that of the graphs with the first graph made: make it now.
build_logger("pygsp.graphs.graph")
for _name in [name for name in logging.root.manager.loggerDict if name.startswith("pygsp")]:
    logging.getLogger(_name).setLevel(logging.WARNING)


class SphereGraph(graphs.Graph):
    """Weighted graph whose vertices are those of a sampling of the sphere.

    Everything of `pygsp.graphs.Graph` works, with a repaired `lmax`: exact instead of padded by
    1 %, the same in every run, and never None after a change of the Laplacian.

    Parameters
    ----------
    adjacency
        Symmetric weights, (n, n); copied.
    coordinates
        Unit vectors, (n, 3); copied.
    kernel_width
        Chord at which the weight is one half, in radii of the sphere.
    laplacian
        "combinatorial" (D - W) or "normalized" (I - D^-1/2 W D^-1/2).
    """

    padding = 1.0
    """By how much `lmax` is larger than the largest eigenvalue."""

    L: sparse.csr_matrix
    _lmax: float | None
    _lmax_method: str | None

    def __init__(
        self,
        adjacency: sparse.sparray | sparse.spmatrix,
        coordinates: np.ndarray,
        kernel_width: float,
        laplacian: str = "combinatorial",
    ) -> None:
        self.kernel_width = kernel_width
        # Copies, as PyGSP drops zeros from the matrix in place and shares the coordinates.
        super().__init__(
            sparse.csr_matrix(adjacency, copy=True),
            lap_type=laplacian,
            coords=np.array(coordinates, dtype=np.float64),
            plotting={"vertex_size": 10, "edges": False},
        )

    def compute_laplacian(self, lap_type: str = "combinatorial") -> None:
        """Replace `L` by the Laplacian of this type, see PyGSP."""
        # PyGSP forgets the eigenvalue but remembers that it has been computed.
        self._lmax, self._lmax_method = None, None
        super().compute_laplacian(lap_type)
        self.L = sparse.csr_matrix(self.L)
        self.L.sort_indices()

    def estimate_lmax(self, method: str = "lanczos") -> None:
        """Set `lmax`: exact times `padding` for "lanczos", PyGSP's upper bound for "bounds"."""
        if method == "lanczos":
            self._lmax, self._lmax_method = self.padding * largest_eigenvalue(self), method
        else:
            super().estimate_lmax(method)

    @property
    def lmax(self) -> float:
        """Largest eigenvalue of `L`, times `padding`."""
        if self._lmax is None:
            self.estimate_lmax()
        assert self._lmax is not None
        return self._lmax

    def _get_extra_repr(self) -> dict[str, str]:
        return {"kernel_width": f"{self.kernel_width:.4g}", "laplacian": self.lap_type}


def largest_eigenvalue(graph: graphs.Graph) -> float:
    """Largest eigenvalue of the graph's Laplacian, the same in every run.

    Lanczos iterations from a fixed start vector, to ten digits; to eight for more than
    `MANY_VERTICES`, where the last two would take most of the time. Digits beyond, in which BLAS
    libraries differ, are rounded off, so that two machines build equal rescaled Laplacians.
    """
    laplacian = graph.L.astype(np.float64)
    n = laplacian.shape[0]
    if n <= 64:
        value = np.linalg.eigvalsh(laplacian.toarray())[-1]
    else:
        start = np.random.default_rng(0).standard_normal(n)
        # The error of an eigenvalue goes with the square of the residual.
        tolerance = 1e-12 if n <= MANY_VERTICES else 1e-6
        value = eigsh(
            laplacian, k=1, which="LA", v0=start, ncv=40, tol=tolerance, return_eigenvectors=False
        )[0]
    return float(f"{value:.10g}" if n <= MANY_VERTICES else f"{value:.8g}")


def scaled_laplacian(graph: graphs.Graph, eigenvalue: float | None = None) -> sparse.csr_array:
    """Laplacian rescaled to the domain of the Chebyshev polynomials, 2 L / λmax - I.

    Parameters
    ----------
    graph
        Any undirected PyGSP graph.
    eigenvalue
        λmax if known; otherwise that of a `SphereGraph`, or the `largest_eigenvalue` of another.

    Returns
    -------
    scipy.sparse.csr_array
        (n, n) float64, sorted indices, eigenvalues in [-1, 1]; symmetric to the last bit, on
        which a backward pass with L for its transpose relies.
    """
    laplacian = sparse.csr_array(graph.L, dtype=np.float64)
    # The two factors of D^-1/2 W D^-1/2 round differently above and below the diagonal.
    symmetric = (laplacian + laplacian.T) / 2
    if eigenvalue is None:
        eigenvalue = graph.lmax if isinstance(graph, SphereGraph) else largest_eigenvalue(graph)
    scaled = sparse.csr_array(2 / eigenvalue * symmetric - sparse.eye_array(laplacian.shape[0]))
    scaled.sort_indices()
    return scaled
