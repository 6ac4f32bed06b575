"""Graph, Laplacian and pooling of every level of a sampling."""

from pathlib import Path

from scipy import sparse

from deepsphere_pipe.config import GraphConfig, SamplingConfig
from deepsphere_pipe.graphs import equivariance_error
from deepsphere_pipe.graphs.building import build_hierarchy, save_hierarchy
from deepsphere_pipe.graphs.hierarchy import Level
from deepsphere_pipe.harmonics import resolved_degree
from deepsphere_pipe.samplings import Sampling, make_sampling
from deepsphere_pipe.steps.made_from import MadeFrom

SHOWN_DEGREES = (5, 10, 20)
"""Degrees at which the equivariance error is printed."""

MAX_VERTICES = 50_000
"""Vertices up to which it is: beyond, the transforms would take longer than the graphs."""


def sphere(
    sampling: SamplingConfig,
    graph: GraphConfig,
    out: Path,
    *,
    depth: int | None = None,
    made_from: MadeFrom | None = None,
) -> None:
    """Build the hierarchy of graphs of a sampling and save it.

    Parameters
    ----------
    sampling, graph
        What the vertices are, and how they are joined.
    out
        netCDF file to write, see `graphs.building.save_hierarchy`.
    depth
        Poolings; by default as many as possible.
    made_from
        Fingerprints, of which that of the sphere goes into the file.

    Raises
    ------
    UserError
        If the sampling or its graph cannot be made.
    """
    points = make_sampling(sampling.name, **sampling.parameters)
    hierarchy = build_hierarchy(points, depth, **graph.parameters)
    save_hierarchy(hierarchy, out, made_from=(made_from or {}).get("sphere"))
    print(hierarchy.describe())
    print(_equivariance(points, hierarchy.levels[0]))


def _equivariance(sampling: Sampling, level: Level) -> str:
    """Return a line on how far a Laplacian is from turning with the sphere.

    Rescaling adds a multiple of the identity, which turns with anything; it is taken off again.
    """
    if sampling.n_vertices > MAX_VERTICES:
        return f"equivariance error: not computed for more than {MAX_VERTICES} vertices"
    if not sampling.covers_sphere:
        return "equivariance error: not defined on a part of the sphere"
    degrees = [degree for degree in SHOWN_DEGREES if degree <= resolved_degree(sampling) / 2]
    if not degrees:
        return "equivariance error: too few vertices for spherical harmonics of degree 5"
    identity = sparse.eye_array(level.n_vertices)
    laplacian = level.largest_eigenvalue / 2 * (level.laplacian + identity)
    errors = equivariance_error(laplacian, sampling, degrees, functions=2, rotations=2)
    percent = (
        f"{100 * error:.1f} % (degree {degree})"
        for degree, error in zip(degrees, errors, strict=True)
    )
    return f"equivariance error of the finest level: {', '.join(percent)}"
