"""Latitude-longitude grids: what climate models and reanalyses come on."""

from dataclasses import dataclass

import numpy as np

from deepsphere_pipe.errors import UserError


@dataclass(frozen=True, eq=False)
class LatLonGrid:
    """A global grid of cells around the crossings of parallels and meridians.

    Parameters
    ----------
    latitudes
        Degrees north, (n_lat,), from south to north or from north to south; with or without the
        poles, at any distances.
    longitudes
        Degrees east, (n_lon,), eastward in even steps once around the globe, from any meridian
        and in any convention (0 to 360, -180 to 180, with a jump between).

    Raises
    ------
    UserError
        If the grid is not of this kind.
    """

    latitudes: np.ndarray
    longitudes: np.ndarray

    def __post_init__(self) -> None:
        for name in ("latitudes", "longitudes"):
            values = np.array(getattr(self, name), dtype=np.float64)
            values.setflags(write=False)
            object.__setattr__(self, name, values)
            if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
                raise UserError(f"A grid needs a list of at least two finite {name}.")
        steps = np.diff(self.latitudes)
        if not ((steps > 0).all() or (steps < 0).all()) or np.abs(self.latitudes).max() > 90:
            raise UserError(
                "The latitudes of a grid must rise or fall steadily between -90 and 90 degrees."
            )
        step = 360 / len(self.longitudes)
        around = np.diff(self.longitudes, append=self.longitudes[0]) % 360
        # Files often hold float32 degrees, which are good to about 2e-5.
        if np.abs(around - step).max() > 0.01 * step:
            raise UserError(
                f"The {len(self.longitudes)} longitudes of a grid must go eastward around the "
                f"globe in even steps of {step:g} degrees without repeating the first."
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of latitudes and longitudes."""
        return len(self.latitudes), len(self.longitudes)

    @property
    def latitude_borders(self) -> np.ndarray:
        """Borders of the rows in degrees, (n_lat + 1,): halfway, and the poles at both ends."""
        pole = np.copysign(90.0, self.latitudes[-1] - self.latitudes[0])
        halfway = (self.latitudes[1:] + self.latitudes[:-1]) / 2
        return np.concatenate([[-pole], halfway, [pole]])

    @property
    def cell_areas(self) -> np.ndarray:
        """Areas of the cells in steradian, (n_lat, n_lon), sum 4π."""
        borders = np.radians(self.latitude_borders)
        bands = np.abs(np.diff(np.sin(borders))) * 2 * np.pi
        n_lat, n_lon = self.shape
        return np.broadcast_to(bands[:, None] / n_lon, (n_lat, n_lon))


def row_and_column(
    points: np.ndarray, borders: np.ndarray, west: float, n_lon: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return row and column of the cells in which points lie, (n,) int64 each.

    Parameters
    ----------
    points
        Unit vectors, (n, 3).
    borders
        Degrees north between the rows, (n_lat + 1,), ascending from pole to pole.
    west
        Degrees east of the middle of column 0.
    n_lon
        Number of columns, eastward in even steps around the globe.
    """
    x, y, z = np.asarray(points).T
    row = np.searchsorted(np.sin(np.radians(borders[1:-1])), z, side="right")
    column = np.rint((np.degrees(np.arctan2(y, x)) - west) / (360 / n_lon)).astype(np.int64)
    return row, column % n_lon
