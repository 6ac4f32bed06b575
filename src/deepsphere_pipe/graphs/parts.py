"""Join the parts of a graph that fell apart."""

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import QhullError

from deepsphere_pipe.graphs.neighbours import TIE, Edges
from deepsphere_pipe.samplings import Sampling
from deepsphere_pipe.samplings.triangulation import triangulate


def join_parts(edges: Edges, sampling: Sampling) -> Edges:
    """Add the shortest connections between parts until the graph is one.

    In each round every part gets all edges that tie for its shortest connection to another part
    (Borůvka's algorithm, ties included, so that symmetric graphs stay symmetric). The shortest
    connections are among the sides of the mesh.

    Returns
    -------
    Edges
        The same if the graph is connected already.
    """
    n_parts, part = _parts(edges.n, edges.sources, edges.targets)
    if n_parts == 1:
        return edges
    points = sampling.distinct_coordinates
    found = [edges.sources], [edges.targets], [edges.chords]
    ends, chords = _candidates(sampling, points, part, mesh_only=True)
    while n_parts > 1:
        crossing = part[ends[:, 0]] != part[ends[:, 1]]
        ends, chords = ends[crossing], chords[crossing]
        if not len(ends):  # the mesh has gaps itself, as between islands
            ends, chords = _candidates(sampling, points, part, mesh_only=False)
        sides = part[ends]
        shortest = np.full(n_parts, np.inf)
        np.minimum.at(shortest, sides.ravel(), np.repeat(chords, 2))
        chosen = (chords[:, None] <= shortest[sides] * (1 + TIE)).any(axis=1)
        for values, new in zip(found, (*ends[chosen].T, chords[chosen]), strict=True):
            values.append(new)
        n_parts, merged = _parts(n_parts, *sides[chosen].T)
        part = merged[part]
    sources, targets, lengths = (np.concatenate(values) for values in found)
    return Edges(edges.n, sources, targets, lengths, edges.mean_chord)


def _parts(n: int, sources: np.ndarray, targets: np.ndarray) -> tuple[int, np.ndarray]:
    pattern = sparse.csr_array((np.ones(len(sources)), (sources, targets)), shape=(n, n))
    return connected_components(pattern, directed=False)


def _candidates(
    sampling: Sampling, points: np.ndarray, part: np.ndarray, mesh_only: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return edges between parts that may be added, (n_edges, 2), and their chords."""
    if mesh_only and sampling.lattice_edges is not None:
        ends = sampling.lattice_edges
    else:
        faces = sampling.faces if mesh_only else None
        if faces is None:
            try:
                faces = triangulate(points)
            except QhullError:  # all on one circle, say: few enough to try all pairs
                pairs = np.stack(np.triu_indices(len(points), 1), axis=1)
                faces = np.concatenate([pairs, pairs[:, :1]], axis=1)
        ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        ends = np.unique(np.sort(ends, axis=1), axis=0)
    ends = ends[part[ends[:, 0]] != part[ends[:, 1]]]
    return ends, np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1)
