"""Round systems: the profile of a vortex, and where vortices are at every step."""

from dataclasses import dataclass

import numpy as np

from deepsphere_pipe.synthetic.geography import KM_PER_DEGREE, ROTATION
from deepsphere_pipe.synthetic.imprint import AIR_DENSITY, Imprint
from deepsphere_pipe.synthetic.shapes import gaussian
from deepsphere_pipe.synthetic.systems import STEPS_PER_DAY, Systems, swell

MAX_DAYS = 16
N_STEP = MAX_DAYS * STEPS_PER_DAY
RAIN = 1.3e-6  # m s-1, around the core of a tropical low of 15 hPa


@dataclass(frozen=True)
class Profiles(Systems):
    """What round systems are like; all arrays (n,)."""

    depth: np.ndarray  # pressure deficit of the centre, Pa
    core: np.ndarray  # radius of the strongest wind, km
    shape: np.ndarray  # Holland's B: how peaked the profile is
    reach: np.ndarray  # scale of the Gaussian that ends the profile, km
    warm500: np.ndarray  # temperature anomalies of the core at 500 and 200 hPa, K
    warm200: np.ndarray
    moist: np.ndarray  # excess of precipitable water in the centre, kg m-2
    rain: np.ndarray  # rate around the core, m s-1
    wind: np.ndarray  # factor on the wind of the profile

    @classmethod
    def of(cls, n: int, **properties: float | np.ndarray) -> "Profiles":
        """Return ``n`` profiles from shared numbers and arrays (n,); `wind` is 1 by default."""
        given = {"wind": 1.0, **properties}
        return cls(**{name: value * np.ones(n) for name, value in given.items()})

    @classmethod
    def warm_core(
        cls,
        depth: np.ndarray,
        warmth: float | np.ndarray = 1.0,
        rain: float = RAIN,
        moist: float = 1.0,
        **properties: np.ndarray,
    ) -> "Profiles":
        """Return profiles of the warmth, moisture and rain that belong to a tropical low.

        `warmth` and `moist` are factors, `rain` that of a low of 15 hPa, m s⁻¹.
        """
        root = np.sqrt(depth / 1500.0)
        return cls.of(
            len(depth),
            depth=depth,
            warm500=1.6 * root * warmth,
            warm200=2.5 * root * warmth,
            moist=moist * (6.0 + 3.0 * root),
            rain=rain * root,
            **properties,
        )


def add_vortices(
    imprint: Imprint, lat: np.ndarray, lon: np.ndarray, strength: np.ndarray, profiles: Profiles
) -> None:
    """Add vortices with the pressure and gradient wind of Holland (1980, Mon. Wea. Rev. 108).

    The wind turns cyclonically: counter-clockwise in the north, clockwise in the south. A core
    finer than the grid is widened to what the grid can carry.

    Parameters
    ----------
    imprint
        Where they are added.
    lat, lon, strength
        Centres in degrees, anywhere between the points of the grid, and factor on depth, warmth,
        moisture and rain of the profiles, (n,) float32.
    profiles
        Of the vortices at full strength.
    """
    north = 2.7 * profiles.reach / KM_PER_DEGREE
    # How many degrees of longitude a circle spans to either side, or all if it nears a pole.
    span = np.sin(np.radians(north)) / np.maximum(np.cos(np.radians(lat)), 1e-3)
    east = np.where(span > 0.95, 180.0, np.degrees(np.arcsin(np.minimum(span, 1.0))))
    window = imprint.window(lat, lon, north, east)
    eastward, northward, near = imprint.offsets(window, lat, lon)
    at, strength = profiles.take(window.system), strength[window.system]
    core = np.hypot(at.core, 0.35 * imprint.grid.spacing / 1000.0)
    radius = np.maximum(np.sqrt(eastward * eastward + northward * northward), 0.02 * core)
    end = np.where(near, gaussian(radius / at.reach), 0.0)

    depth = strength * at.depth
    ratio = np.exp(at.shape * np.log(core / radius))
    inside = np.exp(-ratio)
    peak = at.shape / AIR_DENSITY * depth * ratio * inside
    coriolis = np.abs(1000.0 * ROTATION * np.sin(np.radians(lat)))[window.system] * radius
    speed = np.sqrt(np.maximum(peak, 0.0) + coriolis * coriolis) - coriolis
    speed = at.wind * speed * end / radius
    turn = np.where(lat >= 0.0, np.float32(1.0), np.float32(-1.0))[window.system]
    inner = strength * gaussian(radius / (2.2 * core))
    wide = end * end * end
    ring = np.e * ratio * inside * end
    imprint.add(
        window,
        psl=-depth * (1.0 - inside) * end,
        # A little inflow, which makes the wind cross the isobars.
        u=speed * (-turn * northward - 0.2 * eastward),
        v=speed * (turn * eastward - 0.2 * northward),
        t500=at.warm500 * inner,
        t200=at.warm200 * inner,
        tmq=strength * at.moist * wide,
        rain=strength * at.rain * ring * wide,
    )


@dataclass(frozen=True)
class Tracks(Systems):
    """Round systems on their way, from birth on."""

    birth: np.ndarray  # step, counted from year 0, (n,) int
    lat: np.ndarray  # degrees, (n, N_STEP)
    lon: np.ndarray
    strength: np.ndarray  # 0, not there, to 1
    profiles: Profiles  # at full strength

    def add_to(self, imprint: Imprint, step: int) -> None:
        age = step - self.birth
        alive = np.flatnonzero((age >= 0) & (age < N_STEP))
        alive = alive[self.strength[alive, age[alive]] > 0.02]
        if len(alive):
            tables = (self.lat, self.lon, self.strength)
            lat, lon, strength = (each[alive, age[alive]].astype(np.float32) for each in tables)
            add_vortices(imprint, lat, lon, strength, self.profiles.take(alive))


def straight_tracks(
    birth: np.ndarray,
    days: np.ndarray,
    lat: np.ndarray,
    lon: np.ndarray,
    north: np.ndarray,
    east: np.ndarray,
    profiles: Profiles,
) -> Tracks:
    """Return tracks of constant motion, with a :func:`swell` of strength.

    Births are steps counted from year 0; motion north and east is in degrees a day; all (n,).
    """
    age = np.arange(N_STEP) / STEPS_PER_DAY
    return Tracks(
        birth=birth,
        lat=np.clip(lat[:, None] + north[:, None] * age, -80.0, 80.0),
        lon=(lon[:, None] + east[:, None] * age) % 360.0,
        strength=swell(age / days[:, None]),  # zero beyond the end of a life
        profiles=profiles,
    )
