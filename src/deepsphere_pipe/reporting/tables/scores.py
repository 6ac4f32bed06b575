"""The tables of scores: all of them, and those of the paper, accuracy and average precision."""

from collections.abc import Iterable, Sequence

from deepsphere_pipe.channels import CLASSES, EVENTS
from deepsphere_pipe.reporting.intervals import interval_of
from deepsphere_pipe.reporting.runs import Experiment
from deepsphere_pipe.reporting.tables.cells import interval
from deepsphere_pipe.reporting.tables.published_rows import with_published
from deepsphere_pipe.reporting.tables.rows import Rows, Score
from deepsphere_pipe.reporting.tables.table import Table


def _of_classes(
    title: str, column: str, key: str, names: Iterable[str], by_area: bool = False
) -> list[Score]:
    """Return a score of every class: names and keys of its columns."""
    place, before, after = (("by_area",), "area_", " by area") if by_area else ((), "", "")
    return [
        Score(
            f"{title} {name}{after}".lstrip(),
            f"{before}{column}_{name.lower()}",
            (*place, "classes", name, key),
        )
        for name in names
    ]


MEAN_AP = Score("mean AP", "mean_average_precision", ("mean_average_precision",))
AREA_MEAN_AP = Score(
    "mean AP by area", "area_mean_average_precision", ("by_area", "mean_average_precision")
)
AP = _of_classes("AP", "average_precision", "average_precision", EVENTS)
AREA_AP = _of_classes("AP", "average_precision", "average_precision", EVENTS, by_area=True)
# Files and the paper call the recall of a class its accuracy.
RECALL = _of_classes("recall", "recall", "accuracy", CLASSES)
MEAN_RECALL = Score("mean recall", "mean_recall", ("mean_accuracy",))
AREA_MEAN_RECALL = Score("mean recall by area", "area_mean_recall", ("by_area", "mean_accuracy"))
IOU = _of_classes("IoU", "iou", "iou", EVENTS)
AREA_IOU = _of_classes("IoU", "iou", "iou", EVENTS, by_area=True)

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
    rows = Rows(experiments)
    for score in PRECISIONS:
        found = [interval_of(each, score.column) for each in experiments]
        lows, highs = ([getattr(each, end) for each in found] for end in ("low", "high"))
        cells = [interval(*ends) for ends in zip(lows, highs, strict=True)]
        ends = {f"{score.column}_low": lows, f"{score.column}_high": highs}
        rows.scores([score]).add(f"{score.title}, 95 %", cells, **ends)
    rows.seeds()
    table = rows.table(
        "Average precision",
        "Average precision on the test maps in percent; mean: over TC and AR. 95 %: interval of a "
        "bootstrap that draws whole days of the test part with replacement (1000 times), so it "
        "tells how far the score hangs on the days that happened to be tested, and ± how far on "
        "the seed.",
    )
    return with_published("average_precision", experiments, table, PRECISIONS)
