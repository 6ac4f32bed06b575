"""Populations of systems: when they live, and where round ones are at every step."""

from dataclasses import dataclass

import numpy as np

from deepsphere_pipe.synthetic import elementary as el
from deepsphere_pipe.synthetic.imprint import Vortex

STEPS_PER_DAY = 8
STEPS_PER_YEAR = 365 * STEPS_PER_DAY
CONSTANTS = ("depth", "core", "shape", "reach", "warm500", "warm200", "moist", "rain", "wind")


@dataclass(frozen=True)
class Tracks:
    """Systems born in one year.

    Attributes
    ----------
    birth : ndarray (n,) of int
        Step of the year.
    lat, lon, strength : ndarray (n, n_step)
        Degrees and a factor 0 to 1, from birth on; zero strength: not there.
    constants : dict of ndarray (n,)
        The other properties of :class:`~.imprint.Vortex`; depth, warmth, moisture and rain are
        those at full strength.
    """

    birth: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    strength: np.ndarray
    constants: dict

    def at(self, step):
        """Return the vortices alive at a step of the year (may be beyond its end)."""
        age = step - self.birth
        alive = np.flatnonzero((age >= 0) & (age < self.lat.shape[1]))
        alive = alive[self.strength[alive, age[alive]] > 0.02]
        return [self._vortex(i, age[i]) for i in alive]

    def _vortex(self, i, age):
        strength = float(self.strength[i, age])
        properties = {name: float(self.constants[name][i]) for name in CONSTANTS}
        for name in ("depth", "warm500", "warm200", "moist", "rain"):
            properties[name] *= strength
        return Vortex(float(self.lat[i, age]), float(self.lon[i, age]), **properties)


@dataclass(frozen=True)
class Bands:
    """Elongated systems born in one year: what those of all shapes share.

    Attributes
    ----------
    birth : ndarray (n,) of int
        Step of the year.
    days : ndarray (n,)
        Lifetimes.
    """

    birth: np.ndarray
    days: np.ndarray

    def add_to(self, imprint, step):
        """Add all that are alive at a step of the year to an imprint."""
        age = (step - self.birth) / STEPS_PER_DAY
        for i in np.flatnonzero((age >= 0) & (age < self.days)):
            self._add(imprint, i, float(age[i]))

    def _add(self, imprint, i, age):
        """Add the system number ``i`` at an age in days."""
        raise NotImplementedError


def spread(uniform, low, high):
    """Map numbers in [0, 1) to [low, high)."""
    return low + uniform * (high - low)


def straight_tracks(birth, days, lat, lon, north, east, envelope, constants):
    """Return tracks of constant motion.

    Parameters
    ----------
    birth : ndarray (n,) of int
    days : ndarray (n,)
        Lifetimes.
    lat, lon : ndarray (n,)
        Where they are born.
    north, east : ndarray (n,)
        Motion in degrees a day.
    envelope : callable
        Strength (n, n_step) from ages as a share of the lifetime and absolute steps.
    constants : dict
        Scalars or arrays (n,).
    """
    n_step = int(days.max() * STEPS_PER_DAY) + 1
    age = np.arange(n_step)[None, :] / STEPS_PER_DAY
    share = age / days[:, None]
    steps = birth[:, None] + np.arange(n_step)[None, :]
    strength = np.where(share < 1.0, envelope(share, steps), 0.0)
    return Tracks(
        birth=birth,
        lat=np.clip(lat[:, None] + north[:, None] * age, -80.0, 80.0),
        lon=(lon[:, None] + east[:, None] * age) % 360.0,
        strength=strength,
        constants={name: constants.get(name, 1.0) * np.ones(len(birth)) for name in CONSTANTS},
    )


def swell(share, steps=None):
    """Grow in the first third of the life, decay in the last."""
    return el.smooth_step(share * 3.0) * el.smooth_step((1.0 - share) * 3.0)
