"""One moment of weather: random fields, climatology and systems become the sixteen channels."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from deepsphere_pipe.data.channels import CHANNEL_NAMES, cam5_channels
from deepsphere_pipe.data.synthetic import cyclones, distractors, rivers
from deepsphere_pipe.data.synthetic import elementary as el
from deepsphere_pipe.data.synthetic.climate import Climate, land_temperature, saturation_humidity
from deepsphere_pipe.data.synthetic.geography import EARTH_RADIUS, KM_PER_DEGREE, Grid
from deepsphere_pipe.data.synthetic.imprint import AIR_DENSITY, Imprint, add_vortex
from deepsphere_pipe.data.synthetic.spectral import Harmonics, RandomField
from deepsphere_pipe.data.synthetic.tracks import STEPS_PER_DAY, STEPS_PER_YEAR

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
SHOWERS = RandomField("showers", peak=36.0, slope=1.0, lifetime=3)
SCALARS = (WESTERLIES, TRADES, UPPER, MOISTURE, WARMTH, SHOWERS)
GRADIENTS = (WESTERLIES, TRADES, DIVERGENCE)
VORTICES = (cyclones.tropical_cyclones, *distractors.POPULATIONS)
PLUMES = (rivers.atmospheric_rivers, rivers.short_plumes)


def quanta():
    """Return the step of the stored values of each channel (16, 1, 1).

    A power of two near std / 2^12: all stored values are multiples of it, so sums of them are
    exact, files compress well, and no physics is that fine.
    """
    std = np.array([channel.published_std for channel in cam5_channels()])
    return np.ldexp(1.0, np.frexp(std)[1] - SIGNIFICANT_BITS - 1)[:, None, None]


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
        """Return the :class:`Imprint` of all systems at an absolute step of three hours."""
        imprint = Imprint(self.grid)
        this_year = step // STEPS_PER_YEAR
        for year in (this_year - 1, this_year):
            inside = step - year * STEPS_PER_YEAR
            for make in VORTICES:
                for vortex in _systems(make, self.seed, self.run, year).at(inside):
                    add_vortex(imprint, vortex)
            for make in PLUMES:
                _systems(make, self.seed, self.run, year).add_to(imprint, inside)
        return imprint.sums

    def _random(self, step):
        fields = dict.fromkeys((*SCALARS, *GRADIENTS))
        spectra = {f: f.coefficients(self.seed, self.run, step) for f in fields}
        scalars = self._harmonics.scalar(np.stack([spectra[f] for f in SCALARS]))
        east, north = self._harmonics.gradient(np.stack([spectra[f] for f in GRADIENTS]))
        return (
            dict(zip(SCALARS, scalars, strict=True)),
            dict(zip(GRADIENTS, zip(east, north, strict=True), strict=True)),
        )

    def fields(self, step):
        """Return the channels (16, n_lat, n_lon) of float32 at an absolute step."""
        grid = self.grid
        day, slot = divmod(step, STEPS_PER_DAY)
        day, hour = day % 365, 3.0 * slot
        climate = Climate.at(grid, day + slot / STEPS_PER_DAY)
        values, slopes = self._random(step)
        system = self.imprint(step)
        lat = grid.lat[:, None]
        size = np.abs(lat)
        summer = climate.phase * np.sign(lat)

        # Winds of the two streamfunctions, each in its belt of latitudes.
        storm = (1.0 - 0.22 * summer) * el.smooth_step((size - 8.0) / 34.0) * 5.2e6
        storm = storm * (1.0 - 0.65 * el.smooth_step((size - 55.0) / 35.0))
        belt = 2.3e6 * el.bump(lat / 24.0)
        stream = storm * values[WESTERLIES] + belt * values[TRADES]
        u, v = 0.0, 0.0
        for amplitude, name in ((storm, WESTERLIES), (belt, TRADES)):
            east, north = slopes[name]
            slope = np.gradient(amplitude[:, 0], grid.lat * (np.pi / 180))[:, None]
            u = u - (amplitude * north + slope * values[name]) / EARTH_RADIUS
            v = v + amplitude * east / EARTH_RADIUS
        across, along = (0.10 * part for part in slopes[DIVERGENCE])

        # Air brought from other latitudes: poleward ahead of a trough, equatorward behind it.
        shift = 0.85 * stream / 1.0e6
        shift = np.clip(shift, -16.0, 16.0) * np.sign(lat) * -1.0
        came_from = lat + shift * el.smooth_step(size / 25.0) * np.sign(lat)

        # Temperature.
        upper = storm * values[UPPER] / 1.0e6
        sign = np.clip(lat / 18.0, -1.0, 1.0)
        anomaly = 0.35 * upper * sign
        t500 = climate("t500", came_from) + anomaly + system["t500"]
        t200 = climate("t200", lat) - 0.55 * anomaly - 0.9 * stream * sign / 1.0e6
        t200 = t200 + 1.2 * values[WARMTH] + system["t200"]
        land_air = land_temperature(grid, climate, hour)
        shift_warmth = climate("sea", came_from) - climate("sea", lat + 0.0 * shift)
        continental = 0.5 + 0.5 * el.smooth_step((size - 20.0) / 40.0)
        land_air = land_air + 0.6 * shift_warmth + 4.5 * continental * values[WARMTH]
        sea_air = climate.sea - 0.9 + 0.3 * shift_warmth + 0.5 * values[WARMTH]
        trefht = grid.land * land_air + (1.0 - grid.land) * sea_air + 0.15 * system["t500"]
        # Ground swings more between day and night than the air above it.
        local = 2 * np.pi * ((hour - 13.5) / 24.0 + grid.lon[None, :] / 360.0)
        swing = 4.0 * el.cos(lat * (np.pi / 180)) * el.cos(local)
        ts = grid.land * (land_air + swing + 0.5) + (1.0 - grid.land) * (
            climate.sea + 0.3 * values[WARMTH]
        )

        # Pressure: geostrophic with the streamfunction, which takes care of the equator.
        tide = 90.0 * el.cos(lat * (np.pi / 180)) ** 3 * el.cos(
            4 * np.pi * ((hour - 9.7) / 24.0 + grid.lon[None, :] / 360.0)
        )
        heat_low = -900.0 * (grid.land - 0.29) * summer * el.smooth_step((size - 12.0) / 25.0)
        breath = self._breath(step)
        psl = 100980.0 + 1.45 * climate("psl", lat) + heat_low + tide + breath
        psl = psl + 3700.0 * el.sin(lat * (np.pi / 180))
        psl = psl + 1.5 * AIR_DENSITY * grid.coriolis * stream + system["psl"]

        # Moisture follows the air.
        dry_land = 1.0 - 0.35 * grid.land * el.bump((size - 24.0) / 9.0)
        spin = el.exp((0.24 - 0.10 * el.smooth_step((size - 15.0) / 20.0)) * values[MOISTURE])
        height = el.exp(-grid.height / 2600.0)
        tmq = 1.05 * climate("tmq", came_from) * dry_land * spin * height
        tmq = tmq + system["tmq"] * (0.35 + 0.65 * height)
        tmq = np.maximum(tmq, 0.4)

        # Winds at the two levels; friction slows and turns the lower one.
        u850 = climate("u850", lat) + u + across + system["u"]
        v850 = 0.45 * climate("vbot", lat) + v + along + system["v"]
        rough = 1.0 - 0.35 * grid.land
        turn = 0.28 * sign
        du, dv = u + 0.85 * system["u"], v + 0.85 * system["v"]
        ubot = rough * (climate("ubot", lat) + 0.92 * (du - turn * dv) + 1.5 * across)
        vbot = rough * (climate("vbot", lat) + 0.92 * (dv + turn * du) + 1.5 * along)

        # Heights by the hypsometric equation, layer by layer.
        surface_pressure = psl * el.exp(
            -GRAVITY * grid.height / (GAS_CONSTANT * (trefht + 0.00325 * grid.height))
        )
        free_z1000 = GAS_CONSTANT * 285.0 / GRAVITY * el.log(psl / 1.0e5)
        z1000 = np.maximum(free_z1000, grid.height + 0.12 * free_z1000)
        low = 0.55 * (trefht + 0.0060 * grid.height) + 0.45 * (t500 + 14.0)
        layer = 0.4307 * (0.5 * low + 0.5 * (t500 + 14.0)) + 0.5693 * (0.55 * t500 + 0.45 * t200)
        z200 = 0.4 * free_z1000 + 47.12 * layer
        zbot = 0.2203 * trefht + 0.15 * values[WARMTH]

        humid = 0.80 + 0.035 * values[MOISTURE] + 0.006 * system["tmq"]
        humid = np.clip(humid - 0.25 * grid.land * el.bump((size - 24.0) / 10.0), 0.25, 0.98)
        qrefht = humid * saturation_humidity(trefht, surface_pressure)

        rain = self._rain(values, system, tmq, climate, came_from, v, lat)
        channels = {
            "TMQ": tmq, "U850": u850, "V850": v850, "UBOT": ubot, "VBOT": vbot,
            "QREFHT": qrefht, "PS": surface_pressure, "PSL": psl, "T200": t200, "T500": t500,
            "PRECT": rain, "TS": ts, "TREFHT": trefht, "Z1000": z1000, "Z200": z200,
            "ZBOT": zbot,
        }  # fmt: skip
        stacked = np.stack([channels[name] for name in CHANNEL_NAMES])
        quantum = quanta()
        return (np.floor(stacked / quantum + 0.5) * quantum).astype(np.float32)

    def _breath(self, step):
        """Return the slow swing of the mean pressure, Pa (PSL varies far more than on Earth)."""
        day = step / STEPS_PER_DAY
        a = el.sin(2 * np.pi * (day % 37.0) / 37.0 + self.run)
        b = el.sin(2 * np.pi * (day % 11.0) / 11.0 + 2.0 * self.run)
        return float(1300.0 * a + 700.0 * b)

    def _rain(self, values, system, tmq, climate, came_from, v, lat):
        """Return the rain rate: showers where the column is moist or lifted, and systems' rain."""
        wet = tmq / 52.0
        lift = 0.16 * np.sign(lat) * v / 6.0 * el.smooth_step((np.abs(lat) - 22.0) / 15.0)
        chance = 1.55 * wet + lift - 1.3 + 0.25 * values[MOISTURE]
        shower = np.maximum(chance + 0.85 * values[SHOWERS], 0.0)
        drizzle = 2.0e-9 * el.exp(0.7 * values[SHOWERS])
        burst = el.exp(0.75 * values[SHOWERS])
        return drizzle + 2.9e-8 * shower * shower * burst * (0.3 + wet) + system["rain"] * (
            0.30 * el.exp(0.7 * values[SHOWERS])
        )
