"""Icosahedral sampling: the icosahedron, each triangle split into four again and again.

The order of the vertices is that of the published level-5 climate data (Jiang et al., Spherical
CNNs on unstructured grids, ICLR 2019). Other icosphere generators give the same points in other
orders, in which the published files are noise.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations
from typing import NamedTuple

import numpy as np

from deepsphere_pipe.config import IcosahedralConfig
from deepsphere_pipe.samplings.sampling import Sampling, check_parameters, read_only


@dataclass(frozen=True)
class Icosahedral(Sampling):
    """Icosahedral sampling with 10·4^level + 2 vertices, of which the first ones are nested.

    The first 10·4^(level-1) + 2 vertices are the next coarser level, in its order.

    Parameters
    ----------
    level
        Number of subdivisions of the icosahedron, 0 to 8 (655 362 vertices, 0.25° apart).

    Raises
    ------
    UserError
        If there is no such level.
    """

    level: int
    name = IcosahedralConfig.tag()

    def __post_init__(self) -> None:
        check_parameters(IcosahedralConfig, level=self.level)

    @property
    def parameters(self) -> dict[str, object]:
        return {"level": int(self.level)}

    @property
    def coordinates(self) -> np.ndarray:
        return _mesh(self.level).coordinates

    @property
    def faces(self) -> np.ndarray:
        return _mesh(self.level).faces

    @property
    def edge_ends(self) -> np.ndarray | None:
        return _mesh(self.level).edge_ends

    @cached_property
    def areas(self) -> np.ndarray:
        return read_only(_voronoi_areas(self.coordinates, self.faces))

    @property
    def rotations(self) -> np.ndarray:
        """The rotations of the icosahedron, (60, 3, 3): each brings one edge to another."""
        vertices, faces = _mesh(0).coordinates, _mesh(0).faces
        edges = faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
        first, second = vertices[edges[:, 0]], vertices[edges[:, 1]]
        frames = np.stack([first, second, np.cross(first, second)], axis=2)
        return frames @ np.linalg.inv(frames[0])

    def coarser(self) -> "Icosahedral | None":
        return Icosahedral(self.level - 1) if self.level > 0 else None

    @cached_property
    def parents(self) -> np.ndarray | None:
        """Index of each vertex's parent in `coarser`, (n_vertices,) int64; None at level 0.

        A coarse vertex is its own parent. The midpoint of an edge belongs to the end west of it,
        where east is counter-clockwise about the axis through the centre of one face of the
        icosahedron; on a meridian of that axis, to the end nearer to the face. A vertex has half
        of its edges to the east, so nearly all get three midpoints. About the pole, where five
        edges have no east, the rule would be unfair; no vertex ever comes to lie on a face's
        centre.
        """
        if self.edge_ends is None:
            return None
        first, second = self.edge_ends.T
        coarse = _mesh(self.level - 1).coordinates
        icosahedron = _mesh(0)
        axis = icosahedron.coordinates[icosahedron.faces[0]].sum(axis=0)
        eastward = np.cross(coarse[first], coarse[second]) @ axis
        poleward = (coarse[first] - coarse[second]) @ axis
        on_meridian = np.abs(eastward) < 1e-12
        first_owns = np.where(on_meridian, poleward >= 0, eastward > 0)
        return read_only(np.where(first_owns, first, second))


class _Mesh(NamedTuple):
    coordinates: np.ndarray
    faces: np.ndarray
    edge_ends: np.ndarray | None


@cache
def _mesh(level: int) -> _Mesh:
    if level == 0:
        coordinates = _icosahedron_vertices()
        return _Mesh(read_only(coordinates), read_only(_icosahedron_faces(coordinates)), None)

    coarse = _mesh(level - 1)
    n_coarse = len(coarse.coordinates)
    # The edges (a, b), (b, c), (c, a) of every face (a, b, c); each is shared by two faces.
    edges = np.sort(coarse.faces[:, [[0, 1], [1, 2], [2, 0]]], axis=2).reshape(-1, 2)
    codes, edge_of_side = np.unique(edges[:, 0] * n_coarse + edges[:, 1], return_inverse=True)
    ends = np.stack(np.divmod(codes, n_coarse), axis=1)
    midpoints = coarse.coordinates[ends].mean(axis=1)

    order = _published_order(midpoints)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    new = midpoints[order] / np.linalg.norm(midpoints[order], axis=1, keepdims=True)

    a, b, c = coarse.faces.T
    ab, bc, ca = (n_coarse + rank[edge_of_side]).reshape(-1, 3).T
    children = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    faces = np.stack([np.stack(child, axis=1) for child in children], axis=1).reshape(-1, 3)

    old = np.arange(n_coarse)
    return _Mesh(
        coordinates=read_only(np.concatenate([coarse.coordinates, new])),
        faces=read_only(faces),
        edge_ends=read_only(np.concatenate([np.stack([old, old], axis=1), ends[order]])),
    )


def _icosahedron_vertices() -> np.ndarray:
    """Return the icosahedron with vertices at both poles, in the published order, (12, 3)."""
    height, radius = 1 / np.sqrt(5), 2 / np.sqrt(5)
    north_pole, south_pole = 11, 8
    north = {0: -54, 2: 90, 4: 162, 5: -126, 10: 18}
    south = {1: -90, 3: 126, 6: 54, 7: -18, 9: -162}
    vertices = np.zeros((12, 3))
    vertices[north_pole], vertices[south_pole] = (0, 0, 1), (0, 0, -1)
    for ring, z in ((north, height), (south, -height)):
        for vertex, longitude in ring.items():
            angle = np.radians(longitude)
            vertices[vertex] = radius * np.cos(angle), radius * np.sin(angle), z
    return vertices


def _icosahedron_faces(vertices: np.ndarray) -> np.ndarray:
    """All triples of neighbours, counter-clockwise seen from outside, (20, 3)."""
    adjacent = np.abs(vertices @ vertices.T - 1 / np.sqrt(5)) < 1e-9
    faces = []
    for a, b, c in combinations(range(12), 3):
        if adjacent[a, b] and adjacent[b, c] and adjacent[c, a]:
            outward = np.linalg.det(vertices[[a, b, c]]) > 0
            faces.append((a, b, c) if outward else (a, c, b))
    return np.array(faces)


def _published_order(midpoints: np.ndarray) -> np.ndarray:
    """Return indices which put the midpoints of a level's edges in the published order.

    The order is an accident of the original generator: it sorted the coordinates, rounded to
    integers, by their bytes in memory, least significant byte of x first. The shift by 1e-6
    keeps values like 0 ± 1e-17 from rounding differently.

    Parameters
    ----------
    midpoints
        Midpoints of the chords, not normalised, (n, 3).
    """
    grains = np.rint(1e8 * midpoints - 1e-6).astype("<i4")
    # Comparing little-endian bytes one by one is comparing the same bytes as big-endian numbers.
    x, y, z = grains.view(">u4").T
    return np.lexsort((z, y, x))


def _voronoi_areas(coordinates: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Areas of the Voronoi cells of a Delaunay mesh of acute triangles, (n,) in steradian.

    The circumcentre and the middles of the sides cut each triangle into six, of which the two at
    a corner belong to that corner; the two at a side are mirror images.
    """
    corners = coordinates[faces]
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    centre = _normalised(np.cross(b - a, c - a))
    areas = np.zeros(len(coordinates))
    for i, j in ((0, 1), (1, 2), (2, 0)):
        middle = _normalised(corners[:, i] + corners[:, j])
        piece = _triangle_areas(corners[:, i], middle, centre)
        for corner in (i, j):
            areas += np.bincount(faces[:, corner], weights=piece, minlength=len(areas))
    return areas


def _triangle_areas(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Areas of spherical triangles, (n,) in steradian (Van Oosterom and Strackee 1983)."""
    triple = np.sum(a * np.cross(b - a, c - a), axis=1)
    dots = np.sum(a * b, axis=1) + np.sum(b * c, axis=1) + np.sum(c * a, axis=1)
    return 2 * np.arctan2(triple, 1 + dots)


def _normalised(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
