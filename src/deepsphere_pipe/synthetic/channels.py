"""The sixteen channels of one moment, each consistent with the others.

Winds come from streamfunctions and pressure from the same streamfunctions by geostrophy;
moisture and warmth are those of the latitude the air came from; heights follow from
temperatures by the hypsometric equation.
"""

import math
from functools import cache, cached_property

import numpy as np

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.synthetic.climate import Climate, land_temperature, saturation_humidity
from deepsphere_pipe.synthetic.geography import EARTH_RADIUS, Grid
from deepsphere_pipe.synthetic.imprint import AIR_DENSITY
from deepsphere_pipe.synthetic.likeness import Likeness
from deepsphere_pipe.synthetic.shapes import gaussian, smooth_step
from deepsphere_pipe.synthetic.spectral import RandomField, Synthesis
from deepsphere_pipe.synthetic.systems import STEPS_PER_DAY

GRAVITY = 9.80665
GAS_CONSTANT = 287.05
SIGNIFICANT_BITS = 12

# Streamfunctions: wind energy then falls about as l^-2.5 near the surface.
WESTERLIES = RandomField("westerlies", peak=8.0, slope=4.5, lifetime=20, drift=9.0)
TRADES = RandomField("trades", peak=7.0, slope=4.2, lifetime=24, drift=-5.0)
UPPER = RandomField("upper", peak=5.0, slope=4.5, lifetime=36, drift=5.0)
MOISTURE = RandomField("moisture", peak=6.0, slope=2.6, lifetime=14, drift=-2.0)
WARMTH = RandomField("warmth", peak=4.0, slope=2.6, lifetime=30, drift=3.0)
DIVERGENCE = RandomField("divergence", peak=14.0, slope=3.2, lifetime=8)
SHOWERS = RandomField("showers", peak=25.0, slope=1.5, lifetime=3)

SCALARS = (WESTERLIES, TRADES, UPPER, MOISTURE, WARMTH)
GRADIENTS = (WESTERLIES, TRADES, DIVERGENCE)


@cache
def quantum(name: str) -> float:
    """Return the step of the stored values of a channel.

    A power of two between std / 2^12 and std / 2^11: no physics is finer, and files compress well.
    """
    std = {channel.name: channel.published_std for channel in cam5_channels()}[name]
    return 2.0 ** (math.frexp(std)[1] - SIGNIFICANT_BITS)


