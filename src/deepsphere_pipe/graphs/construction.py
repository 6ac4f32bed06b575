"""The graphs of a sampling, by name."""

import numpy as np
from scipy import sparse

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.graph import LAPLACIANS, SphereGraph
from deepsphere_pipe.graphs.neighbours import nearest_neighbours
from deepsphere_pipe.samplings import Sampling


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
    sources, targets, chords, mean_chord = nearest_neighbours(points, k)
    width = mean_chord if kernel_width == "mean_distance" else kernel_width
    if isinstance(width, str) or not 0 < width < np.inf:
        raise UserError(
            f"The kernel width is 'mean_distance' or a positive number, not {kernel_width!r}."
        )
    weights = np.exp2(-((chords / width) ** 2))
    adjacency = sparse.csr_array((weights, (sources, targets)), shape=(n, n))
    return SphereGraph(adjacency.maximum(adjacency.T), points, float(width), laplacian)
