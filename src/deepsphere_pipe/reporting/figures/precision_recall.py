"""Precision against recall, with the average precision in the legend."""

import numpy as np
from matplotlib.axes import Axes

from deepsphere_pipe.evaluation.scores import ScoreHistograms
from deepsphere_pipe.reporting.cells import spanned
from deepsphere_pipe.reporting.figures.series import line_styles
from deepsphere_pipe.reporting.figures.style import FigureSettings, Sheet, figure_of
from deepsphere_pipe.reporting.runs import Experiment, read_experiments


@figure_of(read_experiments)
def precision_recall_curves(experiments: list[Experiment], settings: FigureSettings) -> Sheet:
    """Draw precision against recall, one panel per event class, with AP in the legend.

    Seeds of an experiment share a colour and a line of the legend, which then tells mean ± standard
    deviation. A baseline on all samplings and splits shares a line of the legend, which then tells
    least and greatest.
    """
    histograms: dict[str, list[ScoreHistograms]] = {}
    for each in experiments:
        name = each.name if each.is_baseline else each.legend
        histograms.setdefault(name, []).extend(tally.per_vertex for tally in each.tallies)
    baselines = list(dict.fromkeys(each.name for each in experiments if each.is_baseline))
    networks = [name for name in histograms if name not in baselines]
    styles = line_styles(networks, baselines, settings)
    n_panels = len(settings.event_classes)
    panel_width = settings.width_inches / n_panels
    height = 0.95 * panel_width + 0.19 * (len(histograms) + 1) + 0.4
    figure = Sheet(settings.width_inches, height)
    panels = figure.subplots(1, n_panels, sharey=True, squeeze=False)[0]
    for axes, (name, label) in zip(panels, settings.event_classes.items(), strict=True):
        for series, of_series in histograms.items():
            text = f"{series}: AP {_told(of_series, label, as_range=series in baselines)}"
            _draw_curves(axes, of_series, label, text, styles[series])
        _draw_chance(axes, [each for group in histograms.values() for each in group], label)
        axes.set(xlim=(0, 100), ylim=(0, 101), xlabel="recall (%)")
        axes.set_title(name, color=settings.colours[name], fontweight="bold")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), borderaxespad=0)
    panels[0].set_ylabel("precision (%)")
    return figure


def _told(histograms: list[ScoreHistograms], label: int, as_range: bool) -> str:
    """Return the average precision of all seeds as the legend tells it."""
    scores = 100 * np.array([each.average_precision()[label] for each in histograms])
    if np.isnan(scores).any():
        return "– %"
    if as_range:
        return f"{spanned(f'{score:.1f}' for score in np.sort(scores))} %"
    deviation = f" ± {scores.std(ddof=1):.1f}" if len(scores) > 1 else ""
    return f"{scores.mean():.1f}{deviation} %"


def _draw_curves(
    axes: Axes, histograms: list[ScoreHistograms], label: int, text: str, style: dict
) -> None:
    for number, each in enumerate(histograms):
        precision, recall = each.precision_recall(label)
        alone = len(recall) == 1
        once: dict = {"label": None if number else text, "clip_on": not alone} | style
        axes.plot(100 * recall, 100 * precision, marker="o" if alone else None, **once)


def _draw_chance(axes: Axes, histograms: list[ScoreHistograms], label: int) -> None:
    """Draw what guessing reaches: a precision equal to the share of the class.

    The share differs between samplings, as vertices have different areas, and between splits, as
    test maps differ.
    """
    shares = np.unique([100 * each.prevalence()[label] for each in histograms])
    shares = shares[np.isfinite(shares)]
    for number, share in enumerate(shares):
        text = f"share of all pixels: {spanned(f'{each:.2g}' for each in shares)} %"
        style: dict = {"label": None if number else text, "color": "#bbbbbb", "linewidth": 0.8}
        axes.axhline(share, zorder=0, **style)
