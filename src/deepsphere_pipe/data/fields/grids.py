"""The grid that values lie on, as remapping takes it, and how arrays are brought to its order."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.spatial import cKDTree

from deepsphere_pipe.data.fields.healpix_cells import healpix_cells
from deepsphere_pipe.data.fields.meshes import mesh_coordinates
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap import Grid, LatLonGrid
from deepsphere_pipe.samplings import Custom, Healpix
from deepsphere_pipe.samplings.coordinates import (
    EARTH_RADIUS,
    area_name,
    axis_names,
    degrees_of,
    steradians_of,
)
from deepsphere_pipe.samplings.sampling import unit_vectors

SAME_PLACE = 0.01
"""Share of a step within which a last column repeats the first."""

WIDEST = 2.5
"""Steps between rows that may be missing between two of them, or beyond the last one."""

EMPTY, EMPTY_DEGREES = 4, 5
"""Radius of a cap without points that is too large: so many usual distances, and degrees."""

PROBES = 16
"""Nside of the places at which caps are looked for."""

WHOLE = 0.97
"""Share of the sphere that the areas of cells must cover."""


@dataclass(frozen=True)
class Placement:
    """Where values lie, and how they are brought into the order of the grid.

    Attributes
    ----------
    dims
        Dimensions of the values, in the order in which they are flattened.
    grid
        Where they lie then.
    order
        Which of the flat values are taken, in this order; None for all as they are.
    """

    dims: tuple[str, ...]
    grid: Grid
    order: np.ndarray | None = None

    def flatten(self, variable: xr.Variable) -> np.ndarray:
        """Return the values of a variable on these dimensions in the order of the grid, (n,)."""
        values = variable.transpose(*self.dims).values.ravel()
        return values if self.order is None else values[self.order]


def same_grid(one: Grid, other: Grid) -> bool:
    """Return whether two grids have the same cells in the same order."""
    if isinstance(one, LatLonGrid) and isinstance(other, LatLonGrid):
        return np.array_equal(one.latitudes, other.latitudes) and np.array_equal(
            one.longitudes, other.longitudes
        )
    if isinstance(one, LatLonGrid) or isinstance(other, LatLonGrid):
        return False
    return one.identifier == other.identifier


def placement(dataset: xr.Dataset, variable: xr.DataArray) -> Placement:
    """Find where the values of a variable lie.

    Parameters
    ----------
    dataset
        What it is part of.
    variable
        Its other dimensions, as of time and level, are left out of account.

    Raises
    ------
    UserError
        If its coordinates are not there, ambiguous or of no known units; or the grid is none
        that covers the sphere.
    """
    if (cells := healpix_cells(dataset, variable)) is not None:
        return Placement(*cells)
    found = mesh_coordinates(dataset, variable)
    if found is None:
        names = axis_names(dataset, variable)
        found = {
            axis: xr.DataArray(degrees_of(dataset, name, axis), dims=dataset[name].dims, name=name)
            for axis, name in names.items()
        }
    longitude, latitude = found["longitude"].values, found["latitude"].values
    dims = [tuple(map(str, found[axis].dims)) for axis in ("longitude", "latitude")]
    if len(dims[0]) == len(dims[1]) == 1 and dims[0] != dims[1]:
        return _rectilinear(dims[1] + dims[0], latitude, longitude)
    if dims[0] != dims[1]:
        raise UserError(
            f"{found['longitude'].name} and {found['latitude'].name} have different dimensions "
            f"({', '.join(dims[0])} and {', '.join(dims[1])})."
        )
    if longitude.ndim == 2:
        for axes in ((0, 1), (1, 0)):  # rows and columns written out in full
            lat, lon = latitude.transpose(axes), longitude.transpose(axes)
            if (lat == lat[:, :1]).all() and (lon == lon[:1]).all():
                rows, columns = (dims[0][axis] for axis in axes)
                return _rectilinear((rows, columns), lat[:, 0], lon[0])
    areas = _areas(dataset, variable, dims[0])
    if areas is not None and areas.sum() < WHOLE * 4 * np.pi:
        raise UserError(
            f"{variable.name}: its cells cover {areas.sum() / 4 / np.pi:.0%} of the sphere; maps "
            "are made of the whole of it."
        )
    points = unit_vectors(longitude.ravel(), latitude.ravel())
    if areas is None:
        _check_everywhere(str(variable.name), points)
    return Placement(dims[0], Custom(points, areas))


def _check_everywhere(name: str, points: np.ndarray) -> None:
    """Refuse points that leave a part of the sphere empty, over which others would be stretched."""
    probes = Healpix(PROBES)
    distances, _ = cKDTree(points).query(probes.coordinates)
    worst = int(np.argmax(distances))
    radius = np.degrees(2 * np.arcsin(distances[worst] / 2))
    usual = np.degrees(np.sqrt(4 * np.pi / len(points)))
    if radius > max(EMPTY_DEGREES, EMPTY * usual):
        raise UserError(
            f"{name}: has no values within {radius:.0f} degrees of {probes.latitude[worst]:.0f} "
            f"degrees north and {probes.longitude[worst]:.0f} east; maps are made of the whole "
            "sphere."
        )


def _areas(dataset: xr.Dataset, variable: xr.DataArray, dims: tuple[str, ...]) -> np.ndarray | None:
    measures = variable.encoding.get("cell_measures") or variable.attrs.get("cell_measures") or ""
    name = area_name(dataset, str(measures))
    if name is None or dataset[name].dims != dims:
        return None
    return steradians_of(dataset, name, plain=EARTH_RADIUS**-2).ravel()


def _check_whole(latitude: np.ndarray) -> None:
    """Refuse rows that leave out the poles or a band: values there would be made up."""
    rows = np.concatenate([[-90], np.sort(latitude), [90]])
    steps = np.diff(rows)
    allowed = WIDEST * np.median(steps[1:-1])
    worst = int(np.argmax(steps))
    if len(latitude) > 2 and steps[worst] > allowed:
        raise UserError(
            f"has no rows between {rows[worst]:.4g} and {rows[worst + 1]:.4g} degrees north; maps "
            "are made of the whole sphere."
        )


def _rectilinear(dims: tuple[str, ...], latitude: np.ndarray, longitude: np.ndarray) -> Placement:
    columns = np.arange(longitude.size)
    if longitude.size > 2:
        steps = np.diff(longitude) % 360
        step = np.median(np.minimum(steps, 360 - steps))
        gap = (longitude[-1] - longitude[0] + 180) % 360 - 180
        if abs(gap) < SAME_PLACE * step:
            columns = columns[:-1]
        if np.median(steps) > 180:
            columns = columns[::-1]
    grid = LatLonGrid(latitude, longitude[columns])
    _check_whole(grid.latitudes)
    if columns.size == longitude.size and columns[0] == 0:
        return Placement(dims, grid)
    cells = np.arange(latitude.size * longitude.size).reshape(latitude.size, -1)
    return Placement(dims, grid, cells[:, columns].ravel())
