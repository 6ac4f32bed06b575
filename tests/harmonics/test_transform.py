"""Transforms and rotations against scipy, healpy and closed forms."""

import healpy
import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from scipy.special import sph_harm_y

from deepsphere_pipe.harmonics import (
    HarmonicTransform,
    degree_power,
    legendre,
    random_functions,
    random_rotations,
    resolved_degree,
    rotate,
)
from deepsphere_pipe.harmonics.fourier import DirectFourier, RingFourier
from deepsphere_pipe.harmonics.rotation import quarter_turns
from deepsphere_pipe.samplings import Custom, Equiangular, Healpix, Icosahedral, nested_to_ring
from tests.samplings.conftest import scattered

SAMPLINGS = [
    Icosahedral(3),
    Healpix(8),
    Equiangular(bandwidth=14),
    Equiangular(n_lat=27, n_lon=40, poles=True, west=-33.0),
    Custom(scattered(600)),
]
every = pytest.mark.parametrize("sampling", SAMPLINGS, ids=lambda sampling: sampling._label)


def synthesis(coefficients, points):
    """Sum of scipy's harmonics at points (n, 3)."""
    colatitude = np.arccos(np.clip(points[:, 2], -1, 1))
    longitude = np.arctan2(points[:, 1], points[:, 0])
    total = np.zeros((len(coefficients), len(points)))
    for degree in range(coefficients.shape[1]):
        for order in range(degree + 1):
            values = sph_harm_y(degree, order, colatitude, longitude)
            term = (coefficients[:, degree, order, None] * values).real
            total += term if order == 0 else 2 * term
    return total


@pytest.fixture
def coefficients():
    return random_functions(3, np.ones(13), np.random.default_rng(0))


def test_legendre_functions_equal_those_of_scipy():
    latitude = np.radians([-90, -40, 0.1, 80, 90])
    table = legendre(np.sin(latitude), np.cos(latitude), 20)
    for degree in (0, 1, 7, 20):
        for order in range(degree + 1):
            expected = sph_harm_y(degree, order, np.pi / 2 - latitude, 0).real
            scale = np.sqrt(4 * np.pi * (1 if order == 0 else 2)) * (-1) ** order
            np.testing.assert_allclose(table[degree, order], scale * expected, atol=1e-12)
    assert table[3, 4].tolist() == [0] * 5


@every
def test_synthesis_equals_the_sum_of_harmonics(sampling, coefficients):
    expected = synthesis(coefficients, sampling.coordinates)
    if sampling.name == "equiangular" and sampling.poles:
        expected[:, np.abs(sampling.latitude) == 90] = np.nan  # copies keep their longitude
    found = HarmonicTransform(sampling, 12).synthesis(coefficients)
    shown = np.isfinite(expected)
    np.testing.assert_allclose(found[shown], expected[shown], atol=1e-10)


@every
def test_analysis_with_iterations_inverts_synthesis(sampling, coefficients):
    transform = HarmonicTransform(sampling, 12)
    maps = transform.synthesis(coefficients)
    errors = [np.abs(transform.analysis(maps, n) - coefficients).max() for n in (0, 4, 60)]
    assert errors[2] < 1e-8
    if sampling.name == "equiangular":
        assert errors[0] < 1e-11  # its quadrature is exact
    else:
        assert errors[0] > errors[1] > errors[2]


@pytest.mark.parametrize("nside", [4, 16])
def test_analysis_equals_that_of_healpy(nside):
    maps = np.random.default_rng(0).standard_normal((2, 12 * nside**2))
    highest = 3 * nside - 1
    found = HarmonicTransform(Healpix(nside)).analysis(maps)
    for ours, ring in zip(found, nested_to_ring(maps), strict=True):
        expected = healpy.map2alm(ring, lmax=highest, iter=0)
        np.testing.assert_allclose(ours[healpy.Alm.getlm(highest)], expected, atol=1e-10)


def test_rings_and_single_vertices_give_the_same(coefficients):
    sampling = Healpix(8)
    transform, direct = HarmonicTransform(sampling, 12), HarmonicTransform(sampling, 12)
    assert isinstance(transform._fourier, RingFourier)
    longitude = np.radians(sampling.longitude)
    direct.__dict__["_fourier"] = DirectFourier(longitude, direct._latitude_of, 12)
    maps = transform.synthesis(coefficients)
    np.testing.assert_allclose(direct.synthesis(coefficients), maps, atol=1e-11)
    np.testing.assert_allclose(direct.analysis(maps), transform.analysis(maps), atol=1e-11)


def test_chunks_of_latitudes_give_the_same(coefficients, monkeypatch):
    sampling = Icosahedral(3)
    expected = HarmonicTransform(sampling, 12).synthesis(coefficients)
    monkeypatch.setattr("deepsphere_pipe.harmonics.transform.CHUNK_BYTES", 8 * 13**2 * 7)
    chunked = HarmonicTransform(sampling, 12)
    assert len(chunked._chunks) > 3
    np.testing.assert_allclose(chunked.synthesis(coefficients), expected, atol=1e-12)


def test_quarter_turns_are_rotations():
    matrices = list(quarter_turns(60))
    r = np.sqrt(0.5)
    np.testing.assert_allclose(matrices[1], [[0.5, r, 0.5], [-r, 0, r], [0.5, -r, 0.5]], atol=1e-15)
    for matrix in matrices:
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(len(matrix)), atol=1e-12)


def test_rotated_functions_are_those_at_rotated_points(coefficients):
    angles = random_rotations(4, np.random.default_rng(1))
    points = scattered(50)
    rotated = rotate(coefficients, angles)
    for number, triple in enumerate(angles):
        matrix = Rotation.from_euler("ZYZ", triple).as_matrix()
        expected = synthesis(coefficients, points @ matrix)  # the rows are R⁻¹ x
        np.testing.assert_allclose(synthesis(rotated[:, number], points), expected, atol=1e-11)


def test_rotations_keep_the_energy_of_each_degree_and_can_be_undone(coefficients):
    angles = random_rotations(1, np.random.default_rng(2))
    rotated = rotate(coefficients, angles)[:, 0]
    np.testing.assert_allclose(degree_power(rotated), degree_power(coefficients), rtol=1e-11)
    back = rotate(rotated, -angles[:, ::-1])[:, 0]
    np.testing.assert_allclose(back, coefficients, atol=1e-12)


def test_random_rotations_are_uniform():
    angles = random_rotations(20_000, np.random.default_rng(0))
    poles = Rotation.from_euler("ZYZ", angles).apply([0, 0, 1])
    assert np.abs(poles.mean(axis=0)).max() < 0.02
    np.testing.assert_allclose(np.cov(poles.T), np.eye(3) / 3, atol=0.01)


def test_random_functions_have_the_power_that_is_asked_for():
    power = np.array([0, 1.0, 0, 2.0])
    drawn = degree_power(random_functions(4000, power, np.random.default_rng(0)))
    np.testing.assert_allclose(drawn.mean(axis=0), power, rtol=0.05)


def test_resolved_degrees():
    assert resolved_degree(Healpix(32)) == 95
    assert resolved_degree(Icosahedral(5)) == 86
    assert resolved_degree(Equiangular(bandwidth=64)) == 63
