"""The graphs of a sampling, by name."""

from collections.abc import Callable

import numpy as np

from deepsphere_pipe.config.graphs import (
    KhasanovaFrossardConfig,
    KnnConfig,
    PerraudinConfig,
    PublishedConfig,
)
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.family import GraphFamily
from deepsphere_pipe.graphs.graph import LAPLACIANS, SphereGraph
from deepsphere_pipe.graphs.neighbours import Edges
from deepsphere_pipe.graphs.published import published_graph
from deepsphere_pipe.graphs.widths import optimal_width, published_width
from deepsphere_pipe.samplings import Equiangular, Healpix, Sampling

WIDTH_RULES: dict[str, Callable[[GraphFamily], float]] = {
    "mean_distance": lambda family: family.mean_chord,
    "published": lambda family: published_width(family.sampling, family.k),
    "optimal": optimal_width,
}
"""Kernel widths by the names that they have in the config."""


def sphere_graph(
    sampling: Sampling,
    neighbours: int = 6,
    kernel_width: float | str = "mean_distance",
    laplacian: str = "combinatorial",
    kind: str = "knn",
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

    On a latitude-longitude grid the nearest neighbours near a pole all lie on the same parallel,
    and the graph falls into rings. Wherever a graph falls apart, its parts are joined by their
    shortest connections (`parts.join_parts`).

    Parameters
    ----------
    sampling
        Vertices to connect.
    neighbours
        k, at least 1; taken as n_vertices - 1 where the sphere has fewer vertices.
    kernel_width
        Chord at which the weight is one half, in radii of the sphere: a number; "mean_distance",
        the mean chord from a vertex to its k nearest others; "published", the table of the paper
        (HEALPix with 8, 20, 40 or 60 neighbours); "optimal", the width of the least equivariance
        error, searched and remembered (see `widths`).
    laplacian
        "combinatorial" or "normalized".
    kind
        "knn", the above, or one of those that take no `neighbours` and no `kernel_width`:
        two earlier graphs, "perraudin" (`perraudin_graph`) and "khasanova_frossard"
        (`khasanova_frossard_graph`), and "published" (`published_graph`), those of the published
        package.

    Returns
    -------
    SphereGraph
        With weights ``W`` and Laplacian ``L`` (sparse, (n, n)) and coordinates ``coords``.

    Raises
    ------
    UserError
        If a parameter is impossible.
    """
    if laplacian not in LAPLACIANS:
        raise UserError(
            f"There is no Laplacian '{laplacian}': choose one of {', '.join(LAPLACIANS)}."
        )
    if kind not in GRAPHS:
        raise UserError(f"There is no graph '{kind}': choose one of {', '.join(GRAPHS)}.")
    if kind != "knn":
        return GRAPHS[kind](sampling, laplacian)
    return GRAPHS[kind](sampling, laplacian, neighbours, kernel_width)


def knn_graph(
    sampling: Sampling, laplacian: str, neighbours: int, kernel_width: float | str
) -> SphereGraph:
    """Connect each vertex with its nearest neighbours, see `sphere_graph`."""
    if neighbours < 1:
        raise UserError(f"A graph needs at least 1 neighbour per vertex, not {neighbours}.")
    family = GraphFamily(sampling, neighbours, laplacian)
    rule = WIDTH_RULES.get(kernel_width) if isinstance(kernel_width, str) else None
    width = rule(family) if rule else kernel_width
    if isinstance(width, str) or not 0 < width < np.inf:
        raise UserError(
            f"The kernel width is {', '.join(map(repr, WIDTH_RULES))} or a positive number, "
            f"not {kernel_width!r}."
        )
    return family(float(width))


def perraudin_graph(
    sampling: Sampling, laplacian: str = "combinatorial", equal_weights: bool = False
) -> SphereGraph:
    """Connect HEALPix pixels that share a side or a corner.

    Parameters
    ----------
    sampling
        A whole `Healpix` sampling.
    laplacian
        "combinatorial" or "normalized".
    equal_weights
        False: exp(-d²/2s) with s the mean of d² over all edges, as in the code of Perraudin et al.
        (DeepSphere: efficient spherical CNN with HEALPix sampling, 2019). True: all weights 1,
        with which the equivariance errors that the ICLR 2020 paper shows for that graph are
        reproduced within 10 %, while the Gaussian weights give three quarters to half of them.

    Raises
    ------
    UserError
        If the sampling is another one.
    """
    if not isinstance(sampling, Healpix):
        raise UserError(
            "The graph 'perraudin' joins HEALPix pixels; the sampling "
            f"{sampling.identifier} needs 'knn'."
        )
    points = sampling.coordinates
    edges = Edges.between(points, sampling.adjacent)
    if equal_weights:
        return SphereGraph(edges.adjacency(np.ones_like(edges.chords)), points, np.inf, laplacian)
    width = float(np.sqrt(2 * np.log(2) * np.mean(edges.chords**2)))
    return SphereGraph(edges.heat_kernel(width), points, width, laplacian)


def khasanova_frossard_graph(sampling: Sampling, laplacian: str = "combinatorial") -> SphereGraph:
    """Connect the four neighbours in the rows and columns of an equiangular grid.

    Weights are 1/d with d the chord (Khasanova and Frossard, Graph-based classification of
    omnidirectional images, 2017). Beyond the first and the last row of a grid offset from the
    poles comes the vertex across the pole; copies of a pole are not joined with each other.

    Parameters
    ----------
    sampling
        A whole `Equiangular` sampling.
    laplacian
        "combinatorial" or "normalized".

    Raises
    ------
    UserError
        If the sampling is another one.
    """
    if not isinstance(sampling, Equiangular):
        raise UserError(
            "The graph 'khasanova_frossard' joins rows and columns of an equiangular grid; the "
            f"sampling {sampling.identifier} needs 'knn'."
        )
    edges = Edges.between(sampling.distinct_coordinates, sampling.lattice_edges)
    weights = edges.adjacency(1 / edges.chords)
    return SphereGraph(weights, sampling.coordinates, np.nan, laplacian)


GRAPHS: dict[str, Callable[..., SphereGraph]] = {
    KnnConfig.tag(): knn_graph,
    PerraudinConfig.tag(): perraudin_graph,
    KhasanovaFrossardConfig.tag(): khasanova_frossard_graph,
    PublishedConfig.tag(): published_graph,
}
"""What makes a graph, by the kind that it has in the config."""
