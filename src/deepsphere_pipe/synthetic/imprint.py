"""What weather systems add to the fields: sums over all systems near each point of the grid."""

from dataclasses import dataclass

import numpy as np

from deepsphere_pipe.synthetic.geography import EARTH_RADIUS, Grid

AIR_DENSITY = 1.15  # kg m-3
QUANTITIES = ("psl", "u", "v", "t500", "t200", "tmq", "rain")


@dataclass(frozen=True)
class Window:
    """The points of the grid around each of some systems, as one list of pairs (n_pair,) int."""

    system: np.ndarray
    row: np.ndarray
    column: np.ndarray


class Imprint:
    """Sums of the contributions of all systems on a grid.

    Attributes
    ----------
    sums
        ``psl`` in Pa, ``u`` and ``v`` (850 hPa) in m s⁻¹, ``t500`` and ``t200`` in K, ``tmq`` in
        kg m⁻², ``rain`` in m s⁻¹, (n_lat, n_lon) each.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.sums = {name: np.zeros(grid.shape, np.float32) for name in QUANTITIES}

    def window(
        self, lat: np.ndarray, lon: np.ndarray, north: np.ndarray, east: np.ndarray
    ) -> Window:
        """Return all points within ``north`` and ``east`` degrees of centres, each (n,)."""
        n_lat, n_lon = self.grid.shape
        row_step, column_step = 180.0 / (n_lat - 1), 360.0 / n_lon
        top = np.maximum((lat - north + 90.0) // row_step, 0).astype(np.int32)
        n_row = np.minimum((lat + north + 90.0) // row_step + 2, n_lat).astype(np.int32) - top
        left = ((lon - east) // column_step).astype(np.int32)
        n_column = ((lon + east) // column_step).astype(np.int32) + 2 - left
        # A window never names a column twice.
        n_column = np.minimum(n_column, n_lon)
        size = n_row * n_column
        system = np.repeat(np.arange(len(size), dtype=np.int32), size)
        ends = np.cumsum(size, dtype=np.int32)
        inside = np.arange(len(system), dtype=np.int32) - (ends - size)[system]
        row, column = np.divmod(inside, n_column[system])
        return Window(system, top[system] + row, (left[system] + column) % n_lon)

    def offsets(
        self, window: Window, lat: np.ndarray, lon: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Project the points of a window onto the planes that touch the sphere at the centres.

        Returns
        -------
        eastward, northward : ndarray (n_pair,)
            Distance from the centre, km.
        near : ndarray (n_pair,) of bool
            On the centre's half of the sphere.
        """
        x, y, z = self.grid.unit[:, window.row, window.column]
        sin_lat, cos_lat, sin_lon, cos_lon = (
            function(np.radians(angle))[window.system]
            for angle in (lat, lon)
            for function in (np.sin, np.cos)
        )
        inward = cos_lon * x + sin_lon * y
        kilometres = EARTH_RADIUS / 1000.0
        eastward = kilometres * (cos_lon * y - sin_lon * x)
        northward = kilometres * (cos_lat * z - sin_lat * inward)
        return eastward, northward, cos_lat * inward + sin_lat * z > 0.0

    def add(self, window: Window, **contributions: np.ndarray) -> None:
        """Add contributions (n_pair,) to some of the sums."""
        n_lat, n_lon = self.grid.shape
        cell = window.row * n_lon + window.column
        for name, values in contributions.items():
            total = np.bincount(cell, values, n_lat * n_lon)
            self.sums[name] += total.reshape(n_lat, n_lon).astype(np.float32)
