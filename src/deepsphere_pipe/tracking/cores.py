"""Areas that belong to two cyclones at once: each core takes the cells that are nearest to it."""

import numpy as np

from deepsphere_pipe.tracking.geometry import chord_of
from deepsphere_pipe.tracking.surface import Surface


def divide(
    surface: Surface, component: np.ndarray, strength: np.ndarray, apart_km: float
) -> np.ndarray:
    """Divide events that have several cores.

    A core is a cell where something is no weaker than in any that touches it, and stronger than in
    some. Of cores that are nearer to each other than a distance the strongest one counts, as
    candidates are merged in TempestExtremes (Ullrich et al. 2021).

    Parameters
    ----------
    surface
    component
        Event of each cell, -1 for none, (cell,).
    strength
        What is greatest in a core: probability, or pressure with its sign turned, (cell,).
    apart_km
        How far cores of different cyclones are from each other at least.

    Returns
    -------
    ndarray of int64, (cell,)
        As `component`; events that were divided are numbered anew at the end.
    """
    cells = np.flatnonzero(component >= 0)
    if not len(cells):
        return component
    found, number, apart = component.copy(), int(component.max()) + 1, float(chord_of(apart_km))
    order = cells[np.argsort(component[cells], kind="stable")]
    for part in np.split(order, np.flatnonzero(np.diff(component[order])) + 1):
        points = surface.coordinates[part]
        if np.linalg.norm(points - points[0], axis=1).max() < apart / 2:
            continue  # all within the distance from each other
        cores = _cores(surface, part, strength, apart)
        if len(cores) > 1:
            away = np.linalg.norm(points[:, None] - surface.coordinates[cores], axis=2)
            nearest = away.argmin(axis=1)
            new = np.append(component[part[0]], number + np.arange(len(cores) - 1))
            found[part] = new[nearest]
            number += len(cores) - 1
    return found


def _cores(surface: Surface, cells: np.ndarray, strength: np.ndarray, apart: float) -> list[int]:
    """Return the cores among some cells, strongest first."""
    touching, cores = surface.touching, list[int]()
    for cell in cells[np.argsort(-strength[cells], kind="stable")]:
        around = touching.indices[touching.indptr[cell] : touching.indptr[cell + 1]]
        here, there = strength[cell], strength[around]
        if not np.isfinite(here) or (there > here).any() or not (there < here).any():
            continue
        away = np.linalg.norm(surface.coordinates[cores] - surface.coordinates[cell], axis=1)
        if not cores or away.min() >= apart:
            cores.append(int(cell))
    return cores
