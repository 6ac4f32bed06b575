"""Nearest neighbours on the sphere, ties included."""

import numpy as np
from scipy.spatial import cKDTree

# Distances which differ by less than this (relative) are equal but for rounding.
TIE = 1e-9


def nearest_neighbours(
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
