"""How figures show experiments: colours, lines and error bars, the same in all of a study."""

from collections.abc import Iterable, Sequence

import numpy as np

from deepsphere_pipe.evaluation.intervals import Interval
from deepsphere_pipe.reporting.figures.style import LINE_STYLES, SERIES_COLOURS, FigureSettings
from deepsphere_pipe.reporting.intervals import explained
from deepsphere_pipe.reporting.runs import Experiment


def interval_note(
    intervals: Sequence[Interval], several_seeds: bool, single_seeds: bool = False
) -> str:
    """Return what points and error bars are, with the lengths and the numbers of blocks."""
    points = "Large points: mean over the seeds."
    if several_seeds and single_seeds:
        points += " Small points: single seeds."
    return f"{points} Bars, {explained(intervals, several_seeds)}"


def styles(experiments: Sequence[Experiment], settings: FigureSettings) -> dict[str, dict]:
    """Return colour and line style of each experiment by its legend."""
    networks = [each.legend for each in experiments if not each.is_baseline]
    baselines = [each.legend for each in experiments if each.is_baseline]
    return line_styles(networks, baselines, settings)


def line_styles(
    networks: Iterable[str], baselines: Iterable[str], settings: FigureSettings
) -> dict[str, dict[str, str]]:
    """Return colour and line style of networks and baselines by name."""
    found = {}
    for number, name in enumerate(networks):
        turn, colour = divmod(number, len(SERIES_COLOURS))
        found[name] = {"color": SERIES_COLOURS[colour], "linestyle": LINE_STYLES[turn % 4]}
    for number, name in enumerate(baselines):
        style = LINE_STYLES[(number + 1) % 4]
        found[name] = {"color": settings.baseline_colour, "linestyle": style}
    return found


def error_bars(score: Interval) -> np.ndarray | None:
    """Return the lengths of the two error bars in per cent, (2, 1); None without an interval."""
    lengths = 100 * np.array([[score.estimate - score.low], [score.high - score.estimate]])
    return np.maximum(lengths, 0) if np.isfinite(lengths).all() else None
