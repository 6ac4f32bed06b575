"""CF and UGRID metadata: what output files say of the sampling they are on."""

from typing import Protocol

import netCDF4
import numpy as np

from deepsphere_pipe.samplings.healpix import Healpix
from deepsphere_pipe.samplings.sampling import Sampling

MESH = "mesh"


class Places(Protocol):
    """What has vertices and maybe a mesh: a sampling, or a level of a saved sphere."""

    longitude: np.ndarray
    latitude: np.ndarray
    areas: np.ndarray
    faces: np.ndarray | None


def write_mesh(group: netCDF4.Dataset | netCDF4.Group, sampling: Places) -> None:
    """Write the places of the vertices, their areas and the mesh (UGRID 1.0) into a file.

    Parameters
    ----------
    group
        Open file or group with a dimension ``vertex``.
    sampling
        Where the vertices are.
    """
    _write(group, "longitude", sampling.longitude, units="degrees_east", standard_name="longitude")
    _write(group, "latitude", sampling.latitude, units="degrees_north", standard_name="latitude")
    areas = {"units": "sr", "long_name": "area of the cell on the unit sphere"}
    _write(group, "areas", sampling.areas, standard_name="cell_area", **areas)
    if sampling.faces is not None:
        group.createDimension("face", len(sampling.faces))
        group.createDimension("corner", 3)
        faces = group.createVariable("faces", sampling.faces.dtype, ("face", "corner"))
        faces.setncatts(
            {
                "cf_role": "face_node_connectivity",
                "long_name": "corners of each triangle, counter-clockwise seen from outside",
                "start_index": np.int32(0),
            }
        )
        faces[:] = sampling.faces
        mesh = group.createVariable(MESH, "i4")  # a variable without values, as UGRID has it
        mesh.setncatts(
            {
                "cf_role": "mesh_topology",
                "long_name": "triangles between the vertices",
                "topology_dimension": np.int32(2),
                "node_coordinates": "longitude latitude",
                "face_node_connectivity": "faces",
            }
        )
    if isinstance(sampling, Healpix):
        mapping = group.createVariable("healpix", "i4")
        mapping.setncatts(
            {
                "grid_mapping_name": "healpix",
                "refinement_level": np.int32(sampling.nside.bit_length() - 1),
                "indexing_scheme": "nested",
            }
        )


def data_attributes(sampling: Sampling) -> dict[str, str]:
    """Return the attributes of a variable whose values are on the vertices."""
    attributes = {}
    if sampling.faces is not None:
        attributes |= {"mesh": MESH, "location": "node"}
    if isinstance(sampling, Healpix):
        attributes["grid_mapping"] = "healpix"
    return attributes


def _write(group, name: str, values: np.ndarray, **attributes: str) -> None:
    variable = group.createVariable(name, "f8", ("vertex",))
    variable.setncatts(attributes)
    variable[:] = values
