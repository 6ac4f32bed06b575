"""HEALPix against healpy, which is a dependency of the tests only."""

import healpy
import numpy as np
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import Healpix, nested_to_ring, ring_to_nested

NSIDES = [1, 2, 4, 8, 16, 32]


@pytest.mark.parametrize("nside", NSIDES)
def test_positions_and_order_equal_those_of_healpy(nside):
    expected = np.stack(healpy.pix2vec(nside, np.arange(12 * nside**2), nest=True), axis=1)
    assert np.abs(Healpix(nside).coordinates - expected).max() < 1e-14


@pytest.mark.parametrize("nside", NSIDES)
def test_owners_are_the_pixels_of_healpy(nside):
    points = np.random.default_rng(0).standard_normal((1000, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    assert (Healpix(nside).owners(points) == healpy.vec2pix(nside, *points.T, nest=True)).all()


@pytest.mark.parametrize("nside", NSIDES)
def test_ring_order_is_converted_as_healpy_does(nside):
    ring = np.random.default_rng(0).standard_normal((2, 12 * nside**2))
    np.testing.assert_array_equal(ring_to_nested(ring)[0], healpy.reorder(ring[0], r2n=True))
    np.testing.assert_array_equal(nested_to_ring(ring_to_nested(ring)), ring)
    np.testing.assert_array_equal(ring_to_nested(ring.T, axis=0).T, ring_to_nested(ring))


def test_children_stand_in_a_row():
    assert (Healpix(4).children == np.arange(192).reshape(-1, 4)).all()


@pytest.mark.parametrize(
    ("nside", "allowed"),
    [
        *[(0, "at least 1"), (-1, "at least 1"), (2048, "at most 1024"), (12, "a power of two")],
        *[(value, "a whole number") for value in (2.0, True, "8")],
    ],
)
def test_impossible_nside_is_told_in_a_sentence(nside, allowed):
    with pytest.raises(UserError, match=f"nside:? is {nside!r}; it must be {allowed}"):
        Healpix(nside)


def test_data_of_another_size_is_refused():
    with pytest.raises(UserError, match="power of two, not 100"):
        ring_to_nested(np.zeros(100))
