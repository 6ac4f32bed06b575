"""Kernel widths with the least equivariance error, against the number of vertices."""

from pathlib import Path

import pandas as pd

from deepsphere_pipe.config.graph_analysis import KernelWidthsConfig
from deepsphere_pipe.graphs.family import GraphFamily
from deepsphere_pipe.graphs.widths import search_width
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.samplings import Healpix

LAPLACIAN = "normalized"
"""That of the published widths."""


def kernel_widths(settings: KernelWidthsConfig, out: str | Path) -> None:
    """Search the widths on HEALPix samplings and write them as csv.

    Parameters
    ----------
    settings
        With nsides, neighbours, functions, rotations, seed.
    out
        The file to write, one row per nside and k, widths in radii.
    """
    draws = {key: getattr(settings, key) for key in ("functions", "rotations", "seed")}
    rows = []
    for nside in settings.nsides:
        sampling = Healpix(nside)
        for k in settings.neighbours:
            width, error = search_width(GraphFamily(sampling, k, LAPLACIAN), **draws)
            rows.append(
                {
                    "nside": nside,
                    "n_vertices": sampling.n_vertices,
                    "neighbours": k,
                    "laplacian": LAPLACIAN,
                    "kernel_width": width,
                    "error": error,
                    **draws,
                }
            )
    with atomic_write(out) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False)
