"""Rotations of functions on the sphere, through their spherical-harmonic coefficients."""

from collections.abc import Iterator

import numpy as np

KEPT_BYTES = 2**30
"""Matrices that are kept for the next rotation; more are computed again each time."""

_kept: list[np.ndarray] = []


def rotate(coefficients: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Rotate functions: the new one at x is the old one at R⁻¹ x.

    A rotation about y by β is one about z between two quarter turns, so the only matrices needed
    are d(π/2) (Risbo 1996; Trapani and Navaza 2006).

    Parameters
    ----------
    coefficients
        Complex (n_fields, degree, order) as in `HarmonicTransform`.
    angles
        α, β, γ of R = Rz(α) Ry(β) Rz(γ) in radians, (n_rotations, 3).

    Returns
    -------
    ndarray
        Complex (n_fields, n_rotations, degree, order).
    """
    n_fields, size, _ = coefficients.shape
    n_rotations = len(angles)
    rotated = np.zeros((n_fields, n_rotations, size, size), dtype=complex)
    orders = np.arange(-size + 1, size)
    alpha, beta, gamma = (np.exp(-1j * np.outer(orders, angle)) for angle in np.transpose(angles))
    quarter = np.exp(-0.5j * np.pi * orders)[:, None]
    gamma, alpha = gamma * quarter, alpha / quarter
    signs = (-1.0) ** np.arange(size)
    for degree, matrix in enumerate(quarter_turns(size - 1)):
        positive = coefficients[:, degree, : degree + 1]
        if not positive.any():
            continue
        negative = (positive[:, 1:] * signs[1 : degree + 1]).conj()[:, ::-1]
        vector = np.concatenate([negative, positive], axis=1).T[:, :, None]
        inside = slice(size - 1 - degree, size + degree)
        vector = _real_product(matrix, vector * gamma[inside, None])
        vector = _real_product(matrix.T[degree:], vector * beta[inside, None])
        vector *= alpha[size - 1 : size + degree, None]
        rotated[:, :, degree, : degree + 1] = vector.transpose(1, 2, 0)
    return rotated


def _real_product(matrix: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Multiply a real matrix (a, b) and complex vectors (b, …) as one real product."""
    flat = np.ascontiguousarray(vectors).reshape(len(vectors), -1)
    product = matrix @ flat.view(np.float64)
    return product.view(complex).reshape(len(matrix), *vectors.shape[1:])


def quarter_turns(degree_max: int) -> Iterator[np.ndarray]:
    """Yield Wigner's d(π/2) of degrees 0 to degree_max, (2 degree + 1)² each, orders ascending.

    Three-term recursion in the degree for all pairs of orders at once (Kostelec and Rockmore
    2008, eq. 2.9), started where the degree equals the larger of both orders.
    """
    if len(_kept) <= degree_max:
        matrices = _recursion(degree_max)
        if 8 * 4 / 3 * (degree_max + 1) ** 3 > KEPT_BYTES:
            yield from matrices
            return
        _kept[:] = list(matrices)
    yield from _kept[: degree_max + 1]


def _recursion(degree_max: int) -> Iterator[np.ndarray]:
    last, before = np.ones((1, 1)), np.zeros((1, 1))
    yield last
    for degree in range(1, degree_max + 1):
        matrix = np.zeros((2 * degree + 1, 2 * degree + 1))
        if degree > 1:
            l = degree - 1  # noqa: E741  (the degree from which the recursion steps)
            m = np.arange(-l, l + 1.0)
            up = np.sqrt(degree**2 - m**2) * np.sqrt(l)
            down = np.sqrt(np.maximum(l**2 - m**2, 0)) * np.sqrt(degree)
            inner = -(2 * l + 1) * np.outer(m, m) * last
            inner[1:-1, 1:-1] -= np.outer(down[1:-1], down[1:-1]) * before
            matrix[1:-1, 1:-1] = inner / np.outer(up, up)
        else:
            matrix[1, 1] = 0.0
        rim = _rim(degree)
        signs = (-1.0) ** (np.arange(2 * degree + 1) % 2)
        matrix[-1] = rim  # order m = degree
        matrix[0] = (rim * signs)[::-1] * signs[-1]
        matrix[:, -1] = rim * signs * signs[-1]
        matrix[:, 0] = matrix[0] * signs
        yield matrix
        last, before = matrix, last


def _rim(degree: int) -> np.ndarray:
    """d^l_{l m}(π/2) for m = -l … l: (-1)^{l-m} sqrt(binomial(2l, l + m)) / 2^l."""
    steps = np.arange(1, 2 * degree + 1)
    logarithms = np.concatenate([[0.0], np.cumsum(np.log((2 * degree + 1 - steps) / steps))])
    values = np.exp(logarithms / 2 - degree * np.log(2))
    return values * (-1.0) ** (np.arange(2 * degree + 1)[::-1] % 2)


def random_rotations(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw rotations uniformly from SO(3): angles α, β, γ as in `rotate`, (n, 3)."""
    angles = rng.uniform(0, 2 * np.pi, (n, 3))
    angles[:, 1] = np.arccos(rng.uniform(-1, 1, n))
    return angles


def random_functions(n: int, degree_power: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw real functions with normal coefficients of given mean energy per degree.

    Parameters
    ----------
    n
        Number of functions.
    degree_power
        Mean energy of each degree, (degree_max + 1,), shared evenly by its orders.

    Returns
    -------
    ndarray
        Complex coefficients (n, degree, order).
    """
    size = len(degree_power)
    draws = rng.standard_normal((2, n, size, size))
    coefficients = (draws[0] + 1j * draws[1]) / np.sqrt(2)
    coefficients[:, :, 0] = draws[0, :, :, 0]
    coefficients *= np.tri(size)
    return coefficients * np.sqrt(degree_power / (2 * np.arange(size) + 1))[:, None]
