"""One of each kind of sampling."""

import numpy as np

from deepsphere_pipe.samplings import Custom, Equiangular, Healpix, Icosahedral, masked, within


def scattered(n, seed=0):
    """Random unit vectors."""
    points = np.random.default_rng(seed).standard_normal((n, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


WHOLE = {
    "icosahedral": Icosahedral(3),
    "healpix": Healpix(8),
    "offset": Equiangular(n_lat=16, n_lon=32),
    "poles, even": Equiangular(n_lat=12, n_lon=24, poles=True),
    "poles, odd": Equiangular(n_lat=13, n_lon=24, poles=True, west=-180.0),
    "custom": Custom(scattered(500)),
}
PARTS = {
    "region": within(Icosahedral(4), 100, -30, -120, 50),
    "mask": masked(Healpix(8), Healpix(8).latitude > 20),
    "grid": within(Equiangular(bandwidth=16), -60, 0, 60, 90),
    "stations": Custom(scattered(900)[scattered(900)[:, 2] > 0.4], partial=True),
}
