"""Curves: how training went, and precision against recall."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from deepsphere_pipe.evaluation.scores import ScoreHistograms
from deepsphere_pipe.evaluation.tally import Tally
from deepsphere_pipe.reporting.experiments import experiment_of, line_styles
from deepsphere_pipe.reporting.figures.style import FigureSettings, figure_style, save_figure, span
from deepsphere_pipe.reporting.runs import read_history, read_scores


def training_curves(
    history_files: Mapping[str, str | os.PathLike],
    out_stem: str | os.PathLike,
    settings: Any = None,
) -> None:
    """Draw loss and validation average precision against the epoch, one row per experiment.

    Parameters
    ----------
    history_files : mapping of str to path-like
        ``history.csv`` of each run, by the name of the run
        (``<experiment>[-<sampling>][-<split>]-seed<n>``). Runs that differ in their seed only share
        a row.
    out_stem : path-like
        The figure is written as ``out_stem``.png and ``out_stem``.pdf.
    settings : FigureSettings, mapping or config section, optional
        Colours and size.

    Raises
    ------
    UserError
        If a file cannot be read or lacks a column.
    """
    settings = FigureSettings.of(settings)
    experiments: dict[str, list[pd.DataFrame]] = {}
    for run, path in history_files.items():
        experiments.setdefault(experiment_of(run), []).append(read_history(path))
    with figure_style():
        rows = len(experiments)
        figure = Figure(figsize=(settings.width_inches, 2.4 * rows + 0.6), layout="constrained")
        panels = figure.subplots(rows, 2, sharex=True, sharey="col", squeeze=False)
        for (loss, ap), (experiment, histories) in zip(panels, experiments.items(), strict=True):
            loss.set_title(experiment, loc="left", fontweight="bold")
            loss.set_ylabel("loss")
            loss.set_yscale("log")  # the first epoch is far above what comes after
            loss.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            loss.yaxis.set_major_formatter("{x:g}")
            loss.yaxis.set_minor_formatter(NullFormatter())
            ap.set_ylabel("validation AP (%)")
            for history in histories:
                _draw_loss(loss, history, settings)
                _draw_average_precision(ap, history, settings)
        panels[0, 1].set_ylim(bottom=0)  # at last: it fixes the top, which all rows share
        for axes in panels[-1]:
            axes.set_xlabel("epoch")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower left", ncols=2)
        figure.legend(*panels[0, 1].get_legend_handles_labels(), loc="outside lower right", ncols=4)
        save_figure(figure, out_stem, settings.dpi)


def precision_recall_curves(
    histograms_files: Mapping[str, str | os.PathLike],
    out_stem: str | os.PathLike,
    settings: Any = None,
) -> None:
    """Draw precision against recall, one panel per event class, with AP in the legend.

    Parameters
    ----------
    histograms_files : mapping of str to path-like
        ``histograms.nc`` of each run, by the name of the run. Runs that differ in their seed only
        share a colour and a line of the legend, which then tells mean ± standard deviation. A run
        is a baseline if the ``scores.json`` beside its histograms says so; those of all samplings
        and splits share a line of the legend, which then tells least and greatest.
    out_stem : path-like
        The figure is written as ``out_stem``.png and ``out_stem``.pdf.
    settings : FigureSettings, mapping or config section, optional
        Colours and size.

    Raises
    ------
    UserError
        If a file cannot be read.
    """
    settings = FigureSettings.of(settings)
    experiments: dict[str, list[ScoreHistograms]] = {}
    baselines = []
    for run, path in histograms_files.items():
        baseline = _baseline_of(path)
        experiment = baseline or experiment_of(run)
        experiments.setdefault(experiment, []).append(Tally.load(path).per_vertex)
        if baseline and baseline not in baselines:
            baselines.append(baseline)
    networks = [name for name in experiments if name not in baselines]
    styles = line_styles(networks, baselines, settings)
    n_panels = len(settings.event_classes)
    panel_width = settings.width_inches / n_panels
    height = 0.95 * panel_width + 0.19 * (len(experiments) + 1) + 0.4
    with figure_style():
        figure = Figure(figsize=(settings.width_inches, height), layout="constrained")
        panels = figure.subplots(1, n_panels, sharey=True, squeeze=False)[0]
        for axes, (name, label) in zip(panels, settings.event_classes.items(), strict=True):
            for experiment, histograms in experiments.items():
                as_range = experiment in baselines
                _draw_precision_recall(
                    axes, experiment, histograms, label, as_range, styles[experiment]
                )
            _draw_chance(axes, [each for group in experiments.values() for each in group], label)
            axes.set(xlim=(0, 100), ylim=(0, 101), xlabel="recall (%)")
            axes.set_title(name, color=settings.colours[name], fontweight="bold")
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), borderaxespad=0)
        panels[0].set_ylabel("precision (%)")
        save_figure(figure, out_stem, settings.dpi)


def _draw_loss(axes: Axes, history: pd.DataFrame, settings: FigureSettings) -> None:
    label = _label_once(axes)
    for part in ("train", "validation"):
        colour = getattr(settings, f"{part}_colour")
        values = history[f"{part}_loss"]
        axes.plot(history["epoch"], values, color=colour, label=label(part), **_marker(history))


def _draw_average_precision(axes: Axes, history: pd.DataFrame, settings: FigureSettings) -> None:
    label = _label_once(axes)
    for name in settings.event_classes:
        values = 100 * history[f"validation_ap_{name.lower()}"]
        colour = settings.colours[name]
        axes.plot(history["epoch"], values, color=colour, label=label(name), **_marker(history))
    mean = 100 * history["validation_mean_ap"]
    axes.plot(history["epoch"], mean, color="black", label=label("mean"), linewidth=2)
    if mean.notna().any():
        best = mean.idxmax()
        axes.plot(
            history["epoch"][best],
            mean[best],
            "o",
            color="black",
            markersize=5,
            label=label("best epoch"),
        )


def _marker(history: pd.DataFrame) -> dict:
    """A line through one point cannot be seen."""
    return {"marker": "o", "markersize": 4} if len(history) == 1 else {}


def _label_once(axes: Axes):
    """Return a function that labels a line only if the axes have no such label yet."""
    there = set(axes.get_legend_handles_labels()[1])
    return lambda name: None if name in there else name


def _baseline_of(histograms: str | os.PathLike) -> str | None:
    """Return the name of a baseline, None for a network."""
    path = Path(histograms).with_name("scores.json")
    scores = read_scores(path) if path.exists() else {"kind": "network"}
    return scores["experiment"] if scores["kind"] == "baseline" else None


def _draw_precision_recall(
    axes: Axes,
    experiment: str,
    histograms: list[ScoreHistograms],
    label: int,
    as_range: bool,
    style: dict,
) -> None:
    scores = 100 * np.array([each.average_precision()[label] for each in histograms])
    if np.isnan(scores).any():
        text = f"{experiment}: AP –"
    elif as_range:
        text = f"{experiment}: AP {span(f'{score:.1f}' for score in np.sort(scores))}"
    else:
        text = f"{experiment}: AP {scores.mean():.1f}"
        if len(scores) > 1:
            text += f" ± {scores.std(ddof=1):.1f}"
    for number, each in enumerate(histograms):
        precision, recall = each.precision_recall(label)
        marker = "o" if len(recall) == 1 else None
        axes.plot(
            100 * recall,
            100 * precision,
            label=f"{text} %" if number == 0 else None,
            marker=marker,
            clip_on=marker is None,
            **style,
        )


def _draw_chance(axes: Axes, histograms: list[ScoreHistograms], label: int) -> None:
    """Draw what guessing reaches: a precision equal to the share of the class.

    The share differs between samplings, as vertices have different areas, and between splits, as
    test maps differ.
    """
    shares = np.unique([100 * each.prevalence()[label] for each in histograms])
    shares = shares[np.isfinite(shares)]
    for number, share in enumerate(shares):
        text = f"share of all pixels: {span(f'{each:.2g}' for each in shares)} %"
        text = text if number == 0 else None
        axes.axhline(share, color="#bbbbbb", linewidth=0.8, label=text, zorder=0)
