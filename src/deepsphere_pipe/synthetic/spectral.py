"""Random fields on the sphere: spherical harmonics with a power spectrum, moving in time.

A field is a sum of real, 4π-normalised spherical harmonics up to ``DEGREE_MAX`` whose
coefficients are random numbers. Values are obtained by a Legendre and a Fourier step, both
matrix products. Factors are rounded to fixed point first, so that every partial sum is exact
in float64 and the order of summation, hence BLAS, cannot change a bit.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from deepsphere_pipe.harmonics import legendre as associated_legendre
from deepsphere_pipe.synthetic import elementary as el
from deepsphere_pipe.synthetic.randomness import approximately_normal

DEGREE_MAX = 63
STEPS_PER_DAY = 8
TURN = 2**16
COEFFICIENT_QUANTUM = 2.0**-20
FOURIER_QUANTUM = 2.0**-18


def fixed_point(x, quantum):
    """Round ``x`` to integer multiples of ``quantum`` (a power of two)."""
    return np.floor(x / quantum + 0.5) * quantum


def legendre(lat):
    """Return 4π-normalised associated Legendre functions and their latitude derivative.

    Parameters
    ----------
    lat : ndarray (n_lat,)
        Latitudes in degrees, without the poles.

    Returns
    -------
    values, slopes : ndarray (order, n_lat, degree)
        With a factor √2 for orders above zero, so that each harmonic has mean square 1;
        slopes are per radian.
    """
    size = DEGREE_MAX + 2
    x, cosine = el.sin_cos(np.asarray(lat, dtype=np.float64) * (np.pi / 180))
    p = np.ascontiguousarray(associated_legendre(x, cosine, size - 1).transpose(1, 2, 0))
    slopes = np.zeros_like(p)
    for m in range(size):
        for n in range(m, size):
            lower = p[m, :, n - 1] if n > m else 0.0
            f = np.sqrt((n * n - m * m) * (2 * n + 1) / max(2 * n - 1, 1))
            slopes[m, :, n] = (f * lower - n * x * p[m, :, n]) / cosine
    keep = DEGREE_MAX + 1
    return p[:keep, :, :keep], slopes[:keep, :, :keep]


class Harmonics:
    """Synthesis of harmonics and their gradient at the points of one latitude–longitude grid.

    Parameters
    ----------
    lat, lon : ndarray
        Degrees; two one-dimensional axes.
    """

    def __init__(self, lat, lon):
        # A quarter of a row off the poles, where components of a vector have no direction.
        edge = 90.0 - 45.0 / (len(lat) - 1)
        lat = np.clip(np.asarray(lat, dtype=np.float64), -edge, edge)
        values, slopes = legendre(lat)
        self.values = fixed_point(values, 2.0**-20)
        self.slopes = fixed_point(slopes, 2.0**-14)
        orders = np.arange(DEGREE_MAX + 1)
        angle = orders[:, None] * (np.asarray(lon, dtype=np.float64) * (np.pi / 180))
        sine, cosine = el.sin_cos(angle)
        self.fourier = fixed_point(np.concatenate([cosine, sine]), 2.0**-20)
        self.cos_lat = el.cos(lat * (np.pi / 180))[:, None]
        self.orders = orders.astype(np.float64)[:, None]

    def _sum(self, table, coefficients):
        n_field, _, n_order, n_degree = coefficients.shape
        right = coefficients.transpose(2, 3, 0, 1).reshape(n_order, n_degree, -1)
        waves = fixed_point(np.matmul(table, right), FOURIER_QUANTUM)
        n_lat = waves.shape[1]
        waves = waves.reshape(n_order, n_lat, n_field, 2).transpose(2, 1, 3, 0)
        flat = np.ascontiguousarray(waves).reshape(n_field * n_lat, 2 * n_order)
        return (flat @ self.fourier).reshape(n_field, n_lat, -1)

    def scalar(self, coefficients):
        """Return fields (n, lat, lon) from coefficients (n, 2, order, degree)."""
        return self._sum(self.values, coefficients)

    def gradient(self, coefficients):
        """Return the eastward and northward slopes per radian, each (n, lat, lon)."""
        cosine, sine = coefficients[:, 0], coefficients[:, 1]
        turned = np.stack([self.orders * sine, -self.orders * cosine], axis=1)
        return self._sum(self.values, turned) / self.cos_lat, self._sum(self.slopes, coefficients)


@dataclass(frozen=True)
class RandomField:
    """A Gaussian field of unit variance, stationary in time and random-access in time.

    Coefficients are a smooth moving average of independent draws at equally spaced knots:
    c(t) = cos(πx/2) ξ_k + sin(πx/2) ξ_{k+1}, x the position between the knots, so that the
    variance is one at all times and any time can be had without the ones before.

    Attributes
    ----------
    name : str
        Part of the key of the random numbers.
    peak, slope : float
        Power per degree rises as l² below degree ``peak`` and falls as l^−slope above.
    lifetime : int
        Steps of three hours between knots.
    drift : float
        Eastward motion of the pattern, degrees of longitude a day.
    """

    name: str
    peak: float
    slope: float
    lifetime: int
    drift: float = 0.0

    def amplitudes(self):
        """Return the standard deviation of a coefficient of each degree (degree,)."""
        degree = np.arange(DEGREE_MAX + 1, dtype=np.float64)
        ratio = np.maximum(degree, 1.0) / self.peak
        power = ratio * ratio / (1.0 + el.exp((2.0 + self.slope) * el.log(ratio)))
        power[0] = 0.0
        return np.sqrt(power / (2 * degree + 1) / power.sum())

    def coefficients(self, seed, run, step):
        """Return coefficients (2, order, degree) at ``step`` (3 h, counted from year 0)."""
        knot, inside = divmod(step, self.lifetime)
        sine, cosine = el.sin_cos(np.pi / 2 * inside / self.lifetime)
        c = cosine * _draw(self, seed, run, knot) + sine * _draw(self, seed, run, knot + 1)
        rate = round(self.drift / 360 * TURN / STEPS_PER_DAY)
        phase = (np.arange(DEGREE_MAX + 1, dtype=np.int64) * rate * step) % TURN
        s, k = (table[:, None] for table in el.sin_cos(phase * (2 * np.pi / TURN)))
        turned = np.stack([c[0] * k - c[1] * s, c[0] * s + c[1] * k])
        return fixed_point(turned, COEFFICIENT_QUANTUM)


@lru_cache(maxsize=64)
def _draw(field, seed, run, knot):
    shape = (2, DEGREE_MAX + 1, DEGREE_MAX + 1)
    noise = approximately_normal(shape, seed, f"field {field.name}", run, knot)
    return np.triu(np.ones(shape[1:])) * noise * field.amplitudes()
