"""A sphere as networks, scores and figures need it: its levels, and the file that holds them.

A sphere is a sampling and its coarser levels; on every level vertices, areas, the rescaled
Laplacian of a graph, and the way to the next coarser level. It is built once and saved to one
netCDF-4 file with a group per level, finest first, which everything else reads.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
from scipy import sparse

from deepsphere_pipe.errors import UserError

FORMAT = "deepsphere_pipe sphere 3"

# Variables of a level besides those of its mesh: dimensions and attributes. The Laplacian is
# stored as the arrays of a compressed sparse row matrix.
VARIABLES = {
    "coordinates": (("vertex", "axis"), {"long_name": "unit vector to the vertex", "units": "1"}),
    "parents": (("vertex",), {"long_name": "parent of the vertex at the next coarser level"}),
    "edge_ends": (
        ("vertex", "end"),
        {"long_name": "vertices of the next coarser level between which the vertex lies"},
    ),
    "adjacent": (
        ("pair", "end"),
        {"long_name": "pairs of vertices whose cells share a side or a corner"},
    ),
    "data": (("entry",), {"long_name": "entries of the rescaled Laplacian", "units": "1"}),
    "indices": (("entry",), {"long_name": "column of each entry"}),
    "indptr": (("row_end",), {"long_name": "first entry of each row"}),
}
LAPLACIAN = ("data", "indices", "indptr")
MESH_VARIABLES = ("longitude", "latitude", "areas", "faces")
OPTIONAL = ("faces", "parents", "edge_ends")


@dataclass(frozen=True, eq=False)
class Level:
    """One level of a sphere with n vertices.

    Attributes
    ----------
    coordinates
        Unit vectors, (n, 3) float64.
    longitude, latitude
        Degrees east in [-180, 180) and degrees north, (n,) float64.
    areas
        Cell areas in steradian, (n,) float64; the sum is 4π, or the area that a partial sampling
        covers.
    faces
        Triangles of the mesh, (n_faces, 3); None for samplings without a mesh.
    adjacent
        Pairs of vertices whose cells share a side or a corner, (n_pairs, 2); not of the graph.
    laplacian
        Laplacian rescaled to [-1, 1], (n, n) float64, symmetric, sorted indices.
    largest_eigenvalue
        Of the Laplacian before it was rescaled; 1 % too large in the published graphs.
    kernel_width
        Chord at which an edge has weight 1/2, in radii.
    n_edges
        Number of undirected edges.
    parents
        Parent of each vertex at the next level, (n,) int64; None at the coarsest level.
    edge_ends
        Vertices of the next level between which each vertex lies, (n, 2) int64; None at the
        coarsest level and for samplings where there are none.
    """

    coordinates: np.ndarray
    longitude: np.ndarray
    latitude: np.ndarray
    areas: np.ndarray
    faces: np.ndarray | None
    adjacent: np.ndarray
    laplacian: sparse.csr_array
    largest_eigenvalue: float
    kernel_width: float
    n_edges: int
    parents: np.ndarray | None
    edge_ends: np.ndarray | None

    @property
    def n_vertices(self) -> int:
        """Number of vertices n."""
        return len(self.coordinates)


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """A hierarchy of sphere levels, finest first, and the choices that made it."""

    levels: tuple[Level, ...]
    sampling_name: str
    sampling_parameters: dict[str, object]
    sampling_identifier: str
    kind: str
    neighbours: int
    kernel_width: str | float | tuple[float, ...]
    laplacian: str

    @property
    def depth(self) -> int:
        """Number of pooling steps, one less than levels."""
        return len(self.levels) - 1

    @property
    def choices(self) -> dict[str, Any]:
        """All that says how it was made, but for its depth."""
        return {
            "sampling_name": self.sampling_name,
            "sampling_parameters": self.sampling_parameters,
            "sampling_identifier": self.sampling_identifier,
            "kind": self.kind,
            "neighbours": self.neighbours,
            "kernel_width": self.kernel_width,
            "laplacian": self.laplacian,
        }

    @property
    def identifier(self) -> str:
        """Identifier of the sampling, depth, k, and a hash of all choices of the graph."""
        choices = [self.kind, self.depth, self.neighbours, self.kernel_width, self.laplacian]
        digest = hashlib.sha256(json.dumps([FORMAT, *choices]).encode()).hexdigest()[:8]
        return f"{self.sampling_identifier}-depth{self.depth}-{self._graph_label}-{digest}"

    @property
    def _graph_label(self) -> str:
        return f"k{self.neighbours}" if self.kind == "knn" else self.kind

    def describe(self) -> str:
        """Return a short table of the levels for people."""
        graph = f"graph of kind {self.kind}"
        if self.kind == "knn":
            graph = f"{self.neighbours} neighbours, kernel width {self.kernel_width}"
        lines = [
            f"{self.identifier}: {self.laplacian} Laplacian, {graph}",
            "level  vertices    edges  eigenvalue  kernel width  cell area (max/min)",
        ]
        for number, level in enumerate(self.levels):
            spread = level.areas.max() / level.areas.min()
            lines.append(
                f"{number:5d} {level.n_vertices:9d} {level.n_edges:8d} "
                f"{level.largest_eigenvalue:11.4f} {level.kernel_width:13.5f} {spread:20.3f}"
            )
        return "\n".join(lines)

    @classmethod
    def load(cls, path: str | Path) -> "Hierarchy":
        """Read what `building.save_hierarchy` wrote.

        Raises
        ------
        UserError
            If there is no such file, or it is not a sphere, or one of another version.
        """
        path = Path(path)
        if not path.is_file():
            raise UserError(f"There is no sphere {path}: build it with 'deepsphere-pipe sphere'.")
        try:
            with netCDF4.Dataset(path) as file:
                file.set_auto_mask(False)
                if file.getncattr("format") != FORMAT:
                    raise UserError(
                        f"{path} has format '{file.getncattr('format')}', but this version reads "
                        f"'{FORMAT}': build it anew with 'deepsphere-pipe sphere'."
                    )
                choices = json.loads(file.getncattr("choices"))
                if isinstance(choices["kernel_width"], list):
                    choices["kernel_width"] = tuple(choices["kernel_width"])
                groups = [file.groups[f"level{number}"] for number in range(len(file.groups))]
                return cls(tuple(map(_read_level, groups)), **choices)
        except (OSError, AttributeError, KeyError, IndexError, RuntimeError, ValueError) as error:
            raise UserError(
                f"{path} is no readable sphere ({error}): build it anew with "
                "'deepsphere-pipe sphere'."
            ) from error


def _read_level(group: netCDF4.Group) -> Level:
    arrays: dict[str, Any] = {
        name: group[name][:] if name in group.variables or name not in OPTIONAL else None
        for name in (*VARIABLES, *MESH_VARIABLES)
    }
    data, indices, indptr = (arrays.pop(name) for name in LAPLACIAN)
    n = len(indptr) - 1
    return Level(
        laplacian=sparse.csr_array((data, indices, indptr), shape=(n, n)),
        largest_eigenvalue=float(group.getncattr("largest_eigenvalue")),
        kernel_width=float(group.getncattr("kernel_width")),
        n_edges=int(group.getncattr("n_edges")),
        **arrays,
    )
