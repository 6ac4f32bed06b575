"""Reading the files that the graph analysis leaves on disk."""

import os

import numpy as np
import pandas as pd
import xarray as xr
from pandas.api.types import is_numeric_dtype

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.reading import read_table, reading

TEXT = ("sampling", "parameters", "graph", "rotation", "laplacian")
"""Columns that hold words; all others hold numbers."""

DRAWN_FROM = ("functions", "rotations", "seed", "laplacian")
"""Columns that tell what errors are means of."""

OF_GRAPH = (
    *("sampling", "parameters", "n_vertices", "graph", "neighbours", "kernel_width"),
    *("n_edges", "largest_eigenvalue", "area_spread"),
)
"""Columns of ``graph-analysis samplings`` about each graph."""

OF_SAMPLINGS = (*OF_GRAPH, "degree", "error", *DRAWN_FROM)
"""All that a figure and a table are made of."""


def read_analysis(path: str | os.PathLike, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a csv file of the graph analysis.

    UserError if it cannot be read, is empty, lacks a column or has words among its numbers.
    """
    kind, made_by = "a table of the graph analysis", "deepsphere-pipe graph-analysis"
    table = read_table(path, kind, columns, made_by)
    if table.empty:
        raise UserError(f"{path} holds no rows: ask for at least one graph in the study.")
    for column in columns:
        if column not in TEXT and not is_numeric_dtype(table[column]):
            raise UserError(f"{path}: the column {column} must hold numbers only.")
    return table


def read_spectra(path: str | os.PathLike, names: tuple[str, ...]) -> xr.DataTree:
    """Return a netCDF file of ``graph-analysis spectra``, a group per sampling.

    UserError if it cannot be read or lacks one of the variables.
    """
    kind = "spectra of graphs"
    with reading(path, kind), xr.open_datatree(path, engine="netcdf4") as file:
        tree = file.load()
    expected = ("neighbours", "kernel_width", "laplacian")
    missing = [name for name in expected if name not in tree.attrs]
    missing += [name for name in names for group in tree.children.values() if name not in group]
    if missing or not tree.children:
        raise UserError(
            f"{path} holds no {kind}: it lacks {(missing or ['a sampling'])[0]}; make "
            "it with 'deepsphere-pipe graph-analysis spectra'."
        )
    return tree


def groups_of(spectra: xr.DataTree) -> dict[str, xr.Dataset]:
    """Return the variables of each sampling."""
    return {name: group.to_dataset() for name, group in spectra.children.items()}


def made_with(spectra: xr.DataTree) -> str:
    """Return the sentence that says what graphs the spectra are of."""
    width = str(spectra.attrs["kernel_width"]).replace("_", " ")
    return (
        f"k = {spectra.attrs['neighbours']} nearest neighbours, {width} kernel width, "
        f"{spectra.attrs['laplacian']} Laplacian. No climate data."
    )


def graph_name(kind: str, neighbours: float) -> str:
    """Return what figures and tables call a graph."""
    if kind == "knn":
        return f"k-NN, k = {int(neighbours)}"
    return {
        "perraudin": "Perraudin et al.",
        "perraudin_equal": "Perraudin et al., equal weights",
        "khasanova_frossard": "Khasanova & Frossard",
    }.get(kind, kind)


def drawn_from(table: pd.DataFrame) -> str:
    """Return the sentence that says what the errors are means of."""

    def told(column: str) -> str:
        return " or ".join(map(str, table[column].unique()))

    return (
        f"Means over {told('functions')} random functions × {told('rotations')} random rotations "
        f"(seed {told('seed')}), {told('laplacian')} Laplacian. No climate data."
    )


def size_of(table: pd.DataFrame) -> pd.Series:
    """Return the icosahedral number of vertices that each row is to be compared at."""
    sizes = np.array([10 * 4**level + 2 for level in range(9)])
    distance = np.abs(np.log(table["n_vertices"].to_numpy()[:, None] / sizes))
    return pd.Series(sizes[distance.argmin(axis=1)], index=table.index)


def degree_of(index: np.ndarray) -> np.ndarray:
    """Return the degree of the harmonics that eigenvectors of these numbers are to span."""
    return np.sqrt(index).astype(int)
