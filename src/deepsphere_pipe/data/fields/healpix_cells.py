"""Values on HEALPix, nested or ring, by CF 1.13 or by the attributes that tools write."""

import healpix
import numpy as np
import xarray as xr

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import Healpix
from deepsphere_pipe.samplings.coordinates import AXES, axis_names, degrees_of
from deepsphere_pipe.samplings.sampling import unit_vectors

SCHEMES = {"nest": True, "nested": True, "ring": False}
NSIDES = ("healpix_nside", "nside")
LEVELS = ("refinement_level", "healpix_level")
ORDERS = ("indexing_scheme", "healpix_order", "order", "ordering")
INDEXES = ("healpix_index", "cell_ids", "cell", "cells", "pix")
"""What says size, order and cell numbers: CF 1.13 first, then easygems, xdggs and healpy."""


def healpix_cells(
    dataset: xr.Dataset, variable: xr.DataArray
) -> tuple[tuple[str], Healpix, np.ndarray | None] | None:
    """Return dimension, sampling and order of values on HEALPix; None if they say no such thing.

    Raises
    ------
    UserError
        If size or order are not said, or cells are missing.
    """
    said = _said(dataset, variable)
    if said is None:
        return None
    try:
        nside = next((int(said[key]) for key in NSIDES if key in said), None)
        nside = nside or next((2 ** int(said[key]) for key in LEVELS if key in said), None)
    except (TypeError, ValueError, OverflowError):
        nside = None
    scheme = next((str(said[key]).lower() for key in ORDERS if key in said), "")
    if nside is None or scheme not in SCHEMES:
        raise UserError(
            f"{variable.name}: lies on HEALPix, but the attributes say "
            f"{'no nside' if nside is None else 'no indexing scheme, nested or ring'}."
        )
    sampling = Healpix(nside)
    n = sampling.n_vertices
    index = _index(dataset, variable)
    dims = [str(d) for d, size in variable.sizes.items() if size == n]
    if index is not None:
        dims = [str(index.dims[0])]
        if not np.array_equal(np.sort(index.values), np.arange(n)):
            raise UserError(
                f"{variable.name}: has {index.size} of the {n} cells of HEALPix with nside "
                f"{nside}; maps are made of the whole sphere."
            )
    if len(dims) != 1:
        raise UserError(f"{variable.name}: has no dimension of the {n} cells of nside {nside}.")
    places = np.arange(n) if SCHEMES[scheme] else healpix.nest2ring(nside, np.arange(n))
    if index is not None:
        places = np.argsort(index.values)[places]
    _check_against_coordinates(dataset, variable, dims[0], sampling.coordinates, places)
    return (dims[0],), sampling, None if np.array_equal(places, np.arange(n)) else places


def _check_against_coordinates(
    dataset: xr.Dataset, variable: xr.DataArray, dim: str, cells: np.ndarray, places: np.ndarray
) -> None:
    """Refuse cells whose longitudes and latitudes, if there are any, say that they are others."""
    try:
        names = axis_names(dataset, variable)
    except UserError:  # there are none, or several
        return
    if any(dataset[name].dims != (dim,) for name in names.values()):
        return
    told = unit_vectors(*(degrees_of(dataset, names[axis], axis) for axis in AXES))[places]
    apart = np.linalg.norm(told - cells, axis=1).max()
    if apart > np.sqrt(4 * np.pi / len(cells)):
        raise UserError(
            f"{variable.name}: lies on HEALPix, but {' and '.join(names.values())} are those of "
            "another order: the indexing scheme, or the coordinates, must be wrong."
        )


def _said(dataset: xr.Dataset, variable: xr.DataArray) -> dict | None:
    """Return the attributes that tell of HEALPix: of the grid mapping, variable or data set."""
    name = variable.encoding.get("grid_mapping") or variable.attrs.get("grid_mapping")
    if name in dataset.variables:
        attributes = dataset[name].attrs
        return attributes if attributes.get("grid_mapping_name") == "healpix" else None
    for each in (variable, *(dataset[c] for c in variable.coords), dataset):
        if set(each.attrs) & {*NSIDES[:1], *LEVELS[1:]} or (
            str(each.attrs.get("grid_name", "")).lower() == "healpix"
        ):
            return each.attrs
    return None


def _index(dataset: xr.Dataset, variable: xr.DataArray) -> xr.DataArray | None:
    for name, each in dataset.variables.items():
        known = each.attrs.get("standard_name") == "healpix_index" or name in INDEXES
        if known and each.ndim == 1 and each.dims[0] in variable.dims and each.dtype.kind in "iu":
            return dataset[name]
    return None
