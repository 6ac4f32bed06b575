"""Coastlines of the world, packaged: drawing a map needs no network.

``coast110m.npz`` holds the 1:110 million coastline of Natural Earth (naturalearthdata.com, layer
``ne_110m_coastline``), which is in the public domain, as one array ``lonlat`` of shape (n, 2),
float32: longitude and latitude in degrees, the lines separated by rows of NaN.
"""

from functools import cache
from importlib.resources import as_file, files

import numpy as np

from deepsphere_pipe.reporting.maps.projections import Projection
from deepsphere_pipe.samplings.sampling import unit_vectors


@cache
def coastlines() -> tuple[np.ndarray, np.ndarray]:
    """Return longitude and latitude of the coastlines in degrees, lines separated by NaN."""
    with as_file(files(__package__) / "coast110m.npz") as path, np.load(path) as archive:
        longitude, latitude = archive["lonlat"].astype(float).T
    return longitude, latitude


def project_lines(
    projection: Projection, longitude: np.ndarray, latitude: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Project lines, interrupted wherever the map itself is.

    Parameters
    ----------
    projection
        The map projection.
    longitude, latitude : numpy.ndarray, shape (n,)
        Vertices of the lines in degrees, lines separated by NaN.

    Returns
    -------
    x, y : numpy.ndarray, shape (m,)
        Vertices on the plane, with NaN wherever the line ends, is hidden or crosses the seam.
    """
    x, y = projection.forward(longitude, latitude)
    # A segment that crosses the seam becomes a stroke across the map. Whatever the projection, it
    # shows itself by its middle on the plane, which is not the middle on the sphere.
    middle = unit_vectors(*projection.inverse((x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2))
    ends = unit_vectors(longitude, latitude)
    length = np.linalg.norm(ends[1:] - ends[:-1], axis=1)
    error = np.linalg.norm(middle - (ends[1:] + ends[:-1]) / 2, axis=1)
    # Near the pole a short segment may honestly bend, hence the absolute allowance (in radii).
    crosses = np.flatnonzero(~(error <= length + 0.01)) + 1  # NaN: the middle is off the map
    return np.insert(x, crosses, np.nan), np.insert(y, crosses, np.nan)
