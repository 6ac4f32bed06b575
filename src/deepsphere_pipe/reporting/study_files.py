"""Reading the files that the graph study leaves on disk."""

import os

import pandas as pd

from deepsphere_pipe.errors import UserError


def read_study(path: str | os.PathLike, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a csv file of the graph study.

    Raises
    ------
    UserError
        If it cannot be read, is empty or lacks one of the columns.
    """
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read as a table of the graph study: {error}") from error
    missing = [column for column in columns if column not in table]
    if missing:
        raise UserError(
            f"{path} is no table of the graph study: it lacks the column {missing[0]}; "
            "make it with 'deepsphere-pipe graph-study'."
        )
    if table.empty:
        raise UserError(f"{path} holds no rows: ask for at least one graph in the study.")
    return table


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
    first = table.iloc[0]
    return (
        f"Means over {first['functions']} random functions × {first['rotations']} random rotations "
        f"(seed {first['seed']}), {first['laplacian']} Laplacian. No climate data."
    )
