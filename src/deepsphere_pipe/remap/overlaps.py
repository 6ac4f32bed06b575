"""Areas which the cells of two grids or samplings have in common."""

import numpy as np
from scipy import sparse

from deepsphere_pipe.remap.cells import Parts, parts_of
from deepsphere_pipe.remap.grids import OrderedGrid, Places, areas_of, is_grid, owners_of

PIECES = 4_000_000
"""Pieces into which all cells are cut together, if possible."""

FEWEST_HALVINGS, MOST_HALVINGS = 2, 5
"""Each part is halved so often in both directions."""

CHUNK = 2**16
"""Parts cut at a time, which bounds the memory."""


def overlap_areas(source: Places, target: Places) -> sparse.csr_array:
    """Areas which cells have in common, (n_target, n_source) in steradian.

    Exact between two latitude-longitude grids. Else estimated: the smaller cell of each pair is
    cut into pieces, and each belongs to the larger one if its centre lies there.
    """
    if is_grid(source) and is_grid(target):
        return _grid_overlaps(OrderedGrid.of(source), OrderedGrid.of(target))
    rows = _pieces_in(target, source)
    return sparse.csr_array(_pieces_in(source, target).T) + rows


def _pieces_in(places: Places, others: Places) -> sparse.csr_array:
    """Overlaps of cells with those of others which are larger, (n_cells, n_others)."""
    cell_areas, other_areas = areas_of(places), areas_of(others)
    shape = (len(cell_areas), len(other_areas))
    # Of two cells of one area, only one is cut; which one must not depend on the direction.
    strict = len(cell_areas) < len(other_areas)
    if cell_areas.min() > other_areas.max():
        return sparse.csr_array(shape)
    parts, cells = parts_of(places)
    totals = np.bincount(cells + 1, weights=parts.areas, minlength=shape[0] + 1)
    scale = cell_areas / totals[1:]
    here = np.flatnonzero(cells >= 0)
    entries = []

    def add(part: np.ndarray, other: np.ndarray, area: np.ndarray) -> None:
        cell = cells[part]
        larger = other_areas[other] > cell_areas[cell] * (1 + 1e-9)
        if not strict:
            larger |= other_areas[other] > cell_areas[cell] * (1 - 1e-9)
        kept = (other >= 0) & larger
        cell, other, area = cell[kept], other[kept], area[kept]
        matrix = sparse.csr_array((area * scale[cell], (cell, other)), shape)
        matrix.sum_duplicates()
        entries.append(matrix)

    if len(here) * 4**FEWEST_HALVINGS * 4 > PIECES:
        owner = _common_owner(parts, others)
        whole = here[owner[here] >= 0]
        add(whole, owner[whole], parts.areas[whole])
        here = here[owner[here] < 0]
    affordable = int(np.log2(PIECES / max(len(here), 1)) // 2)
    halvings = min(max(affordable, FEWEST_HALVINGS), MOST_HALVINGS)
    for start in range(0, len(here), CHUNK):
        chunk = here[start : start + CHUNK]
        points, areas = parts.cut(chunk, halvings)
        other = owners_of(others, points.reshape(-1, 3))
        add(np.repeat(chunk, points.shape[1]), other, areas.ravel())
    return sum(entries, sparse.csr_array(shape))


def _common_owner(parts: Parts, others: Places) -> np.ndarray:
    """Cell of others in which all corners of each part lie, (n_parts,); -1 if there is none."""
    points, corners = parts.corners()
    owners = owners_of(others, points)[corners]
    return np.where((owners == owners[:, :1]).all(axis=1), owners[:, 0], -1)


def _grid_overlaps(source: OrderedGrid, target: OrderedGrid) -> sparse.csr_array:
    """Overlaps of rows times overlaps of columns."""
    rows = _interval_overlaps(
        np.sin(np.radians(target.borders)), np.sin(np.radians(source.borders))
    )
    columns = sum(
        _interval_overlaps(
            np.radians(target.longitude_borders), np.radians(source.longitude_borders + turn)
        )
        for turn in (-360, 0, 360)
    )
    product = sparse.coo_array(sparse.kron(sparse.coo_array(rows), sparse.coo_array(columns)))
    where = (target.cells.ravel()[product.row], source.cells.ravel()[product.col])
    return sparse.csr_array((product.data, where), (target.cells.size, source.cells.size))


def _interval_overlaps(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Lengths of the overlaps of consecutive intervals with ascending borders, (n, m)."""
    low = np.maximum(first[:-1, None], second[:-1])
    high = np.minimum(first[1:, None], second[1:])
    lengths = np.clip(high - low, 0, None)
    shorter = np.minimum(np.diff(first)[:, None], np.diff(second))
    # Borders at one place may differ by a rounding error.
    return np.where(lengths > 1e-8 * shorter, lengths, 0)
