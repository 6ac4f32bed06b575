"""Graphs on the sphere and their Laplacians."""

from deepsphere_pipe.graphs.construction import (
    GRAPHS,
    WIDTH_RULES,
    khasanova_frossard_graph,
    perraudin_graph,
    sphere_graph,
)
from deepsphere_pipe.graphs.equivariance import equivariance_error
from deepsphere_pipe.graphs.graph import (
    LAPLACIANS,
    SphereGraph,
    largest_eigenvalue,
    scaled_laplacian,
)
from deepsphere_pipe.graphs.order import check_vertex_order, relative_dirichlet_energy
from deepsphere_pipe.graphs.published import published_graph
from deepsphere_pipe.graphs.widths import optimal_width, published_width

__all__ = [
    "GRAPHS",
    "LAPLACIANS",
    "WIDTH_RULES",
    "SphereGraph",
    "check_vertex_order",
    "equivariance_error",
    "khasanova_frossard_graph",
    "largest_eigenvalue",
    "optimal_width",
    "perraudin_graph",
    "published_graph",
    "published_width",
    "relative_dirichlet_energy",
    "scaled_laplacian",
    "sphere_graph",
]
