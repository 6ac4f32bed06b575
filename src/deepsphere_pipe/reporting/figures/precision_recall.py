"""Precision against recall, with the average precision in the legend."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deepsphere_pipe.evaluation.scores import ScoreHistograms
from deepsphere_pipe.reporting.figures.series import line_styles
from deepsphere_pipe.reporting.figures.style import FigureSettings, figure_of, span
from deepsphere_pipe.reporting.runs import Experiment, read_experiments


@figure_of(read_experiments)
def precision_recall_curves(experiments: list[Experiment], settings: FigureSettings) -> Figure:
    """Draw precision against recall, one panel per event class, with AP in the legend.

    Seeds of an experiment share a colour and a line of the legend, which then tells mean ± standard
    deviation. A baseline on all samplings and splits shares a line of the legend, which then tells
    least and greatest.
    """
    histograms: dict[str, list[ScoreHistograms]] = {}
    baselines = []
    for each in experiments:
        name = each.name if each.is_baseline else each.legend
        histograms.setdefault(name, []).extend(tally.per_vertex for tally in each.tallies)
        if each.is_baseline and name not in baselines:
            baselines.append(name)
    networks = [name for name in histograms if name not in baselines]
    styles = line_styles(networks, baselines, settings)
    n_panels = len(settings.event_classes)
    panel_width = settings.width_inches / n_panels
    height = 0.95 * panel_width + 0.19 * (len(histograms) + 1) + 0.4
    figure = Figure(figsize=(settings.width_inches, height), layout="constrained")
    panels = figure.subplots(1, n_panels, sharey=True, squeeze=False)[0]
    for axes, (name, label) in zip(panels, settings.event_classes.items(), strict=True):
        for series, of_series in histograms.items():
            as_range = series in baselines
            _draw_precision_recall(axes, series, of_series, label, as_range, styles[series])
        _draw_chance(axes, [each for group in histograms.values() for each in group], label)
        axes.set(xlim=(0, 100), ylim=(0, 101), xlabel="recall (%)")
        axes.set_title(name, color=settings.colours[name], fontweight="bold")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), borderaxespad=0)
    panels[0].set_ylabel("precision (%)")
    return figure


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
        once = text if number == 0 else None
        axes.axhline(share, color="#bbbbbb", linewidth=0.8, label=once, zorder=0)
