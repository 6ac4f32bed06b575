"""Where maps lie: the cells of any mesh, grid or set of points, and which of them touch."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr
from scipy import sparse
from scipy.spatial import cKDTree

from deepsphere_pipe.data.fields.grids import placement
from deepsphere_pipe.data.fields.healpix_cells import healpix_cells
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap import LatLonGrid
from deepsphere_pipe.remap.grids import areas_of, points_of
from deepsphere_pipe.samplings import Sampling
from deepsphere_pipe.samplings.adjacency import around_vertices, on_lattice
from deepsphere_pipe.samplings.coordinates import area_name, degrees_of, steradians_of
from deepsphere_pipe.samplings.sampling import disc_radii, unit_vectors
from deepsphere_pipe.samplings.sphere import longitude_latitude
from deepsphere_pipe.synthetic.geography import land_fraction


@dataclass(frozen=True, eq=False)
class Surface:
    """The cells of maps.

    Attributes
    ----------
    coordinates
        Unit vectors to their centres, (n, 3).
    areas
        Steradian, (n,).
    adjacent
        Pairs of cells that share a side or a corner, (n_pairs, 2).
    """

    coordinates: np.ndarray
    areas: np.ndarray
    adjacent: np.ndarray

    @classmethod
    def of(cls, sampling: Sampling) -> "Surface":
        """Return the cells of a sampling."""
        return cls(sampling.coordinates, sampling.areas, sampling.adjacent)

    @property
    def n_vertices(self) -> int:
        """Number of cells."""
        return len(self.coordinates)

    def owners(self, points: np.ndarray) -> np.ndarray:
        """Return the cell that is nearest to each of some places (n, 3), -1 beyond the cells."""
        away, owner = self.tree.query(points)
        return np.where(away <= 2 * disc_radii(self.areas)[owner], owner, -1)

    @cached_property
    def tree(self) -> cKDTree:
        """Finds the cell that is nearest to a place."""
        return cKDTree(self.coordinates)

    @cached_property
    def touching(self) -> sparse.csr_array:
        """Which cells touch each cell, symmetric (n, n)."""
        (first, second), n = self.adjacent.T, self.n_vertices
        ends = np.append(first, second), np.append(second, first)
        return sparse.coo_array((np.ones(2 * len(first), bool), ends), (n, n)).tocsr()

    @cached_property
    def land(self) -> np.ndarray:
        """Which cells have their centre on land, (n,) bool."""
        return on_land(self.coordinates)

    @cached_property
    def coast(self) -> np.ndarray:
        """Which cells on land touch one at sea, (n,) bool."""
        first, second = self.adjacent.T
        found = np.zeros(self.n_vertices, bool)
        for here, there in ((first, second), (second, first)):
            found[here[self.land[here] & ~self.land[there]]] = True
        return found


def on_land(points: np.ndarray) -> np.ndarray:
    """Return whether places (…, 3) lie on land, by the packaged mask of 1°, which is smoothed."""
    longitude, latitude = longitude_latitude(points)
    return land_fraction(latitude, longitude) >= 0.5


@dataclass(frozen=True, eq=False)
class Placed:
    """Cells, the dimensions of a variable on them, and the order in which its values are taken."""

    surface: Surface
    dims: tuple[str, ...]
    order: np.ndarray | None = None


def surface_of(dataset: xr.Dataset, variable: xr.DataArray) -> Placed:
    """Return where a variable lies, by what the file says: mesh, HEALPix, grid or points.

    Raises
    ------
    UserError
        If that cannot be told.
    """
    if (cells := healpix_cells(dataset, variable)) is not None:
        dims, sampling, order = cells
        return Placed(Surface.of(sampling), dims, order)
    topology = dataset.variables.get(variable.attrs.get("mesh", ""))
    if topology is not None and variable.attrs.get("location") == "node":
        return _on_nodes(dataset, variable, topology.attrs)
    placed = placement(dataset, variable)
    grid = placed.grid
    adjacent = on_lattice(grid.shape) if isinstance(grid, LatLonGrid) else grid.adjacent
    surface = Surface(points_of(grid), np.asarray(areas_of(grid)).ravel(), adjacent)
    return Placed(surface, placed.dims, placed.order)


def _on_nodes(dataset: xr.Dataset, variable: xr.DataArray, topology: dict) -> Placed:
    """Return the cells around the nodes of a mesh of triangles; it may be a part of the sphere."""
    faces = dataset[topology["face_node_connectivity"]]
    longitude, latitude = (
        degrees_of(dataset, name, axis) for name, axis in _axes(dataset, topology)
    )
    dims = dataset[topology["node_coordinates"].split()[0]].dims
    points = unit_vectors(longitude, latitude)
    measures = variable.attrs.get("cell_measures") or variable.encoding.get("cell_measures") or ""
    areas = area_name(dataset, str(measures))
    if areas is None:
        raise UserError(f"{variable.name}: the file tells no areas of cells (cell_measures).")
    shape = _lattice(longitude, latitude)
    first = int(faces.attrs.get("start_index", 0))
    corners = np.asarray(faces.values, np.int64) - first
    adjacent = on_lattice(shape) if shape else around_vertices(points, corners)
    surface = Surface(points, steradians_of(dataset, areas), adjacent)
    return Placed(surface, tuple(map(str, dims)))


def _axes(dataset: xr.Dataset, topology: dict) -> list[tuple[str, str]]:
    """Return name and axis of longitude and latitude of the nodes, in this order."""
    names = {dataset[n].attrs.get("standard_name"): n for n in topology["node_coordinates"].split()}
    return [(names[axis], axis) for axis in ("longitude", "latitude")]


def _lattice(longitude: np.ndarray, latitude: np.ndarray) -> tuple[int, int] | None:
    """Return the numbers of rows and columns of points that lie in such, None of others."""
    n_lon = int(np.argmax(latitude != latitude[0])) or len(latitude)
    if n_lon < 3 or len(latitude) % n_lon:
        return None
    rows, columns = latitude.reshape(-1, n_lon), longitude.reshape(-1, n_lon)
    inner = np.abs(rows[:, 0]) < 90 - 1e-6  # at a pole all longitudes are 0
    same = np.ptp(rows, axis=1).max() < 1e-9 and np.ptp(columns[inner], axis=0).max() < 1e-9
    return (len(rows), n_lon) if same else None
