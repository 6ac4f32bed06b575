"""What weather systems add to the fields: accumulators and the profile of a round vortex."""

from dataclasses import dataclass, field

import numpy as np

from deepsphere_pipe.synthetic import elementary as el
from deepsphere_pipe.synthetic.geography import EARTH_RADIUS, KM_PER_DEGREE, ROTATION

AIR_DENSITY = 1.15
QUANTITIES = ("psl", "u", "v", "t500", "t200", "tmq", "rain")


@dataclass
class Imprint:
    """Sums of the contributions of all systems on a grid.

    ``psl`` in Pa, ``u`` and ``v`` (850 hPa) in m s⁻¹, ``t500`` and ``t200`` in K, ``tmq`` in
    kg m⁻², ``rain`` in m s⁻¹; each (n_lat, n_lon).
    """

    grid: object
    sums: np.ndarray = field(init=False)

    def __post_init__(self):
        self.sums = np.zeros((len(QUANTITIES), len(self.grid.lat), len(self.grid.lon)))

    def by_name(self):
        """Return the sums as a dict of arrays (n_lat, n_lon)."""
        return dict(zip(QUANTITIES, self.sums, strict=True))

    def window(self, lat, lon, north, east):
        """Return an index of all points within ``north`` and ``east`` degrees of a centre."""
        n_lat, n_lon = len(self.grid.lat), len(self.grid.lon)
        row_step, column_step = 180.0 / (n_lat - 1), 360.0 / n_lon
        first = max(int((lat - north + 90.0) / row_step), 0)
        last = min(int((lat + north + 90.0) / row_step) + 2, n_lat)
        left, right = int((lon - east) // column_step), int((lon + east) // column_step) + 2
        if right - left > n_lon:
            left, right = 0, n_lon
        return slice(first, last), np.arange(left, right) % n_lon

    def add(self, index, **contributions):
        """Add arrays for all of :data:`QUANTITIES` to the sums at a :meth:`window`."""
        rows, columns = index
        # The window never names a column twice.
        self.sums[:, rows, columns] += np.stack([contributions[name] for name in QUANTITIES])


@dataclass(frozen=True)
class Vortex:
    """A round system at one moment.

    Attributes
    ----------
    lat, lon : float
        Centre in degrees, anywhere between the points of the grid.
    depth : float
        Pressure deficit of the centre, Pa.
    core : float
        Radius of the strongest wind, km.
    shape : float
        Holland's B: how peaked the profile is.
    reach : float
        Scale of the Gaussian that ends the profile, km.
    warm500, warm200 : float
        Temperature anomaly of the core at 500 and 200 hPa, K.
    moist : float
        Excess of precipitable water in the centre, kg m⁻².
    rain : float
        Rain rate around the core, m s⁻¹.
    wind : float
        Factor on the wind of the profile.
    """

    lat: float
    lon: float
    depth: float
    core: float
    shape: float
    reach: float
    warm500: float
    warm200: float
    moist: float
    rain: float
    wind: float = 1.0


def add_vortex(imprint, vortex):
    """Add a vortex with the pressure and gradient wind of Holland (1980, Mon. Wea. Rev. 108).

    The wind turns cyclonically: counter-clockwise in the north, clockwise in the south. A core
    finer than the grid is widened to what the grid can carry.
    """
    grid = imprint.grid
    core = np.sqrt(vortex.core * vortex.core + (0.35 * grid.spacing / 1000.0) ** 2)
    north = 2.7 * vortex.reach / KM_PER_DEGREE
    radians = np.pi / 180
    sines, cosines = el.sin_cos(np.array([vortex.lat, vortex.lon, north]) * radians)
    (sin_lat, sin_lon, sin_reach), (cos_lat, cos_lon, _) = sines.tolist(), cosines.tolist()
    index = imprint.window(vortex.lat, vortex.lon, north, _meridian_reach(sin_reach, cos_lat))
    x, y, z = grid.unit[:, index[0]][:, :, index[1]]
    eastward = EARTH_RADIUS / 1000.0 * (cos_lon * y - sin_lon * x)
    inward = cos_lon * x + sin_lon * y
    northward = EARTH_RADIUS / 1000.0 * (cos_lat * z - sin_lat * inward)
    front = cos_lat * inward + sin_lat * z
    radius = np.sqrt(eastward * eastward + northward * northward)
    radius = np.maximum(radius, 0.02 * core)
    end = np.where(front > 0.0, el.bump(radius / vortex.reach), 0.0)

    ratio = el.exp(vortex.shape * el.log(core / radius))
    inside = el.exp(-ratio)
    deficit = vortex.depth * (1.0 - inside) * end
    peak = vortex.shape / AIR_DENSITY * vortex.depth * ratio * inside
    coriolis = abs(2 * ROTATION * sin_lat) * 500.0 * radius
    speed = np.sqrt(np.maximum(peak, 0.0) + coriolis * coriolis) - coriolis
    speed = vortex.wind * speed * end / radius
    turn = 1.0 if vortex.lat >= 0.0 else -1.0
    inner = el.bump(radius / (2.2 * core))
    wide = end * end * end
    ring = 2.718281828459045 * ratio * inside * end
    imprint.add(
        index,
        psl=-deficit,
        # A little inflow, which makes the wind cross the isobars.
        u=speed * (-turn * northward - 0.2 * eastward),
        v=speed * (turn * eastward - 0.2 * northward),
        t500=vortex.warm500 * inner,
        t200=vortex.warm200 * inner,
        tmq=vortex.moist * wide,
        rain=vortex.rain * ring * wide,
    )


def _meridian_reach(sin_reach, cos_lat):
    """Return how many degrees of longitude a circle spans to either side, or a little more."""
    x = sin_reach / max(cos_lat, 1e-3)
    # An upper bound of the inverse sine.
    return 180.0 if x > 0.95 else x * (1.0 + 0.571 * x * x * x) * (180 / np.pi)