def stored(channels: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Round fields by name to what is stored, float32."""
    return {
        name: np.rint(values / quantum(name)).astype(np.float32) * np.float32(quantum(name))
        for name, values in channels.items()
    }


class Moment:
    """What the channels of one moment are made of; fields are (n_lat, n_lon).

    Parameters
    ----------
    grid, random, step
        Where and when, with the random fields of the run.
    system
        What weather systems add, see :class:`~.imprint.Imprint`.
    breath
        Deviation of the global mean of the pressure, Pa.
    likeness
    """

    def __init__(
        self,
        grid: Grid,
        random: Synthesis,
        step: int,
        system: dict,
        breath: float,
        likeness: Likeness,
    ) -> None:
        self.grid, self.system, self.breath, self.likeness = grid, system, breath, likeness
        self.lat = grid.lat[:, None]
        self.climate = Climate.at(grid, (step / STEPS_PER_DAY) % 365, likeness.sea_cooling)
        self.hour = 3.0 * (step % STEPS_PER_DAY)
        # Random fields and their slopes east and north (per radian), by `RandomField`.
        self.values, self.slopes = random(step, SCALARS, GRADIENTS)
        self.showers = lambda: random(step, (SHOWERS,))[0][SHOWERS]  # only full maps need it

    @cached_property
    def hemisphere(self) -> np.ndarray:
        """−1 to 1, linear across the tropics (n_lat, 1)."""
        return np.clip(self.lat / 18.0, -1.0, 1.0)

    @cached_property
    def summer(self) -> np.ndarray:
        """+1 in the summer and −1 in the winter hemisphere at midseason (n_lat, 1)."""
        return self.climate.phase * self.hemisphere

    @cached_property
    def amplitudes(self) -> tuple[tuple[RandomField, np.ndarray], ...]:
        """Strengths of the two streamfunctions in their belts, m² s⁻¹ (n_lat, 1)."""
        size = np.abs(self.lat)
        storms = (
            self.likeness.storms * (1.0 - 0.22 * self.summer) * smooth_step((size - 8.0) / 34.0)
        )
        storms = storms * (1.0 - 0.65 * smooth_step((size - 55.0) / 35.0))
        return ((WESTERLIES, storms), (TRADES, 2.3e6 * gaussian(self.lat / 24.0)))

    @cached_property
    def stream(self) -> np.ndarray:
        """Streamfunction of the transient wind, m² s⁻¹."""
        (_, storms), (_, tropics) = self.amplitudes
        return storms * self.values[WESTERLIES] + tropics * self.values[TRADES]

    @cached_property
    def rotational(self) -> tuple[np.ndarray, np.ndarray]:
        """Transient wind (u, v) of the streamfunction, m s⁻¹."""
        u = v = np.zeros((), np.float32)
        for name, amplitude in self.amplitudes:
            east, north = self.slopes[name]
            slope = np.gradient(amplitude[:, 0], self.grid.lat * (np.pi / 180))[:, None]
            u = u - (amplitude * north + slope * self.values[name]) / EARTH_RADIUS
            v = v + amplitude * east / EARTH_RADIUS
        return u, v

    @cached_property
    def divergent(self) -> tuple[np.ndarray, np.ndarray]:
        """Divergent wind (u, v), m s⁻¹."""
        east, north = self.slopes[DIVERGENCE]
        return 0.10 * east, 0.10 * north

    @cached_property
    def origin(self) -> np.ndarray:
        """Latitude the air came from: equatorward ahead of a trough, poleward behind it."""
        shift = np.clip(0.85 * self.stream / 1.0e6, -16.0, 16.0)
        return self.lat - shift * smooth_step(np.abs(self.lat) / 25.0)

    @cached_property
    def local_hour(self) -> np.ndarray:
        """Local solar time as an angle, midnight at 0 (1, n_lon)."""
        return 2 * np.pi * (self.hour / 24.0 + self.grid.lon[None, :] / 360.0)


def free_air(moment: Moment) -> dict[str, np.ndarray]:
    """Return TMQ, PSL, U850, V850, T200 and T500: all that labels are made from."""
    grid, climate, system, lat = moment.grid, moment.climate, moment.system, moment.lat
    size = np.abs(lat)
    stream, side = moment.stream, moment.hemisphere
    (u, v), (across, along) = moment.rotational, moment.divergent

    # The storm tracks' streamfunction has the sign of pressure in the north only.
    thermal = 0.35 * moment.amplitudes[0][1] * moment.values[UPPER] / 1.0e6 * side
    t500 = climate("t500", moment.origin) + thermal + system["t500"]
    t200 = climate("t200", lat) - 0.55 * thermal - 0.9 * stream * side / 1.0e6
    t200 = t200 + 1.9 * moment.values[WARMTH] + system["t200"]

    cos_lat = grid.cos_lat
    tide = 90.0 * cos_lat * cos_lat * cos_lat * np.cos(2.0 * (moment.local_hour - 2.54))
    heat_low = -900.0 * (grid.land - 0.29) * moment.summer * smooth_step((size - 12.0) / 25.0)
    like = moment.likeness
    psl = like.mean_pressure + like.belts * climate("psl", lat) + like.contrast * grid.sin_lat
    psl = psl + heat_low + tide + moment.breath
    psl = psl + 1.5 * AIR_DENSITY * grid.coriolis * stream + system["psl"]

    desert = 1.0 - 0.35 * grid.land * gaussian((size - 24.0) / 9.0)
    patchy = 0.24 - 0.10 * smooth_step((size - 15.0) / 20.0)
    height = np.exp(-grid.height / 2600.0)
    tmq = 1.05 * climate("tmq", moment.origin) * desert * height
    tmq = tmq * np.exp(patchy * moment.values[MOISTURE])
    tmq = tmq + system["tmq"] * (0.35 + 0.65 * height)
    return {
        "TMQ": np.maximum(tmq, 0.4),
        "PSL": psl,
        "U850": climate("u850", lat) + u + across + system["u"],
        "V850": 0.45 * climate("vbot", lat) + v + along + system["v"],
        "T200": t200,
        "T500": t500,
    }


def surface(moment: Moment, free: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the other ten channels, given those of :func:`free_air`."""
    grid, system, lat = moment.grid, moment.system, moment.lat
    trefht, ts = _surface_temperatures(moment)

    # Friction slows the wind at the lowest level and turns it towards low pressure.
    (u, v), (across, along) = moment.rotational, moment.divergent
    u, v = u + 0.85 * system["u"], v + 0.85 * system["v"]
    turn = 0.28 * moment.hemisphere
    slowed = moment.likeness.near_surface * (1.0 - 0.35 * grid.land)
    ubot = slowed * (moment.climate("ubot", lat) + 0.92 * (u - turn * v) + 1.5 * across)
    vbot = slowed * (moment.climate("vbot", lat) + 0.92 * (v + turn * u) + 1.5 * along)

    psl, t500, t200 = free["PSL"], free["T500"], free["T200"]
    mean_temperature = trefht + 0.00325 * grid.height
    pressure = psl * np.exp(-GRAVITY * grid.height / (GAS_CONSTANT * mean_temperature))
    z1000 = GAS_CONSTANT * 285.0 / GRAVITY * np.log(psl / 1.0e5)
    low = 0.55 * (trefht + 0.0060 * grid.height) + 0.45 * (t500 + 14.0)
    thickness = (
        GAS_CONSTANT
        / GRAVITY
        * (0.6931 * (0.5 * low + 0.5 * (t500 + 14.0)) + 0.9163 * (0.55 * t500 + 0.45 * t200))
    )
    dry = 0.25 * grid.land * gaussian((np.abs(lat) - 24.0) / 10.0)
    humidity = 0.80 - dry + 0.035 * moment.values[MOISTURE] + 0.006 * system["tmq"]
    humidity = np.clip(humidity, 0.25, 0.98)
    return {
        "UBOT": ubot,
        "VBOT": vbot,
        "QREFHT": humidity * saturation_humidity(trefht, pressure),
        "PS": pressure,
        "PRECT": _rain(moment, free["TMQ"]),
        "TS": ts,
        "TREFHT": trefht,
        # The archive's mean and spread say that it follows the ground where that is higher.
        "Z1000": np.maximum(z1000, grid.height + 0.12 * z1000),
        "Z200": 0.4 * z1000 + thickness,
        "ZBOT": 0.2203 * trefht + 0.15 * moment.values[WARMTH],
    }


def _surface_temperatures(moment: Moment) -> tuple[np.ndarray, np.ndarray]:
    """Return the temperatures at reference height and of the surface, K."""
    grid, climate, lat = moment.grid, moment.climate, moment.lat
    warmth = moment.values[WARMTH]
    advected = climate("sea", moment.origin) - climate("sea", lat)
    continental = 0.5 + 0.5 * smooth_step((np.abs(lat) - 20.0) / 40.0)
    land = land_temperature(grid, climate, moment.hour)
    land = land + 0.6 * advected + 4.5 * continental * warmth
    sea = climate.sea - 0.9 + 0.3 * advected + 0.5 * warmth
    trefht = grid.land * land + (1.0 - grid.land) * sea + 0.15 * moment.system["t500"]
    # Ground swings more between day and night than the air above it.
    swing = 4.0 * grid.cos_lat * np.cos(moment.local_hour - 3.53)
    ts = grid.land * (land + swing + 0.5) + (1.0 - grid.land) * (climate.sea + 0.3 * warmth)
    return trefht, ts


def _rain(moment: Moment, tmq: np.ndarray) -> np.ndarray:
    """Return the rain rate: showers where the column is moist or lifted, and systems' rain."""
    size = np.abs(moment.lat)
    poleward = np.sign(moment.lat) * moment.rotational[1]
    wet = tmq / 52.0
    lift = 0.027 * poleward * smooth_step((size - 22.0) / 15.0)
    random = moment.showers()
    storms = 0.33 * smooth_step((size - 25.0) / 20.0)
    chance = 1.28 * wet + lift + storms - 1.24 + 0.25 * moment.values[MOISTURE] + 0.85 * random
    shower = np.maximum(chance, 0.0)
    burst = np.exp(0.76 * random)
    drizzle = 2.0e-9 * burst
    showers = 2.5e-8 * shower * shower * burst * (0.3 + wet)
    return drizzle + showers + 0.25 * moment.system["rain"] * burst
