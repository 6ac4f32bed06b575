"""The grid, the land and the mountains."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from deepsphere_pipe.data.sources.cam5_format import grid_axes
from deepsphere_pipe.synthetic.shapes import gaussian

EARTH_RADIUS = 6.371e6
ROTATION = 7.292e-5
KM_PER_DEGREE = 111.195

# Ridges: latitude, longitude, height (m), half-widths north and east (degrees), tilt (degrees of
# longitude per degree of latitude). Invented, in the places of the real ones.
RIDGES = (
    (33.0, 88.0, 5300.0, 5.5, 14.0, 0.0),  # Tibet
    (47.0, 93.0, 1700.0, 6.0, 14.0, 0.0),  # Altai, Mongolia
    (63.0, 130.0, 900.0, 8.0, 20.0, 0.0),  # eastern Siberia
    (35.0, 50.0, 1700.0, 6.0, 14.0, 0.0),  # Iran, Anatolia
    (5.0, 38.0, 1500.0, 14.0, 5.0, 0.0),  # East Africa
    (-25.0, 25.0, 1300.0, 9.0, 9.0, 0.0),  # southern Africa
    (22.0, 6.0, 800.0, 6.0, 9.0, 0.0),  # Hoggar
    (43.0, -110.0, 2200.0, 13.0, 7.0, -0.6),  # Rockies
    (20.0, -102.0, 1900.0, 6.0, 4.0, -0.6),  # Mexico
    (-20.0, -68.0, 4000.0, 9.0, 3.5, 0.0),  # central Andes
    (-2.0, -78.0, 2300.0, 9.0, 2.5, 0.0),  # northern Andes
    (-38.0, -70.5, 1700.0, 8.0, 2.0, 0.0),  # southern Andes
    (-15.0, -47.0, 800.0, 9.0, 8.0, 0.0),  # Brazil
    (73.0, -40.0, 3200.0, 7.5, 13.0, 0.0),  # Greenland
    (-88.0, 60.0, 2800.0, 13.0, 4000.0, 0.0),  # Antarctica
    (-78.0, 90.0, 1800.0, 8.0, 60.0, 0.0),  # East Antarctica
    (-25.0, 130.0, 450.0, 9.0, 14.0, 0.0),  # Australia
    (63.0, 14.0, 800.0, 5.0, 5.0, 0.0),  # Scandinavia
    (46.0, 11.0, 1300.0, 2.5, 6.0, 0.0),  # Alps
)


@cache
def _smooth_land() -> np.ndarray:
    """Return the smoothed land fraction (180, 360) of 1° cells from 90° S, 0° E."""
    with (files(__package__) / "land_mask.npz").open("rb") as file, np.load(file) as stored:
        land = np.unpackbits(stored["land"], axis=1).astype(np.float64)
    for _ in range(2):
        land = (np.roll(land, 1, 1) + 2.0 * land + np.roll(land, -1, 1)) / 4.0
        padded = np.concatenate([land[:1], land, land[-1:]])
        land = (padded[:-2] + 2.0 * land + padded[2:]) / 4.0
    return land


def land_fraction(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return the smoothed land fraction at points given in degrees (bilinear)."""
    land = _smooth_land()
    y = np.clip(np.asarray(lat, dtype=np.float64) + 89.5, 0.0, 179.0)
    x = (np.asarray(lon, dtype=np.float64) - 0.5) % 360.0
    row = np.minimum(y.astype(np.int64), 178)
    column = x.astype(np.int64) % 360
    fy, fx = y - row, x - np.floor(x)
    east = (column + 1) % 360
    south = land[row, column] * (1.0 - fx) + land[row, east] * fx
    north = land[row + 1, column] * (1.0 - fx) + land[row + 1, east] * fx
    return south * (1.0 - fy) + north * fy


def orography(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return the height of the surface in metres at points given in degrees."""
    land = land_fraction(lat, lon)
    height = 150.0 * np.ones_like(land)
    for lat0, lon0, top, north, east, tilt in RIDGES:
        y = lat - lat0
        x = (lon - lon0 - tilt * y + 540.0) % 360.0 - 180.0
        height = height + top * gaussian(y / north) * gaussian(x / east)
    return land * height


def longitude_difference(lon: np.ndarray, lon0: np.ndarray) -> np.ndarray:
    """Return the signed difference of two longitudes, −180 to 180."""
    return (lon - lon0 + 180.0) % 360.0 - 180.0


@dataclass(frozen=True)
class Grid:
    """A native grid with what every step needs at its points, in single precision."""

    lat: np.ndarray  # axes in degrees, (n_lat,), (n_lon,)
    lon: np.ndarray
    unit: np.ndarray  # unit vectors of the points, (3, n_lat, n_lon)
    area: np.ndarray  # share of the sphere of each cell, (n_lat, n_lon) float64
    land: np.ndarray  # fraction, (n_lat, n_lon)
    height: np.ndarray  # of the surface in metres, (n_lat, n_lon)
    sin_lat: np.ndarray  # (n_lat, 1)
    cos_lat: np.ndarray
    coriolis: np.ndarray  # 2 Ω sin φ, s-1, (n_lat, 1)

    @classmethod
    def of_size(cls, n_lat: int, n_lon: int) -> "Grid":
        """Return the CAM5 grid with this number of latitudes and longitudes."""
        lat, lon = grid_axes(n_lat, n_lon)
        points = np.broadcast_arrays(lat[:, None], lon[None, :])
        phi, lam = np.radians(points)
        sin_lat = np.sin(phi[:, :1])
        edges = np.concatenate([[-90.0], (lat[1:] + lat[:-1]) / 2, [90.0]])
        single = {
            "lat": lat,
            "lon": lon,
            "unit": np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)]),
            "land": land_fraction(*points),
            "height": orography(*points),
            "sin_lat": sin_lat,
            "cos_lat": np.cos(phi[:, :1]),
            "coriolis": 2 * ROTATION * sin_lat,
        }
        return cls(
            area=np.repeat(np.diff(np.sin(np.radians(edges)))[:, None] / 2 / n_lon, n_lon, axis=1),
            **{name: values.astype(np.float32) for name, values in single.items()},
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Number of latitudes and longitudes."""
        return self.land.shape

    @property
    def spacing(self) -> float:
        """Distance between rows in metres."""
        return np.pi * EARTH_RADIUS / (len(self.lat) - 1)
