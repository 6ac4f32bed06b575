"""Reliability curves: how often an event is there that the network gives a probability of p."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator
from matplotlib.transforms import offset_copy

from deepsphere_pipe.reporting.cells import spanned
from deepsphere_pipe.reporting.figures import series
from deepsphere_pipe.reporting.figures.style import FigureSettings, Sheet, figure_of, say_instead
from deepsphere_pipe.reporting.runs import Experiment, read_experiments

LEAST_INCHES = 2.6
"""Width of a panel with its labels."""


@figure_of(read_experiments)
def reliability_curves(experiments: list[Experiment], settings: FigureSettings) -> Sheet:
    """Draw observed frequency against predicted probability, one column per event class.

    Below each panel stands how many of the vertices get such a probability. The legend has the
    Brier score: the mean over the seeds, whose vertices are drawn together.
    """
    styles = series.styles(experiments, settings)
    events = settings.event_classes
    rows, columns = settings.grid(len(events), LEAST_INCHES)
    panel = settings.width_inches / columns
    height = rows * (1.1 * min(panel, 4.0) + 0.19 * (len(experiments) + 2) + 0.3)
    figure = Sheet(settings.width_inches, height)
    ratios = [3, 1] * rows
    pairs = figure.grid(len(events), rows, columns, above=2, sharex=True, height_ratios=ratios)
    for number, (name, label) in enumerate(events.items()):
        curve, share = pairs[number]
        curve.set_title(name, color=settings.colours[name], fontweight="bold")
        _draw_class(curve, share, experiments, styles, name, label)
        if number % columns == 0:
            curve.set_ylabel("observed frequency (%)")
            share.set_ylabel("vertices (%)")
    return figure


def _draw_class(
    curve: Axes, share: Axes, experiments: list[Experiment], styles: dict, name: str, label: int
) -> None:
    curve.plot([0, 100], [0, 100], color="#999999", linewidth=0.8, zorder=0)
    guesses, absent, unknown = [], [], []
    for experiment in experiments:
        kept = [tally.reliability for tally in experiment.tallies if tally.reliability is not None]
        if not kept:
            unknown.append(experiment.legend)
            continue
        total, positive, probability = (
            np.sum([getattr(each, part)[label] for each in kept], axis=0, dtype=float)
            for part in ("total", "positive", "probability_sum")
        )
        there = total > 0
        text = f"{experiment.legend}: {_brier(experiment, name)}"
        style = dict(styles[experiment.legend])
        predicted = 100 * probability[there] / total[there]
        share.plot(predicted, 100 * total[there] / total.sum(), marker=".", **style)
        if positive.sum() == 0:
            absent.append(experiment.legend)
            curve.plot([], [], label=text, **style)
            continue
        frequency = positive.sum() / total.sum()
        guesses.append(frequency * (1 - frequency))
        observed = 100 * positive[there] / total[there]
        style |= {"marker": "o", "markersize": 3, "clip_on": False}
        curve.plot(predicted, observed, label=text, **style)
    if guesses:
        scores = spanned(f"{each:.3g}" for each in sorted(guesses))
        curve.plot([], [], " ", label=f"always the share of {name}: Brier {scores}")
    if len(absent) == len(experiments):
        say_instead(curve, f"no {name} in the test part")
    elif len(unknown) == len(experiments):
        say_instead(curve, "not recorded: evaluate again")
    curve.set(xlim=(0, 100), ylim=(0, 100))
    share.set(yscale="log", xlabel=f"predicted probability of {name} (%)")
    share.tick_params(labelbottom=True)
    share.yaxis.set_major_formatter("{x:g}")
    share.yaxis.set_minor_locator(NullLocator())
    if handles := curve.get_legend_handles_labels()[0]:
        below = offset_copy(share.transAxes, share.get_figure(root=True), y=-0.42, units="inches")
        place: dict = {"bbox_to_anchor": (0.5, 0), "bbox_transform": below, "borderaxespad": 0}
        share.legend(handles=handles, loc="upper center", **place)


def _brier(experiment: Experiment, name: str) -> str:
    """Return mean and standard deviation over the seeds as a legend tells them."""
    values = experiment.values("classes", name, "brier")
    if np.isnan(values).any():
        return "Brier –"
    spread = f" ± {values.std(ddof=1):.1g}" if len(values) > 1 else ""
    return f"Brier {values.mean():.3g}{spread}"
