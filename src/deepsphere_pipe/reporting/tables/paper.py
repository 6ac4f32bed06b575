"""The paper's tables of scores: accuracy and average precision."""

from collections.abc import Sequence

from deepsphere_pipe.reporting.tables.beside import Score, with_published
from deepsphere_pipe.reporting.tables.captions import (
    UNDEFINED,
    identity,
    origin,
)
from deepsphere_pipe.reporting.tables.cells import interval
from deepsphere_pipe.reporting.tables.intervals import interval_of
from deepsphere_pipe.reporting.tables.scores import (
    ACCURACY,
    AP,
    MEAN_ACCURACY,
    MEAN_AP,
    add_seeds,
    column_name,
    measures,
)
from deepsphere_pipe.reporting.tables.seeds import Seeds
from deepsphere_pipe.reporting.tables.table import Table

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
