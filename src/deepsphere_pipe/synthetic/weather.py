"""The weather of one run: random fields, climatology and systems at any time."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.synthetic import cyclones, distractors, rivers, surges
from deepsphere_pipe.synthetic.channels import (
    DIVERGENCE,
    MOISTURE,
    SHOWERS,
    TRADES,
    UPPER,
    WARMTH,
    WESTERLIES,
    Moment,
    free_air,
    stored,
    surface,
)
from deepsphere_pipe.synthetic.climate import Climate
from deepsphere_pipe.synthetic.geography import Grid
from deepsphere_pipe.synthetic.imprint import Imprint
from deepsphere_pipe.synthetic.spectral import Synthesis
from deepsphere_pipe.synthetic.systems import STEPS_PER_DAY, STEPS_PER_YEAR, Systems, join

SCALARS = (WESTERLIES, TRADES, UPPER, MOISTURE, WARMTH)
GRADIENTS = (WESTERLIES, TRADES, DIVERGENCE)
POPULATIONS = (
    (cyclones.tropical_cyclones, *distractors.POPULATIONS),
    (rivers.atmospheric_rivers, rivers.short_plumes),
    (surges.surges,),
)
"""What makes the systems of a year, by their shape: round, long, straight."""


@lru_cache(maxsize=2)
def _populations(seed: int, run: int, year: int) -> list[Systems]:
    """Return the systems born in a year or the one before, by their shape."""
    years = (year - 1, year)
    return [join([make(seed, run, y) for y in years for make in kind]) for kind in POPULATIONS]


@dataclass(frozen=True)
class Weather:
    """The weather of one run on one grid, at any time.

    Attributes
    ----------
    grid
    seed, run
    """

    grid: Grid
    seed: int
    run: int

    @cached_property
    def _random(self) -> Synthesis:
        return Synthesis(self.grid.lat, self.grid.lon, self.seed, self.run)

    def imprint(self, step: int) -> dict[str, np.ndarray]:
        """Return what all systems add at an absolute step of three hours, by quantity."""
        imprint = Imprint(self.grid)
        for systems in _populations(self.seed, self.run, step // STEPS_PER_YEAR):
            systems.add_to(imprint, step)
        return imprint.sums

    def moment(self, step: int) -> Moment:
        """Return the random fields, climatology and systems of an absolute step."""
        values, slopes = self._random(step, SCALARS, GRADIENTS)
        return Moment(
            grid=self.grid,
            climate=Climate.at(self.grid, (step / STEPS_PER_DAY) % 365),
            hour=3.0 * (step % STEPS_PER_DAY),
            values=values,
            slopes=slopes,
            system=self.imprint(step),
            breath=self._breath(step),
            showers=lambda: self._random(step, (SHOWERS,))[0][SHOWERS],
        )

    def tracked(self, step: int) -> dict[str, np.ndarray]:
        """Return the channels that tracking needs, as stored, by name."""
        return stored(free_air(self.moment(step)))

    def fields(self, step: int) -> np.ndarray:
        """Return the channels (16, n_lat, n_lon) of float32 at an absolute step."""
        moment = self.moment(step)
        channels = free_air(moment)
        channels |= surface(moment, channels)
        rounded = stored(channels)
        return np.stack([rounded[name] for name in CHANNEL_NAMES])

    def _breath(self, step: int) -> float:
        """Return the slow swing of the mean pressure, Pa (PSL varies far more than on Earth)."""
        day = step / STEPS_PER_DAY
        slow = np.sin(2 * np.pi * day / 37.0 + self.run)
        fast = np.sin(2 * np.pi * day / 11.0 + 2.0 * self.run)
        return float(1300.0 * slow + 700.0 * fast)
