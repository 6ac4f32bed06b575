"""Delaunay triangles between vertices on the sphere."""

import numpy as np
from scipy.spatial import ConvexHull

from deepsphere_pipe.samplings.sampling import Sampling


def mesh_of(sampling: Sampling) -> np.ndarray:
    """Return the triangles of a sampling, (n_faces, 3), Delaunay's if it has none of its own."""
    if sampling.faces is not None:
        return sampling.faces
    return triangulate(sampling.distinct_coordinates)


def triangulate(coordinates: np.ndarray) -> np.ndarray:
    """Return the spherical Delaunay triangles: the faces of the convex hull (Brown 1979).

    Parameters
    ----------
    coordinates
        Unit vectors, (n, 3), not all in one plane, no two the same.

    Returns
    -------
    ndarray
        (n_faces, 3) int64, counter-clockwise seen from outside, sorted so that the same vertices
        give the same array.
    """
    faces = ConvexHull(coordinates).simplices.astype(np.int64)
    inner = coordinates.mean(axis=0)
    a, b, c = (coordinates[faces[:, i]] for i in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), a - inner) < 0
    faces[inward] = faces[inward][:, [0, 2, 1]]
    # Each triangle begins with its lowest vertex, which keeps the orientation.
    first = faces.argmin(axis=1)
    faces = faces[np.arange(len(faces))[:, None], (first[:, None] + np.arange(3)) % 3]
    return faces[np.lexsort(faces.T[::-1])]
