"""What every sampling of the sphere offers to graphs, remapping, data and networks."""

import hashlib
from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from deepsphere_pipe.config import parse
from deepsphere_pipe.config.section import Section
from deepsphere_pipe.samplings.adjacency import around_vertices
from deepsphere_pipe.samplings.sphere import longitude_latitude

SectionT = TypeVar("SectionT", bound=Section)


class Sampling(ABC):
    """Vertices on the unit sphere in a fixed order, with areas and a hierarchy.

    A sampling may cover a part of the sphere only (a region, the oceans, weather stations).

    The order of the vertices is part of a sampling's identity: data on the same points in
    another order is data on another sampling. Arrays are read-only and may be shared between
    equal samplings; copy before changing.
    """

    name: str
    """Name in config files, see `make_sampling`."""

    @property
    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """Arguments which make this sampling again: ``make_sampling(name, **parameters)``."""

    @property
    @abstractmethod
    def coordinates(self) -> np.ndarray:
        """Unit vectors, (n_vertices, 3) float64: x to 0°E on the equator, y to 90°E, z north."""

    @property
    @abstractmethod
    def areas(self) -> np.ndarray:
        """Area of each vertex's cell, (n_vertices,) float64 in steradian.

        The sum is 4π, or the area of the part that a partial sampling covers.
        """

    @property
    def grid_mapping(self) -> dict[str, Any] | None:
        """Attributes by which the CF conventions name the grid; None where they have no name."""
        return None

    @abstractmethod
    def coarser(self) -> "Sampling | None":
        """Return the next coarser sampling of the hierarchy, None at the coarsest."""

    @property
    @abstractmethod
    def parents(self) -> np.ndarray | None:
        """Index of each vertex's parent in `coarser`, (n_vertices,) int64; None at the coarsest."""

    @property
    def edge_ends(self) -> np.ndarray | None:
        """Coarse vertices between which each vertex lies, (n_vertices, 2) int64.

        Copying the mean of the two is linear interpolation from `coarser`. A vertex for which
        there is nothing to interpolate has the same index twice. None at the coarsest, and for
        samplings whose vertices do not lie on edges of the coarser one.
        """
        return None

    @property
    def lattice_edges(self) -> np.ndarray | None:
        """Pairs of vertices next to each other in rows and columns, (n_edges, 2) int64.

        None for a sampling without rows and columns.
        """
        return None

    @property
    def faces(self) -> np.ndarray | None:
        """Triangles of the mesh, (n_faces, 3) int64, counter-clockwise seen from outside.

        None for a sampling without a mesh.
        """
        return None

    @cached_property
    def adjacent(self) -> np.ndarray:
        """Pairs of vertices whose cells share a side or a corner, (n_pairs, 2) int64.

        Each pair once, the lower vertex first, ascending. It is an affair of the cells, whatever
        graph a network has.
        """
        if self.faces is None:
            return read_only(np.empty((0, 2), np.int64))
        return read_only(around_vertices(self.coordinates, self.faces))

    @property
    def covers_sphere(self) -> bool:
        """Whether the cells cover the whole sphere; False for a partial sampling."""
        return True

    @property
    def rotations(self) -> np.ndarray:
        """Rotations of the sphere that permute the vertices, (n_rotations, 3, 3), identity first.

        Those of a coarser sampling of the hierarchy permute the vertices of the finer ones, too.
        """
        return np.eye(3)[None]

    def permutation(self, rotation: np.ndarray) -> np.ndarray:
        """Return the vertex to which a rotation brings each vertex, (n_vertices,) int64.

        Raises
        ------
        ValueError
            If the rotation does not permute the vertices.
        """
        distances, vertices = self._tree.query(self.distinct_coordinates @ np.transpose(rotation))
        if distances.max() > 1e-9 or len(np.unique(vertices)) < self.n_vertices:
            raise ValueError(f"the rotation {rotation} does not permute the vertices")
        return vertices

    @property
    def distinct_coordinates(self) -> np.ndarray:
        """`coordinates`, but vertices which share a place are pulled apart a little.

        Only the copies of a pole in a latitude-longitude grid share one. Nearest neighbours are
        searched among these, so that a copy of the pole is next to those of its own meridian.
        """
        return self.coordinates

    @cached_property
    def children(self) -> np.ndarray | None:
        """Children of each vertex of `coarser`, (n_coarse, most children of one) int64.

        Ascending, rows with fewer children filled up with -1. None at the coarsest.
        """
        return None if self.parents is None else read_only(children_table(self.parents))

    def owners(self, points: np.ndarray) -> np.ndarray:
        """Return the vertex in whose cell each point lies.

        Parameters
        ----------
        points
            Unit vectors, (n, 3).

        Returns
        -------
        ndarray
            (n,) int64; -1 for points outside of a partial sampling.
        """
        return self._tree.query(points, workers=-1)[1]

    @cached_property
    def _tree(self) -> cKDTree:
        # The nearest by chord is the nearest by arc.
        return cKDTree(self.distinct_coordinates)

    @property
    def n_vertices(self) -> int:
        """Number of vertices."""
        return len(self.coordinates)

    @cached_property
    def longitude(self) -> np.ndarray:
        """Longitude in degrees east, (n_vertices,) float64 in [-180, 180); 0 at the poles."""
        return read_only(longitude_latitude(self.coordinates)[0])

    @cached_property
    def latitude(self) -> np.ndarray:
        """Latitude in degrees north, (n_vertices,) float64 in [-90, 90]."""
        return read_only(longitude_latitude(self.coordinates)[1])

    @cached_property
    def identifier(self) -> str:
        """Name, parameters and a hash of the vertices in their order.

        Two samplings with one identifier have the same vertices in the same order. Coordinates
        enter the hash as multiples of 1e-6, so rounding errors of a platform do not.
        """
        grains = np.rint(self.coordinates * 1e6).astype("<i4")
        digest = hashlib.sha256(grains.tobytes()).hexdigest()[:8]
        return f"{self._label}-{digest}"

    @property
    def _label(self) -> str:
        """Readable part of the identifier."""
        return self.name + "".join(f"-{key}{value}" for key, value in self.parameters.items())


