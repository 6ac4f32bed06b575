"""Average precision of experiments side by side, with its uncertainty: alone, and against cost."""

import os
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, NullLocator

from deepsphere_pipe.evaluation.bootstrap import Interval, interval, score_of
from deepsphere_pipe.reporting.experiments import Experiment, read_experiments, series_styles
from deepsphere_pipe.reporting.figures.style import (
    FigureSettings,
    add_legend,
    add_note,
    columns_for,
    figure_style,
    save_figure,
    say_instead,
)

SCORES = {
    "mean AP": "mean_average_precision",
    "AP TC": "average_precision_tc",
    "AP AR": "average_precision_ar",
}
"""Scores of the bootstrap by their names in tables."""

LEAST_INCHES = 2.2
"""Width of a panel."""

NAME_LETTERS = 22
"""After how many letters the name of an experiment goes on in the next line."""

MARKERS = "osD^vP"

INTERVAL_NOTE = (
    "Large points: mean over the seeds; bars: 95 % interval of a bootstrap over the days of the "
    "test part"
)


def score_comparison(
    histograms_files: Mapping[str, str | os.PathLike],
    out_stem: str | os.PathLike,
    settings: Any = None,
) -> None:
    """Draw the average precision of each experiment as a point with its interval.

    Experiments on several samplings are compared by area, as long as all files have that.

    Parameters
    ----------
    histograms_files : mapping of str to path-like
        ``histograms.nc`` of each run, by the name of the run.
    out_stem : path-like
        The figure is written as ``out_stem``.png and ``out_stem``.pdf.
    settings : FigureSettings, mapping or config section, optional
        Size.

    Raises
    ------
    UserError
        If a file cannot be read, or the seeds of an experiment were scored on different days.
    """
    settings = FigureSettings.of(settings)
    experiments = read_experiments(histograms_files)
    styles = series_styles(experiments, settings)
    by_area = _by_area(experiments)
    columns = columns_for(len(SCORES), settings.width_inches, LEAST_INCHES)
    rows = -(-len(SCORES) // columns)
    with figure_style():
        names = [textwrap.fill(each.name, NAME_LETTERS) for each in experiments]
        lines = sum(1.0 + name.count("\n") for name in names)
        height = rows * (0.24 * lines + 0.75) + 0.45
        figure = Figure(figsize=(settings.width_inches, height), layout="constrained")
        panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
        for axes in panels.flat[len(SCORES) :]:
            axes.set_axis_off()
        for axes, (title, score) in zip(panels.flat, SCORES.items(), strict=False):
            axes.set(title=title, xlabel=f"AP{' by area' if by_area else ''} (%)")
            for row, experiment in enumerate(experiments):
                _draw_row(axes, row, experiment, score, by_area, styles[experiment.name]["color"])
            if not any(len(line.get_xdata()) for line in axes.get_lines()):
                say_instead(axes, "not defined")
            axes.set_yticks(range(len(experiments)), names)
            axes.set_ylim(len(experiments) - 0.5, -0.5)
            axes.margins(x=0.08)
        several = any(len(each.tallies) > 1 for each in experiments)
        add_note(figure, f"{INTERVAL_NOTE}{'; small points: single seeds' if several else ''}.")
        save_figure(figure, out_stem, settings.dpi)


def score_against_cost(
    histograms_files: Mapping[str, str | os.PathLike],
    out_stem: str | os.PathLike,
    settings: Any = None,
) -> None:
    """Draw the mean average precision against the number of parameters and the time of inference.

    Parameters are those of `score_comparison`. What the runs cost comes from the ``scores.json``
    beside each file.

    Raises
    ------
    UserError
        If a file cannot be read, or the seeds of an experiment were scored on different days.
    """
    settings = FigureSettings.of(settings)
    experiments = [each for each in read_experiments(histograms_files) if not each.is_baseline]
    by_area = _by_area(experiments)
    costs = {
        "parameters": [[each.get("parameters") for each in e.scores] for e in experiments],
        "inference (ms per map)": [e.provenance("inference_ms_per_map") for e in experiments],
    }
    scores = [interval_of(each, SCORES["mean AP"], by_area) for each in experiments]
    styles = series_styles(experiments, settings)
    columns = columns_for(len(costs), settings.width_inches, LEAST_INCHES)
    rows = -(-len(costs) // columns)
    with figure_style():
        size = (settings.width_inches, 2.7 * rows + 0.2 * len(experiments) / 2 + 0.6)
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
        handles = {}
        for number, (axes, (label, values)) in enumerate(
            zip(panels.flat, costs.items(), strict=True)
        ):
            axes.set(xscale="log", xlabel=label)
            if number % columns == 0:
                axes.set_ylabel(f"mean AP{' by area' if by_area else ''} (%)")
            known = []
            for i, (experiment, score) in enumerate(zip(experiments, scores, strict=True)):
                cost = _mean(values[i])
                if np.isnan(cost) or np.isnan(score.estimate):
                    continue
                known.append(cost)
                handles[experiment.name] = axes.errorbar(
                    cost,
                    100 * score.estimate,
                    yerr=_bars(score),
                    fmt=MARKERS[i // 7 % len(MARKERS)],
                    color=styles[experiment.name]["color"],
                    label=experiment.name,
                    capsize=3,
                )
            _use_log_axis(axes, known)
            if not known:
                say_instead(axes, "not recorded" if _any_defined(scores) else "AP not defined")
        if handles:
            add_legend(figure, list(handles.values()))
        add_note(figure, f"{INTERVAL_NOTE}.{_told_of_inference(experiments)}")
        save_figure(figure, out_stem, settings.dpi)


def interval_of(experiment: Experiment, score: str, by_area: bool) -> Interval:
    """Return the mean score of the seeds with its interval, which old files do not have."""
    if all(tally.blocks is not None for tally in experiment.tallies):
        return interval(experiment.tallies, score, by_area)
    return Interval(_mean(_of_seeds(experiment, score, by_area)), np.nan, np.nan)


def _of_seeds(experiment: Experiment, score: str, by_area: bool) -> list[float]:
    tallies = experiment.tallies
    return [score_of(each.by_area if by_area else each.per_vertex, score) for each in tallies]


def _by_area(experiments: list[Experiment]) -> bool:
    """Tell whether scores are to be compared by area: vertices of samplings differ."""
    samplings = {each.get("sampling_name") for e in experiments for each in e.scores}
    there = all(tally.by_area is not None for each in experiments for tally in each.tallies)
    return len(samplings) > 1 and there


def _draw_row(
    axes: Axes, row: int, experiment: Experiment, score: str, by_area: bool, colour: str
) -> None:
    score_interval = interval_of(experiment, score, by_area)
    seeds = 100 * np.array(_of_seeds(experiment, score, by_area))
    seeds = seeds[np.isfinite(seeds)]
    if len(seeds) > 1:
        axes.plot(seeds, np.full(len(seeds), row + 0.22), ".", color=colour, markersize=4)
    if np.isfinite(score_interval.estimate):
        axes.errorbar(
            100 * score_interval.estimate,
            row,
            xerr=_bars(score_interval),
            fmt="o",
            color=colour,
            markersize=6,
            capsize=3,
        )


def _bars(score: Interval) -> np.ndarray | None:
    """Return the lengths of the two error bars in per cent, (2, 1); None without an interval."""
    lengths = 100 * np.array([[score.estimate - score.low], [score.high - score.estimate]])
    return np.maximum(lengths, 0) if np.isfinite(lengths).all() else None


def _use_log_axis(axes: Axes, values: list[float]) -> None:
    if not values:
        axes.set_xticks([])
        return
    low, high = min(values) / 2.2, max(values) * 2.2
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    steps = (1, 2, 5) if high / low < 60 else (1,)
    ticks = np.sort(np.outer(decades, steps).ravel())
    axes.set_xticks(ticks[(ticks >= low) & (ticks <= high)])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.set_xlim(low, high)


def _told_of_inference(experiments: list[Experiment]) -> str:
    """Return a sentence on the machine that the times are of, if it is known."""
    parts = []
    for key, text in (
        ("evaluation_device", "on {}"),
        ("inference_batch", "{} maps at once"),
    ):
        values = dict.fromkeys(value for each in experiments for value in each.provenance(key))
        if values:
            parts.append(text.format(" or ".join(map(str, values))))
    return f" Inference {', '.join(parts)}." if parts else ""


def _any_defined(scores: list[Interval]) -> bool:
    return any(np.isfinite(score.estimate) for score in scores)


def _mean(values: Iterable[float | None]) -> float:
    """Return the mean; NaN of nothing, or if a value is undefined."""
    values = np.array([np.nan if value is None else value for value in values], float)
    return float(values.mean()) if len(values) else np.nan
