"""Greedy coarsening of scattered vertices: about four become one, whatever their density."""

import numpy as np
from scipy.spatial import cKDTree

NEAREST = 8
"""Neighbours among which a vertex may find its partner."""


def coarsen(coordinates: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Group vertices into clusters of about four.

    Twice, the closest free pairs are joined, nearest first, as in the graph coarsening of
    Dhillon, Guan and Kulis (2007) with distance for weight. Clusters that stay single join the
    nearest one.

    Parameters
    ----------
    coordinates
        Unit vectors, (n, 3).
    areas
        Areas of the vertices, (n,), the weights of their mean directions.

    Returns
    -------
    ndarray
        Cluster of each vertex, (n,) int64, numbered by their first vertices.
    """
    clusters = _pair(coordinates)
    centres, _ = centroids(coordinates, areas, clusters)
    clusters = _pair(centres)[clusters]
    sizes = np.bincount(clusters)
    single = np.flatnonzero(sizes[clusters] == 1)
    kept = np.flatnonzero(sizes > 1)
    if len(single) and len(kept):
        centres, _ = centroids(coordinates, areas, clusters)
        _, nearest = cKDTree(centres[kept]).query(coordinates[single])
        clusters[single] = kept[nearest]
    _, first, clusters = np.unique(clusters, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[clusters]


def centroids(
    coordinates: np.ndarray, areas: np.ndarray, clusters: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean directions (n_clusters, 3) and the total areas (n_clusters,) of clusters."""
    total = np.bincount(clusters, weights=areas)
    sums = [np.bincount(clusters, weights=areas * axis) for axis in coordinates.T]
    centres = np.stack(sums, axis=1)
    return centres / np.linalg.norm(centres, axis=1, keepdims=True), total


def _pair(points: np.ndarray) -> np.ndarray:
    """Join the closest free pairs, nearest first, and return the pair of each point."""
    n = len(points)
    chords, found = cKDTree(points).query(points, k=min(NEAREST + 1, n))
    here = np.repeat(np.arange(n), found.shape[1])
    there, chords = found.ravel(), np.round(chords.ravel(), 12)
    once = here < there
    here, there, chords = here[once], there[once], chords[once]
    order = np.lexsort((there, here, chords))
    partner = list(range(n))
    for a, b in zip(here[order].tolist(), there[order].tolist(), strict=True):
        if partner[a] == a and partner[b] == b:
            partner[a], partner[b] = b, a
    pairs = np.minimum(np.arange(n), partner)
    return np.unique(pairs, return_inverse=True)[1]
