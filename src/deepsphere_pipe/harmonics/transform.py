"""Spherical-harmonic transforms between maps on any sampling and coefficients.

Coefficients are those of orthonormal complex harmonics with the Condon–Shortley phase (as in scipy
and healpy), for real maps, so that orders m ≥ 0 suffice: an array (…, degree, order), with zeros
where the order is greater than the degree.
"""

from functools import cached_property

import numpy as np

from deepsphere_pipe.harmonics.fourier import DirectFourier, Fourier, RingFourier
from deepsphere_pipe.harmonics.legendre import legendre
from deepsphere_pipe.samplings import Equiangular, Sampling

CHUNK_BYTES = 2**28
"""Size of a table of Legendre functions; more latitudes are done in chunks."""


class HarmonicTransform:
    """Synthesis and analysis of maps on the vertices of a sampling.

    Parameters
    ----------
    sampling
        Any sampling; transforms are fast where the vertices lie on parallels, evenly spaced
        (HEALPix, equiangular).
    degree_max
        Highest degree; by default about what the vertices can tell apart (`resolved_degree`).
    """

    def __init__(self, sampling: Sampling, degree_max: int | None = None) -> None:
        self.sampling = sampling
        self.degree_max = resolved_degree(sampling) if degree_max is None else degree_max
        heights = np.sin(np.radians(sampling.latitude))
        _, self._latitude_of = np.unique(np.round(heights, 10), return_inverse=True)
        totals = np.bincount(self._latitude_of, weights=heights)
        self._heights = np.clip(totals / np.bincount(self._latitude_of), -1, 1)
        self._weights = sampling.areas

    @cached_property
    def _fourier(self) -> Fourier:
        longitudes = np.radians(self.sampling.longitude)
        order = np.lexsort((longitudes, self._latitude_of))
        counts = np.bincount(self._latitude_of)
        rings = np.split(order, np.cumsum(counts)[:-1])
        start = np.array([longitudes[ring[0]] for ring in rings])
        even = len(counts) < len(order) / 2 and all(
            np.allclose(
                longitudes[ring], first + 2 * np.pi * np.arange(len(ring)) / len(ring), atol=1e-9
            )
            for ring, first in zip(rings, start, strict=True)
        )
        if even:
            return RingFourier(rings, start, self.degree_max)
        return DirectFourier(longitudes, self._latitude_of, self.degree_max)

    @cached_property
    def _chunks(self) -> list[slice]:
        """Stretches of the latitudes, so that the table of each is small."""
        one = 8 * (self.degree_max + 1) ** 2
        size = max(1, CHUNK_BYTES // one)
        return [slice(i, i + size) for i in range(0, len(self._heights), size)]

    def _table(self, chunk: slice) -> np.ndarray:
        """Legendre functions of orthonormal harmonics, (degree, order, n_latitudes)."""
        if len(self._chunks) == 1:
            return self._whole_table
        return self._new_table(chunk)

    @cached_property
    def _whole_table(self) -> np.ndarray:
        return self._new_table(slice(None))

    def _new_table(self, chunk: slice) -> np.ndarray:
        sine = self._heights[chunk]
        table = legendre(sine, np.sqrt(1 - sine**2), self.degree_max)
        factors = (-1.0) ** np.arange(self.degree_max + 1) / np.sqrt(8 * np.pi)
        factors[0] *= np.sqrt(2)
        table *= factors[:, None]
        return table

    def synthesis(self, coefficients: np.ndarray) -> np.ndarray:
        """Return the maps of coefficients.

        Parameters
        ----------
        coefficients
            Complex (n_fields, degree_max + 1, degree_max + 1).

        Returns
        -------
        ndarray
            (n_fields, n_vertices) float64.
        """
        n_fields = len(coefficients)
        parts = np.concatenate([coefficients.real, coefficients.imag])
        waves = np.empty((self.degree_max + 1, n_fields, len(self._heights)), dtype=complex)
        for chunk in self._chunks:
            table = self._table(chunk)
            for m in range(self.degree_max + 1):
                values = parts[:, m:, m] @ table[m:, m]
                waves[m, :, chunk].real = values[:n_fields]
                waves[m, :, chunk].imag = values[n_fields:]
        waves[1:] *= 2  # orders -m are the complex conjugates
        return self._fourier.synthesis(waves)

    def analysis(self, fields: np.ndarray, iterations: int = 0) -> np.ndarray:
        """Return the coefficients of maps.

        Parameters
        ----------
        fields
            (n_fields, n_vertices).
        iterations
            0: the quadrature with the areas of the vertices, as `map2alm(iter=0)` of healpy.
            More: steps of conjugate gradients from there towards the least squares fit.

        Returns
        -------
        ndarray
            Complex (n_fields, degree_max + 1, degree_max + 1).
        """
        coefficients = self._quadrature(fields)
        if not iterations:
            return coefficients
        residual = self._quadrature(fields - self.synthesis(coefficients))
        direction, norm = residual, degree_power(residual).sum(axis=-1)
        for _ in range(iterations):
            image = self._quadrature(self.synthesis(direction))
            with np.errstate(invalid="ignore", divide="ignore"):
                step = np.nan_to_num(norm / degree_products(direction, image).sum(axis=-1))
                coefficients = coefficients + step[:, None, None] * direction
                residual = residual - step[:, None, None] * image
                new = degree_power(residual).sum(axis=-1)
                direction = residual + np.nan_to_num(new / norm)[:, None, None] * direction
            norm = new
        return coefficients

    def _quadrature(self, fields: np.ndarray) -> np.ndarray:
        waves = self._fourier.analysis(fields * self._weights)
        n_fields = len(fields)
        size = self.degree_max + 1
        coefficients = np.zeros((n_fields, size, size), dtype=complex)
        for chunk in self._chunks:
            table = self._table(chunk)
            for m in range(size):
                parts = np.concatenate([waves[m, :, chunk].real, waves[m, :, chunk].imag])
                values = parts @ table[m:, m].T
                coefficients[:, m:, m] += values[:n_fields] + 1j * values[n_fields:]
        return coefficients


def resolved_degree(sampling: Sampling) -> int:
    """Return the highest degree that transforms on a sampling go to.

    3 nside - 1 on HEALPix, as published, and as much for as many vertices elsewhere; on the
    equiangular sampling what its quadrature resolves exactly, n_lat / 2 - 1.
    """
    if isinstance(sampling, Equiangular):
        n_lat, n_lon = sampling.shape
        return min(n_lat, n_lon) // 2 - 1
    return max(int(3 * np.sqrt(sampling.n_vertices / 12) + 1e-9) - 1, 0)


def degree_power(coefficients: np.ndarray) -> np.ndarray:
    """Return the energy of coefficients (…, degree, order) in each degree, (…, degree)."""
    return degree_products(coefficients, coefficients)


def degree_products(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the inner products of two functions in each degree, (…, degree)."""
    product = (first.conj() * second).real
    product[..., 1:] *= 2  # orders -m
    return product.sum(axis=-1)
