"""Equivariance error against degree: the numbers behind the figure of the paper.

Defferrard et al. (DeepSphere, ICLR 2020) compare their nearest-neighbour graphs on HEALPix, with
the kernel widths of their table, to the graphs of Perraudin et al. (2019) and of Khasanova and
Frossard (2017), all with the normalised Laplacian.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from deepsphere_pipe.config.graph_analysis import EquivarianceErrorConfig
from deepsphere_pipe.graphs import (
    SphereGraph,
    khasanova_frossard_graph,
    perraudin_graph,
    sphere_graph,
)
from deepsphere_pipe.graphs.equivariance import ROTATIONS, trials_of_degrees
from deepsphere_pipe.harmonics import resolved_degree
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.samplings import Equiangular, Healpix, Sampling

LAPLACIAN = "normalized"
PUBLISHED_NSIDE, PUBLISHED_STEP = 32, 10
"""The published figure has the degrees 10, 20, … 90 at nside 32."""

Graphs = dict[tuple[str, int | None], SphereGraph]
"""Graphs by kind and number of neighbours."""


def equivariance_errors(settings: EquivarianceErrorConfig, out: str | Path) -> None:
    """Compute the equivariance errors of all graphs and write them as csv.

    Parameters
    ----------
    settings
        With nsides, bandwidths, neighbours, degrees (how many, or None for those of the published
        figure and their like), functions, rotations, seed.
    out
        The file to write, one row per graph, resolution, rotation and degree: ``error`` is the
        mean of the plain ratio, ``error_squared`` that of its square.
    """
    cases: list[tuple[Sampling, int, Graphs]] = []
    for nside in settings.nsides:
        healpix = Healpix(nside)
        knn = {k: sphere_graph(healpix, k, "published", LAPLACIAN) for k in settings.neighbours}
        graphs: Graphs = {("knn", k): graph for k, graph in knn.items()}
        graphs["perraudin", None] = perraudin_graph(healpix, LAPLACIAN)
        graphs["perraudin_equal", None] = perraudin_graph(healpix, LAPLACIAN, equal_weights=True)
        cases.append((healpix, nside, graphs))
    for bandwidth in settings.bandwidths:
        grid = Equiangular(bandwidth=bandwidth)
        graph = khasanova_frossard_graph(grid, LAPLACIAN)
        cases.append((grid, bandwidth, {("khasanova_frossard", None): graph}))

    draws = {key: getattr(settings, key) for key in ("functions", "rotations", "seed")}
    rows = []
    for sampling, resolution, graphs in cases:
        degrees = shown_degrees(sampling, resolution, settings.degrees)
        for rotation in ROTATIONS:
            trials = trials_of_degrees(sampling, degrees, **draws, rotation=rotation)
            shown = tqdm(trials, total=len(degrees), unit="degree", disable=None)
            for degree, trial in zip(degrees, shown, strict=True):
                for (kind, k), graph in graphs.items():
                    errors = trial.errors(graph.L)
                    rows.append(
                        {
                            "sampling": sampling.name,
                            "resolution": resolution,
                            "graph": kind,
                            "neighbours": k,
                            "rotation": rotation,
                            "degree": degree,
                            "error": errors.mean(),
                            "error_squared": (errors**2).mean(),
                            **draws,
                            "laplacian": LAPLACIAN,
                        }
                    )
    table = pd.DataFrame(rows).astype({"neighbours": "Int64"})
    with atomic_write(out) as temporary:
        table.to_csv(temporary, index=False)


def shown_degrees(sampling: Sampling, resolution: int, n: int | None) -> list[int]:
    """Return the n degrees at which errors are computed, up to what the vertices resolve.

    None: in steps of 10 at nside 32, as published, and in proportion at another resolution (nside
    or bandwidth).
    """
    highest = resolved_degree(sampling)
    if n is not None:
        return sorted({int(degree) for degree in np.rint(np.linspace(highest / n, highest, n))})
    step = max(1, round(PUBLISHED_STEP * resolution / PUBLISHED_NSIDE))
    if sampling.name == "equiangular":
        step = max(1, step // 2)  # a bandwidth resolves fewer degrees than an nside of its size
    return list(range(step, highest + 1, step))
