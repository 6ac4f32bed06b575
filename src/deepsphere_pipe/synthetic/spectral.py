"""Random fields on the sphere: spherical harmonics with a power spectrum, moving in time.

A field is a sum of real, 4π-normalised spherical harmonics up to `DEGREE_MAX` whose coefficients
are random numbers. The sum over degrees (a matrix product with Legendre functions) is made once
for each knot in time; between the knots only its results, one Fourier series for each latitude,
are mixed, turned and summed.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import fft

from deepsphere_pipe.harmonics import legendre
from deepsphere_pipe.synthetic.systems import STEPS_PER_DAY, generator

DEGREE_MAX = 63
ORDERS = np.arange(DEGREE_MAX + 1)


def legendre_and_slopes(lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return 4π-normalised associated Legendre functions and their latitude derivative.

    Latitudes are in degrees, without the poles, (n_lat,).

    Returns
    -------
    values, slopes : ndarray (order, n_lat, degree)
        Normalised as by `deepsphere_pipe.harmonics.legendre`; slopes are per radian.
    """
    sine, cosine = np.sin(np.radians(lat)), np.cos(np.radians(lat))
    values = legendre(sine, cosine, DEGREE_MAX)
    degree, order = ORDERS[:, None], ORDERS[None, :]
    factor = np.sqrt(
        np.maximum(degree**2 - order**2, 0) * (2 * degree + 1) / np.maximum(2 * degree - 1, 1)
    )
    lower = np.concatenate([np.zeros_like(values[:1]), values[:-1]])
    slopes = (factor[:, :, None] * lower - degree[:, :, None] * sine * values) / cosine
    return values.transpose(1, 2, 0), slopes.transpose(1, 2, 0)


@dataclass(frozen=True)
class RandomField:
    """A Gaussian field of unit variance, stationary in time and random-access in time.

    Coefficients are a smooth moving average of independent draws at equally spaced knots:
    c(t) = cos(πx/2) ξ_k + sin(πx/2) ξ_{k+1}, x the position between the knots, so that the
    variance is one at all times and any time can be had without the ones before.
    """

    name: str  # part of the key of the random numbers
    peak: float  # power per degree rises as l² below this degree
    slope: float  # and falls as l^−slope above
    lifetime: int  # steps of three hours between knots
    drift: float = 0.0  # eastward motion of the pattern, degrees of longitude a day

    def amplitudes(self) -> np.ndarray:
        """Return the standard deviation of a coefficient of each degree (degree,)."""
        degree = np.arange(DEGREE_MAX + 1, dtype=np.float64)
        ratio = np.maximum(degree, 1.0) / self.peak
        power = ratio**2 / (1.0 + ratio ** (2.0 + self.slope))
        power[0] = 0.0
        return np.sqrt(power / (2 * degree + 1) / power.sum())

    def coefficients(self, seed: int, run: int, knot: int) -> np.ndarray:
        """Return the coefficients of cosines and sines (2, order, degree) at a knot."""
        shape = (2, DEGREE_MAX + 1, DEGREE_MAX + 1)
        noise = generator(seed, f"field {self.name}", run, knot).standard_normal(shape)
        return np.triu(noise) * self.amplitudes()


class Synthesis:
    """The random fields of one run at the points of a latitude–longitude grid.

    The axes are in degrees, longitudes evenly spaced from 0.
    """

    def __init__(self, lat: np.ndarray, lon: np.ndarray, seed: int, run: int) -> None:
        self._seed, self._run = seed, run
        # A quarter of a row off the poles, where components of a vector have no direction.
        edge = 90.0 - 45.0 / (len(lat) - 1)
        lat = np.clip(lat, -edge, edge)
        values, slopes = legendre_and_slopes(lat)
        # scipy's real transform counts every order above zero twice.
        half = np.where(ORDERS, 0.5, 1.0)[:, None, None]
        self._tables = {
            "values": (half * values).astype(np.float32),
            "slopes": (half * slopes).astype(np.float32),
        }
        self._east = (1j * ORDERS / np.cos(np.radians(lat))[:, None]).astype(np.complex64)
        self._n_lon = len(lon)
        # A coarse grid has fewer points than waves: these are summed on a finer one.
        self._stride = -(-2 * (DEGREE_MAX + 1) // len(lon))
        self._at_knot = lru_cache(maxsize=64)(self._sum_of_degrees)

    def _sum_of_degrees(self, table: str, field: RandomField, knot: int) -> np.ndarray:
        """Return the Fourier coefficients (n_lat, order) at a knot."""
        coefficients = field.coefficients(self._seed, self._run, knot).astype(np.float32)
        waves = np.matmul(self._tables[table], coefficients.transpose(1, 2, 0))
        return np.ascontiguousarray((waves[..., 0] - 1j * waves[..., 1]).T)

    def _waves(self, table: str, field: RandomField, step: int) -> np.ndarray:
        """Return the Fourier coefficients (n_lat, order) at a step."""
        knot, inside = divmod(step, field.lifetime)
        angle = np.pi / 2 * inside / field.lifetime
        degrees = field.drift * step / STEPS_PER_DAY % 360.0
        turn = np.exp(-1j * ORDERS * np.radians(degrees))
        now, then = (turn * mix for mix in (np.cos(angle), np.sin(angle)))
        mixed = self._at_knot(table, field, knot) * now.astype(np.complex64)
        return mixed + self._at_knot(table, field, knot + 1) * then.astype(np.complex64)

    def __call__(
        self, step: int, scalars: tuple[RandomField, ...], gradients: tuple[RandomField, ...] = ()
    ) -> tuple[dict, dict]:
        """Return fields and slopes at a step (3 h, counted from year 0).

        Returns
        -------
        values : dict of ndarray
            (n_lat, n_lon) float32, of each of `scalars`.
        slopes : dict of ndarray
            (2, n_lat, n_lon) float32, eastward and northward per radian, of each of `gradients`.
        """
        values = {field: self._waves("values", field, step) for field in (*scalars, *gradients)}
        waves = [values[field] for field in scalars]
        for field in gradients:
            waves += [values[field] * self._east, self._waves("slopes", field, step)]
        summed = fft.irfft(np.stack(waves), self._n_lon * self._stride, norm="forward")
        summed = summed[..., :: self._stride]
        n = len(scalars)
        slopes = summed[n:].reshape(len(gradients), 2, *summed.shape[1:])
        return (
            dict(zip(scalars, summed[:n], strict=True)),
            dict(zip(gradients, slopes, strict=True)),
        )
