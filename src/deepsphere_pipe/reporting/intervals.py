"""Scores of the seeds of an experiment with their intervals, which old files do not have."""

from collections.abc import Sequence

import numpy as np

from deepsphere_pipe.evaluation.bootstrap import Interval, difference, interval, score_of
from deepsphere_pipe.evaluation.tally import Tally
from deepsphere_pipe.reporting.runs import Experiment


def interval_of(experiment: Experiment, score: str, by_area: bool = False) -> Interval:
    """Return the mean of a score over the seeds, with NaN as its ends where no days are known."""
    tallies = experiment.tallies
    if _have_days(tallies):
        return interval(tallies, score, by_area=by_area)
    scores = [score_of(each.by_area if by_area else each.per_vertex, score) for each in tallies]
    return Interval(float(np.mean(scores)) if scores else np.nan, np.nan, np.nan)


def difference_of(
    first: Experiment, second: Experiment, score: str, by_area: bool = False
) -> Interval:
    """Return a score of one experiment less that of another, drawn on the same days, else NaN."""
    if not (_have_days(first.tallies) and _have_days(second.tallies)):
        return Interval(np.nan, np.nan, np.nan)
    return difference(first.tallies, second.tallies, score, by_area=by_area)


def _have_days(tallies: Sequence[Tally]) -> bool:
    return bool(tallies) and all(each.blocks is not None for each in tallies)
