"""Scores of the seeds of an experiment with their intervals, which old files do not have."""

from collections.abc import Iterable, Sequence

import numpy as np

from deepsphere_pipe.evaluation.dependence import MIN_BLOCKS
from deepsphere_pipe.evaluation.influence import score_of
from deepsphere_pipe.evaluation.intervals import (
    Interval,
    common_days,
    difference,
    interval,
    interval_of_share,
)
from deepsphere_pipe.reporting.cells import TOO_SHORT, spanned
from deepsphere_pipe.reporting.runs import Experiment, value_at

UNKNOWN = Interval(np.nan, np.nan, np.nan)


def interval_of(experiment: Experiment, score: str, by_area: bool = False) -> Interval:
    """Return the mean of a score over the seeds; its ends are NaN where no days are known.

    All is NaN where there are no histograms.
    """
    if _has_days(experiment):
        return interval(experiment.tallies, score, by_area, _block_days(experiment))
    if not experiment.has_tallies:
        return UNKNOWN
    return Interval(float(np.mean(scores_of_seeds(experiment, score, by_area))), np.nan, np.nan)


def share_of_events(experiment: Experiment, name: str, part: str, whole: str) -> Interval:
    """Return a share of the events of a class with its interval, storms being clusters.

    Parameters
    ----------
    experiment
    name
        Of the class.
    part, whole
        Keys of `storms.counts_by_first_day`.
    """
    keys = ("events", name, "by_first_day")
    counts = [value_at(run.scores, *keys) for run in experiment.runs]
    if not (_has_days(experiment) and all(counts)):
        return UNKNOWN
    days = common_days(experiment.tallies)
    parts, wholes = (np.array([seed[key] for seed in counts], float) for key in (part, whole))
    return interval_of_share(parts, wholes, days, _block_days(experiment))


def difference_of(
    first: Experiment, second: Experiment, score: str, by_area: bool = False
) -> Interval:
    """Return a score of one experiment less that of another, on the same days, else NaN."""
    if not (_has_days(first) and _has_days(second)):
        return UNKNOWN
    return difference(first.tallies, second.tallies, score, by_area, _block_days(first))


def explained(intervals: Iterable[Interval], several_seeds: bool) -> str:
    """Return the sentences of a caption on what intervals are, with lengths and numbers of blocks.

    Parameters
    ----------
    intervals
        All that are shown.
    several_seeds
        Whether an experiment has several.
    """
    known = [each for each in intervals if each.block_days is not None]
    if not known:
        return "95 %: interval over the days of the test part, of which nothing is recorded here."
    names = ("block_days", "blocks")
    days, blocks = (sorted(getattr(each, name) for each in known) for name in names)
    text = (
        "95 %: interval over other days of the same climate"
        f"{' and other seeds' if several_seeds else ''}, from the influence of each test day on "
        "the score; days that follow each other count as dependent, in blocks of "
        f"{spanned(days)} days ({spanned(blocks)} blocks)."
    )
    if any(each.too_short for each in known):
        text += f" {TOO_SHORT.capitalize()}: fewer than {MIN_BLOCKS} blocks, which tell nothing."
    return text


def ends(column: str, intervals: Sequence[Interval]) -> dict[str, list]:
    """Return the columns of a csv that tell the intervals of a score."""
    names = ("low", "high", "block_days", "blocks")
    return {f"{column}_{name}": [getattr(each, name) for each in intervals] for name in names}


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


def _block_days(experiment: Experiment) -> int | None:
    """Return the length of a block that the study sets, if it does."""
    return value_at(experiment.provenance[0], "evaluation", "bootstrap_days")
