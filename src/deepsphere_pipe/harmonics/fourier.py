"""The Fourier step of spherical-harmonic transforms: along parallels, or vertex by vertex."""

from typing import NamedTuple, Protocol

import numpy as np


class Fourier(Protocol):
    """Between maps and, at each distinct latitude, their Fourier coefficients."""

    def synthesis(self, waves: np.ndarray) -> np.ndarray:
        """Return Σ_m wave_m(latitude) e^{imφ}, real (n_fields, n_vertices).

        Waves are complex (order, n_fields, n_latitudes), orders 0 to the highest.
        """

    def analysis(self, fields: np.ndarray) -> np.ndarray:
        """Return Σ_φ field e^{-imφ} at each latitude, complex (order, n_fields, n_latitudes)."""


class _Rings(NamedTuple):
    """All rings with one number of vertices."""

    latitudes: np.ndarray  # (ring,)
    vertices: np.ndarray  # (ring, vertex of the ring), eastward
    shift: np.ndarray  # e^{i m φ0}, (order, ring)


class RingFourier:
    """Fast Fourier transforms along parallels with evenly spaced vertices.

    Parameters
    ----------
    rings
        Vertices of each ring eastward from its first.
    start
        Longitude of the first vertex of each ring, radians.
    order_max
        Highest order.
    """

    def __init__(self, rings: list[np.ndarray], start: np.ndarray, order_max: int) -> None:
        self.orders = np.arange(order_max + 1)
        self.n_latitudes = len(rings)
        self.n_vertices = sum(map(len, rings))
        lengths = np.array([len(ring) for ring in rings])
        self.groups = []
        for length in np.unique(lengths):
            latitudes = np.flatnonzero(lengths == length)
            vertices = np.stack([rings[latitude] for latitude in latitudes])
            shift = np.exp(1j * np.outer(self.orders, start[latitudes]))
            self.groups.append(_Rings(latitudes, vertices, shift))

    def synthesis(self, waves: np.ndarray) -> np.ndarray:
        """See `Fourier.synthesis`."""
        n_fields = waves.shape[1]
        fields = np.empty((n_fields, self.n_vertices))
        for latitudes, vertices, shift in self.groups:
            length = vertices.shape[1]
            shifted = waves[:, :, latitudes] * shift[:, None]
            # Orders beyond the length of the ring look like lower ones on it.
            folded = np.zeros((length, n_fields, len(latitudes)), dtype=complex)
            for first in range(0, len(self.orders), length):
                part = shifted[first : first + length]
                folded[: len(part)] += part
            values = np.fft.ifft(folded, axis=0).real * length
            fields[:, vertices.ravel()] = values.transpose(1, 2, 0).reshape(n_fields, -1)
        return fields

    def analysis(self, fields: np.ndarray) -> np.ndarray:
        """See `Fourier.analysis`."""
        waves = np.empty((len(self.orders), len(fields), self.n_latitudes), dtype=complex)
        for latitudes, vertices, shift in self.groups:
            length = vertices.shape[1]
            spectrum = np.fft.fft(fields[:, vertices], axis=2).transpose(2, 0, 1)
            waves[:, :, latitudes] = spectrum[self.orders % length] * shift.conj()[:, None]
        return waves


class DirectFourier:
    """Sums over single vertices, for samplings without rings.

    Parameters
    ----------
    longitudes
        Of the vertices, radians, (n_vertices,).
    latitude_of
        Index of each vertex's latitude, (n_vertices,).
    order_max
        Highest order.
    """

    def __init__(self, longitudes: np.ndarray, latitude_of: np.ndarray, order_max: int) -> None:
        self.order_max = order_max
        self.turn = np.exp(1j * longitudes)
        # Vertices sorted by latitude, so that sums over latitudes are sums over stretches.
        self.order = np.argsort(latitude_of, kind="stable")
        self.latitude_of = latitude_of
        self.first = np.flatnonzero(np.diff(latitude_of[self.order], prepend=-1))

    def synthesis(self, waves: np.ndarray) -> np.ndarray:
        """See `Fourier.synthesis`."""
        # Horner's rule in e^{iφ}.
        fields = waves[-1][:, self.latitude_of]
        for wave in waves[-2::-1]:
            fields *= self.turn
            fields += wave[:, self.latitude_of]
        return fields.real

    def analysis(self, fields: np.ndarray) -> np.ndarray:
        """See `Fourier.analysis`."""
        turned = fields[:, self.order].astype(complex)
        back = self.turn[self.order].conj()
        waves = []
        for _ in range(self.order_max + 1):
            waves.append(np.add.reduceat(turned, self.first, axis=1))
            turned *= back
        return np.stack(waves)
