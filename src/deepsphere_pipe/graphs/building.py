"""Building the graphs of a sampling and of its coarser levels, and saving them to one file."""

import json
from collections.abc import Sequence
from pathlib import Path

import netCDF4
import numpy as np

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs import scaled_laplacian, sphere_graph
from deepsphere_pipe.graphs.hierarchy import FORMAT, LAPLACIAN, VARIABLES, Hierarchy, Level
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.runtime.conventions import CONVENTIONS
from deepsphere_pipe.samplings import Sampling
from deepsphere_pipe.samplings.metadata import write_mesh


def build_hierarchy(
    sampling: Sampling,
    depth: int | None = None,
    neighbours: int = 6,
    kernel_width: str | float | Sequence[float] = "mean_distance",
    laplacian: str = "combinatorial",
    kind: str = "knn",
) -> Hierarchy:
    """Build the graphs of a sampling and of its ``depth`` next coarser levels.

    Parameters
    ----------
    sampling
        The finest level.
    depth
        Number of pooling steps, at least 0; the sphere has one level more. None: as many as there
        are.
    neighbours
        k of the nearest-neighbour graphs, fewer where a coarse level has fewer vertices.
    kernel_width
        A rule of `sphere_graph`, followed at every level; or a width per level (radii, finest
        first); or the width of the finest level, which grows at coarser ones like the distance
        between vertices, n_vertices^-1/2.
    laplacian
        "combinatorial" or "normalized".
    kind
        "knn", "perraudin", "khasanova_frossard" or "published", see `sphere_graph`.

    Raises
    ------
    UserError
        If the sampling has fewer levels or another parameter is impossible.
    """
    if depth is not None and depth < 0:
        raise UserError(f"The depth of a sphere is the number of poolings, not {depth}.")
    samplings = [sampling]
    while depth is None or len(samplings) <= depth:
        coarser = samplings[-1].coarser()
        if coarser is None and depth is None:
            break
        if coarser is None:
            raise UserError(
                f"The sphere {sampling.identifier} can be coarsened {len(samplings) - 1} times, "
                f"not {depth} times: choose a smaller depth or a finer sampling."
            )
        samplings.append(coarser)

    widths: Sequence[float | str]
    chosen: float | str | tuple[float, ...]
    if isinstance(kernel_width, str):
        chosen = kernel_width
        widths = [chosen] * len(samplings)
    elif isinstance(kernel_width, Sequence):
        widths = chosen = tuple(float(width) for width in kernel_width)
        if len(widths) != len(samplings):
            raise UserError(
                f"A sphere of {len(samplings)} levels needs as many kernel widths, "
                f"not {len(widths)}."
            )
    else:
        chosen = float(kernel_width)
        widths = [chosen * np.sqrt(sampling.n_vertices / s.n_vertices) for s in samplings]

    levels = tuple(
        _build_level(s, neighbours, width, laplacian, kind, coarsest=s is samplings[-1])
        for s, width in zip(samplings, widths, strict=True)
    )
    return Hierarchy(
        levels,
        sampling.name,
        sampling.parameters,
        sampling.identifier,
        kind,
        neighbours,
        chosen,
        laplacian,
    )


def save_hierarchy(hierarchy: Hierarchy, path: str | Path, made_from: str | None = None) -> None:
    """Write a hierarchy to one netCDF-4 file; a reader never sees half a file.

    The file says what it was `made_from`, if that is given.
    """
    with atomic_write(path) as temporary, netCDF4.Dataset(temporary, "w") as file:
        file.setncatts(
            {
                "Conventions": CONVENTIONS,
                "title": "Sphere: vertices, areas and graph Laplacians, finest level first",
                "format": FORMAT,
                "identifier": hierarchy.identifier,
                "choices": json.dumps(hierarchy.choices),
                "made_from": made_from or "",
            }
        )
        for number, level in enumerate(hierarchy.levels):
            _write_level(file.createGroup(f"level{number}"), level)


def _build_level(
    sampling: Sampling,
    neighbours: int,
    kernel_width: str | float,
    laplacian: str,
    kind: str,
    coarsest: bool,
) -> Level:
    graph = sphere_graph(sampling, neighbours, kernel_width, laplacian, kind)
    return Level(
        coordinates=sampling.coordinates,
        longitude=sampling.longitude,
        latitude=sampling.latitude,
        areas=sampling.areas,
        faces=sampling.faces,
        adjacent=sampling.adjacent.astype(np.int32),  # half of the size of the file
        laplacian=scaled_laplacian(graph),
        largest_eigenvalue=graph.lmax,
        kernel_width=graph.kernel_width,
        n_edges=int(graph.n_edges),
        parents=None if coarsest else sampling.parents,
        edge_ends=None if coarsest else sampling.edge_ends,
    )


def _write_level(group: netCDF4.Group, level: Level) -> None:
    group.setncatts(
        {
            "largest_eigenvalue": level.largest_eigenvalue,
            "kernel_width": level.kernel_width,
            "n_edges": np.int64(level.n_edges),
        }
    )
    sizes = {"vertex": level.n_vertices, "axis": 3, "end": 2, "entry": level.laplacian.nnz}
    sizes |= {"row_end": level.n_vertices + 1, "pair": len(level.adjacent)}
    for name, size in sizes.items():
        group.createDimension(name, size)
    write_mesh(group, level)
    for name, (dimensions, attributes) in VARIABLES.items():
        values = getattr(level.laplacian if name in LAPLACIAN else level, name)
        if values is not None:
            variable = group.createVariable(name, values.dtype, dimensions)
            variable.setncatts(attributes)
            variable[:] = values
