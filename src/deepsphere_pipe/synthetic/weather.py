"""The weather of one run: random fields, climatology and systems at any time."""

from functools import lru_cache

import numpy as np

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.synthetic.channels import Moment, free_air, stored, surface
from deepsphere_pipe.synthetic.geography import Grid
from deepsphere_pipe.synthetic.imprint import Imprint
from deepsphere_pipe.synthetic.likeness import LIKENESSES
from deepsphere_pipe.synthetic.spectral import Synthesis
from deepsphere_pipe.synthetic.systems import STEPS_PER_DAY, STEPS_PER_YEAR, Systems, join


@lru_cache(maxsize=2)
def _populations(imitates: str, seed: int, run: int, year: int) -> list[Systems]:
    """Return the systems born in a year or the one before, by their shape."""
    years = (year - 1, year)
    kinds = LIKENESSES[imitates].populations
    return [join([make(seed, run, y) for y in years for make in kind]) for kind in kinds]


class Weather:
    """The weather of one run on one grid, at any time, in steps of three hours from year 0."""

    def __init__(self, grid: Grid, seed: int, run: int, imitates: str = "cam5") -> None:
        self.grid, self.seed, self.run, self.imitates = grid, seed, run, imitates
        self._random = Synthesis(grid.lat, grid.lon, seed, run)

    def _moment(self, step: int) -> Moment:
        imprint = Imprint(self.grid)
        for systems in _populations(self.imitates, self.seed, self.run, step // STEPS_PER_YEAR):
            systems.add_to(imprint, step)
        likeness = LIKENESSES[self.imitates]
        breath = likeness.breath * self._breath(step)
        return Moment(self.grid, self._random, step, imprint.sums, breath, likeness)

    def tracked(self, step: int) -> dict[str, np.ndarray]:
        """Return the channels that tracking needs, as stored, by name."""
        return stored(free_air(self._moment(step)))

    def fields(self, step: int) -> np.ndarray:
        """Return all channels, as stored, (16, n_lat, n_lon) float32."""
        moment = self._moment(step)
        channels = free_air(moment)
        rounded = stored(channels | surface(moment, channels))
        return np.stack([rounded[name] for name in CHANNEL_NAMES])

    def _breath(self, step: int) -> float:
        """Return the slow swing of the mean pressure, Pa (PSL varies far more than on Earth)."""
        day = step / STEPS_PER_DAY
        slow = np.sin(2 * np.pi * day / 37.0 + self.run)
        fast = np.sin(2 * np.pi * day / 11.0 + 2.0 * self.run)
        return float(1300.0 * slow + 700.0 * fast)
