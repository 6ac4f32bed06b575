"""Tropical cyclones: where and when they form, how they move, live and die."""

import numpy as np

from deepsphere_pipe.synthetic.climate import SEA_COOLING, sea_temperature
from deepsphere_pipe.synthetic.geography import land_fraction
from deepsphere_pipe.synthetic.shapes import gaussian, smooth_step
from deepsphere_pipe.synthetic.systems import (
    STEPS_PER_DAY,
    STEPS_PER_YEAR,
    births,
    generator,
    spread,
)
from deepsphere_pipe.synthetic.vortices import N_STEP, RAIN, Profiles, Tracks

CANDIDATES = 720
GENESIS_KELVIN = 299.0


def steering(lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean flow (degrees of latitude a day, north and east) that carries a cyclone.

    Trades carry it west, the westerlies east, and the beta drift away from the equator.
    """
    size = np.abs(lat)
    east = -5.2 * gaussian((size - 10.0) / 11.0) + 11.0 * smooth_step((size - 22.0) / 22.0)
    north = np.sign(lat) * (0.7 + 2.6 * smooth_step((size - 10.0) / 24.0))
    return north, east


def _season_weight(lat: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return the relative rate of genesis: late summer, and never quite zero."""
    peak = np.where(lat > 0, 248.0, 48.0)
    rise = 0.5 + 0.5 * np.cos(2 * np.pi * (day - peak) / 365.0)
    return np.where(lat > 0, 0.06 + 0.94 * rise * rise, 0.03 + 0.55 * rise * rise)


def tropical_cyclones(
    seed: int,
    run: int,
    year: int,
    *,
    deepening: float = 1150.0,
    rain: float = RAIN,
    moist: float = 1.0,
    endurance: float = 1.0,
    cooling: float = SEA_COOLING,
) -> Tracks:
    """Return the :class:`Tracks` of the tropical cyclones born in a year of a run.

    Parameters
    ----------
    seed, run, year
    deepening
        Scale of the exponential distribution of their depths, Pa.
    rain, moist
        See `Profiles.warm_core`.
    endurance
        Factor on the time in which they decay over land and over cool water.
    cooling
        See `sea_temperature`.
    """
    draw = generator(seed, "tropical cyclones", run, year).random((14, CANDIDATES))
    birth = births(draw[0], year)
    day = birth % STEPS_PER_YEAR / STEPS_PER_DAY
    lat = spread(draw[1], 7.0, 21.0) * np.where(draw[2] < 0.5, 1.0, -1.0)
    lon = draw[3] * 360.0
    # No cyclones over the cool seas of the south-east Pacific and the South Atlantic.
    closed = (lat < 0) & (lon > 215.0) | (lat > 0) & (lon > 190.0) & (lon < 215.0) & (draw[4] < 0.6)
    warm = sea_temperature(lat, day, cooling) > GENESIS_KELVIN
    chosen = (draw[4] < 0.95 * _season_weight(lat, day)) & warm & ~closed
    chosen &= land_fraction(lat, lon) < 0.15
    keep = np.flatnonzero(chosen)
    draw, birth, lat, lon, day = draw[:, keep], birth[keep], lat[keep], lon[keep], day[keep]

    growth_days = spread(draw[6], 1.6, 3.4)
    mature_days = spread(draw[7], 2.0, 8.0)
    lat, lon, strength = _live(
        lat, lon, day, draw[9:13], growth_days, mature_days, cooling, endurance
    )
    profiles = Profiles.warm_core(
        depth=700.0 - deepening * np.log(1.0 - 0.985 * draw[5]),
        warmth=spread(draw[8], 0.85, 1.25),
        rain=rain,
        moist=moist,
        core=spread(draw[12], 90.0, 170.0),
        shape=spread(draw[13], 1.15, 1.6),
        reach=spread(draw[11], 420.0, 640.0),
    )
    return Tracks(birth, lat, lon, strength, profiles)


def _live(
    lat: np.ndarray,
    lon: np.ndarray,
    day: np.ndarray,
    draw: np.ndarray,
    growth_days: np.ndarray,
    mature_days: np.ndarray,
    cooling: float,
    endurance: float,
) -> np.ndarray:
    """Step positions and strengths three hours at a time until all have decayed.

    Over land and over cool water a cyclone decays within one to two days.
    """
    step = 1.0 / STEPS_PER_DAY
    own_east, own_north = spread(draw[0], -1.6, 1.6), spread(draw[1], -0.7, 0.9)
    wobble, phase = spread(draw[2], 0.3, 1.2), draw[3] * 2 * np.pi
    tracks = np.zeros((3, len(lat), N_STEP))
    strength = np.full(len(lat), 0.03)
    lost = np.ones(len(lat))
    for i in range(N_STEP):
        tracks[:, :, i] = lat, lon % 360.0, strength
        age = i * step
        north, east = steering(lat)
        swing, sway = np.sin(phase + 1.1 * age), np.cos(phase + 1.1 * age)
        east = east + own_east + wobble * swing
        north = north + (own_north + 0.6 * wobble * sway) * np.sign(lat)
        lat = np.clip(lat + step * north, -60.0, 60.0)
        lon = lon + step * east / np.maximum(np.cos(np.radians(lat)), 0.4)
        cold = smooth_step((299.3 - sea_temperature(lat, day + age, cooling)) / 3.0)
        over_land = smooth_step((land_fraction(lat, lon) - 0.3) / 0.4)
        lost = lost * (1.0 - step * (0.75 * cold + 1.6 * over_land) / endurance)
        life = smooth_step(age / growth_days + 0.08)
        end = smooth_step((growth_days + mature_days + 2.0 - age) / 2.0)
        strength = life * end * lost
        strength = np.where((lost < 0.12) | (end <= 0.0), 0.0, strength)
        lost = np.where(strength > 0.0, lost, 0.0)
    return tracks
