"""Sparse matrices that bring maps from one grid or sampling to another.

Each has one row per target vertex and one column per source cell or vertex, in the order of
``field.ravel()`` for a field of shape (n_lat, n_lon), and rows which sum to one:
``matrix @ field.ravel()`` is the map.
"""

from scipy import sparse

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap.conservation import conservative
from deepsphere_pipe.remap.grids import Grid
from deepsphere_pipe.remap.interpolation import bilinear, nearest
from deepsphere_pipe.remap.labels import (
    LABEL_METHODS,
    LabelRemapping,
    area_shares,
    label_remapping,
    majority,
    rarest,
)
from deepsphere_pipe.samplings import LatLonGrid

METHODS = {"bilinear": bilinear, "nearest": nearest, "conservative": conservative}


def make_remapping(method: str, source: Grid, target: Grid) -> sparse.csr_array:
    """Return the matrix (n_target, n_source) of a method by its name.

    Raises
    ------
    UserError
        If there is no such method.
    """
    if method not in METHODS:
        raise UserError(f"There is no remapping '{method}': choose one of {', '.join(METHODS)}.")
    return METHODS[method](source, target)


__all__ = [
    "LABEL_METHODS",
    "METHODS",
    "Grid",
    "LabelRemapping",
    "LatLonGrid",
    "area_shares",
    "bilinear",
    "conservative",
    "label_remapping",
    "majority",
    "make_remapping",
    "nearest",
    "rarest",
]
