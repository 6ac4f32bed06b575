"""Climatology: what the sixteen channels would be without weather.

Zonal profiles are smooth functions of latitude, season and, for the surface, land and hour of
day. Their constants were chosen by eye from textbook climatologies (Peixoto & Oort 1992) and
then adjusted until the statistics published with the CAM5 archive came out.
"""

from dataclasses import dataclass

import numpy as np

from deepsphere_pipe.synthetic.geography import Grid
from deepsphere_pipe.synthetic.shapes import gaussian, smooth_step

TABLE_LAT = np.arange(361) * 0.5 - 90.0
WARMEST_DAY = 205.0  # of the northern hemisphere, over land
SEA_LAG = 40.0  # days by which the sea is warmest later
SEA_COOLING = 118.0  # K, by which the sea is colder far from the equator


def season(day: float | np.ndarray) -> np.ndarray:
    """Return +1 at the height of the northern summer and −1 half a year later."""
    return np.cos(2 * np.pi * (day - WARMEST_DAY) / 365.0)


def sea_temperature(
    lat: np.ndarray, day: float | np.ndarray, cooling: float = SEA_COOLING
) -> np.ndarray:
    """Return the temperature of the sea or of its ice in kelvin, at degrees and day of the year."""
    phase = season(day - SEA_LAG)
    x = (lat - 4.0 * phase) / 90.0
    square = x * x
    water = 302.3 - cooling * square * (1.0 - 0.62 * square)
    # Polar ice: far colder than the water in winter.
    ice = smooth_step((np.abs(lat) - 56.0) / 20.0)
    winter = 0.5 - 0.5 * phase * np.sign(lat)
    return water - ice * (5.0 + 16.0 * winter)


def zonal(lat: np.ndarray, phase: float) -> dict[str, np.ndarray]:
    """Return zonal-mean profiles at latitudes ``lat`` (degrees) for a :func:`season`.

    Returns
    -------
    dict of ndarray
        ``t500``, ``t200`` (K), ``tmq`` (kg m⁻²), ``psl`` (Pa, anomaly), ``u850``, ``ubot``,
        ``vbot`` (m s⁻¹).
    """
    x = (lat - 5.0 * phase) / 90.0
    x2 = x * x
    summer = phase * np.sign(lat)
    pole = smooth_step((np.abs(lat) - 25.0) / 50.0)
    north = smooth_step((lat + 20.0) / 40.0)
    itcz = 3.0 + 6.0 * phase
    south_belt, north_belt = gaussian((lat + 49.0) / 13.0), gaussian((lat - 46.0) / 12.0)
    winter = 1.0 - 0.35 * summer
    return {
        "t500": 271.8 - 72.0 * x2 * (1.0 - 0.30 * x2) + 3.0 * summer * pole,
        "t200": (
            225.5 - 13.0 * gaussian((np.abs(lat) - 42.0) / 16.0) + pole * (-14.0 + 11.0 * summer)
        ),
        "tmq": (
            3.2 + 45.0 * gaussian((lat - itcz) / (21.0 + 2.5 * abs(phase))) + 2.5 * pole * summer
        ),
        "psl": (
            900.0 * gaussian((np.abs(lat - 4.0 * phase) - 31.0) / 14.0)
            - 1900.0 * gaussian((lat + 67.0) / 17.0)
            - 500.0 * gaussian((lat - 61.0) / 12.0)
            - 300.0 * gaussian((lat - itcz) / 14.0)
        ),
        "u850": (
            11.5 * south_belt + 8.0 * north_belt * winter
            - 8.0 * gaussian((np.abs(lat - 3.0 * phase) - 12.0) / 10.0)
            - 3.0 * smooth_step((np.abs(lat) - 66.0) / 10.0)
        ),
        "ubot": (
            8.8 * south_belt + 0.4 * north_belt * winter
            - 4.7 * gaussian((np.abs(lat - 3.0 * phase) - 14.0) / 13.0)
            - 0.5 * smooth_step((np.abs(lat) - 66.0) / 10.0)
        ),
        "vbot": 3.4 * (
            gaussian((lat - itcz + 13.0) / 10.0) - gaussian((lat - itcz - 13.0) / 10.0)
        ) + 0.3 * north,
    }  # fmt: skip


@dataclass(frozen=True)
class Climate:
    """The climatology of one moment: profiles by name and the sea's temperature."""

    profiles: dict
    phase: float
    sea: np.ndarray

    @classmethod
    def at(cls, grid: Grid, day: float, cooling: float = SEA_COOLING) -> "Climate":
        """Return the climate of a day of the year on a grid."""
        phase = float(season(day))
        return cls(
            profiles=zonal(TABLE_LAT, phase) | {"sea": sea_temperature(TABLE_LAT, day, cooling)},
            phase=phase,
            sea=sea_temperature(grid.lat[:, None], day, cooling).astype(np.float32),
        )

    def __call__(self, name: str, lat: np.ndarray) -> np.ndarray:
        """Return profile ``name`` at latitudes ``lat`` (degrees)."""
        return np.interp(lat, TABLE_LAT, self.profiles[name]).astype(np.float32)


def land_temperature(grid: Grid, climate: Climate, hour: float) -> np.ndarray:
    """Return the temperature of land at its height, in kelvin, for a UTC hour."""
    lat = grid.lat[:, None]
    size = np.abs(lat) / 90.0
    mean = 302.0 + 5.0 * gaussian((np.abs(lat) - 20.0) / 12.0) - 52.0 * size * size
    continental = 20.0 * smooth_step((np.abs(lat) - 5.0) / 55.0) * np.sign(lat)
    local = 2 * np.pi * ((hour - 14.5) / 24.0 + grid.lon[None, :] / 360.0)
    daily = 5.0 * grid.cos_lat * np.cos(local)
    antarctic = -9.0 * smooth_step((-lat - 62.0) / 12.0)
    lapse = 0.0060 * grid.height
    return mean + continental * climate.phase + daily + antarctic - lapse


def saturation_humidity(temperature: np.ndarray, pressure: np.ndarray) -> np.ndarray:
    """Return the specific humidity of saturated air (kg kg⁻¹), after Bolton (1980)."""
    celsius = temperature - 273.15
    vapour = 611.2 * np.exp(17.67 * celsius / (temperature - 29.65))
    return 0.622 * vapour / (pressure - 0.378 * vapour)
