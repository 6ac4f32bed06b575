"""Kernel widths: those of the paper, and our own search for the best."""

import csv
import json
import os
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.equivariance import make_trial
from deepsphere_pipe.graphs.family import GraphFamily
from deepsphere_pipe.harmonics import HarmonicTransform, resolved_degree
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.samplings import Sampling

MAX_VERTICES = 50_000
"""Vertices up to which a width is searched; beyond, it follows the law n^-1/2."""

NOISE_EXPONENT = -3
"""Variance of a coefficient of the red noise against its degree."""

SEARCH = "red noise -3, exact rotation, 5 x 5, seed 0, version 1"
"""What a remembered width was the result of."""


class PublishedWidth(NamedTuple):
    """A published kernel width of the HEALPix sampling, in radii."""

    neighbours: int
    nside: int
    width: float
    extrapolated: bool


@cache
def published_widths() -> tuple[PublishedWidth, ...]:
    """Return the published kernel widths by k and nside.

    Defferrard et al. (DeepSphere, ICLR 2020) found them for the HEALPix sampling by minimising
    the equivariance error; those of k = 40 and 60 beyond nside 256 they extrapolated.
    """
    text = (files(__package__) / "published_kernel_widths.csv").read_text(encoding="utf-8")
    return tuple(
        PublishedWidth(
            int(row["k"]), int(row["nside"]), float(row["fwhm_like_width"]), bool(row["note"])
        )
        for row in csv.DictReader(text.splitlines())
    )


def published_width(sampling: Sampling, neighbours: int) -> float:
    """Return the published kernel width of a HEALPix sampling, in radii.

    Between and beyond the nsides of the table, the width goes with 1/nside from the nearest.

    Raises
    ------
    UserError
        If the sampling is another one, or there is no width for so many neighbours.
    """
    if sampling.name != "healpix":
        raise UserError(
            "Kernel widths were published for the HEALPix sampling only; for "
            f"{sampling.identifier} choose 'optimal', 'mean_distance' or a number."
        )
    of_k = [each for each in published_widths() if each.neighbours == neighbours]
    if not of_k:
        known = dict.fromkeys(each.neighbours for each in published_widths())
        raise UserError(
            f"Kernel widths were published for {', '.join(map(str, known))} neighbours, not "
            f"{neighbours}: choose 'optimal', 'mean_distance' or a number."
        )
    nside = sampling.parameters["nside"]
    nearest = min(of_k, key=lambda each: abs(np.log(each.nside / nside)))
    return nearest.width * nearest.nside / nside


def optimal_width(family: GraphFamily) -> float:
    """Return the kernel width with the least equivariance error for red noise, in radii.

    Minimises the mean of the exact error over five functions and five rotations; the variance of
    a coefficient of the functions goes with its degree to the power of -3, the colour of noise for
    which the minima lie at the published widths. Results are remembered in the user's cache
    folder. Beyond `MAX_VERTICES` the width of the coarser sampling is scaled with n^-1/2.

    Parameters
    ----------
    family
        The graphs, on a sampling that covers the whole sphere.

    Raises
    ------
    UserError
        If the sampling covers a part of the sphere only.
    """
    sampling = family.sampling
    if not sampling.covers_sphere:
        raise UserError(
            f"The sampling {sampling.identifier} covers a part of the sphere, for which there is "
            "no equivariance error: choose the kernel width 'mean_distance' or a number."
        )
    if sampling.n_vertices > MAX_VERTICES and (coarser := sampling.coarser()) is not None:
        width = optimal_width(GraphFamily(coarser, family.k, family.laplacian))
        return width * float(np.sqrt(coarser.n_vertices / sampling.n_vertices))
    name = f"{sampling.identifier}-k{family.k}-{family.laplacian}"
    remembered = _recall(name)
    if remembered is None:
        remembered, _ = search_width(family)
        _remember(name, remembered)
    return remembered


def search_width(
    family: GraphFamily, functions: int = 5, rotations: int = 5, seed: int = 0
) -> tuple[float, float]:
    """Search the kernel width with the least equivariance error for red noise.

    Parameters
    ----------
    family
        The graphs, on a sampling that covers the whole sphere.
    functions, rotations, seed
        See `equivariance.make_trial`.

    Returns
    -------
    width, error
        The width in radii, to 0.2 %, and its mean error (plain ratio).
    """
    sampling = family.sampling
    degree_max = resolved_degree(sampling)
    if degree_max < 1:
        return family.mean_chord, float("nan")  # too few vertices to tell anything
    degrees = np.arange(degree_max + 1)
    power = np.zeros(degree_max + 1)
    power[1:] = (2 * degrees[1:] + 1) * degrees[1:].astype(float) ** NOISE_EXPONENT
    trial = make_trial(
        HarmonicTransform(sampling, degree_max), power, functions, rotations, seed, "exact"
    )
    found = minimize_scalar(
        lambda logarithm: trial.errors(family(float(np.exp(logarithm))).L).mean(),
        bounds=tuple(np.log([0.2 * family.mean_chord, 2 * family.mean_chord])),
        method="bounded",
        options={"xatol": 2e-3},
    )
    # Five digits, so that a remembered width and a new search on another machine are one.
    return float(f"{np.exp(found.x):.5g}"), float(found.fun)


def _cache_file(name: str) -> Path:
    folder = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(folder) / "deepsphere_pipe/kernel_widths" / f"{name}.json"


def _recall(name: str) -> float | None:
    try:
        content = json.loads(_cache_file(name).read_text(encoding="utf-8"))
        width = content["kernel_width"] if content["search"] == SEARCH else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return width if isinstance(width, float) and 0 < width < 2 else None


def _remember(name: str, width: float) -> None:
    try:
        with atomic_write(_cache_file(name)) as temporary:
            temporary.write_text(
                json.dumps({"search": SEARCH, "kernel_width": width}) + "\n", encoding="utf-8"
            )
    except OSError:
        pass  # a machine without a writable home searches again
