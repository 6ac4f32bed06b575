"""Atmospheric rivers, and the short plumes that are mistaken for them.

A plume is a curved axis, given as longitude by latitude, with moisture and a low-level jet
around it. It leans poleward and eastward, drifts east and lives for days.
"""

from dataclasses import dataclass

import numpy as np

from deepsphere_pipe.synthetic.geography import KM_PER_DEGREE, longitude_difference
from deepsphere_pipe.synthetic.imprint import AIR_DENSITY, Imprint
from deepsphere_pipe.synthetic.randomness import generator
from deepsphere_pipe.synthetic.shapes import gaussian, smooth_step
from deepsphere_pipe.synthetic.systems import Bands, births, spread, swell

Range = tuple[float, float]
"""Smallest and greatest of a property."""


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

    def _add(self, imprint: Imprint, age: np.ndarray) -> None:
        grid = imprint.grid
        middle, half = (self.south + self.north) / 2, (self.north - self.south) / 2
        centre = (self.lon + self.drift * age) % 360.0
        far = 6.0 * self.width / KM_PER_DEGREE
        window = imprint.window(
            self.side * middle, centre, half + 3.0, np.minimum(3.2 * half + 2.0 * far, 175.0)
        )
        strength = swell(age / self.days)[window.system]
        at, middle, half = self.take(window.system), middle[window.system], half[window.system]
        y = at.side * grid.lat[window.row] - middle
        cos_lat = np.maximum(grid.cos_lat[window.row, 0], 0.1)
        lean = at.lean + at.bend * y
        axis = (at.lean * y + 0.5 * at.bend * y * y) / np.maximum(cos_lat, 0.35)
        length = np.sqrt(1.0 + lean * lean)
        across = longitude_difference(grid.lon[window.column], centre[window.system]) - axis
        side = across * cos_lat * KM_PER_DEGREE / length / at.width
        strength = strength * smooth_step((half + 3.0 - np.abs(y)) / 6.0)
        core = gaussian(side) * strength
        speed = at.jet * gaussian(0.8 * (side + 0.25)) * strength
        # Geostrophy: higher pressure to the right of the jet (north), fading far away.
        step = side / np.sqrt(1.0 + side * side) * gaussian(side / 3.0) * strength
        coriolis = np.abs(grid.coriolis[window.row, 0])
        imprint.add(
            window,
            psl=AIR_DENSITY * coriolis * at.jet * at.width * 1000.0 * step,
            u=speed * lean / length,
            v=at.side * speed / length,
            tmq=at.moist * core * (1.0 - 0.012 * y),
            t500=1.2 * step,
            rain=4.5e-7 * core * core * smooth_step((y + half) / (2 * half)),
        )


def _plumes(
    draw: np.ndarray,
    year: int,
    low: np.ndarray,
    high: np.ndarray,
    lean: Range,
    days: Range,
    moist: Range,
    jet: Range,
    width: Range,
) -> Plumes:
    """Turn uniform numbers (12, n) into plumes; ``low`` and ``high`` end, degrees."""
    return Plumes(
        birth=births(draw[0], year),
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


def atmospheric_rivers(seed: int, run: int, year: int) -> Plumes:
    """Return the atmospheric rivers born in a year of a run."""
    draw = generator(seed, "atmospheric rivers", run, year).random((12, round(4.2 * 365)))
    low = spread(draw[3], 19.0, 27.0)
    high = low + spread(draw[4], 15.0, 28.0)
    return _plumes(
        draw, year, low, high, (0.5, 2.3), (2.0, 4.5), (13.0, 21.0), (14.0, 22.0), (190.0, 290.0)
    )


def short_plumes(seed: int, run: int, year: int) -> Plumes:
    """Return plumes as moist and windy as rivers that are too short for one."""
    draw = generator(seed, "short plumes", run, year).random((12, round(5.5 * 365)))
    low = spread(draw[3], 19.0, 42.0)
    high = low + spread(draw[4], 5.0, 10.0)
    return _plumes(
        draw, year, low, high, (-1.2, 1.2), (1.5, 4.0), (13.0, 21.0), (13.0, 21.0), (240.0, 420.0)
    )
