"""CF and UGRID metadata: what output files say of the sampling they are on."""

from typing import Any, Protocol

import netCDF4
import numpy as np

MESH = "mesh"


class Mesh(Protocol):
    """What has vertices and maybe faces: a sampling, or a level of a saved hierarchy."""

    @property
    def longitude(self) -> np.ndarray:
        """Degrees east, (n_vertices,)."""

    @property
    def latitude(self) -> np.ndarray:
        """Degrees north, (n_vertices,)."""

    @property
    def areas(self) -> np.ndarray:
        """Of the cells in steradian, (n_vertices,)."""

    @property
    def faces(self) -> np.ndarray | None:
        """Triangles, (n_faces, 3)."""


Variables = dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, Any]]]
"""Dimensions, values and attributes by name: what `xarray.Dataset` takes."""


def mesh_variables(sampling: Mesh) -> Variables:
    """Return the places of the vertices, their areas and the mesh (UGRID 1.0) as variables."""
    longitude = {"standard_name": "longitude", "units": "degrees_east"}
    latitude = {"standard_name": "latitude", "units": "degrees_north"}
    area = {"standard_name": "cell_area", "units": "sr"}
    area["long_name"] = "area of the cell on the unit sphere"
    variables: Variables = {
        "longitude": (("vertex",), sampling.longitude, longitude),
        "latitude": (("vertex",), sampling.latitude, latitude),
        "areas": (("vertex",), sampling.areas, area),
    }
    if sampling.faces is not None:
        variables["faces"] = (
            ("face", "corner"),
            sampling.faces,
            {
                "cf_role": "face_node_connectivity",
                "long_name": "corners of each triangle, counter-clockwise seen from outside",
                "start_index": np.int32(0),
            },
        )
        topology = {
            "cf_role": "mesh_topology",
            "long_name": "triangles between the vertices",
            "topology_dimension": np.int32(2),
            "node_coordinates": "longitude latitude",
            "face_node_connectivity": "faces",
        }
        variables[MESH] = ((), np.array(0, np.int32), topology)  # only its attributes count
    if mapping := _grid_mapping(sampling):
        variables[mapping["grid_mapping_name"]] = ((), np.array(0, np.int32), mapping)
    return variables


def write_mesh(group: netCDF4.Dataset | netCDF4.Group, sampling: Mesh) -> None:
    """Write `mesh_variables` into an open file or group with a dimension ``vertex``."""
    for name, (dimensions, values, attributes) in mesh_variables(sampling).items():
        for dimension, size in zip(dimensions, values.shape, strict=True):
            if dimension not in group.dimensions:
                group.createDimension(dimension, size)
        variable = group.createVariable(name, values.dtype, dimensions)
        variable.setncatts(attributes)
        variable[...] = values


def data_attributes(sampling: Mesh) -> dict[str, str]:
    """Return the attributes of a variable whose values are on the vertices."""
    attributes = {"cell_measures": "area: areas"}
    if sampling.faces is not None:
        attributes |= {"mesh": MESH, "location": "node"}
    if mapping := _grid_mapping(sampling):
        attributes["grid_mapping"] = mapping["grid_mapping_name"]
    return attributes


def _grid_mapping(sampling: Mesh) -> dict[str, Any] | None:
    return getattr(sampling, "grid_mapping", None)  # which a level does not know
