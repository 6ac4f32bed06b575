"""What the twin's weather is like: that of the CAM5 archive, or that of ERA5.

The archive's published statistics ask for a sea level pressure that varies three times as much as
on Earth. What else differs was read from composites of lows, zonal means and spreads of the week of
ERA5 on the package index: its winds are those at 10 m, its seas are warmer in middle latitudes, its
storm tracks have more lows, which are warmer, windier near their centres and rainier; its tropics
are calmer, and its cyclones are deeper, rain more, and come ashore before they die.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from deepsphere_pipe.synthetic import bands, cyclones, distractors
from deepsphere_pipe.synthetic.climate import SEA_COOLING
from deepsphere_pipe.synthetic.systems import Systems

Population = Callable[[int, int, int], Systems]
"""Makes the systems of one kind that are born in a year, of seed, run and year."""


@dataclass(frozen=True)
class Likeness:
    """All that differs between two kinds of weather.

    Attributes
    ----------
    populations
        What makes the systems of a year, by their shape: round, long, straight.
    mean_pressure
        At sea level and the equator, without belts, Pa.
    belts
        Factor on the zonal profile of the pressure.
    contrast
        Of the pressure between equator and north pole, Pa; the south has its opposite.
    breath
        Factor on the slow swing of the mean pressure.
    sea_cooling
        See `climate.sea_temperature`, K.
    storms
        Strength of the transient winds of middle latitudes, m² s⁻¹.
    near_surface
        Wind over that of the lowest level of CAM5.
    """

    populations: tuple[tuple[Population, ...], ...]
    mean_pressure: float = 100980.0
    belts: float = 1.5
    contrast: float = 3800.0
    breath: float = 1.0
    sea_cooling: float = SEA_COOLING
    storms: float = 5.2e6
    near_surface: float = 1.0


CAM5 = Likeness(
    populations=(
        (cyclones.tropical_cyclones, *distractors.POPULATIONS),
        (bands.atmospheric_rivers, bands.short_plumes),
        (bands.surges,),
    ),
)

COOLING = 90.0  # K, of seas as warm in middle latitudes as ERA5's


def _storm_low(depth: np.ndarray) -> dict[str, object]:
    """Return the profile of a low of the storm tracks: windy, rainy, its core not so cold."""
    warm200 = depth / 700.0 - 3.0
    return {"shape": 1.2, "warm500": -depth / 900.0, "warm200": warm200, "moist": 4.0, "rain": 8e-7}


def _cut_off_low(depth: np.ndarray) -> dict[str, object]:
    """Return the profile of a compact low, off the storm tracks."""
    cold = -depth / 900.0
    return {"shape": 1.3, "warm500": cold, "warm200": cold, "moist": 5.0, "rain": 2e-6}


_ROUND: tuple[Population, ...] = (
    partial(
        cyclones.tropical_cyclones,
        deepening=1900.0,
        rain=5.0e-6,
        moist=2.6,
        endurance=1.6,
        cooling=COOLING,
    ),
    partial(
        distractors.extratropical_cyclones,
        a_day=5.2,
        lat=(28.0, 57.0),
        depth=(700.0, 3300.0),
        core=(120.0, 450.0),
        reach=(600.0, 1150.0),
        profile=_storm_low,
    ),
    partial(
        distractors.cold_lows,
        a_day=0.5,
        lat=(25.0, 44.0),
        depth=(700.0, 3000.0),
        profile=_cut_off_low,
    ),
    distractors.monsoon_patches,
    partial(distractors.young_vortices, depth=(300.0, 1300.0)),
    partial(distractors.pulsing_vortices, depth=(300.0, 1300.0)),
)

ERA5 = Likeness(
    populations=(
        _ROUND,
        (
            partial(bands.atmospheric_rivers, jet=(10.0, 17.0)),
            partial(bands.short_plumes, jet=(8.0, 15.0)),
        ),
        (partial(bands.surges, jet=(7.0, 16.0)),),
    ),
    mean_pressure=101050.0,
    belts=1.0,
    contrast=0.0,
    breath=0.05,
    sea_cooling=COOLING,
    storms=4.6e6,
    near_surface=0.82,
)

LIKENESSES = {"cam5": CAM5, "era5": ERA5}
"""By their names in the config."""
