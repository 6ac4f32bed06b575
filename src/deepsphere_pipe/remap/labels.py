"""Remapping of categories: no mean of classes is a class, so each vertex chooses one."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap.grids import (
    Grid,
    OrderedGrid,
    RectilinearGrid,
    areas_of,
    owners_of,
    points_of,
)
from deepsphere_pipe.remap.interpolation import nearest
from deepsphere_pipe.remap.matrices import csr
from deepsphere_pipe.samplings import Sampling

LABEL_METHODS = ("majority", "nearest", "any")


@dataclass(frozen=True)
class LabelRemapping:
    """Brings classes from one grid or sampling to another; made by `label_remapping`.

    Attributes
    ----------
    method
        "majority", "nearest" or "any".
    matrix
        (n_target, n_source), rows sum to 1.
    """

    method: str
    matrix: sparse.csr_array

    def __call__(self, labels: np.ndarray, n_classes: int) -> np.ndarray:
        """Return the classes (n_target,) uint8 of `labels` (n_source,)."""
        if self.method == "nearest":
            return labels[self.matrix.indices].astype(np.uint8)
        choose = majority if self.method == "majority" else rarest
        return choose(self.matrix, labels, n_classes)


def label_remapping(method: str, source: Grid, target: Sampling) -> LabelRemapping:
    """Return the remapping of classes by a method.

    Parameters
    ----------
    method
        "majority" gives each vertex the class that covers most of its cell, "nearest" that of the
        nearest point, and "any" the rarest class that occurs in its cell, see `rarest`.
    source
        Where the classes are known.
    target
        Where they are wanted.

    Raises
    ------
    UserError
        If there is no such method.
    """
    if method not in LABEL_METHODS:
        raise UserError(
            f"There is no remapping of labels '{method}': choose one of {', '.join(LABEL_METHODS)}."
        )
    matrix = nearest(source, target) if method == "nearest" else area_shares(source, target)
    return LabelRemapping(method, matrix)


def area_shares(source: Grid, target: Sampling) -> sparse.csr_array:
    """Share of each source cell in the area that a vertex stands for; for averages and `majority`.

    A cell belongs as a whole to the vertex in whose cell its centre lies. A vertex to which no
    cell belongs (where the source is coarser than the target) takes the cell nearest to it.

    Returns
    -------
    scipy.sparse.csr_array
        (n_vertices, n_cells) float64, rows sum to 1.
    """
    cells = (
        OrderedGrid.of(source).cells.ravel()
        if isinstance(source, RectilinearGrid)
        else np.arange(len(areas_of(source)))
    )
    vertices = owners_of(target, points_of(source)[cells])
    inside = vertices >= 0
    vertices, owned = vertices[inside], cells[inside]
    areas = areas_of(source)[owned]
    totals = np.bincount(vertices, weights=areas, minlength=target.n_vertices)
    shape = (target.n_vertices, len(cells))
    shares = csr(vertices, owned, areas / totals[vertices], shape)
    empty = sparse.diags_array((totals == 0).astype(np.float64))
    return sparse.csr_array(shares + empty @ nearest(source, target))


def majority(shares: sparse.csr_array, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Give each vertex the class that covers most of its area.

    Among classes of equal area the lowest index wins, except that class 0, the background, loses
    every tie: the rarer class wins, as the others cover a few per cent and would else shrink
    wherever the grid is so coarse that a vertex has two cells.

    Parameters
    ----------
    shares
        From `area_shares`, (n_vertices, n_cells).
    labels
        Class index of each cell, (..., n_cells) integer.
    n_classes
        Number of classes, at most 256.

    Returns
    -------
    ndarray
        (..., n_vertices) uint8.

    Raises
    ------
    UserError
        If a label is not in 0 ... n_classes - 1.
    """
    labels = np.asarray(labels)
    if labels.min() < 0 or labels.max() >= n_classes:
        raise UserError(
            f"Labels must be class indices from 0 to {n_classes - 1}, "
            f"but range from {labels.min()} to {labels.max()}."
        )
    maps = labels.reshape(-1, labels.shape[-1]).T
    winner = np.zeros((shares.shape[0], maps.shape[1]), dtype=np.uint8)
    most = np.full(winner.shape, -1.0)
    for index in (*range(1, n_classes), 0):
        area = shares @ (maps == index).astype(np.float64)
        # Equal areas, added up in another order, may differ in the last bits.
        wins = area > most + 1e-9
        winner[wins], most[wins] = index, area[wins]
    return winner.T.reshape(*labels.shape[:-1], -1)


def rarest(shares: sparse.csr_array, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Give each vertex the first class of 1, 2, … that occurs in its cell, and 0 if none does.

    No tropical cyclone (class 1) is lost, however small, and all grow to whole cells.

    Parameters
    ----------
    shares
        From `area_shares`, (n_vertices, n_cells).
    labels
        Class index of each cell, (n_cells,) integer.
    n_classes
        Number of classes.

    Returns
    -------
    ndarray
        (n_vertices,) uint8.
    """
    chosen = np.zeros(shares.shape[0], dtype=np.uint8)
    for index in range(n_classes - 1, 0, -1):
        chosen[shares @ (labels == index).astype(np.float64) > 0] = index
    return chosen
