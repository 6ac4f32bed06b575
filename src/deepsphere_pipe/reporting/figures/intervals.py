"""Average precision of an experiment with its interval, as figures show it."""

from collections.abc import Iterable

import numpy as np

from deepsphere_pipe.evaluation.bootstrap import Interval, interval, score_of
from deepsphere_pipe.reporting.experiments import Experiment

INTERVAL_NOTE = (
    "Large points: mean over the seeds; bars: 95 % interval of a bootstrap over the days of the "
    "test part"
)


def interval_of(experiment: Experiment, score: str, by_area: bool) -> Interval:
    """Return the mean score of the seeds with its interval, which old files do not have."""
    if all(tally.blocks is not None for tally in experiment.tallies):
        return interval(experiment.tallies, score, by_area)
    return Interval(mean_of(scores_of_seeds(experiment, score, by_area)), np.nan, np.nan)


def scores_of_seeds(experiment: Experiment, score: str, by_area: bool) -> list[float]:
    """Return a score of each seed, between 0 and 1; NaN where it is not defined."""
    tallies = experiment.tallies
    return [score_of(each.by_area if by_area else each.per_vertex, score) for each in tallies]


def compared_by_area(experiments: list[Experiment]) -> bool:
    """Tell whether scores are to be compared by area: vertices of samplings differ."""
    samplings = {each.get("sampling_name") for e in experiments for each in e.scores}
    there = all(tally.by_area is not None for each in experiments for tally in each.tallies)
    return len(samplings) > 1 and there


def error_bars(score: Interval) -> np.ndarray | None:
    """Return the lengths of the two error bars in per cent, (2, 1); None without an interval."""
    lengths = 100 * np.array([[score.estimate - score.low], [score.high - score.estimate]])
    return np.maximum(lengths, 0) if np.isfinite(lengths).all() else None


def mean_of(values: Iterable[float | None]) -> float:
    """Return the mean; NaN of nothing, or if a value is undefined."""
    values = np.array([np.nan if value is None else value for value in values], float)
    return float(values.mean()) if len(values) else np.nan
