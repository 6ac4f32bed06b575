"""The paper's tables: accuracy, average precision, and size and speed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from deepsphere_pipe.reporting.pages import ABSENT, whole
from deepsphere_pipe.reporting.table import Apart, Table
from deepsphere_pipe.reporting.tables.beside import Score, with_published
from deepsphere_pipe.reporting.tables.captions import (
    UNDEFINED,
    identity,
    joined,
    origin,
    spanned,
)
from deepsphere_pipe.reporting.tables.cells import duration, interval, measured
from deepsphere_pipe.reporting.tables.intervals import interval_of
from deepsphere_pipe.reporting.tables.published import Comparable, comparable, published_table
from deepsphere_pipe.reporting.tables.scores import (
    ACCURACY,
    AP,
    MEAN_ACCURACY,
    MEAN_AP,
    add_seeds,
    column_name,
    measures,
)
from deepsphere_pipe.reporting.tables.seeds import Seeds, mean_and_deviation

ACCURACIES = [
    *(Score(name, ACCURACY[f"accuracy {name}"], name.lower()) for name in ("TC", "AR", "BG")),
    Score("mean", MEAN_ACCURACY["mean accuracy"], "mean"),
]
PRECISIONS = [
    *(Score(name, AP[f"AP {name}"], name.lower()) for name in ("TC", "AR")),
    Score("mean", MEAN_AP["mean AP"], "mean"),
]


def accuracy_table(rows: Sequence[Seeds]) -> Table:
    """Return the table of accuracies: TC, AR, BG and their mean."""
    exact, shown = identity(rows)
    of_csv, of_page = measures(rows, {score.title: score.keys for score in ACCURACIES})
    exact, shown = exact.join(of_csv), shown.join(of_page)
    add_seeds(rows, exact, shown)
    caption = (
        f"{origin(rows)} Accuracy on the test maps in percent: the share of a class's vertices "
        "that get its label, the most probable one; mean: over the three classes. "
        f"{UNDEFINED}"
    )
    table = Table("Accuracy", exact, shown, caption, list(exact["kind"]))
    return with_published("accuracy", rows, table, ACCURACIES)


def average_precision_table(rows: Sequence[Seeds]) -> Table:
    """Return the table of average precisions with their intervals: TC, AR and their mean."""
    exact, shown = identity(rows)
    of_csv, of_page = measures(rows, {score.title: score.keys for score in PRECISIONS})
    tallies = [seeds.tallies() for seeds in rows]
    for score in PRECISIONS:
        name = column_name(score.keys)
        found = [interval_of(each, name) for each in tallies]
        for column in (name, f"{name}_sd"):
            exact[column] = of_csv[column]
        exact[f"{name}_low"] = [each.low for each in found]
        exact[f"{name}_high"] = [each.high for each in found]
        shown[score.title] = of_page[score.title]
        shown[f"{score.title}, 95 %"] = [interval(each.low, each.high) for each in found]
    add_seeds(rows, exact, shown)
    caption = (
        f"{origin(rows)} Average precision on the test maps in percent; mean: over TC and AR. "
        "95 %: interval of a bootstrap that draws whole days of the test part with replacement "
        "(1000 times), so it tells how far the score hangs on the days that happened to be "
        f"tested, and ± how far on the seed. {UNDEFINED}"
    )
    table = Table("Average precision", exact, shown, caption, list(exact["kind"]))
    return with_published("average_precision", rows, table, PRECISIONS)


def size_and_speed_table(rows: Sequence[Seeds]) -> Table:
    """Return the table of what the networks cost: parameters, time and memory."""
    networks = [seeds for seeds in rows if seeds.kind == "network"]
    exact, shown = identity(networks)
    parameters = [max(seeds.told("parameters"), default=None) for seeds in networks]
    exact["parameters"] = pd.array(parameters, dtype="Int64")
    shown["parameters"] = exact["parameters"].map(whole)
    for column, title, key, show in (
        ("inference_ms_per_map", "inference (ms per map)", "inference_ms_per_map", measured),
        ("training_seconds", "training", "seconds", duration),
        ("peak_memory_mb", "peak memory (MB)", "peak_memory_mb", _megabytes),
    ):
        pairs = [mean_and_deviation(seeds.values("provenance", key)) for seeds in networks]
        exact[column], exact[f"{column}_sd"] = zip(*pairs, strict=True) if pairs else ([], [])
        shown[title] = [show(*pair) for pair in pairs]
    for column, title, key in (
        ("inference_batch", "batch", "inference_batch"),
        ("threads", "threads", "threads"),
        ("evaluation_device", "inference on", "evaluation_device"),
        ("device", "trained on", "device"),
    ):
        told = [joined(seeds.told("provenance", key)) for seeds in networks]
        exact[column] = [each or None for each in told]
        shown[title] = [each or ABSENT for each in told]
    epochs = [seeds.told("epochs") for seeds in networks]
    exact["epochs_least"] = pd.array([min(each, default=None) for each in epochs], dtype="Int64")
    exact["epochs_most"] = pd.array([max(each, default=None) for each in epochs], dtype="Int64")
    shown["epochs"] = [
        spanned(*map(whole, pair))
        for pair in zip(exact["epochs_least"], exact["epochs_most"], strict=True)
    ]
    add_seeds(networks, exact, shown)
    caption = (
        f"{origin(networks)} Inference: time that the network takes for one map, in batches of "
        "that many maps with that many threads; training: until its end, with validation; peak "
        f"memory: of the training process. {UNDEFINED}"
    )
    kinds = list(exact["kind"])
    theirs = published_table("size_and_speed")
    heading = "Published, on other hardware"
    if comparable(networks) is Comparable.NO:
        heading = "Published, on other data and hardware: not comparable"
    published_rows = {
        "published": theirs["model"],
        "parameters": theirs["parameters"].map(whole),
        "inference (ms per map)": theirs["inference_ms"].map("{:g}".format),
        "training": [duration(3600 * hours) for hours in theirs["training_hours"]],
        "note": theirs["note"],
    }
    of_csv = {
        "experiment": theirs["model"],
        "kind": "published",
        "parameters": theirs["parameters"],
        "inference_ms_per_map": theirs["inference_ms"],
        "training_seconds": 3600 * theirs["training_hours"],
    }
    exact = pd.concat([exact, pd.DataFrame(of_csv)], ignore_index=True)
    return Table(
        "Size and speed",
        exact,
        shown,
        caption,
        kinds,
        Apart(heading, pd.DataFrame(published_rows), PUBLISHED_COST),
    )


PUBLISHED_COST = (
    "Published: Defferrard et al. (2020), DeepSphere, arXiv:2012.15000, table of size and speed of "
    "climate event segmentation, on their GPU. Their numbers of parameters do not follow from the "
    "layers that they list; ours are counted."
)


def _megabytes(mean: float, deviation: float = np.nan) -> str:
    return measured(mean, deviation, 0)
