"""Convective surges of the tropics: as windy, warm aloft, moist and rainy as a cyclone.

A surge (westerly wind burst, monsoon or trade surge) blows straight and has no low in its
middle. At a single point it looks like a part of a tropical cyclone; only its surroundings tell.
"""

from dataclasses import dataclass

import numpy as np

from deepsphere_pipe.synthetic import elementary as el
from deepsphere_pipe.synthetic.geography import EARTH_RADIUS, KM_PER_DEGREE
from deepsphere_pipe.synthetic.randomness import generator
from deepsphere_pipe.synthetic.tracks import STEPS_PER_YEAR, Bands, spread, swell

A_DAY = 3.0


@dataclass(frozen=True)
class Surges(Bands):
    """Surges born in one year; all arrays (n,).

    ``birth`` step of the year, ``days`` lifetime, ``lat`` and ``lon`` of the middle at birth in
    degrees, ``east`` motion in degrees a day, ``direction`` of the wind (radians, east is 0),
    ``length`` and ``width`` (km, standard deviations along and across the wind), ``jet``
    (m s⁻¹), ``vigour`` (factor on warmth, moisture and rain).
    """

    lat: np.ndarray
    lon: np.ndarray
    east: np.ndarray
    direction: np.ndarray
    length: np.ndarray
    width: np.ndarray
    jet: np.ndarray
    vigour: np.ndarray

    def _add(self, imprint, i, age):
        grid = imprint.grid
        strength = float(swell(age / self.days[i]))
        lat = float(self.lat[i])
        lon = float((self.lon[i] + self.east[i] * age) % 360.0)
        reach = 3.5 * float(self.length[i]) / KM_PER_DEGREE
        index = imprint.window(lat, lon, reach, 1.3 * reach)
        angles = np.array([lat, lon, float(self.direction[i]) * (180 / np.pi)]) * (np.pi / 180)
        sines, cosines = el.sin_cos(angles)
        (sin_lat, sin_lon, sin_wind), (cos_lat, cos_lon, cos_wind) = sines, cosines
        x, y, z = grid.unit[:, index[0]][:, :, index[1]]
        eastward = EARTH_RADIUS / 1000.0 * (cos_lon * y - sin_lon * x)
        northward = EARTH_RADIUS / 1000.0 * (cos_lat * z - sin_lat * (cos_lon * x + sin_lon * y))
        along = (cos_wind * eastward + sin_wind * northward) / self.length[i]
        across = (cos_wind * northward - sin_wind * eastward) / self.width[i]
        inside = el.bump(along) * el.bump(across) * strength
        calm = np.zeros_like(inside)
        imprint.add(
            index,
            psl=calm,
            u=self.jet[i] * cos_wind * inside,
            v=self.jet[i] * sin_wind * inside,
            t500=1.9 * self.vigour[i] * inside,
            t200=3.0 * self.vigour[i] * inside,
            tmq=(6.0 + 3.0 * self.vigour[i]) * inside,
            rain=1.2e-6 * self.vigour[i] * inside,
        )


def surges(seed, run, year):
    """Return the convective surges born in a year of a run."""
    draw = generator(seed, "surges", run, year).random((11, round(A_DAY * 365)))
    side = np.where(draw[10] < 0.5, 1.0, -1.0)
    return Surges(
        birth=(draw[0] * STEPS_PER_YEAR).astype(np.int64),
        days=spread(draw[1], 1.0, 3.5),
        lat=side * spread(draw[2], 5.0, 21.0),
        lon=draw[3] * 360.0,
        east=spread(draw[4], -5.0, 3.0),
        direction=draw[5] * 2 * np.pi,
        length=spread(draw[6], 380.0, 620.0),
        width=spread(draw[7], 170.0, 270.0),
        jet=spread(draw[8], 11.0, 24.0),
        vigour=spread(draw[9], 0.7, 1.7),
    )
