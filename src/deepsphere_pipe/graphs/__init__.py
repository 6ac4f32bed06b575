"""Graphs on the sphere and their Laplacians."""

from deepsphere_pipe.graphs.construction import sphere_graph
from deepsphere_pipe.graphs.graph import (
    LAPLACIANS,
    SphereGraph,
    largest_eigenvalue,
    scaled_laplacian,
)

__all__ = ["LAPLACIANS", "SphereGraph", "largest_eigenvalue", "scaled_laplacian", "sphere_graph"]
