"""Atmospheric rivers, and the short plumes that are mistaken for them.

A plume is a curved axis, given as longitude by latitude, with moisture and a low-level jet
around it. It leans poleward and eastward, drifts east and lives for days.
"""

from dataclasses import dataclass

import numpy as np

from deepsphere_pipe.synthetic import elementary as el
from deepsphere_pipe.synthetic.geography import KM_PER_DEGREE, degrees_apart
from deepsphere_pipe.synthetic.imprint import AIR_DENSITY
from deepsphere_pipe.synthetic.randomness import generator
from deepsphere_pipe.synthetic.tracks import STEPS_PER_YEAR, Bands, spread, swell


@dataclass(frozen=True)
class Plumes(Bands):
    """Plumes born in one year; all arrays (n,).

    ``birth`` step of the year, ``days`` lifetime, ``side`` hemisphere (±1), ``south`` and
    ``north`` distance of the two ends from the equator in degrees, ``lon`` of the middle at
    birth, ``drift`` degrees a day, ``lean`` distance east per distance poleward, ``bend`` its
    change per degree, ``width`` (km, standard deviation of the cross-section), ``moist``
    (kg m⁻²), ``jet`` (m s⁻¹).
    """

    side: np.ndarray
    south: np.ndarray
    north: np.ndarray
    lon: np.ndarray
    drift: np.ndarray
    lean: np.ndarray
    bend: np.ndarray
    width: np.ndarray
    moist: np.ndarray
    jet: np.ndarray

    def _add(self, imprint, i, age):
        grid = imprint.grid
        strength = float(swell(age / self.days[i]))
        middle = (self.south[i] + self.north[i]) / 2
        half = (self.north[i] - self.south[i]) / 2
        centre = float((self.lon[i] + self.drift[i] * age) % 360.0)
        km = KM_PER_DEGREE
        far = 6.0 * self.width[i] / km
        index = imprint.window(
            self.side[i] * middle, centre, half + far, min(3.2 * half + 2.0 * far, 175.0)
        )
        lat = grid.lat[index[0]][:, None]
        y = self.side[i] * lat - middle
        cos_lat = np.maximum(grid.cos_lat[index[0]], 0.1)
        share = np.clip(y, -half - 8.0, half + 8.0)
        lean = self.lean[i] + self.bend[i] * share
        axis = (self.lean[i] * share + 0.5 * self.bend[i] * share * share) / np.maximum(
            cos_lat, 0.35
        )
        length = np.sqrt(1.0 + lean * lean)
        across = degrees_apart(grid.lon[index[1]][None, :], centre) - axis
        across = across * cos_lat * km / length
        ends = el.smooth_step((half + 3.0 - np.abs(y)) / 6.0)
        side = across / self.width[i]
        core = el.bump(side) * ends * strength
        speed = self.jet[i] * el.bump(0.8 * (side + 0.25)) * ends * strength
        # Geostrophy: higher pressure to the right of the jet (north), fading far away.
        step = side / np.sqrt(1.0 + side * side) * el.bump(side / 3.0)
        coriolis = np.abs(grid.coriolis[index[0]])
        pressure = AIR_DENSITY * coriolis * self.jet[i] * self.width[i] * 1000.0 * step
        imprint.add(
            index,
            psl=pressure * ends * strength,
            u=speed * lean / length,
            v=self.side[i] * speed / length,
            tmq=self.moist[i] * core * (1.0 - 0.012 * y),
            t500=1.2 * step * ends * strength,
            t200=np.zeros_like(core),
            rain=4.5e-7 * core * core * el.smooth_step((y + half) / (2 * half)),
        )


def _plumes(draw, low, high, lean, days, moist, jet, width):
    """Turn uniform numbers (12, n) into plumes; ``low`` and ``high`` end, degrees."""
    return Plumes(
        birth=(draw[0] * STEPS_PER_YEAR).astype(np.int64),
        days=spread(draw[1], *days),
        side=np.where(draw[2] < 0.5, 1.0, -1.0),
        south=low,
        north=high,
        lon=draw[5] * 360.0,
        drift=spread(draw[6], 5.0, 12.0),
        lean=spread(draw[7], *lean),
        bend=spread(draw[8], -0.05, 0.05),
        width=spread(draw[9], *width),
        moist=spread(draw[10], *moist),
        jet=spread(draw[11], *jet),
    )


def atmospheric_rivers(seed, run, year):
    """Return the atmospheric rivers born in a year of a run."""
    draw = generator(seed, "atmospheric rivers", run, year).random((12, round(4.2 * 365)))
    low = spread(draw[3], 19.0, 27.0)
    high = low + spread(draw[4], 15.0, 28.0)
    return _plumes(
        draw, low, high, (0.5, 2.3), (2.0, 4.5), (13.0, 21.0), (14.0, 22.0), (190.0, 290.0)
    )


def short_plumes(seed, run, year):
    """Return plumes as moist and windy as rivers that are too short for one."""
    draw = generator(seed, "short plumes", run, year).random((12, round(5.5 * 365)))
    low = spread(draw[3], 19.0, 42.0)
    high = low + spread(draw[4], 5.0, 10.0)
    return _plumes(
        draw, low, high, (-1.2, 1.2), (1.5, 4.0), (13.0, 21.0), (13.0, 21.0), (240.0, 420.0)
    )
