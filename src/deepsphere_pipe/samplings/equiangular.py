"""Equiangular sampling: the crossings of parallels and meridians at even steps."""

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np

from deepsphere_pipe.config import EquiangularConfig
from deepsphere_pipe.grid_shapes import grid_shape, halved
from deepsphere_pipe.samplings.adjacency import on_lattice
from deepsphere_pipe.samplings.latlon import row_and_column
from deepsphere_pipe.samplings.sampling import (
    Sampling,
    check_parameters,
    read_only,
    rotations_about_z,
    unit_vectors,
)


@dataclass(frozen=True)
class Equiangular(Sampling):
    """Equiangular sampling with n_lat rows of n_lon vertices.

    Rows run from south to north, in a row eastward: vertex ``row * n_lon + column``, so that a
    field (n_lat, n_lon) becomes a map by ``ravel()``.

    Parameters
    ----------
    n_lat, n_lon
        Numbers of latitudes and longitudes; n_lon is even.
    bandwidth
        Instead of both: 2·bandwidth of each (Driscoll and Healy 1994; the grid offset by half a
        step is that of Kostelec and Rockmore 2008).
    poles
        Whether the first and the last row are the poles (n_lon copies each), as in CAM5's
        768 × 1152; otherwise all latitudes are half a step off them.
    west
        Longitude of the first column in degrees east.

    Raises
    ------
    UserError
        If there is no such grid.
    """

    n_lat: int = cast(int, None)  # or those of `bandwidth`
    n_lon: int = cast(int, None)
    bandwidth: int | None = None
    poles: bool = False
    west: float = 0.0
    name = EquiangularConfig.tag()

    def __post_init__(self) -> None:
        names = ("n_lat", "n_lon", "bandwidth", "poles", "west")
        check_parameters(EquiangularConfig, **{name: getattr(self, name) for name in names})
        n_lat, n_lon = grid_shape(self.bandwidth, self.n_lat, self.n_lon)
        object.__setattr__(self, "n_lat", int(n_lat))
        object.__setattr__(self, "n_lon", int(n_lon))
        object.__setattr__(self, "bandwidth", None)
        object.__setattr__(self, "poles", bool(self.poles))
        object.__setattr__(self, "west", float(self.west))

    @property
    def parameters(self) -> dict[str, object]:
        parameters: dict[str, object] = {"n_lat": self.n_lat, "n_lon": self.n_lon}
        if self.poles:
            parameters["poles"] = True
        if self.west:
            parameters["west"] = self.west
        return parameters

    @property
    def _label(self) -> str:
        poles = "-poles" if self.poles else ""
        west = f"-west{self.west:g}" if self.west else ""
        return f"{self.name}-{self.n_lat}x{self.n_lon}{poles}{west}"

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of latitudes and longitudes."""
        return self.n_lat, self.n_lon

    @cached_property
    def latitudes(self) -> np.ndarray:
        """Degrees north, (n_lat,), ascending."""
        half_steps = 2 * np.arange(self.n_lat) + 1 - self.n_lat
        steps = self.n_lat - 1 if self.poles else self.n_lat
        return read_only(90 * half_steps / steps)

    @cached_property
    def longitudes(self) -> np.ndarray:
        """Degrees east, (n_lon,), ascending from `west`."""
        return read_only(self.west + 360 * np.arange(self.n_lon) / self.n_lon)

    @cached_property
    def latitude_weights(self) -> np.ndarray:
        """Quadrature weights of the rows for ∫ f(sin φ) d sin φ, (n_lat,), sum 2.

        Fejér's first rule, or that of Clenshaw and Curtis with rows at the poles: exact for
        polynomials in sin φ of degree below n_lat.
        """
        n = self.n_lat
        colatitudes = np.radians(90 - self.latitudes)
        intervals = n - 1 if self.poles else n
        k = np.arange(1, intervals // 2 + 1)
        share = 2 / (4.0 * k**2 - 1)
        if self.poles and intervals % 2 == 0:
            share[-1] /= 2
        weights = (1 - np.cos(2 * np.outer(colatitudes, k)) @ share) * 2 / intervals
        if self.poles:
            weights[[0, -1]] /= 2
        return read_only(weights * (2 / weights.sum()))

    @cached_property
    def latitude_borders(self) -> np.ndarray:
        """Degrees north of the borders between rows, (n_lat + 1,), ascending from -90 to 90.

        They are where the band of a row has exactly the area of the row's weight.
        """
        sines = np.concatenate([[-1.0], np.cumsum(self.latitude_weights) - 1])
        sines[-1] = 1.0
        return read_only(np.degrees(np.arcsin(np.clip(sines, -1, 1))))

    @cached_property
    def coordinates(self) -> np.ndarray:
        points = self._points(self.latitudes)
        if self.poles:
            points[: self.n_lon, :2] = points[-self.n_lon :, :2] = 0  # not 1e-17
        return read_only(points)

    @cached_property
    def distinct_coordinates(self) -> np.ndarray:
        if not self.poles:
            return self.coordinates
        latitudes = self.latitudes.copy()
        step = 1e-3 * (latitudes[1] - latitudes[0])
        latitudes[[0, -1]] += step, -step
        return read_only(self._points(latitudes))

    def _points(self, latitudes: np.ndarray) -> np.ndarray:
        return unit_vectors(self.longitudes, latitudes[:, None]).reshape(-1, 3)

    @cached_property
    def longitude(self) -> np.ndarray:
        """Longitude in degrees east, (n_vertices,) in [-180, 180); copies of a pole keep theirs."""
        wrapped = (self.longitudes + 180) % 360 - 180
        return read_only(np.tile(wrapped, self.n_lat))

    @cached_property
    def latitude(self) -> np.ndarray:
        return read_only(np.repeat(self.latitudes, self.n_lon))

    @cached_property
    def areas(self) -> np.ndarray:
        """Quadrature weight of each vertex, (n_vertices,) in steradian, sum 4π.

        Integrates what `latitude_weights` does, for orders below n_lon: with n_lat ≤ n_lon all
        spherical harmonics of degree below n_lat.
        """
        return read_only(np.repeat(self.latitude_weights * (2 * np.pi / self.n_lon), self.n_lon))

    def coarser(self) -> "Equiangular | None":
        """Return the grid of 2 × 2 blocks, None where there are no such blocks (see `halved`)."""
        shape = halved(self.shape, self.poles)
        if shape is None:
            return None
        half_column = 180 / self.n_lon
        west = (self.west + half_column + 180) % 360 - 180
        return Equiangular(*shape, poles=self.poles, west=west)

    @cached_property
    def parents(self) -> np.ndarray | None:
        coarser = self.coarser()
        if coarser is None:
            return None
        row = np.arange(self.n_lat)
        # Of an odd number every second row stays, and the others go to the row nearer to the
        # equator.
        equatorward = self.n_lat % 2 * (row < self.n_lat // 2)
        rows = (row + equatorward) // 2
        columns = np.arange(self.n_lon) // 2
        return read_only((rows[:, None] * coarser.n_lon + columns).ravel())

    @property
    def rotations(self) -> np.ndarray:
        """Rotations about the poles by whole columns, (n_lon, 3, 3)."""
        return rotations_about_z(self.n_lon)

    @cached_property
    def lattice_edges(self) -> np.ndarray:
        """Pairs of vertices next to each other in a row or a column, (n_edges, 2) int64.

        Rows are closed. Copies of a pole are not next to each other. On a grid offset from the
        poles a vertex of the first or the last row is also next to the one across the pole.
        """
        vertices = np.arange(self.n_vertices).reshape(self.shape)
        rows = vertices[1:-1] if self.poles else vertices
        pairs = [
            (rows, np.roll(rows, -1, axis=1)),
            (vertices[:-1], vertices[1:]),
        ]
        if not self.poles:
            ends, half = vertices[[0, -1]], self.n_lon // 2
            pairs.append((ends[:, :half], ends[:, half:]))
        return read_only(
            np.concatenate([np.stack([a.ravel(), b.ravel()], axis=1) for a, b in pairs])
        )

    @cached_property
    def adjacent(self) -> np.ndarray:
        """Pairs of vertices next to each other in rows, columns and diagonals, see `on_lattice`."""
        return read_only(on_lattice(self.shape))

    @cached_property
    def faces(self) -> np.ndarray:
        """Triangles, (n_faces, 3) int64, counter-clockwise seen from outside.

        Each cell of the lattice is cut into two; the caps beyond the first and the last row are
        fans of triangles, and at a pole with a row all triangles meet in its first copy.
        """
        vertices = np.arange(self.n_vertices).reshape(self.shape)
        if self.poles:
            rows = vertices[1:-1]
            triangles = [
                _fan(vertices[0, 0], rows[0], closed=True)[:, ::-1],
                _fan(vertices[-1, 0], rows[-1], closed=True),
            ]
        else:
            rows = vertices
            triangles = [
                _fan(rows[0, 0], rows[0, 1:], closed=False)[:, ::-1],
                _fan(rows[-1, 0], rows[-1, 1:], closed=False),
            ]
        south_west, north_west = rows[:-1], rows[1:]
        south_east, north_east = np.roll(south_west, -1, axis=1), np.roll(north_west, -1, axis=1)
        for corners in ((south_west, south_east, north_east), (south_west, north_east, north_west)):
            triangles.append(np.stack([corner.ravel() for corner in corners], axis=1))
        return read_only(np.concatenate(triangles))

    def owners(self, points: np.ndarray) -> np.ndarray:
        row, column = row_and_column(points, self.latitude_borders, self.west, self.n_lon)
        return row * self.n_lon + column


def _fan(centre: int, ring: np.ndarray, closed: bool) -> np.ndarray:
    """Triangles between a vertex and each two following ones of a ring, (n, 3)."""
    following = np.roll(ring, -1)
    pairs = np.stack([np.full_like(ring, centre), ring, following], axis=1)
    return pairs if closed else pairs[:-1]
