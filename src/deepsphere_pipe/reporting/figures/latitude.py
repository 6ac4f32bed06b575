"""Scores against latitude: where on the globe a network is good."""

import warnings
from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from deepsphere_pipe.evaluation.scores import ScoreHistograms
from deepsphere_pipe.reporting.figures import series
from deepsphere_pipe.reporting.figures.style import FigureSettings, Sheet, figure_of, say_instead
from deepsphere_pipe.reporting.runs import Experiment, read_experiments

Score = Callable[[ScoreHistograms], np.ndarray]
SCORES: dict[str, Score] = {
    "AP (%)": ScoreHistograms.average_precision,
    "recall (%)": ScoreHistograms.recall,
}
"""What is drawn, by the label of its axis; the recall is that of the most probable class."""

LEAST_INCHES = 3.0
"""Width of a panel with its labels."""

SHARE_COLOUR, SHARE_LABEL_COLOUR = "#e6e6e6", "#8a8a8a"


@figure_of(read_experiments)
def scores_by_latitude(experiments: list[Experiment], settings: FigureSettings) -> Sheet:
    """Draw average precision and recall of each event class in bands of latitude.

    Lines are means over the seeds; the bars behind are the share of the class in the band. A band
    without the class has no score.
    """
    styles = series.styles(experiments, settings)
    events = settings.event_classes
    rows, columns = settings.grid(len(events), LEAST_INCHES)
    figure = Sheet(settings.width_inches, 2.1 * rows * len(SCORES) + 0.5)
    blocks = figure.grid(len(events), rows, columns, above=len(SCORES), sharex=True)
    for block, (name, label) in zip(blocks, events.items(), strict=True):
        block[0].set_title(name, color=settings.colours[name], fontweight="bold")
        for axes, (text, score) in zip(block, SCORES.items(), strict=True):
            _draw_share(axes, experiments, label, name)
            _draw_scores(axes, experiments, styles, label, score, name)
            axes.set_ylabel(text)
    for axes in blocks[-columns:, -1]:
        axes.set(xlabel="latitude (° north)", xticks=np.arange(-90, 91, 30))
    handles = {line.get_label(): line for axes in blocks.flat for line in axes.get_lines()}
    figure.legend_above(handles.values())
    return figure


def _draw_scores(
    axes: Axes, experiments: list[Experiment], styles: dict, label: int, score: Score, name: str
) -> None:
    known = False
    for experiment in experiments:
        bands = [tally.latitude for tally in experiment.tallies if tally.latitude is not None]
        if not bands:
            continue
        middle = (bands[0].south + bands[0].north) / 2
        of_seeds = np.array([[score(h)[label] for h in each.histograms] for each in bands])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a band without the class
            mean = 100 * np.nanmean(of_seeds, axis=0)
        known |= bool(np.isfinite(mean).any())
        style: dict = {"marker": "o", "markersize": 3, "clip_on": False}
        style |= styles[experiment.legend]
        axes.plot(middle, mean, label=experiment.legend, **style)
    axes.set(xlim=(-90, 90), ylim=(0, 100))
    if all(tally.latitude is None for each in experiments for tally in each.tallies):
        say_instead(axes, "not recorded: evaluate again")
    elif not known:
        say_instead(axes, f"no {name} in the test part")


def _draw_share(axes: Axes, experiments: list[Experiment], label: int, name: str) -> None:
    """Draw the share of a class in each band, of the first experiment, behind the scores."""
    bands = next(
        (t.latitude for e in experiments for t in e.tallies if t.latitude is not None), None
    )
    behind = axes.twinx()
    behind.set_zorder(axes.get_zorder() - 1)
    axes.patch.set_visible(False)
    behind.grid(False)
    behind.tick_params(axis="y", colors=SHARE_LABEL_COLOUR, length=0)
    behind.set_ylabel(f"share of {name} (%)", color=SHARE_LABEL_COLOUR)
    if bands is None:
        behind.set_yticks([])
        return
    shares = 100 * np.nan_to_num([each.prevalence()[label] for each in bands.histograms])
    behind.bar(bands.south, shares, bands.north - bands.south, align="edge", color=SHARE_COLOUR)
    behind.set_ylim(0, 1.05 * shares.max() or 1)
    behind.yaxis.set_major_locator(MaxNLocator(4))
