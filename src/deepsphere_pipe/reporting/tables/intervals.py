"""Confidence intervals of the block bootstrap over the days of the test part."""

from collections.abc import Sequence

import numpy as np

from deepsphere_pipe.evaluation.bootstrap import Interval, difference, interval
from deepsphere_pipe.evaluation.tally import Tally

UNKNOWN = Interval(np.nan, np.nan, np.nan)


def interval_of(tallies: Sequence[Tally], score: str, by_area: bool = False) -> Interval:
    """Return the interval of a score of the seeds of one row; NaN where the days are not known."""
    if not _have_days(tallies):
        return UNKNOWN
    return interval(tallies, score, by_area=by_area)


def difference_of(
    ours: Sequence[Tally], theirs: Sequence[Tally], score: str, by_area: bool = False
) -> Interval:
    """Return the interval of the difference of two rows, drawn on the same days."""
    if not (_have_days(ours) and _have_days(theirs)):
        return UNKNOWN
    return difference(ours, theirs, score, by_area=by_area)


def _have_days(tallies: Sequence[Tally]) -> bool:
    """Tell whether there are tallies, and all of a kind that counts by days."""
    return bool(tallies) and all(getattr(each, "blocks", None) is not None for each in tallies)
