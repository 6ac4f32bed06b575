"""Cells of grids and samplings as parts that can be cut into small pieces.

A part is a cell of a latitude-longitude grid, a HEALPix pixel, or one of the triangles from a
vertex to the sides of its Voronoi cell.
"""

from dataclasses import dataclass
from functools import cached_property

import healpix
import numpy as np
from scipy.spatial import cKDTree

from deepsphere_pipe.remap.grids import OrderedGrid, Places, is_grid
from deepsphere_pipe.samplings import Custom, Healpix, Sampling
from deepsphere_pipe.samplings.region import Part
from deepsphere_pipe.samplings.triangulation import triangulate

CORNER_DEPTH = 6
"""Pixels that many times nested lie at the corners of a HEALPix pixel."""


@dataclass(frozen=True)
class GridParts:
    """The cells of a grid, by row and column of the ordered grid."""

    grid: OrderedGrid

    @property
    def cells(self) -> np.ndarray:
        """Cell of each part, (n_parts,)."""
        return self.grid.cells.ravel()

    @cached_property
    def _sines(self) -> np.ndarray:
        return np.sin(np.radians(self.grid.borders))

    @cached_property
    def areas(self) -> np.ndarray:
        """Area of each part in steradian, (n_parts,)."""
        n_lat, n_lon = self.grid.cells.shape
        return np.repeat(np.diff(self._sines) * (2 * np.pi / n_lon), n_lon).reshape(n_lat * n_lon)

    def corners(self) -> tuple[np.ndarray, np.ndarray]:
        """Return points (n_points, 3) and which of them are corners of each part, (n_parts, k)."""
        n_lat, n_lon = self.grid.cells.shape
        points = _points(self._sines[:, None], np.radians(self.grid.longitude_borders[:-1]))
        lattice = np.arange((n_lat + 1) * n_lon).reshape(n_lat + 1, n_lon)
        eastern = np.roll(lattice, -1, axis=1)
        corners = [lattice[:-1], eastern[:-1], lattice[1:], eastern[1:]]
        return points.reshape(-1, 3), np.stack([corner.ravel() for corner in corners], axis=1)

    def cut(self, parts: np.ndarray, halvings: int) -> tuple[np.ndarray, np.ndarray]:
        """Cut parts into 4^halvings pieces each.

        Returns
        -------
        points, areas
            Places (n, 4^halvings, 3) and areas (n, 4^halvings) of the pieces.
        """
        n = 2**halvings
        row, column = np.divmod(parts, self.grid.cells.shape[1])
        middle = (np.arange(n) + 0.5) / n
        height = self._sines[row][:, None] + np.diff(self._sines)[row][:, None] * middle
        west = self.grid.longitude_borders[column][:, None]
        longitude = np.radians(west + self.grid.step * middle)
        points = _points(height[:, :, None], longitude[:, None, :]).reshape(len(parts), n * n, 3)
        return points, np.broadcast_to(self.areas[parts, None] / n**2, points.shape[:2])


