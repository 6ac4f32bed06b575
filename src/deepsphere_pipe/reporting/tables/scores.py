"""The tables of scores: all of them, and those of the paper, accuracy and average precision."""

from collections.abc import Iterable, Sequence

from deepsphere_pipe.channels import CLASSES, EVENTS
from deepsphere_pipe.reporting.cells import interval
from deepsphere_pipe.reporting.intervals import ends, explained, interval_of
from deepsphere_pipe.reporting.runs import Experiment
from deepsphere_pipe.reporting.tables.published import with_published
from deepsphere_pipe.reporting.tables.rows import Rows, Score
from deepsphere_pipe.reporting.tables.table import Table


def _of_classes(title: str, column: str, key: str, names: Iterable[str] = EVENTS) -> list[Score]:
    """Return a score of every class: names and keys of its columns."""
    return [
        Score(f"{title} {name}".lstrip(), f"{column}_{name.lower()}", ("classes", name, key))
        for name in names
    ]


def _by_area(score: Score) -> Score:
    return Score(f"{score.title} by area", f"area_{score.column}", ("by_area", *score.keys))


def _on_common(score: Score) -> Score:
    return Score(f"{score.title} on common", f"common_{score.column}", ("on_common", *score.keys))


# Files and the paper call the recall of a class its accuracy.
MEAN_AP = Score("mean AP", "mean_average_precision", ("mean_average_precision",))
AP = _of_classes("AP", "average_precision", "average_precision")
RECALL = _of_classes("recall", "recall", "accuracy", CLASSES)
MEAN_RECALL = Score("mean recall", "mean_recall", ("mean_accuracy",))
IOU = _of_classes("IoU", "iou", "iou")
AREA_MEAN_AP, AREA_MEAN_RECALL = map(_by_area, (MEAN_AP, MEAN_RECALL))
ON_COMMON = list(map(_on_common, (MEAN_AP, *AP)))
AREA_AP, AREA_IOU = (list(map(_by_area, scores)) for scores in (AP, IOU))

ACCURACIES = [
    *_of_classes("", "accuracy", "accuracy", ("TC", "AR", "BG")),
    Score("mean", "mean_accuracy", MEAN_RECALL.keys),
]
PRECISIONS = [
    *_of_classes("", "average_precision", "average_precision", ("TC", "AR")),
    Score("mean", MEAN_AP.column, MEAN_AP.keys),
]
"""Columns of the paper's tables."""


def scores_table(experiments: Sequence[Experiment]) -> Table:
    """Return the table of all scores.

    The csv holds plain fractions, with the standard deviations in columns of their own.
    """
    rows = Rows(experiments)
    rows.scores([MEAN_AP, *AP, AREA_MEAN_AP, *AREA_AP, *RECALL, MEAN_RECALL, *IOU])
    rows.parameters().epochs().seeds()
    return rows.table(
        "Scores",
        "Scores on the test maps in percent; mean AP is the mean over the event classes; every "
        "vertex counts alike, or 'by area' as much as the area of its cell; recall of a class is "
        "the share of its vertices that is found.",
    )


def accuracy_table(experiments: Sequence[Experiment]) -> Table:
    """Return the paper's table of accuracies: TC, AR, BG and their mean."""
    rows = Rows(experiments).scores(ACCURACIES).seeds()
    table = rows.table(
        "Accuracy",
        "Accuracy on the test maps in percent: the share of a class's vertices that get its "
        "label, the most probable one (its recall); mean: over the three classes.",
    )
    return with_published("accuracy", experiments, table, ACCURACIES)


def average_precision_table(experiments: Sequence[Experiment]) -> Table:
    """Return the paper's table of average precisions, with intervals: TC, AR and their mean."""
    rows, intervals = Rows(experiments), []
    for score in PRECISIONS:
        found = [interval_of(each, score.column) for each in experiments]
        cells = list(map(interval, found))
        rows.scores([score]).add(f"{score.title}, 95 %", cells, **ends(score.column, found))
        intervals += found
    rows.seeds()
    table = rows.table(
        "Average precision",
        "Average precision on the test maps in percent; mean: over TC and AR. "
        f"{explained(intervals, any((each.n_seeds or 0) > 1 for each in experiments))}",
    )
    return with_published("average_precision", experiments, table, PRECISIONS)
