"""Latitude-longitude grids in one order, whatever the order of the user's file."""

from dataclasses import dataclass

import numpy as np

from deepsphere_pipe.samplings import Equiangular, LatLonGrid, Sampling
from deepsphere_pipe.samplings.latlon import row_and_column
from deepsphere_pipe.samplings.sampling import unit_vectors

Grid = LatLonGrid | Sampling
"""What maps are brought from and to: a grid of cells, or a sampling."""

RectilinearGrid = LatLonGrid | Equiangular
"""Those of both whose cells lie in rows and columns."""


@dataclass(frozen=True)
class OrderedGrid:
    """A grid from south to north and eastward from the date line, so that order cannot matter.

    Attributes
    ----------
    latitudes, west, step
        Degrees; the longitudes are west + step · (0, 1, …) with west in [-180, -180 + step).
    borders
        Degrees north between the rows, (n_lat + 1,), from pole to pole.
    cells
        Column of each cell in the order of the user, (n_lat, n_lon).
    """

    latitudes: np.ndarray
    borders: np.ndarray
    west: float
    step: float
    cells: np.ndarray

    @classmethod
    def of(cls, grid: RectilinearGrid) -> "OrderedGrid":
        """Bring a grid into this order."""
        n_lat, n_lon = grid.shape
        cells = np.arange(n_lat * n_lon).reshape(n_lat, n_lon)
        rows = np.argsort(grid.latitudes)
        # Rounding makes the two conventions equal to the last bit: 359.9 - 360 is not -0.1.
        from_date_line = np.round((grid.longitudes + 180) % 360, 9) % 360
        columns = np.argsort(from_date_line)
        west = float(from_date_line[columns[0]]) - 180
        borders = np.sort(grid.latitude_borders)
        return cls(grid.latitudes[rows], borders, west, 360 / n_lon, cells[np.ix_(rows, columns)])

    @property
    def points(self) -> np.ndarray:
        """Unit vectors to the cells' centres, (n_lat · n_lon, 3)."""
        longitudes = self.west + self.step * np.arange(self.cells.shape[1])
        return unit_vectors(longitudes, self.latitudes[:, None]).reshape(-1, 3)

    @property
    def longitude_borders(self) -> np.ndarray:
        """Western borders of the columns in degrees, (n_lon + 1,), the last closes the circle."""
        return self.west + self.step * (np.arange(self.cells.shape[1] + 1) - 0.5)

    def owners(self, points: np.ndarray) -> np.ndarray:
        """Return the cell in which each of the points (n, 3) lies, (n,)."""
        row, column = row_and_column(points, self.borders, self.west, self.cells.shape[1])
        return self.cells[row, column]


def areas_of(grid: Grid) -> np.ndarray:
    """Return the areas of cells or vertices in steradian, (n,)."""
    return grid.cell_areas.ravel() if isinstance(grid, LatLonGrid) else grid.areas


def points_of(grid: Grid) -> np.ndarray:
    """Return unit vectors to the centres of cells, or to vertices, (n, 3)."""
    if isinstance(grid, LatLonGrid):
        ordered = OrderedGrid.of(grid)
        points = np.empty((ordered.cells.size, 3))
        points[ordered.cells.ravel()] = ordered.points
        return points
    return grid.distinct_coordinates


def degrees_of(grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Return longitude and latitude of cells or vertices in degrees, (n,) each."""
    if isinstance(grid, LatLonGrid):
        longitude, latitude = np.meshgrid(grid.longitudes, grid.latitudes)
        return longitude.ravel(), latitude.ravel()
    return grid.longitude, grid.latitude


def owners_of(grid: Grid, points: np.ndarray) -> np.ndarray:
    """Return the cell or vertex to which each of the points (n, 3) belongs; -1 for none."""
    if isinstance(grid, LatLonGrid):
        return OrderedGrid.of(grid).owners(points)
    return grid.owners(points)


def covers_sphere(grid: Grid) -> bool:
    """Return whether the cells cover the whole sphere."""
    return isinstance(grid, LatLonGrid) or grid.covers_sphere
