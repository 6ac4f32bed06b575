"""Label tropical cyclones by heuristics on the stored fields, in the manner of TECA.

In each map, candidates are minima of pressure with a cyclonic vorticity, a warm core and strong
wind (Knutson et al. 2007; Prabhat et al. 2012). Candidates of successive maps are linked; those
that last and move are cyclones. The windy area around the centre is labelled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from deepsphere_pipe.synthetic.geography import EARTH_RADIUS, Grid

HIGHEST_LATITUDE = 45.0
REFERENCE_SPACING = 210.0  # km; a coarser grid sees weaker peaks and has lower thresholds
RING = (700.0, 1100.0)  # km, what the centre is compared with
DEPTH = 420.0  # Pa below the ring
WARM_CORE = 0.75  # K above the ring, mean of 200 and 500 hPa
VORTICITY = 3.5e-5  # s-1
MOIST = 34.0  # kg m-2 in the centre: tropical air
WIND = 11.0  # m s-1, strongest within CORE
CORE = 320.0  # km
LINK_SPEED = 20.0  # m s-1, fastest motion of a centre
STEP_SECONDS = 10800.0
PERSISTENCE = 8  # steps of three hours: one day
MOTION = 150.0  # km between the ends of the linked track
EXTENT = 380.0  # km, farthest labelled cell
EXTENT_WIND = 9.0  # m s-1


@dataclass(frozen=True)
class Candidate:
    """A possible centre: unit vector and the cells that would be labelled."""

    centre: np.ndarray
    rows: np.ndarray
    columns: np.ndarray


def vorticity(u: np.ndarray, v: np.ndarray, grid: Grid) -> np.ndarray:
    """Return the relative vorticity (s⁻¹) by centred differences, cyclonic positive."""
    radians = np.pi / 180
    cos_lat = np.sqrt(np.maximum(1.0 - grid.unit[2] * grid.unit[2], 1e-4))
    step = 2.0 * (grid.lon[1] - grid.lon[0]) * radians
    v_east = (np.roll(v, -1, 1) - np.roll(v, 1, 1)) / step
    u_north = np.zeros_like(u)
    flux = u * cos_lat
    u_north[1:-1] = (flux[2:] - flux[:-2]) / ((grid.lat[2] - grid.lat[0]) * radians)
    return (v_east - u_north) / (EARTH_RADIUS * cos_lat) * np.sign(grid.lat)[:, None]


def candidates(fields: Mapping[str, np.ndarray], grid: Grid) -> list[Candidate]:
    """Return the possible centres of one map, from TMQ, PSL, U850, V850, T200 and T500 (lat, lon).

    The fields are those that are stored.
    """
    psl, u, v, t200, t500 = (
        fields[name].astype(np.float64) for name in ("PSL", "U850", "V850", "T200", "T500")
    )
    size = np.abs(grid.lat)[:, None]
    lowest = ndimage.minimum_filter(psl, size=3, mode=("nearest", "wrap"))
    spin = vorticity(u, v, grid)
    spin = ndimage.maximum_filter(spin, size=3, mode=("nearest", "wrap"))
    wind = np.sqrt(u * u + v * v)
    warmth = 0.5 * (t200 + t500)
    possible = (psl == lowest) & (size < HIGHEST_LATITUDE) & (size > 4.0)
    possible &= (spin > VORTICITY * _coarseness(grid)) & (fields["TMQ"] > MOIST)
    places = zip(*np.nonzero(possible), strict=True)
    found = (_examine(row, column, psl, warmth, wind, grid) for row, column in places)
    return [candidate for candidate in found if candidate is not None]


def _coarseness(grid: Grid) -> float:
    """Return 1 down to the reference spacing, less for coarser grids."""
    return min(1.0, REFERENCE_SPACING * 1000.0 / grid.spacing)


def _examine(
    row: int, column: int, psl: np.ndarray, warmth: np.ndarray, wind: np.ndarray, grid: Grid
) -> Candidate | None:
    """Return the candidate at a pressure minimum, or None if a criterion fails."""
    step = 180.0 / (len(grid.lat) - 1)
    reach = int(RING[1] / 111.0 / step) + 1
    rows = np.arange(max(row - reach, 0), min(row + reach + 1, len(grid.lat)))
    wide = min(int(reach * step / 0.55 / (360.0 / len(grid.lon))) + 1, len(grid.lon) // 2 - 1)
    columns = np.arange(column - wide, column + wide + 1) % len(grid.lon)
    box = np.ix_(rows, columns)
    centre = grid.unit[:, row, column]
    offsets = grid.unit[:, rows][:, :, columns] - centre[:, None, None]
    distance = np.linalg.norm(offsets, axis=0) * (EARTH_RADIUS / 1000.0)
    ring = (distance > RING[0]) & (distance < RING[1])
    core = distance < max(CORE, 1.1 * grid.spacing / 1000.0)
    weaker = np.sqrt(_coarseness(grid))
    if psl[box][ring].mean() - psl[row, column] < DEPTH * weaker:
        return None
    if warmth[box][core].mean() - warmth[box][ring].mean() < WARM_CORE * weaker:
        return None
    if wind[box][core].max() < WIND * weaker:
        return None
    extent = max(EXTENT, 1.1 * grid.spacing / 1000.0)
    area = (distance < extent) & (wind[box] > EXTENT_WIND * weaker) | (distance == 0.0)
    inside = np.nonzero(area)
    return Candidate(centre, rows[inside[0]], columns[inside[1]])


def _nearest(candidate: Candidate, others: list[Candidate], limit: float) -> int:
    """Return the index of the nearest of ``others`` within ``limit`` km, or −1."""
    if not others:
        return -1
    squared = [((candidate.centre - other.centre) ** 2).sum() for other in others]
    best = int(np.argmin(squared))
    return best if squared[best] < (limit * 1000.0 / EARTH_RADIUS) ** 2 else -1


def _follow(
    maps: Sequence[list[Candidate]], index: int, candidate: Candidate, direction: int, limit: float
) -> tuple[int, Candidate]:
    """Return how many steps a candidate can be followed, and where it then is.

    One map without it is bridged.
    """
    steps = 0
    while steps < PERSISTENCE:
        for stride in (1, 2):
            at = index + direction * (steps + stride)
            if 0 <= at < len(maps):
                found = _nearest(candidate, maps[at], limit * stride)
                if found >= 0:
                    candidate, steps = maps[at][found], steps + stride
                    break
        else:
            break
    return steps, candidate


def cyclones(maps: Sequence[list[Candidate]], index: int, grid: Grid) -> list[Candidate]:
    """Return the candidates of map ``index`` that last and move.

    Only maps up to a day before and after matter, so the result does not depend on how long
    the sequence of snapshots, three hours apart, is beyond that.
    """
    limit = LINK_SPEED * STEP_SECONDS / 1000.0 + 1.2 * grid.spacing / 1000.0
    lasting = []
    for candidate in maps[index]:
        after, last = _follow(maps, index, candidate, 1, limit)
        before, first = _follow(maps, index, candidate, -1, limit)
        moved = np.sqrt(((last.centre - first.centre) ** 2).sum()) * EARTH_RADIUS / 1000.0
        if after + before >= PERSISTENCE and moved >= MOTION:
            lasting.append(candidate)
    return lasting
