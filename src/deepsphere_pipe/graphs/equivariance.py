"""How far a graph Laplacian is from turning with the sphere: the equivariance error.

Defferrard et al. (DeepSphere, ICLR 2020) measure how much L R f differs from R L f, where L is the
Laplacian, f a random function and R a random rotation, relative to L f. Their equation prints the
square of the ratio of norms; the figure shows the plain ratio. Errors here are plain ratios.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.harmonics import (
    HarmonicTransform,
    degree_power,
    degree_products,
    random_functions,
    random_rotations,
    rotate,
)
from deepsphere_pipe.samplings import Sampling

ROTATIONS = ("exact", "as_published")
ITERATIONS = 3
"""Steps towards the least squares fit of what L adds to the degrees of f in the exact version."""


class Trial(NamedTuple):
    """Random functions and their rotated versions, on the vertices of a sampling.

    Attributes
    ----------
    transform
        Between maps and coefficients.
    coefficients
        Of the functions if the rotation is exact, (function, degree, order), else None.
    functions
        Maps of the functions, (function, vertex).
    rotated
        Maps of the rotated functions, (function, rotation, vertex).
    angles
        The rotations, (rotation, 3), see `harmonics.rotate`.
    """

    transform: HarmonicTransform
    coefficients: np.ndarray | None
    functions: np.ndarray
    rotated: np.ndarray
    angles: np.ndarray

    def errors(self, laplacian: sparse.sparray | sparse.spmatrix) -> np.ndarray:
        """Return ‖R L f - L R f‖ / ‖L f‖, (function, rotation), for a Laplacian (n, n)."""
        first = (laplacian @ self.functions.T).T
        turned = rotate(self._analysis(first), self.angles)
        n_functions, n_rotations, size, _ = turned.shape
        turned_after = self.transform.synthesis(turned.reshape(-1, size, size))
        turned_before = (laplacian @ self.rotated.reshape(-1, first.shape[1]).T).T
        difference = np.linalg.norm(turned_after - turned_before, axis=1)
        shape = (n_functions, n_rotations)
        return difference.reshape(shape) / np.linalg.norm(first, axis=1)[:, None]

    def _analysis(self, first: np.ndarray) -> np.ndarray:
        """Return the coefficients of L f, (function, degree, order).

        The part of L f that is f itself, degree by degree with a factor each, has known
        coefficients. Only the small rest is transformed, so that an error of the transform is
        small against the error of the graph.
        """
        if self.coefficients is None:
            return self.transform.analysis(first)
        known = self.coefficients
        energy = degree_power(known)
        products = degree_products(known, self.transform.analysis(first))
        factors = products / np.where(energy > 0, energy, 1)
        guess = factors[..., None] * known
        rest = first - self.transform.synthesis(guess)
        return guess + self.transform.analysis(rest, ITERATIONS)


def make_trial(
    transform: HarmonicTransform,
    power: np.ndarray,
    functions: int = 5,
    rotations: int = 5,
    seed: int | Sequence[int] = 0,
    rotation: str = "exact",
) -> Trial:
    """Draw functions and rotate them.

    Parameters
    ----------
    transform
        Of the sampling on which the functions are wanted.
    power
        Mean energy of the functions in each degree, (degree_max + 1,).
    functions, rotations
        How many of each; every function is turned by every rotation.
    seed
        Of the draws.
    rotation
        "exact": R f is evaluated from the known coefficients of f, and only what L adds to the
        degrees of f is transformed, by least squares. "as_published": both f and L f are
        transformed by quadrature alone, whose own error at low degrees is then part of what is
        measured.

    Raises
    ------
    UserError
        If there is no such way to rotate.
    """
    if rotation not in ROTATIONS:
        raise UserError(f"There is no rotation '{rotation}': choose one of {', '.join(ROTATIONS)}.")
    rng = np.random.default_rng(seed)
    coefficients = random_functions(functions, power, rng)
    angles = random_rotations(rotations, rng)
    maps = transform.synthesis(coefficients)
    exact = coefficients if rotation == "exact" else None
    if exact is None:
        coefficients = transform.analysis(maps)
    turned = rotate(coefficients, angles)
    rotated = transform.synthesis(turned.reshape(-1, *turned.shape[2:]))
    rotated = rotated.reshape(functions, rotations, -1)
    return Trial(transform, exact, maps, rotated, angles)


def trials_of_degrees(
    sampling: Sampling,
    degrees: Iterable[int],
    functions: int = 5,
    rotations: int = 5,
    seed: int = 0,
    rotation: str = "exact",
) -> Iterator[Trial]:
    """Make a trial for each degree, with functions of that degree alone, one after the other.

    The draws of a degree do not depend on which other degrees are asked for.

    Raises
    ------
    UserError
        If a degree is higher than the vertices can tell apart.
    """
    transform = HarmonicTransform(sampling)
    for degree in degrees:
        if not 0 <= degree <= transform.degree_max:
            raise UserError(
                f"The sampling {sampling.identifier} resolves degrees 0 to "
                f"{transform.degree_max}, not {degree}."
            )
        power = np.zeros(transform.degree_max + 1)
        power[degree] = 1.0
        yield make_trial(transform, power, functions, rotations, (seed, degree), rotation)


def equivariance_error(
    graph: object,
    sampling: Sampling,
    degrees: Iterable[int],
    functions: int = 5,
    rotations: int = 5,
    seed: int = 0,
    rotation: str = "exact",
) -> np.ndarray:
    """Return the mean equivariance error of a graph at some degrees.

    Parameters
    ----------
    graph
        A PyGSP graph on the vertices of the sampling, or its Laplacian, (n, n) sparse.
    sampling
        Where the vertices are; it covers the whole sphere.
    degrees
        Degrees of the spherical harmonics.
    functions, rotations, seed, rotation
        See `make_trial`.

    Returns
    -------
    ndarray
        Mean of the plain ratio at each degree, (n_degrees,).

    Raises
    ------
    UserError
        If a degree is too high, or the sampling covers a part of the sphere only.
    """
    if not sampling.covers_sphere:
        raise UserError(
            f"The sampling {sampling.identifier} covers a part of the sphere, which rotations "
            "leave: the equivariance error is defined on the whole sphere only."
        )
    laplacian = getattr(graph, "L", graph)
    trials = trials_of_degrees(sampling, degrees, functions, rotations, seed, rotation)
    return np.array([trial.errors(laplacian).mean() for trial in trials])
