"""Values on the nodes or faces of a UGRID mesh."""

import numpy as np
import xarray as xr

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings.coordinates import AXES, degrees_of, is_axis
from deepsphere_pipe.samplings.sampling import unit_vectors
from deepsphere_pipe.samplings.sphere import longitude_latitude

LOCATIONS = ("node", "face")


def mesh_coordinates(dataset: xr.Dataset, variable: xr.DataArray) -> dict[str, xr.DataArray] | None:
    """Return longitude and latitude of a variable on a mesh, in degrees; None if it is on none.

    Raises
    ------
    UserError
        If the mesh is not there, or has no coordinates for that location.
    """
    mesh, location = (variable.attrs.get(key) for key in ("mesh", "location"))
    if mesh is None:
        return None
    if mesh not in dataset.variables or location not in LOCATIONS:
        raise UserError(
            f"{variable.name}: lies on the {location} of the mesh '{mesh}'; nodes and faces of a "
            "mesh in the same file can be read."
        )
    topology = dataset[mesh].attrs
    named = _named(dataset, topology, location)
    if named is not None:
        return named
    nodes = _named(dataset, topology, "node")
    faces = dataset.variables.get(topology.get("face_node_connectivity"))
    if location != "face" or nodes is None or faces is None:
        raise UserError(f"{variable.name}: the mesh '{mesh}' has no {location}_coordinates.")
    return _centres(variable, nodes, faces)


def _named(dataset: xr.Dataset, topology: dict, location: str) -> dict[str, xr.DataArray] | None:
    names = str(topology.get(f"{location}_coordinates", "")).split()
    found = {}
    for axis in AXES:
        for name in names:
            if name in dataset and is_axis(name, dataset[name].variable, axis):
                values = degrees_of(dataset, name, axis)
                units = {"standard_name": axis, "units": "degrees"}
                found[axis] = xr.DataArray(values, dims=dataset[name].dims, attrs=units)
    return found if len(found) == len(AXES) else None


def _centres(
    variable: xr.DataArray, nodes: dict[str, xr.DataArray], faces: xr.Variable
) -> dict[str, xr.DataArray]:
    """Return the mean directions of the corners of each face."""
    on_faces = [axis for axis, dim in enumerate(faces.dims) if dim in variable.dims]
    corners = np.moveaxis(np.asarray(faces.values, np.float64), on_faces[0] if on_faces else 0, 0)
    there = np.isfinite(corners) & (corners >= 0)
    first = int(faces.attrs.get("start_index", 0))
    index = np.where(there, corners - first, 0).astype(np.int64)
    points = unit_vectors(nodes["longitude"].values, nodes["latitude"].values)
    if index.max(initial=0) >= len(points):
        raise UserError(f"{variable.name}: the faces of its mesh name nodes that are not there.")
    centres = longitude_latitude((points[index] * there[..., None]).sum(axis=1))
    dims, units = (faces.dims[on_faces[0]] if on_faces else faces.dims[0],), {"units": "degrees"}
    return {
        axis: xr.DataArray(values, dims=dims, attrs={"standard_name": axis, **units})
        for axis, values in zip(AXES, centres, strict=True)
    }
