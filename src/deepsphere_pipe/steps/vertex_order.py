"""The proof that maps are in the order of the vertices, before anything is made of them."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from deepsphere_pipe.graphs import check_vertex_order
from deepsphere_pipe.graphs.order import MAX_ENERGY_RATIO, MAX_PRESSURE_ENERGY_RATIO

SMOOTH_CHANNELS = ("T200", "Z200", "T500", "PSL", "TS")
"""Channels whose fields are smooth in nature: they prove the order of the vertices."""


def prove_order(
    scaled_laplacian: sparse.csr_array,
    coordinates: np.ndarray,
    channels: Sequence[str],
    fields: np.ndarray,
    source: str,
) -> None:
    """Refuse a map whose smooth fields are noise on a sphere.

    Parameters
    ----------
    scaled_laplacian
        Of the graph of the vertices, shape (vertex, vertex), its spectrum in [-1, 1].
    coordinates
        Unit vectors, (vertex, 3).
    channels
        What the fields are; without any of `SMOOTH_CHANNELS` nothing can be proven.
    fields
        Of one map, (channel, vertex).
    source
        What to name in the message.

    Raises
    ------
    UserError
        If the order is another one.
    """
    smooth = [name for name in SMOOTH_CHANNELS if name in channels]
    if smooth:
        chosen = fields[[list(channels).index(name) for name in smooth]]
        ratios = [
            MAX_PRESSURE_ENERGY_RATIO if name == "PSL" else MAX_ENERGY_RATIO for name in smooth
        ]
        check_vertex_order(scaled_laplacian, coordinates, chosen, smooth, source, ratios)
