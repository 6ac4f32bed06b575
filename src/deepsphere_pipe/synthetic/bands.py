"""Elongated systems: atmospheric rivers, short plumes that are mistaken for them, and surges.

A plume is a curved axis, given as longitude by latitude, with moisture and a low-level jet
around it. It leans poleward and eastward, drifts east and lives for days.

A surge (westerly wind burst, monsoon or trade surge) is as windy, warm aloft, moist and rainy as a
cyclone, but blows straight and has no low in its middle. At a single point it looks like a part of
a tropical cyclone; only its surroundings tell.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from deepsphere_pipe.synthetic.geography import KM_PER_DEGREE, longitude_difference
from deepsphere_pipe.synthetic.imprint import AIR_DENSITY, Imprint
from deepsphere_pipe.synthetic.shapes import gaussian, smooth_step
from deepsphere_pipe.synthetic.systems import (
    STEPS_PER_DAY,
    Systems,
    births,
    generator,
    spread,
    swell,
)

Range = tuple[float, float]
"""Smallest and greatest of a property."""


@dataclass(frozen=True)
class Bands(Systems):
    """What bands of all shapes share; all arrays (n,)."""

    birth: np.ndarray  # step, counted from year 0, int
    days: np.ndarray  # lifetime
    lon: np.ndarray  # of the middle at birth, degrees

    def add_to(self, imprint: Imprint, step: int) -> None:
        age = (step - self.birth) / STEPS_PER_DAY
        alive = np.flatnonzero((age >= 0) & (age < self.days))
        if len(alive):
            self.take(alive)._add(imprint, age[alive].astype(np.float32))

    def _add(self, imprint: Imprint, age: np.ndarray) -> None:
        """Add all of these systems at their ages in days."""
        raise NotImplementedError


@dataclass(frozen=True)
class Plumes(Bands):
    """Plumes born in one year."""

    side: np.ndarray  # hemisphere, ±1
    south: np.ndarray  # distances of the two ends from the equator, degrees
    north: np.ndarray
    drift: np.ndarray  # eastward, degrees a day
    lean: np.ndarray  # distance east per distance poleward
    bend: np.ndarray  # its change per degree
    width: np.ndarray  # standard deviation of the cross-section, km
    moist: np.ndarray  # kg m-2
    jet: np.ndarray  # m s-1

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
    purpose: str, seed: int, run: int, year: int,
    *, a_day: float, start: Range, span: Range, lean: Range, days: Range, moist: Range,
    jet: Range, width: Range,
) -> Plumes:  # fmt: skip
    """Return the plumes born in a year of a run, so many a day; start and span in degrees."""
    draw = generator(seed, purpose, run, year).random((12, round(a_day * 365)))
    south = spread(draw[3], *start)
    return Plumes(
        birth=births(draw[0], year),
        days=spread(draw[1], *days),
        lon=draw[5] * 360.0,
        side=np.where(draw[2] < 0.5, 1.0, -1.0),
        south=south,
        north=south + spread(draw[4], *span),
        drift=spread(draw[6], 5.0, 12.0),
        lean=spread(draw[7], *lean),
        bend=spread(draw[8], -0.05, 0.05),
        width=spread(draw[9], *width),
        moist=spread(draw[10], *moist),
        jet=spread(draw[11], *jet),
    )


atmospheric_rivers = partial(
    _plumes, "atmospheric rivers", a_day=4.2, start=(19.0, 27.0), span=(15.0, 28.0),
    lean=(0.5, 2.3), days=(2.0, 4.5), moist=(13.0, 21.0), jet=(14.0, 22.0), width=(190.0, 290.0),
)  # fmt: skip
short_plumes = partial(
    _plumes, "short plumes", a_day=5.5, start=(19.0, 42.0), span=(5.0, 10.0),
    lean=(-1.2, 1.2), days=(1.5, 4.0), moist=(13.0, 21.0), jet=(13.0, 21.0), width=(240.0, 420.0),
)  # fmt: skip
"""As moist and windy as rivers, but too short for one."""


@dataclass(frozen=True)
class Surges(Bands):
    """Surges born in one year."""

    lat: np.ndarray  # of the middle, degrees
    east: np.ndarray  # motion, degrees a day
    direction: np.ndarray  # of the wind, radians, east is 0
    length: np.ndarray  # standard deviations along and across the wind, km
    width: np.ndarray
    jet: np.ndarray  # m s-1
    vigour: np.ndarray  # factor on warmth, moisture and rain

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


def surges(seed: int, run: int, year: int, *, jet: Range = (11.0, 24.0)) -> Surges:
    """Return the convective surges born in a year of a run, three a day."""
    draw = generator(seed, "surges", run, year).random((11, 3 * 365))
    return Surges(
        birth=births(draw[0], year),
        days=spread(draw[1], 1.0, 3.5),
        lon=draw[3] * 360.0,
        lat=np.where(draw[10] < 0.5, 1.0, -1.0) * spread(draw[2], 5.0, 21.0),
        east=spread(draw[4], -5.0, 3.0),
        direction=draw[5] * 2 * np.pi,
        length=spread(draw[6], 380.0, 620.0),
        width=spread(draw[7], 170.0, 270.0),
        jet=spread(draw[8], *jet),
        vigour=spread(draw[9], 0.7, 1.7),
    )
