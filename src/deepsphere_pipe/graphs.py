"""Nearest-neighbour graphs on the sphere and their Laplacians, as PyGSP graphs."""

import logging

import numpy as np
from pygsp import graphs
from pygsp.utils import build_logger
from scipy import sparse
from scipy.sparse.linalg import eigsh
from scipy.spatial import cKDTree

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import Sampling

LAPLACIANS = ("combinatorial", "normalized")

# Distances which differ by less than this (relative) are equal but for rounding.
TIE = 1e-9

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
        self._lmax = self._lmax_method = None
        super().compute_laplacian(lap_type)
        self.L = sparse.csr_matrix(self.L)
        self.L.sort_indices()

    def estimate_lmax(self, method: str = "lanczos") -> None:
        """Set `lmax`: exact for "lanczos", PyGSP's upper bound for "bounds"."""
        if method == "lanczos":
            self._lmax, self._lmax_method = largest_eigenvalue(self), method
        else:
            super().estimate_lmax(method)

    @property
    def lmax(self) -> float:
        """Largest eigenvalue of `L`."""
        if self._lmax is None:
            self.estimate_lmax()
        return self._lmax

    def _get_extra_repr(self) -> dict[str, str]:
        return {"kernel_width": f"{self.kernel_width:.4g}", "laplacian": self.lap_type}


def sphere_graph(
    sampling: Sampling,
    neighbours: int = 6,
    kernel_width: float | str = "mean_distance",
    laplacian: str = "combinatorial",
) -> SphereGraph:
    """Connect each vertex with its nearest neighbours, by weights that fall with distance.

    The weight is w = 2^-(d/width)² = exp(-d²/4t) with d the chord and t = width²/(4 ln 2), so a
    neighbour at one width has weight 1/2 (Defferrard et al., DeepSphere, ICLR 2020, whose heat
    kernel this is). Where i counts j among its neighbours but j not i, both are connected.

    Neighbours are all vertices at most as far as the k-th nearest one, so k of them, or more
    where several tie for the last place. On the icosahedral sampling with k = 6 that concerns
    the twelve vertices which have five adjacent vertices, and five more at one distance: all
    ten become neighbours. A choice among the five would depend on the order of the vertices and
    break the symmetry of the sphere (at level 3 it splits the three equal eigenvalues of the
    first harmonics by 0.4 %); leaving all of them out would leave a vertex without neighbours
    wherever more than k tie for the first place.

    Parameters
    ----------
    sampling
        Vertices to connect.
    neighbours
        k, at least 1; taken as n_vertices - 1 where the sphere has fewer vertices.
    kernel_width
        "mean_distance" (mean chord from a vertex to its k nearest others) or the width itself,
        in radii of the sphere.
    laplacian
        "combinatorial" or "normalized".

    Returns
    -------
    SphereGraph
        With weights ``W`` and Laplacian ``L`` (sparse, (n, n)) and coordinates ``coords``.

    Raises
    ------
    UserError
        If a parameter is impossible.
    """
    if neighbours < 1:
        raise UserError(f"A graph needs at least 1 neighbour per vertex, not {neighbours}.")
    if laplacian not in LAPLACIANS:
        raise UserError(
            f"There is no Laplacian '{laplacian}': choose one of {', '.join(LAPLACIANS)}."
        )
    points = sampling.coordinates
    n = len(points)
    k = min(neighbours, n - 1)
    sources, targets, chords, mean_chord = _nearest_neighbours(points, k)
    width = mean_chord if kernel_width == "mean_distance" else kernel_width
    if isinstance(width, str) or not 0 < width < np.inf:
        raise UserError(
            f"The kernel width is 'mean_distance' or a positive number, not {kernel_width!r}."
        )
    weights = np.exp2(-((chords / width) ** 2))
    adjacency = sparse.csr_array((weights, (sources, targets)), shape=(n, n))
    return SphereGraph(adjacency.maximum(adjacency.T), points, float(width), laplacian)


def largest_eigenvalue(graph: graphs.Graph) -> float:
    """Largest eigenvalue of the graph's Laplacian, to ten digits and the same in every run.

    Lanczos iterations from a fixed start vector. Digits beyond the tenth, where BLAS libraries
    differ, are rounded off, so that two machines build equal rescaled Laplacians.
    """
    laplacian = graph.L.astype(np.float64)
    n = laplacian.shape[0]
    if n <= 64:
        value = np.linalg.eigvalsh(laplacian.toarray())[-1]
    else:
        start = np.random.default_rng(0).standard_normal(n)
        value = eigsh(
            laplacian, k=1, which="LA", v0=start, ncv=40, tol=1e-12, return_eigenvectors=False
        )[0]
    return float(f"{value:.10g}")


def scaled_laplacian(graph: graphs.Graph, eigenvalue: float | None = None) -> sparse.csr_array:
    """Laplacian rescaled to the domain of the Chebyshev polynomials, 2 L / λmax - I.

    Parameters
    ----------
    graph
        Any undirected PyGSP graph.
    eigenvalue
        λmax if known; `largest_eigenvalue` otherwise.

    Returns
    -------
    scipy.sparse.csr_array
        (n, n) float64, sorted indices, eigenvalues in [-1, 1]; symmetric to the last bit, on
        which a backward pass with L for its transpose relies.
    """
    laplacian = sparse.csr_array(graph.L, dtype=np.float64)
    # The two factors of D^-1/2 W D^-1/2 round differently above and below the diagonal.
    symmetric = (laplacian + laplacian.T) / 2
    scale = 2 / (largest_eigenvalue(graph) if eigenvalue is None else eigenvalue)
    scaled = sparse.csr_array(scale * symmetric - sparse.eye_array(laplacian.shape[0]))
    scaled.sort_indices()
    return scaled


def _nearest_neighbours(
    points: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Directed edges from each point to all points at most as far as its k-th neighbour.

    Returns
    -------
    sources, targets
        Ends of the edges, (n_edges,) each.
    chords
        Their lengths, (n_edges,).
    mean_chord
        Mean distance to the k nearest others, ties not counted twice.
    """
    tree = cKDTree(points)
    n = len(points)
    edges = []
    total = 0.0
    open_points, asked = np.arange(n), k + 2
    # Ask for ever more neighbours where the farthest one found still ties with the k-th.
    while len(open_points):
        asked = min(asked, n)
        chords, found = tree.query(points[open_points], k=asked)
        # Coinciding points may come before the point itself, so look for it.
        own = found == open_points[:, None]
        others = np.where(own, -1.0, chords)
        others.sort(axis=1)
        limit = others[:, k] * (1 + TIE)
        done = (chords[:, -1] > limit) | (asked == n)
        inside = done[:, None] & ~own & (chords <= limit[:, None])
        rows, columns = np.nonzero(inside)
        edges.append((open_points[rows], found[rows, columns], chords[rows, columns]))
        total += others[done, 1 : k + 1].sum()
        open_points, asked = open_points[~done], 2 * asked
    sources, targets, chords = (np.concatenate(part) for part in zip(*edges, strict=True))
    return sources, targets, chords, total / (n * k)
