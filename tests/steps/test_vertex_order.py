"""The proof of the vertex order holds for real pressure, which has more weather than the rest."""

from pathlib import Path

import numpy as np
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs import scaled_laplacian, sphere_graph
from deepsphere_pipe.harmonics import HarmonicTransform
from deepsphere_pipe.samplings import Healpix, Icosahedral
from deepsphere_pipe.steps.vertex_order import prove_order

ERA5 = np.load(Path(__file__).parents[1] / "data" / "era5_t42.npz")


@pytest.mark.parametrize("sampling", [Icosahedral(5), Healpix(32)])
def test_pressure_of_era5_is_smooth_in_the_right_order_only(sampling):
    coefficients = np.zeros((1, 43, 43), complex)
    index = list(ERA5["channels"]).index("PSL")
    coefficients[0, ERA5["degree"], ERA5["order"]] = ERA5["coefficients"][-1, index]
    fields = HarmonicTransform(sampling, 42).synthesis(coefficients)
    scaled = scaled_laplacian(sphere_graph(sampling))
    prove_order(scaled, sampling.coordinates, ["PSL"], fields, "maps.nc")
    with pytest.raises(UserError, match="the smooth field T200 is noise"):  # that is smoother
        prove_order(scaled, sampling.coordinates, ["T200"], fields, "maps.nc")
    by_latitude = np.lexsort(
        (np.arctan2(*sampling.coordinates.T[1::-1]), -sampling.coordinates[:, 2].round(9))
    )
    for order in (by_latitude, np.argsort(by_latitude), np.roll(by_latitude, 100)):
        with pytest.raises(UserError, match="the smooth field PSL is noise"):
            prove_order(scaled, sampling.coordinates, ["PSL"], fields[:, order], "maps.nc")