@dataclass(frozen=True)
class PixelParts:
    """HEALPix pixels, cut into the nested ones of a finer sampling."""

    sampling: Healpix

    @property
    def cells(self) -> np.ndarray:
        return np.arange(self.sampling.n_vertices)

    @property
    def areas(self) -> np.ndarray:
        return self.sampling.areas

    def corners(self) -> tuple[np.ndarray, np.ndarray]:
        last = 4**CORNER_DEPTH - 1
        inner = np.array([0, last // 3, 2 * last // 3, last])
        points = self._nested(self.cells, CORNER_DEPTH, inner)
        return points.reshape(-1, 3), np.arange(4 * len(points)).reshape(-1, 4)

    def cut(self, parts: np.ndarray, halvings: int) -> tuple[np.ndarray, np.ndarray]:
        points = self._nested(parts, halvings, np.arange(4**halvings))
        return points, np.broadcast_to(self.areas[parts, None] / 4**halvings, points.shape[:2])

    def _nested(self, pixels: np.ndarray, depth: int, inner: np.ndarray) -> np.ndarray:
        finer = pixels[:, None] * 4**depth + inner
        return np.stack(healpix.pix2vec(self.sampling.nside * 2**depth, finer, nest=True), axis=-1)


@dataclass(frozen=True)
class TriangleParts:
    """Spherical triangles, each of one cell.

    Attributes
    ----------
    points, triangles
        Unit vectors (n_points, 3) and the three of them at the corners of each part, (n_parts, 3).
    cells
        Cell of each part, (n_parts,).
    """

    points: np.ndarray
    triangles: np.ndarray
    cells: np.ndarray

    @cached_property
    def areas(self) -> np.ndarray:
        return _solid_angles(self.points[self.triangles])

    def corners(self) -> tuple[np.ndarray, np.ndarray]:
        return self.points, self.triangles

    def cut(self, parts: np.ndarray, halvings: int) -> tuple[np.ndarray, np.ndarray]:
        pieces = self.points[self.triangles[parts]][:, None]
        for _ in range(halvings):
            a, b, c = pieces[..., 0, :], pieces[..., 1, :], pieces[..., 2, :]
            ab, bc, ca = (_unit(p + q) for p, q in ((a, b), (b, c), (c, a)))
            children = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
            pieces = np.concatenate([np.stack(child, axis=-2) for child in children], axis=1)
        return _unit(pieces.sum(axis=2)), _solid_angles(pieces)

    @classmethod
    def of(cls, sampling: Sampling) -> "TriangleParts":
        """Cut the Voronoi cells of a sampling into triangles from the vertex to each side."""
        vertices, n = sampling.distinct_coordinates, sampling.n_vertices
        faces = sampling.faces if sampling.covers_sphere else None
        faces = triangulate(vertices) if faces is None else faces
        a, b, c = (vertices[faces[:, corner]] for corner in range(3))
        centres = _unit(np.cross(b - a, c - a))
        # Every side, seen from its first end, has one face on the left and one on the right.
        first, second = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
        codes, reverse = first * n + second, second * n + first
        order = np.argsort(codes)
        opposite = order[np.searchsorted(codes, reverse, sorter=order)]
        sides = np.arange(len(first))
        left, right = sides // 3, opposite // 3
        if sampling.covers_sphere:
            triangles = np.stack([first, n + right, n + left], axis=1)
            return cls(np.concatenate([vertices, centres]), triangles, first)
        # Cells at the rim end where the sampling ends them.
        reach = _reach(sampling)[first]
        ends = [_towards(vertices[first], centres[face], reach) for face in (right, left)]
        triangles = np.stack([first, n + sides, n + len(sides) + sides], axis=1)
        return cls(np.concatenate([vertices, *ends]), triangles, first)


Parts = GridParts | PixelParts | TriangleParts


def parts_of(places: Places) -> tuple[Parts, np.ndarray]:
    """Return the parts of which cells consist and the cell of each.

    Returns
    -------
    parts, cells
        Cells (n_parts,) are -1 for parts which belong to none, outside of a partial sampling.
    """
    if isinstance(places, Part):
        parts, cells = parts_of(places.base)
        numbers = np.full(places.base.n_vertices + 1, -1)
        numbers[places.vertices] = np.arange(places.n_vertices)
        return parts, numbers[cells]
    if is_grid(places):
        parts = GridParts(OrderedGrid.of(places))
    elif isinstance(places, Healpix):
        parts = PixelParts(places)
    else:
        parts = TriangleParts.of(places)
    return parts, parts.cells


def _reach(sampling: Sampling) -> np.ndarray:
    """Distance up to which a cell of a partial sampling reaches, (n,) in radii."""
    if isinstance(sampling, Custom):
        return sampling.reach
    vertices = sampling.distinct_coordinates
    return cKDTree(vertices).query(vertices, k=min(7, len(vertices)))[0][:, -1]


def _towards(start: np.ndarray, end: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Points at most so far from start on the way to end, (n, 3)."""
    cosine = np.sum(start * end, axis=1)
    angle = np.minimum(np.arccos(np.clip(cosine, -1, 1)), 2 * np.arcsin(np.minimum(reach / 2, 1)))
    aside = _unit(end - cosine[:, None] * start)
    return np.cos(angle)[:, None] * start + np.sin(angle)[:, None] * aside


def _points(height: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Unit vectors from the sine of latitude and the longitude in radians, (..., 3)."""
    height, longitude = np.broadcast_arrays(height, longitude)
    radius = np.sqrt(np.maximum(1 - height**2, 0))
    return np.stack([radius * np.cos(longitude), radius * np.sin(longitude), height], axis=-1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(norms, 1e-300)


def _solid_angles(triangles: np.ndarray) -> np.ndarray:
    """Areas of spherical triangles (..., 3, 3) in steradian (Van Oosterom and Strackee 1983)."""
    a, b, c = triangles[..., 0, :], triangles[..., 1, :], triangles[..., 2, :]
    triple = np.sum(a * np.cross(b - a, c - a), axis=-1)
    dots = np.sum(a * b + b * c + c * a, axis=-1)
    # A flat triangle may come out a rounding error below nothing.
    return np.maximum(2 * np.arctan2(triple, 1 + dots), 0)
