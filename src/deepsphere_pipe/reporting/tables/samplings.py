"""The table of samplings and graphs by their equivariance error."""

import os

import numpy as np
import pandas as pd

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting import graph_files
from deepsphere_pipe.reporting.cells import ABSENT, whole
from deepsphere_pipe.reporting.tables.table import Table


def samplings_table(path: str | os.PathLike) -> Table:
    """Return the table: a row per sampling and graph, a column per degree, small sizes first.

    Of a csv file of ``graph-analysis samplings``; UserError if it cannot be read or has more than
    one error of a graph at a degree. The csv holds plain ratios; for reading they are per cent,
    with the least error of each size and degree in bold. Samplings are of one size if they have
    about as many vertices as one icosahedral level.
    """
    table = graph_files.read_analysis(path, graph_files.OF_SAMPLINGS)
    keys = list(graph_files.OF_GRAPH)
    if table.duplicated([*keys, "degree"]).any():
        raise UserError(f"{path} holds more than one error of the same graph at the same degree.")
    degrees = sorted(table["degree"].unique())
    errors = (
        table.assign(row=table.groupby(keys, dropna=False, sort=False).ngroup())
        .pivot(index="row", columns="degree", values="error")[degrees]
        .set_axis([f"error_degree_{degree}" for degree in degrees], axis=1)
    )
    result = table[keys].drop_duplicates(ignore_index=True).join(errors)
    sizes = graph_files.size_of(result).sort_values(kind="stable")
    result = result.loc[sizes.index].reset_index(drop=True).astype({"neighbours": "Int64"})
    shown = _rendered(result, sizes.to_numpy())
    caption = (
        "Equivariance error: how much the Laplacian of a rotated function differs from the "
        "rotated Laplacian, relative to the Laplacian; exact rotations. "
        f"{graph_files.drawn_from(table)} Kernel widths in radii. Bold: the least error of its "
        f"size and degree. {ABSENT}: the sampling does not resolve the degree, or the graph has "
        "no kernel."
    )
    kinds = [f"size-{size}" for size in sizes]
    return Table("Samplings and graphs", result, shown, caption, kinds)


def _rendered(result: pd.DataFrame, sizes: np.ndarray) -> pd.DataFrame:
    """Return the table as text, one column per column of the page."""
    pairs = zip(result["graph"], result["neighbours"], strict=True)
    shown = pd.DataFrame(
        {
            "sampling": result["sampling"] + " (" + result["parameters"] + ")",
            "graph": [graph_files.graph_name(*pair) for pair in pairs],
            "vertices": result["n_vertices"].map(whole),
            "edges": result["n_edges"].map(whole),
            "kernel width": result["kernel_width"].map(
                lambda width: f"{width:.4f}" if np.isfinite(width) else ABSENT
            ),
            "area max/min": result["area_spread"].map("{:.2f}".format),
        }
    )
    for name in result.columns[len(graph_files.OF_GRAPH) :]:
        least = result.groupby(sizes)[name].transform("min")
        shown[f"error, degree {name.removeprefix('error_degree_')} (%)"] = [
            _percent(error, best=error == smallest)
            for error, smallest in zip(result[name], least, strict=True)
        ]
    return shown


def _percent(error: float, best: bool) -> str:
    """Return an error in per cent with two digits, three if it is 100 % or more."""
    if np.isnan(error):
        return ABSENT
    power = np.floor(np.log10(max(float(f"{100 * error:.1e}"), 1e-3)))
    text = f"{100 * error:.{max(0, int(1 - power))}f}"
    return f"**{text}**" if best else text
