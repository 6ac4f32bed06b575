"""Comparison of samplings and graphs by their equivariance error: a table and a figure."""

import os
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from deepsphere_pipe.atomic import atomic_write
from deepsphere_pipe.reporting.pages import html_table, markdown_table
from deepsphere_pipe.reporting.study_files import drawn_from, graph_name, read_study
from deepsphere_pipe.reporting.style import (
    SERIES_COLOURS,
    FigureSettings,
    figure_style,
    save_figure,
)
from deepsphere_pipe.reporting.tables import ABSENT

COLUMNS = ("sampling", "parameters", "n_vertices", "graph", "neighbours", "kernel_width")
COLUMNS += ("n_edges", "largest_eigenvalue", "area_spread", "laplacian", "degree", "error")
COLUMNS += ("functions", "rotations", "seed")
SAMPLINGS = ("icosahedral", "healpix", "equiangular")
PANELS = 3
"""Degrees that the figure shows."""


def samplings_table(
    path: str | os.PathLike,
    csv_path: str | os.PathLike,
    markdown_path: str | os.PathLike,
    html_path: str | os.PathLike,
) -> pd.DataFrame:
    """Write the table: a row per sampling and graph, a column per degree.

    Parameters
    ----------
    path : path-like
        csv file of ``graph-study samplings``.
    csv_path, markdown_path, html_path : path-like
        Where to write. CSV holds plain ratios; Markdown and HTML hold per cent, with the least
        error of each size and degree in bold.

    Returns
    -------
    pandas.DataFrame
        What the CSV holds.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    table = read_study(path, COLUMNS)
    keys = list(COLUMNS[:9])
    degrees = sorted(set(table["degree"]))
    rows = table[keys].drop_duplicates(ignore_index=True)
    number = table.groupby(keys, dropna=False, sort=False).ngroup()
    errors = (
        table.assign(number=number)
        .pivot(index="number", columns="degree", values="error")[degrees]
        .to_numpy()
    )
    size = pd.factorize(_size(rows))[0]
    shown = pd.DataFrame(
        {
            "sampling": rows["sampling"] + " (" + rows["parameters"] + ")",
            "graph": [graph_name(*row) for row in rows[["graph", "neighbours"]].to_numpy()],
            "vertices": rows["n_vertices"],
            "edges": rows["n_edges"],
            "kernel width": [
                f"{width:.4f}" if np.isfinite(width) else ABSENT for width in rows["kernel_width"]
            ],
            "area max/min": [f"{spread:.2f}" for spread in rows["area_spread"]],
        }
    )
    for number, degree in enumerate(degrees):
        shown[f"error, degree {degree} (%)"] = [
            _percent(error, best=error == np.nanmin(errors[size == group, number]))
            if np.isfinite(error)
            else ABSENT
            for error, group in zip(errors[:, number], size, strict=True)
        ]
    caption = (
        f"Equivariance error: how much the Laplacian of a rotated function differs from the "
        f"rotated Laplacian, relative to the Laplacian; exact rotations. {drawn_from(table)} "
        f"Bold: the least error of its size. {ABSENT}: the sampling does not resolve that degree."
    )
    result = rows.join(
        pd.DataFrame(errors, columns=[f"error_degree_{degree}" for degree in degrees])
    )
    with atomic_write(csv_path) as temporary:
        result.to_csv(temporary, index=False)
    with atomic_write(markdown_path) as temporary:
        temporary.write_text(markdown_table(shown, caption), encoding="utf-8")
    with atomic_write(html_path) as temporary:
        page = html_table(shown, caption, "Samplings", kind=lambda line: line[0])
        temporary.write_text(page, encoding="utf-8")
    return result


def samplings_figure(
    path: str | os.PathLike, out_stem: str | os.PathLike, settings: Any = None
) -> None:
    """Draw the error against k at the largest size, and against the number of vertices.

    Parameters
    ----------
    path : path-like
        csv file of ``graph-study samplings``.
    out_stem : path-like
        The figure is written as ``out_stem``.png and ``out_stem``.pdf.
    settings : FigureSettings, mapping or config section, optional
        Size and resolution.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    settings = FigureSettings.of(settings)
    table = read_study(path, COLUMNS)
    table["size"] = _size(table)
    degrees = sorted(set(table.dropna(subset=["error"])["degree"]))
    degrees = [degrees[i] for i in np.unique(np.linspace(0, len(degrees) - 1, PANELS).astype(int))]
    nearest = table[table["graph"] == "knn"]
    largest = nearest[nearest["size"] == nearest["size"].max()]
    most = nearest["neighbours"].max()
    with figure_style():
        figure = Figure(figsize=(settings.width_inches, 5.6), layout="constrained")
        panels = figure.subplots(2, len(degrees), sharey=True, sharex="row", squeeze=False)
        for column, degree in enumerate(degrees):
            by_k, by_size = panels[:, column]
            for sampling, colour in zip(SAMPLINGS, SERIES_COLOURS, strict=False):
                style = {"color": colour, "marker": "o", "markersize": 4}
                chosen = largest[(largest["sampling"] == sampling) & (largest["degree"] == degree)]
                n = chosen["n_vertices"].max()
                label = sampling if np.isnan(n) else f"{sampling} ({n:.0f} vertices above)"
                by_k.plot(chosen["neighbours"], chosen["error"], **style, label=label)
                part = nearest[(nearest["sampling"] == sampling) & (nearest["degree"] == degree)]
                for k, line in ((most, "-"), (nearest["neighbours"].min(), ":")):
                    row = part[part["neighbours"] == k]
                    by_size.plot(row["n_vertices"], row["error"], linestyle=line, **style)
            by_k.set_title(f"degree {degree}", fontweight="bold")
            by_k.set(xlabel="neighbours k", yscale="log")
            by_size.set(xlabel="vertices", xscale="log", yscale="log")
            for axis in (by_k.xaxis, by_size.xaxis):
                axis.set_major_formatter(ScalarFormatter())
            by_size.set_xticks(sorted(set(largest["size"]) | set(nearest["size"])))
            by_size.minorticks_off()
        for axes in panels[:, 0]:
            axes.set_ylabel("mean equivariance error")
        figure.legend(
            *panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3
        )
        least = nearest["neighbours"].min()
        lines = "" if least == most else f"Below: solid k = {most:.0f}, dotted k = {least:.0f}. "
        figure.supxlabel(lines + drawn_from(table), fontsize=8, color="#555555")
        save_figure(figure, out_stem, settings.dpi)


def _size(table: pd.DataFrame) -> pd.Series:
    """Return the icosahedral number of vertices that each row is to be compared at."""
    sizes = np.array([10 * 4**level + 2 for level in range(9)])
    distance = np.abs(np.log(table["n_vertices"].to_numpy()[:, None] / sizes))
    return pd.Series(sizes[distance.argmin(axis=1)], index=table.index)


def _percent(error: float, best: bool) -> str:
    text = f"{100 * error:.2g}" if error < 0.1 else f"{100 * error:.0f}"
    return f"**{text}**" if best else text
