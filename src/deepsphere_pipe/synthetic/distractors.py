"""Weather that resembles the labelled classes and is none of them.

* extratropical cyclones: deep and wide lows with a cold core;
* monsoon patches: moist, round, with a weak low;
* moist blobs and short plumes of the middle latitudes: as moist and windy as an atmospheric
  river, but not long;
* young vortices: a warm core that lives for hours only, or comes and goes with the hour of day
  in one place. One map of them may pass for a young tropical cyclone, a series does not.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from deepsphere_pipe.synthetic.geography import land_fraction
from deepsphere_pipe.synthetic.shapes import smooth_step
from deepsphere_pipe.synthetic.systems import STEPS_PER_DAY, births, generator, spread
from deepsphere_pipe.synthetic.vortices import N_STEP, Profiles, Tracks, straight_tracks

DRAWN = {"depth": 2, "days": 3, "lat": 4, "north": 6, "east": 7, "core": 8, "reach": 9}
"""Which of the random numbers of a low gives which of its properties."""


def _draws(
    seed: int, purpose: str, run: int, year: int, a_day: float, northern: float = 0.5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return uniform numbers (10, n), steps of birth (n,) and hemispheres (±1, n)."""
    draw = generator(seed, purpose, run, year).random((10, round(a_day * 365)))
    return draw, births(draw[0], year), np.where(draw[1] < northern, 1.0, -1.0)


def _lows(
    purpose: str, seed: int, run: int, year: int,
    *, a_day: float, mirrored: tuple[str, ...], profile: Callable[..., dict],
    **ranges: tuple[float, float],
) -> Tracks:  # fmt: skip
    """Return lows born in a year of a run, so many a day.

    Their properties are drawn from ranges, for either hemisphere where they are `mirrored`; the
    profile follows from the depth.
    """
    draw, birth, side = _draws(seed, purpose, run, year, a_day)
    of = {name: spread(draw[DRAWN[name]], *limits) for name, limits in ranges.items()}
    of |= {name: side * of[name] for name in mirrored}
    motion = {name: of.pop(name) for name in ("days", "lat", "north", "east")}
    profiles = Profiles.of(len(birth), **of, **profile(of["depth"]))
    return straight_tracks(birth, lon=draw[5] * 360.0, profiles=profiles, **motion)


extratropical_cyclones = partial(
    _lows, "extratropical cyclones", a_day=2.6, mirrored=("lat", "north"),
    lat=(27.0, 55.0), days=(2.0, 5.0), north=(0.5, 4.5), east=(7.0, 16.0),
    depth=(700.0, 3000.0), core=(160.0, 480.0), reach=(600.0, 1000.0),
    profile=lambda depth: {
        "shape": 1.2, "warm500": -depth / 550.0, "warm200": depth / 700.0 - 3.0,
        "moist": 4.0, "rain": 3.0e-7, "wind": 0.8,
    },
)  # fmt: skip
"""The lows of the storm tracks."""

cold_lows = partial(
    _lows, "cold lows", a_day=0.9, mirrored=("lat",),
    lat=(17.0, 34.0), days=(2.0, 5.0), north=(-1.0, 1.0), east=(-3.0, 4.0),
    depth=(600.0, 2000.0), core=(100.0, 190.0), reach=(420.0, 640.0),
    profile=lambda depth: {
        "shape": 1.3, "warm500": -depth / 550.0, "warm200": -depth / 900.0,
        "moist": 8.0, "rain": 9.0e-7,
    },
)  # fmt: skip
"""Compact subtropical lows with a cold core, out of season."""

monsoon_patches = partial(
    _lows, "monsoon patches", a_day=1.3, mirrored=(),
    lat=(-19.0, 23.0), days=(3.0, 7.0), north=(-0.6, 0.6), east=(-6.0, 0.0),
    depth=(100.0, 450.0), core=(250.0, 500.0), reach=(600.0, 1100.0),
    profile=lambda _: {
        "shape": 1.0, "warm500": 0.5, "warm200": 0.8, "moist": 11.0, "rain": 6.0e-7,
    },
)  # fmt: skip
"""Round moist patches of the tropics with a weak low."""


def _like_tropical_cyclones(draw: np.ndarray, depth: np.ndarray) -> Profiles:
    """Return profiles that single maps do not tell from those of tropical cyclones."""
    return Profiles.warm_core(
        depth,
        core=spread(draw[7], 90.0, 170.0),
        shape=spread(draw[8], 1.15, 1.6),
        reach=spread(draw[9], 420.0, 640.0),
    )


def young_vortices(
    seed: int, run: int, year: int, *, depth: tuple[float, float] = (700.0, 2300.0)
) -> Tracks:
    """Return the tracks of warm-core vortices that live for less than a day."""
    draw, birth, side = _draws(seed, "young vortices", run, year, a_day=0.5, northern=0.6)
    return straight_tracks(
        birth,
        days=spread(draw[3], 0.5, 0.9),
        lat=side * spread(draw[4], 8.0, 28.0),
        lon=draw[5] * 360.0,
        north=side * 1.0,
        east=spread(draw[6], -4.0, 1.0),
        profiles=_like_tropical_cyclones(draw, spread(draw[2] * draw[2], *depth)),
    )


def pulsing_vortices(
    seed: int, run: int, year: int, *, depth: tuple[float, float] = (800.0, 2000.0)
) -> Tracks:
    """Return the tracks of vortices that stand still and pulse with the local hour."""
    draw, birth, side = _draws(seed, "pulsing vortices", run, year, a_day=0.1, northern=0.6)
    lon = draw[5] * 360.0
    lat = side * spread(draw[4], 8.0, 24.0)
    # They belong to coasts; elsewhere the draw is moved to the nearest land of a few tries.
    for shift in (15.0, 30.0, 45.0, 60.0):
        lon = np.where(land_fraction(lat, lon) < 0.1, (lon + shift) % 360.0, lon)
    still = np.zeros(len(birth))
    tracks = straight_tracks(
        birth,
        days=spread(draw[3], 3.0, 8.0),
        lat=lat,
        lon=lon,
        north=still,
        east=still,
        profiles=_like_tropical_cyclones(draw, spread(draw[2], *depth)),
    )
    hour = (birth[:, None] + np.arange(N_STEP)) % STEPS_PER_DAY / STEPS_PER_DAY
    pulse = smooth_step(0.5 + 0.9 * np.cos(2 * np.pi * (hour + lon[:, None] / 360.0 - 0.65)))
    return replace(tracks, strength=tracks.strength * pulse)


POPULATIONS = (extratropical_cyclones, cold_lows, monsoon_patches, young_vortices, pulsing_vortices)