def children_table(parents: np.ndarray) -> np.ndarray:
    """Return the children of each parent, in ascending order.

    Parameters
    ----------
    parents
        Parent of each fine vertex, (n_fine,) int.

    Returns
    -------
    ndarray
        (n_coarse, most children of one parent) int64, rows with fewer filled up with -1.

    Raises
    ------
    ValueError
        If a coarse vertex has no child.
    """
    parents = np.asarray(parents)
    counts = np.bincount(parents)
    if not counts.all():
        raise ValueError(f"coarse vertex {np.argmin(counts)} has no child")
    order = np.argsort(parents, kind="stable")
    first = np.cumsum(counts) - counts
    table = np.full((len(counts), counts.max()), -1)
    table[parents[order], np.arange(parents.size) - first[parents[order]]] = order
    return table


def check_parameters(section: type[SectionT], **parameters: object) -> SectionT:
    """Check parameters of a sampling against its section of the config.

    Raises
    ------
    UserError
        One sentence that names the parameter and what is allowed.
    """
    plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in parameters.items()}
    return parse(section, plain, "sampling")


def unit_vectors(longitude: ArrayLike, latitude: ArrayLike) -> np.ndarray:
    """Return unit vectors (…, 3) to places in degrees, arrays that broadcast to (…)."""
    east, north = np.radians(longitude), np.radians(latitude)
    x, y = np.cos(north) * np.cos(east), np.cos(north) * np.sin(east)
    return np.stack(np.broadcast_arrays(x, y, np.sin(north)), axis=-1)


def rotations_about_z(n: int) -> np.ndarray:
    """Return the n rotations about the poles by multiples of 360° / n, (n, 3, 3)."""
    angles = 2 * np.pi * np.arange(n) / n
    rotations = np.zeros((n, 3, 3))
    rotations[:, 0, 0] = rotations[:, 1, 1] = np.cos(angles)
    rotations[:, 1, 0], rotations[:, 0, 1] = np.sin(angles), -np.sin(angles)
    rotations[:, 2, 2] = 1
    return rotations


def disc_radii(areas: np.ndarray) -> np.ndarray:
    """Return how far cells of some areas (steradian) reach if they are discs, in radians.

    None is much smaller than the others but those of a grid near a pole, which are long instead:
    these count as the median.
    """
    return np.sqrt(np.maximum(areas, np.median(areas)) / np.pi)


def read_only(array: np.ndarray) -> np.ndarray:
    """Return the array itself after forbidding to write to it."""
    array.setflags(write=False)
    return array
