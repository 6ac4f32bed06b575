"""Nearest neighbours on the sphere, ties included, and their weights."""

from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

# Distances which differ by less than this (relative) are equal but for rounding.
TIE = 1e-9


class Edges(NamedTuple):
    """Directed edges between n vertices.

    Attributes
    ----------
    n
        Number of vertices.
    sources, targets
        Ends of the edges, (n_edges,) each.
    chords
        Their lengths in radii, (n_edges,).
    mean_chord
        Mean distance of a vertex to its k nearest others, ties not counted twice; of edges that
        were given, their mean length.
    """

    n: int
    sources: np.ndarray
    targets: np.ndarray
    chords: np.ndarray
    mean_chord: float

    @classmethod
    def between(cls, points: np.ndarray, pairs: np.ndarray) -> "Edges":
        """Return the edges between given pairs (n_edges, 2) of points (n, 3)."""
        sources, targets = pairs.T
        chords = np.linalg.norm(points[sources] - points[targets], axis=1)
        return cls(len(points), sources, targets, chords, float(chords.mean()))

    def adjacency(self, weights: np.ndarray) -> sparse.csr_array:
        """Return the weights (n_edges,) as a symmetric matrix, of two directions the larger."""
        shape = (self.n, self.n)
        matrix = sparse.csr_array((weights, (self.sources, self.targets)), shape=shape)
        return matrix.maximum(matrix.T)

    def heat_kernel(self, width: float) -> sparse.csr_array:
        """Return the symmetric matrix of weights 2^-(chord/width)²."""
        return self.adjacency(np.exp2(-((self.chords / width) ** 2)))


def nearest_neighbours(points: np.ndarray, k: int) -> Edges:
    """Return the edges from each point to all points at most as far as its k-th neighbour.

    Parameters
    ----------
    points
        Unit vectors, (n, 3).
    k
        From 1 to n - 1.
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
    return Edges(n, sources, targets, chords, total / (n * k))


def exactly_nearest(points: np.ndarray, k: int, preferred: np.ndarray) -> Edges:
    """Return the edges from each point to exactly k others, none of which is farther than the rest.

    Of those that tie for the last place the preferred ones are taken, and then the first.

    Parameters
    ----------
    points
        Unit vectors, (n, 3).
    k
        From 1 to n - 1.
    preferred
        Edges, (n_edges, 2); they need not be any that tie.
    """
    edges = nearest_neighbours(points, k)
    farthest = np.zeros(edges.n)
    np.maximum.at(farthest, edges.sources, edges.chords)
    tied = edges.chords > farthest[edges.sources] * (1 - TIE)
    wanted = np.isin(edges.sources * edges.n + edges.targets, preferred @ [edges.n, 1])
    order = np.lexsort((edges.targets, ~wanted, tied, edges.sources))
    place = np.arange(len(order)) - np.searchsorted(edges.sources[order], edges.sources[order])
    kept = order[place < k]
    return edges._replace(
        sources=edges.sources[kept], targets=edges.targets[kept], chords=edges.chords[kept]
    )
