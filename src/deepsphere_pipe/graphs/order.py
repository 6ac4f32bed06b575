"""The vertex-order proof: on the right graph a smooth field has little Dirichlet energy."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from deepsphere_pipe.errors import UserError

MAX_ENERGY_RATIO, MAX_ENERGY = 20, 0.35
"""A field is noise beyond so many times the energy of the smoothest functions there are, the
coordinates themselves, or beyond this energy. In the right order temperature and geopotential have
3 to 9 times as much; a zonal field in ring order on a nested sphere 40 times; random order 0.5."""

MAX_PRESSURE_ENERGY_RATIO = 65
"""The same for sea level pressure, which has weather on a flat background: that of ERA5 has 21 to
52 times as much in the right order, and 150 to 6 500 times in others on HEALPix spheres of nside 16
and finer and on icosahedral ones of level 4 and finer."""


def relative_dirichlet_energy(
    scaled_laplacian: sparse.sparray | sparse.spmatrix, fields: np.ndarray
) -> np.ndarray:
    """Return xᵀLx / (λmax xᵀx) of fields after removal of their mean.

    Parameters
    ----------
    scaled_laplacian
        2 L / λmax - I, (n, n), as spheres hold it.
    fields
        (n_fields, n_vertices).

    Returns
    -------
    ndarray
        From 0 (smooth) to 1, (n_fields,); NaN for a constant field.
    """
    fields = np.asarray(fields, dtype=np.float64)
    scale = np.abs(fields).max(axis=1, keepdims=True)
    fields = fields / np.where(scale > 0, scale, 1)
    fields = fields - fields.mean(axis=1, keepdims=True)
    squares = (fields**2).sum(axis=1)
    energy = (fields * (scaled_laplacian @ fields.T).T).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = (energy / squares + 1) / 2
    return np.where(squares > 1e-12 * fields.shape[1], relative, np.nan)


def check_vertex_order(
    scaled_laplacian: sparse.sparray | sparse.spmatrix,
    coordinates: np.ndarray,
    fields: np.ndarray,
    names: Sequence[str],
    where: str,
    ratios: Sequence[float] | None = None,
) -> None:
    """Refuse smooth fields whose vertices are in another order than those of the graph.

    Parameters
    ----------
    scaled_laplacian
        2 L / λmax - I, (n, n).
    coordinates
        Unit vectors to its vertices, (n, 3).
    fields
        Fields that are smooth in nature, (n_fields, n_vertices).
    names
        What they are, (n_fields,).
    where
        The file that they come from.
    ratios
        Beyond how many times the energy of the coordinates each is noise, (n_fields,); without
        them `MAX_ENERGY_RATIO`.

    Raises
    ------
    UserError
        If even the smoothest of them is noise on the graph.
    """
    energy = relative_dirichlet_energy(scaled_laplacian, fields)
    if np.isnan(energy).all():
        return  # constant fields prove nothing
    ratio = np.full(len(fields), MAX_ENERGY_RATIO) if ratios is None else np.asarray(ratios)
    best = int(np.nanargmin(energy / ratio))
    smoothest = relative_dirichlet_energy(scaled_laplacian, np.transpose(coordinates)).mean()
    limit = min(ratio[best] * smoothest, MAX_ENERGY)
    if energy[best] > limit:
        raise UserError(
            f"{where}: the smooth field {names[best]} is noise on this sphere (relative Dirichlet "
            f"energy {energy[best]:.3f}, in the right order below {limit:.3f}): its vertices are "
            "in another order; convert them to the order of the sampling."
        )
