"""What every sampling of the sphere offers to graphs, remapping, data and networks."""

import hashlib
from abc import ABC, abstractmethod
from functools import cached_property
from typing import ClassVar, Self

import numpy as np


class Sampling(ABC):
    """Vertices on the unit sphere in a fixed order, with areas and a hierarchy.

    The order of the vertices is part of a sampling's identity: data on the same points in
    another order is data on another sampling. Arrays are read-only and may be shared between
    equal samplings; copy before changing.
    """

    name: ClassVar[str]
    """Name in config files, see `make_sampling`."""

    @property
    @abstractmethod
    def parameters(self) -> dict[str, int | float | str]:
        """Arguments which make this sampling again: ``make_sampling(name, **parameters)``."""

    @property
    @abstractmethod
    def coordinates(self) -> np.ndarray:
        """Unit vectors, (n_vertices, 3) float64: x to 0°E on the equator, y to 90°E, z north."""

    @property
    @abstractmethod
    def areas(self) -> np.ndarray:
        """Area of each vertex's cell, (n_vertices,) float64 in steradian; the sum is 4π."""

    @abstractmethod
    def coarser(self) -> Self | None:
        """Return the next coarser sampling of the hierarchy, None at the coarsest."""

    @property
    @abstractmethod
    def parents(self) -> np.ndarray | None:
        """Index of each vertex's parent in `coarser`, (n_vertices,) int64; None at the coarsest."""

    @property
    @abstractmethod
    def edge_ends(self) -> np.ndarray | None:
        """Coarse vertices between which each vertex lies, (n_vertices, 2) int64.

        Copying the mean of the two is linear interpolation from `coarser`. A vertex for which
        there is nothing to interpolate has the same index twice. None at the coarsest, and for
        samplings whose vertices do not lie on edges of the coarser one.
        """

    @property
    def faces(self) -> np.ndarray | None:
        """Triangles of the mesh, (n_faces, 3) int64, counter-clockwise seen from outside.

        None for a sampling without a mesh.
        """
        return None

    @property
    def n_vertices(self) -> int:
        """Number of vertices."""
        return len(self.coordinates)

    @cached_property
    def longitude(self) -> np.ndarray:
        """Longitude in degrees east, (n_vertices,) float64 in [-180, 180); 0 at the poles."""
        x, y, _ = self.coordinates.T
        longitude = np.degrees(np.arctan2(y, x))
        # Rounding in y decides the sign on the date line; send both signs to -180.
        on_date_line = longitude > 180 - 1e-9
        longitude[on_date_line] = -180.0
        longitude[np.hypot(x, y) < 1e-12] = 0.0
        return read_only(longitude)

    @cached_property
    def latitude(self) -> np.ndarray:
        """Latitude in degrees north, (n_vertices,) float64 in [-90, 90]."""
        x, y, z = self.coordinates.T
        return read_only(np.degrees(np.arctan2(z, np.hypot(x, y))))

    @cached_property
    def identifier(self) -> str:
        """Name, parameters and a hash of the vertices in their order.

        Two samplings with one identifier have the same vertices in the same order. Coordinates
        enter the hash as multiples of 1e-6, so rounding errors of a platform do not.
        """
        parameters = "".join(f"-{key}{value}" for key, value in self.parameters.items())
        grains = np.rint(self.coordinates * 1e6).astype("<i4")
        digest = hashlib.sha256(grains.tobytes()).hexdigest()[:8]
        return f"{self.name}{parameters}-{digest}"


def read_only(array: np.ndarray) -> np.ndarray:
    """Return the array itself after forbidding to write to it."""
    array.setflags(write=False)
    return array
