"""Reading the files that the graph analysis leaves on disk."""

import os
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from pandas.api.types import is_numeric_dtype

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.reading import read_table, reading

TEXT = ("sampling", "parameters", "graph", "rotation", "laplacian")
"""Columns that hold words; all others hold numbers."""

GRAPH_COLUMNS: tuple[str, ...] = (
    "sampling",
    "parameters",
    "n_vertices",
    "graph",
    "neighbours",
    "kernel_width",
)
GRAPH_COLUMNS += ("n_edges", "largest_eigenvalue", "area_spread")
"""Of ``graph-analysis samplings``, about each graph."""

SAMPLINGS_COLUMNS: tuple[str, ...] = (*GRAPH_COLUMNS, "laplacian", "degree", "error")
SAMPLINGS_COLUMNS += ("functions", "rotations", "seed")
"""All that a figure and a table are made of."""


def read_analysis(path: str | os.PathLike, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a csv file of the graph analysis.

    Raises
    ------
    UserError
        If it cannot be read, is empty, lacks one of the columns or has words among its numbers.
    """
    kind, made_by = "a table of the graph analysis", "deepsphere-pipe graph-analysis"
    table = read_table(path, kind, columns, made_by)
    if table.empty:
        raise UserError(f"{path} holds no rows: ask for at least one graph in the study.")
    for column in columns:
        if column not in TEXT and not is_numeric_dtype(table[column]):
            raise UserError(f"{path}: the column {column} must hold numbers only.")
    return table


@dataclass(frozen=True)
class Spectra:
    """What a netCDF file of the graph analysis holds.

    Attributes
    ----------
    choices : dict
        Neighbours, kernel width and Laplacian of all graphs.
    groups : dict of str to dict of str to numpy.ndarray
        Variables by sampling and name.
    """

    choices: dict
    groups: dict[str, dict[str, np.ndarray]]

    def made_with(self) -> str:
        """Return the sentence that says what graphs these are."""
        width = str(self.choices["kernel_width"]).replace("_", " ")
        return (
            f"k = {self.choices['neighbours']} nearest neighbours, {width} kernel width, "
            f"{self.choices['laplacian']} Laplacian. No climate data."
        )


def read_spectra(path: str | os.PathLike, names: tuple[str, ...]) -> Spectra:
    """Return some variables of a netCDF file of ``graph-analysis spectra``.

    Raises
    ------
    UserError
        If it cannot be read or lacks one of the variables.
    """
    kind = "spectra of graphs"
    with reading(path, kind), xr.open_datatree(path, engine="netcdf4") as tree:
        choices = dict(tree.attrs)
        groups = {
            sampling: {name: group.dataset[name].values for name in names if name in group}
            for sampling, group in tree.children.items()
        }
    expected = ("neighbours", "kernel_width", "laplacian")
    missing = [name for name in expected if name not in choices]
    missing += [name for name in names for group in groups.values() if name not in group]
    if missing or not groups:
        raise UserError(
            f"{path} holds no {kind}: it lacks {(missing or ['a sampling'])[0]}; make "
            "it with 'deepsphere-pipe graph-analysis spectra'."
        )
    return Spectra(choices, groups)


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
