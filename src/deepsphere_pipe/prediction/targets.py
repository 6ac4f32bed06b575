"""Where answers are wanted: on the vertices of the network, or on a grid."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from deepsphere_pipe.data.fields.reading import FINEST
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap import Grid, LatLonGrid, make_remapping
from deepsphere_pipe.remap.grids import points_of
from deepsphere_pipe.samplings import Sampling
from deepsphere_pipe.samplings.coordinates import EARTH_RADIUS
from deepsphere_pipe.samplings.metadata import Variables, data_attributes, mesh_variables

SPHERE, INPUT = "sphere", "input"
AREA = "cell_area"


@dataclass(frozen=True)
class Target:
    """Places of answers, in the words of CF and UGRID.

    Attributes
    ----------
    dims, shape
        Dimensions of the places.
    variables
        Coordinates, areas, and the mesh or the mapping of the grid.
    coordinates
        Which of them are coordinates.
    attributes
        Of a variable that lies there.
    matrix
        From the vertices of the network, (place, vertex); None for these themselves. NaN where
        these, being part of the sphere, have no cell.
    """

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    variables: Variables
    coordinates: tuple[str, ...]
    attributes: dict[str, str]
    matrix: sparse.csr_array | None

    def bring(self, values: np.ndarray) -> np.ndarray:
        """Return values (…, vertex) at the places, (…, *shape), float32."""
        if self.matrix is None:
            return values
        flat = values.reshape(-1, values.shape[-1])
        found = (self.matrix @ flat.T).T
        return found.reshape(*values.shape[:-1], *self.shape).astype(np.float32)


def make_target(wanted: str, sampling: Sampling, grid: Callable[[], Grid]) -> Target:
    """Return where answers go.

    Parameters
    ----------
    wanted
        ``sphere`` for the vertices of the network; ``input`` for the grid of the input; or
        ``181x360`` for a grid of latitudes and longitudes in even steps from 0 eastward: with the
        poles if there is a row on the equator (their number is odd), else with cells that end at
        the poles.
    sampling
        Of the network.
    grid
        Returns that of the input.

    Raises
    ------
    UserError
        If there is no such grid.
    """
    if wanted == SPHERE:
        return _on_vertices(sampling, None)
    place = grid() if wanted == INPUT else _even_grid(wanted)
    if not isinstance(place, LatLonGrid):
        same = place.identifier == sampling.identifier
        return _on_vertices(place, None if same else _matrix(sampling, place))
    return _on_grid(place, _matrix(sampling, place))


def _matrix(sampling: Sampling, place: Grid) -> sparse.csr_array:
    matrix = make_remapping("bilinear", sampling, place)
    if not sampling.covers_sphere:
        outside = sampling.owners(points_of(place)) < 0
        matrix.data[np.repeat(outside, np.diff(matrix.indptr))] = np.nan
    return matrix


def _even_grid(wanted: str) -> LatLonGrid:
    match = re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", wanted)
    if not match or int(match[1]) < 2 or int(match[2]) < 2:
        raise UserError(
            f"grid '{wanted}': must be '{SPHERE}', '{INPUT}', or numbers of latitudes and "
            "longitudes such as 181x360."
        )
    n_lat, n_lon = int(match[1]), int(match[2])
    if n_lat * n_lon > FINEST:
        raise UserError(f"grid '{wanted}': has more than {FINEST:,} points; choose a coarser one.")
    margin = 0 if n_lat % 2 else 90 / n_lat
    latitudes = np.linspace(90 - margin, -90 + margin, n_lat)
    return LatLonGrid(latitudes, np.arange(n_lon) * 360 / n_lon)


def _area(dims: tuple[str, ...], steradians: np.ndarray) -> tuple[tuple[str, ...], Any, dict]:
    of_area = {"standard_name": "cell_area", "units": "m2", "long_name": "area of the cell"}
    return dims, steradians * EARTH_RADIUS**2, of_area


def _on_vertices(sampling: Sampling, matrix: sparse.csr_array | None) -> Target:
    variables = mesh_variables(sampling)
    dims, areas, _ = variables.pop("areas")
    variables[AREA] = _area(dims, areas)
    if "faces" in variables:
        corners, faces, of_faces = variables["faces"]
        variables["faces"] = corners, faces.astype(np.int32), of_faces
    coordinates = ["longitude", "latitude"]
    mapped = sampling.grid_mapping
    if mapped and mapped["grid_mapping_name"] == "healpix":
        of_index = {"standard_name": "healpix_index", "units": "1"}
        variables["healpix_index"] = (dims, np.arange(sampling.n_vertices), of_index)
        coordinates.append("healpix_index")
    attributes = data_attributes(sampling) | {"cell_measures": f"area: {AREA}"}
    return Target(dims, (sampling.n_vertices,), variables, tuple(coordinates), attributes, matrix)


def _on_grid(grid: LatLonGrid, matrix: sparse.csr_array) -> Target:
    dims = ("lat", "lon")
    latitude = {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"}
    longitude = {"standard_name": "longitude", "units": "degrees_east", "axis": "X"}
    variables: Variables = {
        "lat": (("lat",), grid.latitudes, latitude),
        "lon": (("lon",), grid.longitudes, longitude),
        AREA: _area(dims, np.asarray(grid.cell_areas)),
    }
    return Target(dims, grid.shape, variables, dims, {"cell_measures": f"area: {AREA}"}, matrix)
