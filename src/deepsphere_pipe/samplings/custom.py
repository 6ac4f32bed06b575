"""Custom sampling: vertices wherever the data is, from a file or an array."""

from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
from scipy.spatial import SphericalVoronoi, cKDTree

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings.coarsening import centroids, coarsen
from deepsphere_pipe.samplings.sampling import Sampling, read_only
from deepsphere_pipe.samplings.triangulation import triangulate
from deepsphere_pipe.samplings.vertex_files import read_vertices

FEWEST = 12
"""Vertices below which a custom sampling is not coarsened any more."""

RIM = {3: np.sqrt(2), 6: 1.0}
"""A cell of a partial sampling is no larger than a square with a side of so many times the distance
to the third and to the sixth nearest vertex: only cells at the rim come to that."""


class Custom(Sampling):
    """Vertices at any places: weather stations, an ocean grid, a variable resolution.

    Areas are those of the spherical Voronoi cells. Coarser levels are made of clusters of about
    four vertices (`coarsen`), with the area-weighted mean direction and the sum of the areas.

    Parameters
    ----------
    coordinates
        Unit vectors, (n, 3), in the order of the data.
    areas
        Areas of the cells in steradian, (n,), where they are known.
    partial
        Whether the vertices cover a part of the sphere only. Cells at the rim are then cut off:
        none is larger than the distances to its nearest vertices let expect (`RIM`).

    Raises
    ------
    UserError
        If the vertices are no sampling: not finite, not of length one, twice the same, fewer than
        four, all on one circle.
    """

    name: ClassVar[str] = "custom"

    def __init__(
        self, coordinates: np.ndarray, areas: np.ndarray | None = None, partial: bool = False
    ) -> None:
        self._coordinates = read_only(_checked_coordinates(coordinates))
        self._areas = None if areas is None else read_only(self._checked_areas(areas))
        self.partial = bool(partial)
        self.file: str | None = None

    @classmethod
    def from_file(cls, file: str | Path, partial: bool = False) -> "Custom":
        """Read the vertices from a csv or netCDF file, see `read_vertices`."""
        coordinates, areas = read_vertices(file)
        try:
            sampling = cls(coordinates, areas, partial)
        except UserError as error:
            raise UserError(f"{file}: {error}") from None
        sampling.file = str(file)
        return sampling

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sampling) and self.identifier == other.identifier

    def __hash__(self) -> int:
        return hash(self.identifier)

    @property
    def parameters(self) -> dict[str, object]:
        """Arguments which make it again, if it came from a file."""
        file = {} if self.file is None else {"file": self.file}
        return {**file, **({"partial": True} if self.partial else {})}

    @property
    def _label(self) -> str:
        return f"{self.name}-{self.n_vertices}" + ("-partial" if self.partial else "")

    @property
    def coordinates(self) -> np.ndarray:
        return self._coordinates

    @property
    def covers_sphere(self) -> bool:
        return not self.partial

    @cached_property
    def areas(self) -> np.ndarray:
        if self._areas is not None:
            return self._areas
        cells = SphericalVoronoi(self._coordinates)
        cells.sort_vertices_of_regions()
        areas = cells.calculate_areas()
        if self.partial:
            return read_only(np.minimum(areas, self._reach**2))
        return read_only(areas * (4 * np.pi / areas.sum()))

    @cached_property
    def _reach(self) -> np.ndarray:
        """Side of the largest square that a cell may be, (n,) in radii."""
        k = min(max(RIM), self.n_vertices - 1)
        distances = cKDTree(self._coordinates).query(self._coordinates, k=k + 1)[0]
        return np.min([factor * distances[:, min(n, k)] for n, factor in RIM.items()], axis=0)

    @cached_property
    def faces(self) -> np.ndarray:
        """Delaunay triangles, (n_faces, 3); of a partial sampling those without long sides."""
        faces = triangulate(self._coordinates)
        if self.partial:
            sides = self._coordinates[faces] - self._coordinates[np.roll(faces, 1, axis=1)]
            longest = np.linalg.norm(sides, axis=2).max(axis=1)
            faces = faces[longest <= 2 * self._reach[faces].max(axis=1)]
        return read_only(faces)

    @cached_property
    def _hierarchy(self) -> tuple["Custom", np.ndarray] | None:
        if self.n_vertices < FEWEST:
            return None
        parents = coarsen(self._coordinates, self.areas)
        coarse = Custom(*centroids(self._coordinates, self.areas, parents), partial=self.partial)
        return coarse, read_only(parents)

    def coarser(self) -> "Custom | None":
        return None if self._hierarchy is None else self._hierarchy[0]

    @property
    def parents(self) -> np.ndarray | None:
        return None if self._hierarchy is None else self._hierarchy[1]

    def owners(self, points: np.ndarray) -> np.ndarray:
        distance, vertex = self._tree.query(points, workers=-1)
        if self.partial:
            vertex = np.where(distance <= self._reach[vertex], vertex, -1)
        return vertex

    def _checked_areas(self, areas: np.ndarray) -> np.ndarray:
        areas = np.array(areas, dtype=np.float64)
        if areas.shape != (self.n_vertices,) or not (areas > 0).all() or not areas.sum() < 12.6:
            raise UserError(
                f"The areas of {self.n_vertices} vertices are as many positive numbers in "
                "steradian whose sum is at most 4 pi."
            )
        return areas


def _checked_coordinates(coordinates: np.ndarray) -> np.ndarray:
    points = np.array(coordinates, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 3:
        raise UserError(f"The coordinates of vertices have the shape (n, 3), not {points.shape}.")
    if len(points) < 4:
        raise UserError(f"A sampling needs at least 4 vertices, not {len(points)}.")
    finite = np.isfinite(points).all(axis=1)
    if not finite.all():
        raise UserError(
            f"The coordinates of vertex {np.argmin(finite)} are not finite numbers: leave such "
            "places out."
        )
    norms = np.linalg.norm(points, axis=1)
    worst = np.abs(norms - 1).argmax()
    if abs(norms[worst] - 1) > 1e-6:
        raise UserError(
            f"The coordinates of vertex {worst} have length {norms[worst]:.6g}; give unit vectors."
        )
    points /= norms[:, None]
    pairs = cKDTree(points).query_pairs(1e-7, output_type="ndarray")
    if len(pairs):
        first, second = pairs[np.lexsort(pairs.T[::-1])][0]
        raise UserError(
            f"Vertices {first} and {second} lie at the same place: each place may be there once."
        )
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    if spread[-1] < 1e-9 * spread[0]:
        raise UserError("All vertices lie on one circle, which has no areas: add others.")
    return points
