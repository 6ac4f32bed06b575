"""Label atmospheric rivers by heuristics on the stored fields, in the manner of TECA.

Cells stand out by precipitable water and by moisture transport (TMQ × wind at 850 hPa), both
relative to what is usual at their latitude; connected cells form a river if they are long,
narrow and reach from the subtropics poleward (Rutz et al. 2014; Prabhat et al. 2012).
"""

import numpy as np
from scipy import ndimage

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.synthetic.geography import EARTH_RADIUS, Grid

TMQ, U850, V850 = (CHANNEL_NAMES.index(name) for name in ("TMQ", "U850", "V850"))
EQUATORWARD_LIMIT = 17.0  # degrees; no river closer to the equator
POLEWARD_LIMIT = 70.0
MOISTURE_EXCESS = 7.0  # kg m-2 above the zonal mean
TRANSPORT = 360.0  # kg m-1 s-1 at the equatorward limit
LENGTH = 2100.0  # km
WIDTH = 950.0  # km, area over length
ELONGATION = 2.6  # length over width
START, END = 34.0, 36.0  # degrees: a river begins equatorward of one and ends poleward of the other
NEIGHBOURS = np.ones((3, 3), dtype=np.int64)


def connected(mask: np.ndarray) -> np.ndarray:
    """Label the connected parts of ``mask`` (lat, lon), eight neighbours, across the seam.

    Returns
    -------
    ndarray of int
        0 outside, otherwise the number of the part, not consecutive.
    """
    parts, _ = ndimage.label(mask, NEIGHBOURS)
    last, first = parts[:, -1], parts[:, 0]
    for shift in (-1, 0, 1):
        for row in range(max(0, -shift), len(last) - max(0, shift)):
            a, b = last[row], first[row + shift]
            if a and b and a != b:
                parts[parts == a] = b
                last, first = parts[:, -1], parts[:, 0]
    return parts


def river_mask(fields: np.ndarray, grid: Grid) -> np.ndarray:
    """Return where rivers are (lat, lon), boolean, in fields as stored (16, lat, lon)."""
    moisture, u, v = (fields[i].astype(np.float64) for i in (TMQ, U850, V850))
    size = np.abs(grid.lat)[:, None]
    usual = moisture.mean(axis=1, keepdims=True)
    transport = moisture * np.sqrt(u * u + v * v)
    needed = TRANSPORT * (1.0 - 0.009 * (size - EQUATORWARD_LIMIT))
    excess = MOISTURE_EXCESS * (1.0 - 0.010 * (size - EQUATORWARD_LIMIT))
    mask = (moisture - usual > excess) & (transport > needed)
    mask &= (size >= EQUATORWARD_LIMIT) & (size <= POLEWARD_LIMIT)
    parts = connected(mask)
    rows, columns = np.nonzero(parts)
    part_of_cell = parts[rows, columns]
    rivers = np.zeros_like(mask)
    for part in np.unique(part_of_cell):
        cells = part_of_cell == part
        rivers[rows[cells], columns[cells]] = _is_river(rows[cells], columns[cells], grid)
    return rivers


def _is_river(rows: np.ndarray, columns: np.ndarray, grid: Grid) -> bool:
    """Return whether connected cells are long, narrow and where rivers are."""
    size = np.abs(grid.lat[rows])
    if size.min() > START or size.max() < END:
        return False
    points = grid.unit[:, rows, columns].astype(np.float64)
    # The two cells farthest apart, found from the one farthest from an arbitrary cell.
    end = points[:, np.argmin(points[:, 0] @ points)]
    other = points[:, np.argmin(end @ points)]
    angle = 2.0 * np.arcsin(np.linalg.norm(end - other) / 2.0)
    # From edge to edge of the cells, else a coarse grid would shorten what it sees.
    length = (angle * EARTH_RADIUS + grid.spacing) / 1000.0
    area = grid.area[rows, columns].sum() * 4 * np.pi * (EARTH_RADIUS / 1000.0) ** 2
    width = area / length
    return length >= LENGTH and width <= WIDTH and length >= ELONGATION * width
