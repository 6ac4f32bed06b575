"""Angular power spectra of fields: how much of their variance lies at each degree."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from deepsphere_pipe.data.sources.source import Source
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.harmonics import HarmonicTransform, degree_power
from deepsphere_pipe.remap import Grid, LatLonGrid
from deepsphere_pipe.samplings import Equiangular, Sampling

DEGREE_MAX = 64


def power_spectra(
    source: Source, channels: Sequence[str], n_snapshots: int, degree_max: int = DEGREE_MAX
) -> pd.DataFrame:
    """Return the mean angular power spectrum of each channel.

    The power at degree l is Cₗ = Σₘ |aₗₘ|² / (2l + 1) of the coefficients of orthonormal
    spherical harmonics, averaged over snapshots evenly spread over the source.

    Parameters
    ----------
    source, channels
        What is read, and the channels wanted, in this order.
    n_snapshots, degree_max
        At most so many snapshots, and up to this degree, or what the grid resolves.

    Returns
    -------
    DataFrame
        Columns `data`, `snapshots`, `channel`, `units`, `degree`, `power` (in squared units).

    Raises
    ------
    UserError
        If the source lacks a channel or lies on a part of the sphere.
    """
    selected = source.select(channels)
    sampling, order = _quadrature(source.grid)
    transform = HarmonicTransform(sampling, min(degree_max, _resolved(sampling)))
    chosen = np.unique(np.linspace(0, len(source.snapshots) - 1, n_snapshots).round().astype(int))
    total = np.zeros((len(selected), transform.degree_max + 1))
    for index in chosen:
        fields = source.read(source.snapshots[index], channels).fields[:, order]
        coefficients = transform.analysis(fields.astype(np.float64))
        total = total + degree_power(coefficients)
    degrees = np.arange(transform.degree_max + 1)
    power = total / len(chosen) / (2 * degrees + 1)
    rows = [
        (source.title, len(chosen), channel.name, channel.units, degree, value)
        for channel, row in zip(selected, power, strict=True)
        for degree, value in zip(degrees, row, strict=True)
    ]
    return pd.DataFrame(rows, columns=["data", "snapshots", "channel", "units", "degree", "power"])


def _quadrature(grid: Grid) -> tuple[Sampling, np.ndarray]:
    """Return the sampling of a grid, with exact quadrature, and the points in its order."""
    if not isinstance(grid, LatLonGrid):
        if not grid.covers_sphere:
            raise UserError("Power spectra need the whole sphere, not a part of it.")
        return grid, np.arange(grid.n_vertices)
    n_lat, n_lon = grid.shape
    rows, columns = np.argsort(grid.latitudes), np.argsort(grid.longitudes % 360)
    west = float(grid.longitudes[columns[0]] % 360)
    poles = bool(np.isclose(np.abs(grid.latitudes[[0, -1]]), 90).all())
    sampling = Equiangular(n_lat=n_lat, n_lon=n_lon, poles=poles, west=west)
    if not np.allclose(sampling.latitudes, grid.latitudes[rows], atol=1e-3):
        raise UserError(
            "Power spectra need evenly spaced latitudes, with both poles or half a step from them."
        )
    return sampling, np.arange(n_lat * n_lon).reshape(n_lat, n_lon)[np.ix_(rows, columns)].ravel()


def _resolved(sampling: Sampling) -> int:
    if isinstance(sampling, Equiangular):
        n_lat, n_lon = sampling.shape
        return min(n_lat, n_lon) // 2 - 1
    return int(np.sqrt(sampling.n_vertices)) // 2
