"""Custom sampling: vertices wherever the data is, from a file or an array."""

from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.spatial import QhullError, SphericalVoronoi, cKDTree

from deepsphere_pipe.config import CustomConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings.coarsening import centroids, coarsen
from deepsphere_pipe.samplings.irregular import IrregularSampling
from deepsphere_pipe.samplings.sampling import read_only
from deepsphere_pipe.samplings.triangulation import triangulate
from deepsphere_pipe.samplings.vertex_files import read_vertices

MIN_VERTICES = 12
"""Vertices that a coarser level must have."""

MIN_CHORD = 1e-6
"""Chord up to which two vertices are one place: 6 m on the Earth, the grain of identifiers."""

AREA_TOLERANCE = 0.01
"""Relative error of the sum of given areas of the whole sphere; they are scaled to 4π."""

RIM = {3: np.sqrt(2), 6: 1.0}
"""A cell at the rim of a partial sampling is no larger than a square with a side of so many times
the distance to the third and to the sixth nearest vertex."""


class Custom(IrregularSampling):
    """Vertices at any places: weather stations, an ocean grid, a variable resolution.

    Areas are those of the spherical Voronoi cells. Coarser levels are made of clusters of about
    four vertices (`coarsen`), with the area-weighted mean direction and the sum of the areas.

    Parameters
    ----------
    coordinates
        Unit vectors, (n, 3), in the order of the data.
    areas
        Areas of the cells in steradian, (n,), where they are known; of the whole sphere their sum
        is 4π within one percent.
    partial
        Whether the vertices cover a part of the sphere only. Cells at the rim are then cut off:
        none is larger than the distances to its nearest vertices let expect (`RIM`).

    Raises
    ------
    UserError
        If the vertices are no sampling: not finite, not of length one, twice the same, fewer than
        four, all on one circle; all on one half of the sphere, but neither partial nor with
        areas; or if the areas do not fit.
    """

    name = CustomConfig.tag()

    def __init__(
        self, coordinates: np.ndarray, areas: np.ndarray | None = None, partial: bool = False
    ) -> None:
        self.partial = bool(partial)
        self._coordinates = read_only(_checked_coordinates(coordinates))
        if areas is None and not self.partial and _on_one_half(self._coordinates):
            raise UserError(
                "All vertices lie on one half of the sphere: say that they are partial, or give "
                "their areas."
            )
        self._areas = None if areas is None else read_only(self._checked_areas(areas))
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
        try:
            # The default threshold takes stations within a few kilometres for a plane.
            cells = SphericalVoronoi(self._coordinates, threshold=1e-12)
            cells.sort_vertices_of_regions()
            areas = cells.calculate_areas()
        except (ValueError, QhullError) as error:
            reason = str(error).strip().splitlines()[0]
            raise UserError(
                f"The cells of these {self.n_vertices} vertices cannot be found ({reason}): give "
                "their areas."
            ) from error
        if self.partial:
            areas = np.where(self._at_rim, np.minimum(areas, self._reach**2), areas)
            return read_only(areas)
        return read_only(areas * (4 * np.pi / areas.sum()))

    @cached_property
    def _reach(self) -> np.ndarray:
        """Side of the largest square that a cell may be, (n,) in radii."""
        k = min(max(RIM), self.n_vertices - 1)
        distances = cKDTree(self._coordinates).query(self._coordinates, k=k + 1)[0]
        return np.min([factor * distances[:, min(n, k)] for n, factor in RIM.items()], axis=0)

    @cached_property
    def faces(self) -> np.ndarray | None:
        """Delaunay triangles, (n_faces, 3).

        Of a partial sampling those with no side longer than twice the reach of their corners;
        None if none remains.
        """
        faces = triangulate(self._coordinates)
        if self.partial:
            corners = self._coordinates[faces]
            longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
            near = longest <= 2 * self._reach[faces].max(axis=1)
            # The hull of less than half a sphere is closed by triangles below the ground.
            faces = faces[near & (np.linalg.det(corners) > 0)]
        return read_only(faces) if len(faces) else None

    @cached_property
    def _at_rim(self) -> np.ndarray:
        """Which vertices are on the rim of the mesh or next to it, (n,) bool.

        Cells of others are closed by vertices all around them.
        """
        at_rim = np.ones(self.n_vertices, dtype=bool)
        if self.faces is None:
            return at_rim
        sides = np.sort(self.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        sides, counts = np.unique(sides, axis=0, return_counts=True)
        at_rim[self.faces] = False
        at_rim[sides[counts == 1]] = True
        at_rim[self.faces[at_rim[self.faces].any(axis=1)]] = True
        return at_rim

    @cached_property
    def _hierarchy(self) -> tuple["Custom", np.ndarray] | None:
        parents = coarsen(self._coordinates, self.areas)
        if not MIN_VERTICES <= parents.max() + 1 < self.n_vertices:
            return None
        coarse = Custom(*centroids(self._coordinates, self.areas, parents), partial=self.partial)
        return coarse, read_only(parents)

    def owners(self, points: np.ndarray) -> np.ndarray:
        distance, vertex = self._tree.query(points, workers=-1)
        if self.partial:
            outside = self._at_rim[vertex] & (distance > self._reach[vertex])
            vertex = np.where(outside, -1, vertex)
        return vertex

    def _checked_areas(self, areas: np.ndarray) -> np.ndarray:
        areas = np.array(areas, dtype=np.float64)
        if areas.shape != (self.n_vertices,) or not ((areas > 0) & (areas < np.inf)).all():
            raise UserError(
                f"The areas of {self.n_vertices} vertices are as many positive numbers in "
                "steradian."
            )
        share = areas.sum() / (4 * np.pi)
        if share > 1 + AREA_TOLERANCE or (not self.partial and share < 1 - AREA_TOLERANCE):
            raise UserError(
                f"The areas of the vertices sum to {areas.sum():.6g} sr, not to 4 pi: give "
                "steradian, leave them out, or say that the vertices are partial."
            )
        return areas if self.partial else areas / share


def _on_one_half(points: np.ndarray) -> bool:
    """Whether all vertices lie within 90° of their mean, as on one continent."""
    return bool((points @ points.mean(axis=0)).min() > 0)


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
    pairs = cKDTree(points).query_pairs(MIN_CHORD, output_type="ndarray")
    if len(pairs):
        first, second = pairs[np.lexsort(pairs.T[::-1])][0]
        raise UserError(
            f"Vertices {first} and {second} lie at the same place: each place may be there once."
        )
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    if spread[-1] < 1e-9 * spread[0]:
        raise UserError("All vertices lie on one circle, which has no areas: add others.")
    return points
