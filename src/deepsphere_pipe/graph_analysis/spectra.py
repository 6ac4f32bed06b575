"""Laplacian spectra and eigenvectors against spherical harmonics, for each sampling.

On the sphere the eigenvalues of the Laplacian are l(l + 1), 2 l + 1 times each, and the
eigenvectors of a group span the spherical harmonics of degree l. A good graph comes close.
"""

from pathlib import Path

import numpy as np
import xarray as xr
from scipy.sparse.linalg import eigsh

from deepsphere_pipe.config.graph_analysis import SpectraConfig
from deepsphere_pipe.graph_analysis.samplings import samplings_like
from deepsphere_pipe.graphs import SphereGraph, sphere_graph
from deepsphere_pipe.harmonics import HarmonicTransform, degree_power
from deepsphere_pipe.runtime.netcdf import write_netcdf
from deepsphere_pipe.samplings import Sampling
from deepsphere_pipe.samplings.metadata import data_attributes, mesh_variables

CHOSEN = (1, 2, 4, 9, 12, 16)
"""Numbers of the eigenvectors that are kept for pictures; 0 is the constant."""

PICTURE_LEVEL = 2
"""Size of the graphs that are drawn, as an icosahedral level."""


def spectra(settings: SpectraConfig, out: str | Path) -> None:
    """Compute spectra, alignment, some eigenvectors and small graphs; write them as netCDF.

    Parameters
    ----------
    settings
        With level, neighbours, kernel_width, laplacian, degree_max.
    out
        The file to write, a group per sampling: ``eigenvalues`` (index), ``energy`` (index,
        degree) the share of an eigenvector in the harmonics of each degree, ``alignment``
        (group_degree, degree) its mean over the 2 l + 1 eigenvectors of a group, ``eigenvectors``
        (chosen, vertex), and a graph of few vertices to draw.
    """
    choices = {
        "neighbours": np.int32(settings.neighbours),
        "kernel_width": settings.kernel_width,
        "laplacian": settings.laplacian,
    }
    tree = xr.DataTree(xr.Dataset(attrs=choices))
    pictures = samplings_like(PICTURE_LEVEL)
    for sampling, small in zip(samplings_like(settings.level), pictures, strict=True):
        graph = _graph(sampling, settings)
        n_vertices = np.int32(sampling.n_vertices)
        attributes = {"n_vertices": n_vertices, "kernel_width": graph.kernel_width}
        variables = _spectrum(sampling, graph, settings.degree_max)
        variables |= _picture(small, _graph(small, settings))
        tree[sampling.name] = xr.DataTree(xr.Dataset(variables, attrs=attributes))
    write_netcdf(out, tree, "Graph Laplacians against spherical harmonics")


def eigenpairs(graph: SphereGraph, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the n smallest eigenvalues (n,) and their eigenvectors (n_vertices, n).

    Signs are fixed: the entry of largest size is positive.
    """
    if n >= graph.N // 2:
        values, vectors = np.linalg.eigh(graph.L.toarray())
        values, vectors = values[:n], vectors[:, :n]
    else:
        start = np.random.default_rng(0).standard_normal(graph.N)
        values, vectors = eigsh(graph.L, n, sigma=-1e-3, v0=start)
        order = np.argsort(values)
        values, vectors = values[order], vectors[:, order]
    # Rounded, so that mirror images of equal size do not let the last bit decide.
    largest = np.abs(np.round(vectors, 8)).argmax(axis=0)
    return values, vectors * np.sign(vectors[largest, np.arange(n)])


def harmonic_energy(vectors: np.ndarray, sampling: Sampling, degree_max: int) -> np.ndarray:
    """Return the share of vectors (n_vertices, n) in the harmonics of each degree, (n, degree).

    The coefficients are a least squares fit of all harmonics that the vertices resolve; what no
    harmonic explains is missing from the sum of the shares.
    Degrees that the vertices do not resolve have no share (NaN).
    """
    transform = HarmonicTransform(sampling)
    maps = vectors.T / np.linalg.norm(vectors * np.sqrt(sampling.areas)[:, None], axis=0)[:, None]
    shares = degree_power(transform.analysis(maps, iterations=5))
    wide = np.full((len(maps), degree_max + 1), np.nan)
    n = min(shares.shape[1], degree_max + 1)
    wide[:, :n] = shares[:, :n]
    return wide


def _graph(sampling: Sampling, settings: SpectraConfig) -> SphereGraph:
    return sphere_graph(sampling, settings.neighbours, settings.kernel_width, settings.laplacian)


def _spectrum(sampling: Sampling, graph: SphereGraph, degree_max: int) -> dict[str, tuple]:
    n = min((degree_max + 1) ** 2, sampling.n_vertices)
    values, vectors = eigenpairs(graph, n)
    energy = harmonic_energy(vectors, sampling, degree_max)
    degree = np.arange(degree_max + 1)
    alignment = np.array([energy[d**2 : (d + 1) ** 2].mean(axis=0) for d in degree])
    chosen = [number for number in CHOSEN if number < n]
    return mesh_variables(sampling) | {
        "eigenvalues": ("index", values),
        "energy": (("index", "degree"), energy),
        "alignment": (("group_degree", "degree"), alignment),
        "chosen": ("chosen", np.array(chosen, "i4")),
        "eigenvectors": (("chosen", "vertex"), vectors[:, chosen].T, data_attributes(sampling)),
    }


def _picture(sampling: Sampling, graph: SphereGraph) -> dict[str, tuple]:
    sources, targets, weights = graph.get_edge_list()
    mesh = mesh_variables(sampling)
    return {
        "graph_longitude": ("graph_vertex", *mesh["longitude"][1:]),
        "graph_latitude": ("graph_vertex", *mesh["latitude"][1:]),
        "graph_edges": (("graph_edge", "end"), np.stack([sources, targets], axis=1).astype("i4")),
        "graph_weights": ("graph_edge", np.asarray(weights, dtype=np.float64)),
    }
