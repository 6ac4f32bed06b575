"""The table of scores, an overview: one row per experiment, sampling and split."""

from collections.abc import Mapping, Sequence

import pandas as pd

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.reporting.tables.captions import UNDEFINED, identity, origin, spanned
from deepsphere_pipe.reporting.tables.cells import percent
from deepsphere_pipe.reporting.tables.markup import whole
from deepsphere_pipe.reporting.tables.seeds import Seeds, mean_and_deviation
from deepsphere_pipe.reporting.tables.table import Table

EVENTS = CLASSES[1:]

MEAN_AP = {"mean AP": ("mean_average_precision",)}
AP = {f"AP {name}": ("classes", name, "average_precision") for name in EVENTS}
AREA_MEAN_AP = {"mean AP by area": ("by_area", "mean_average_precision")}
AREA_AP = {
    f"AP {name} by area": ("by_area", "classes", name, "average_precision") for name in EVENTS
}
ACCURACY = {f"accuracy {name}": ("classes", name, "accuracy") for name in CLASSES}
MEAN_ACCURACY = {"mean accuracy": ("mean_accuracy",)}
IOU = {f"IoU {name}": ("classes", name, "iou") for name in EVENTS}
COLUMNS = {**MEAN_AP, **AP, **AREA_MEAN_AP, **AREA_AP, **ACCURACY, **MEAN_ACCURACY, **IOU}
"""Columns by their title: the keys in ``scores.json`` that lead to each."""

READING = (
    "Scores on the test maps in percent; mean AP is the mean over the event classes; every "
    "vertex counts alike, or 'by area' as much as the area of its cell; "
    f"accuracy of a class is the share of its pixels that is found; {UNDEFINED}"
)


def scores_table(rows: Sequence[Seeds]) -> Table:
    """Return the table of all scores.

    The csv holds plain fractions, with the standard deviations in columns of their own.
    """
    exact, shown = identity(rows)
    of_csv, of_page = measures(rows, COLUMNS)
    exact, shown = exact.join(of_csv), shown.join(of_page)
    add_parameters(rows, exact, shown)
    add_epochs(rows, exact, shown)
    add_seeds(rows, exact, shown)
    return Table("Scores", exact, shown, f"{origin(rows)} {READING}", list(exact["kind"]))


def measures(
    rows: Sequence[Seeds], columns: Mapping[str, Sequence[str]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return mean and standard deviation of scores, as fractions and as text in per cent."""
    exact, shown = {}, {}
    for title, keys in columns.items():
        pairs = [mean_and_deviation(seeds.values(*keys)) for seeds in rows]
        name = column_name(keys)
        exact[name], exact[f"{name}_sd"] = zip(*pairs, strict=True)
        shown[title] = [percent(*pair) for pair in pairs]
    return pd.DataFrame(exact), pd.DataFrame(shown)


def add_parameters(rows: Sequence[Seeds], exact: pd.DataFrame, shown: pd.DataFrame) -> None:
    """Add the number of parameters."""
    numbers = [max(seeds.told("parameters"), default=None) for seeds in rows]
    exact["parameters"] = pd.array(numbers, dtype="Int64")
    shown["parameters"] = exact["parameters"].map(whole)


def add_epochs(rows: Sequence[Seeds], exact: pd.DataFrame, shown: pd.DataFrame) -> None:
    """Add the least and the greatest number of epochs."""
    epochs = [seeds.told("epochs") for seeds in rows]
    exact["epochs_least"] = pd.array([min(each, default=None) for each in epochs], dtype="Int64")
    exact["epochs_most"] = pd.array([max(each, default=None) for each in epochs], dtype="Int64")
    ranges = zip(exact["epochs_least"], exact["epochs_most"], strict=True)
    shown["epochs"] = [spanned(*map(whole, pair)) for pair in ranges]


def add_seeds(rows: Sequence[Seeds], exact: pd.DataFrame, shown: pd.DataFrame) -> None:
    """Add the last column: how many seeds the mean is over."""
    exact["seeds"] = pd.array([seeds.number for seeds in rows], dtype="Int64")
    shown["seeds"] = exact["seeds"].map(whole)


def column_name(keys: Sequence[str]) -> str:
    """Return what the csv calls the score to which keys lead."""
    *place, score = keys
    area = ["area"] if place[:1] == ["by_area"] else []
    of = [place[-1].lower()] if "classes" in place else []
    return "_".join([*area, score, *of])
