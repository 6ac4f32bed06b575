"""The weather of one run: random fields, climatology and systems at any time."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.synthetic import cyclones, distractors, rivers, surges
from deepsphere_pipe.synthetic import elementary as el
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
from deepsphere_pipe.synthetic.imprint import Imprint, add_vortex
from deepsphere_pipe.synthetic.spectral import Harmonics
from deepsphere_pipe.synthetic.tracks import STEPS_PER_DAY, STEPS_PER_YEAR

SCALARS = (WESTERLIES, TRADES, UPPER, MOISTURE, WARMTH)
GRADIENTS = (WESTERLIES, TRADES, DIVERGENCE)
VORTICES = (cyclones.tropical_cyclones, *distractors.POPULATIONS)
BANDS = (rivers.atmospheric_rivers, rivers.short_plumes, surges.surges)


@lru_cache(maxsize=32)
def _systems(make, seed, run, year):
    return make(seed, run, year)


@dataclass(frozen=True)
class Weather:
    """The weather of one run on one grid, at any time.

    Attributes
    ----------
    grid : Grid
    seed, run : int
    """

    grid: Grid
    seed: int
    run: int

    @cached_property
    def _harmonics(self):
        return Harmonics(self.grid.lat, self.grid.lon)

    def imprint(self, step):
        """Return what all systems add at an absolute step of three hours, by quantity."""
        imprint = Imprint(self.grid)
        this_year = step // STEPS_PER_YEAR
        for year in (this_year - 1, this_year):
            inside = step - year * STEPS_PER_YEAR
            for make in VORTICES:
                for vortex in _systems(make, self.seed, self.run, year).at(inside):
                    add_vortex(imprint, vortex)
            for make in BANDS:
                _systems(make, self.seed, self.run, year).add_to(imprint, inside)
        return imprint.by_name()

    def _random(self, step):
        """Return the random fields and their slopes (east, north), by :class:`RandomField`."""
        spectra = {
            spectrum: spectrum.coefficients(self.seed, self.run, step)
            for spectrum in dict.fromkeys((*SCALARS, *GRADIENTS))
        }
        scalars = self._harmonics.scalar(np.stack([spectra[f] for f in SCALARS]))
        east, north = self._harmonics.gradient(np.stack([spectra[f] for f in GRADIENTS]))
        return (
            dict(zip(SCALARS, scalars, strict=True)),
            dict(zip(GRADIENTS, zip(east, north, strict=True), strict=True)),
        )

    def moment(self, step):
        """Return the random fields, climatology and systems of an absolute step."""
        values, slopes = self._random(step)
        return Moment(
            grid=self.grid,
            climate=Climate.at(self.grid, (step / STEPS_PER_DAY) % 365),
            hour=3.0 * (step % STEPS_PER_DAY),
            values=values,
            slopes=slopes,
            system=self.imprint(step),
            breath=self._breath(step),
            showers=lambda: self._harmonics.scalar(
                SHOWERS.coefficients(self.seed, self.run, step)[None]
            )[0],
        )

    def tracked(self, step):
        """Return the channels that tracking needs, as stored, by name."""
        return stored(free_air(self.moment(step)))

    def fields(self, step):
        """Return the channels (16, n_lat, n_lon) of float32 at an absolute step."""
        moment = self.moment(step)
        channels = free_air(moment)
        channels |= surface(moment, channels)
        rounded = stored(channels)
        return np.stack([rounded[name] for name in CHANNEL_NAMES])

    def _breath(self, step):
        """Return the slow swing of the mean pressure, Pa (PSL varies far more than on Earth)."""
        day = step / STEPS_PER_DAY
        a = el.sin(2 * np.pi * (day % 37.0) / 37.0 + self.run)
        b = el.sin(2 * np.pi * (day % 11.0) / 11.0 + 2.0 * self.run)
        return float(1300.0 * a + 700.0 * b)
