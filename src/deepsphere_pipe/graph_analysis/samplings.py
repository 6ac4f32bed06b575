"""Equivariance error of all samplings and graphs at like numbers of vertices."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from deepsphere_pipe.config.graph_analysis import SamplingComparisonConfig
from deepsphere_pipe.graphs import SphereGraph, largest_eigenvalue, sphere_graph
from deepsphere_pipe.graphs.equivariance import trials_of_degrees
from deepsphere_pipe.harmonics import resolved_degree
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.samplings import Equiangular, Healpix, Icosahedral, Sampling


def samplings_like(level: int) -> tuple[Sampling, ...]:
    """Return the icosahedral sampling of a level and others with about as many vertices.

    At level 5: 10 242 vertices, HEALPix nside 32 (12 288), equiangular 72 × 144 (10 368).
    """
    n_lat = round(72 * 2 ** (level - 5))
    return Icosahedral(level), Healpix(2**level), Equiangular(max(n_lat, 4), 2 * max(n_lat, 4))


def compare_samplings(settings: SamplingComparisonConfig, out: str | Path) -> None:
    """Compute the equivariance errors (exact rotations) and write them as csv.

    Parameters
    ----------
    settings
        With levels, neighbours, kernel_width, laplacian, degrees, functions, rotations, seed.
    out
        The file to write, one row per sampling, graph and degree; the error of a degree that the
        vertices cannot tell apart from others is empty.
    """
    draws = {key: getattr(settings, key) for key in ("functions", "rotations", "seed")}
    rows = []
    for level in settings.levels:
        for sampling in samplings_like(level):
            graphs = list(_graphs(sampling, settings))
            resolved = [d for d in settings.degrees if d <= resolved_degree(sampling)]
            trials = trials_of_degrees(sampling, resolved, **draws)
            errors = {
                degree: [trial.errors(graph.L).mean() for _, _, graph in graphs]
                for degree, trial in zip(resolved, trials, strict=True)
            }
            parameters = (f"{key} {value}" for key, value in sampling.parameters.items())
            of_sampling: dict[str, object] = {
                "sampling": sampling.name,
                "parameters": ", ".join(parameters),
            }
            of_sampling["n_vertices"] = sampling.n_vertices
            for number, (kind, k, graph) in enumerate(graphs):
                of_graph = of_sampling | {
                    "graph": kind,
                    "neighbours": k,
                    "kernel_width": graph.kernel_width,
                    "n_edges": int(graph.n_edges),
                    "largest_eigenvalue": largest_eigenvalue(graph),
                    "area_spread": sampling.areas.max() / sampling.areas.min(),
                    "laplacian": settings.laplacian,
                }
                for degree in settings.degrees:
                    error = errors[degree][number] if degree in errors else np.nan
                    rows.append(of_graph | {"degree": degree, "error": error} | draws)
    table = pd.DataFrame(rows).astype({"neighbours": "Int64"})
    with atomic_write(out) as temporary:
        table.to_csv(temporary, index=False)


def _graphs(
    sampling: Sampling, settings: SamplingComparisonConfig
) -> Iterator[tuple[str, int | None, SphereGraph]]:
    for k in settings.neighbours:
        yield "knn", k, sphere_graph(sampling, k, settings.kernel_width, settings.laplacian)
    other = {"healpix": "perraudin", "equiangular": "khasanova_frossard"}.get(sampling.name)
    if other:
        yield other, None, sphere_graph(sampling, laplacian=settings.laplacian, kind=other)
