"""Convective surges of the tropics: as windy, warm aloft, moist and rainy as a cyclone.

A surge (westerly wind burst, monsoon or trade surge) blows straight and has no low in its
middle. At a single point it looks like a part of a tropical cyclone; only its surroundings tell.
"""

from dataclasses import dataclass

import numpy as np

from deepsphere_pipe.synthetic.geography import KM_PER_DEGREE
from deepsphere_pipe.synthetic.imprint import Imprint
from deepsphere_pipe.synthetic.randomness import generator
from deepsphere_pipe.synthetic.shapes import gaussian
from deepsphere_pipe.synthetic.systems import Bands, births, spread, swell

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

    def _add(self, imprint: Imprint, age: np.ndarray) -> None:
        lon = (self.lon + self.east * age) % 360.0
        reach = 3.5 * self.length / KM_PER_DEGREE
        window = imprint.window(self.lat, lon, reach, 1.3 * reach)
        eastward, northward, _ = imprint.offsets(window, self.lat, lon)
        strength = swell(age / self.days)[window.system]
        at = self.take(window.system)
        cosine, sine = np.cos(at.direction), np.sin(at.direction)
        along = (cosine * eastward + sine * northward) / at.length
        across = (cosine * northward - sine * eastward) / at.width
        inside = gaussian(along) * gaussian(across) * strength
        imprint.add(
            window,
            u=at.jet * cosine * inside,
            v=at.jet * sine * inside,
            t500=1.9 * at.vigour * inside,
            t200=3.0 * at.vigour * inside,
            tmq=(6.0 + 3.0 * at.vigour) * inside,
            rain=1.2e-6 * at.vigour * inside,
        )


def surges(seed: int, run: int, year: int) -> Surges:
    """Return the convective surges born in a year of a run."""
    draw = generator(seed, "surges", run, year).random((11, round(A_DAY * 365)))
    side = np.where(draw[10] < 0.5, 1.0, -1.0)
    return Surges(
        birth=births(draw[0], year),
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
