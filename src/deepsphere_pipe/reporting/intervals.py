"""Scores of the seeds of an experiment with their intervals, which old files do not have."""

from collections.abc import Sequence

import numpy as np

from deepsphere_pipe.evaluation.bootstrap import Interval, difference, interval, score_of
from deepsphere_pipe.reporting.runs import Experiment

UNKNOWN = Interval(np.nan, np.nan, np.nan)


def interval_of(experiment: Experiment, score: str, by_area: bool = False) -> Interval:
    """Return the mean of a score over the seeds; its ends are NaN where no days are known.

    All is NaN where there are no histograms.
    """
    if _has_days(experiment):
        return interval(experiment.tallies, score, by_area=by_area)
    if not experiment.has_tallies:
        return UNKNOWN
    return Interval(float(np.mean(scores_of_seeds(experiment, score, by_area))), np.nan, np.nan)


def difference_of(
    first: Experiment, second: Experiment, score: str, by_area: bool = False
) -> Interval:
    """Return a score of one experiment less that of another, drawn on the same days, else NaN."""
    if not (_has_days(first) and _has_days(second)):
        return UNKNOWN
    return difference(first.tallies, second.tallies, score, by_area=by_area)


def scores_of_seeds(experiment: Experiment, score: str, by_area: bool = False) -> list[float]:
    """Return a score of each seed, between 0 and 1; NaN where it is not defined."""
    return [score_of(each.weighted(by_area), score) for each in experiment.tallies]


def compared_by_area(experiments: Sequence[Experiment]) -> bool:
    """Tell whether scores are to be compared by area: vertices of samplings differ."""
    samplings = {each.sampling_name for each in experiments}
    there = all(tally.by_area is not None for each in experiments for tally in each.tallies)
    return len(samplings) > 1 and there


def _has_days(experiment: Experiment) -> bool:
    return experiment.has_tallies and all(each.blocks is not None for each in experiment.tallies)
