"""How training went: loss and validation average precision by epoch."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from deepsphere_pipe.reporting.figures.style import FigureSettings, Sheet, figure_of
from deepsphere_pipe.reporting.runs import Experiment, read_experiments


@figure_of(read_experiments)
def training_curves(experiments: list[Experiment], settings: FigureSettings) -> Sheet:
    """Draw loss and validation average precision against the epoch, one row per experiment."""
    rows = len(experiments)
    figure = Sheet(settings.width_inches, 2.4 * rows + 0.6)
    panels = figure.subplots(rows, 2, sharex=True, sharey="col", squeeze=False)
    for (loss, ap), experiment in zip(panels, experiments, strict=True):
        loss.set_title(experiment.legend, loc="left", fontweight="bold")
        loss.set_ylabel("loss")
        loss.set_yscale("log")  # the first epoch is far above what comes after
        loss.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        loss.yaxis.set_major_formatter("{x:g}")
        loss.yaxis.set_minor_formatter(NullFormatter())
        ap.set_ylabel("validation AP (%)")
        for history in experiment.histories:
            _draw_loss(loss, history, settings)
            _draw_average_precision(ap, history, settings)
    panels[0, 1].set_ylim(bottom=0)  # at last: it fixes the top, which all rows share
    for axes in panels[-1]:
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower left", ncols=2)
    figure.legend(*panels[0, 1].get_legend_handles_labels(), loc="outside lower right", ncols=4)
    return figure


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
        best = int(mean.argmax())
        point: dict = {"marker": "o", "linestyle": "", "markersize": 5, "color": "black"}
        axes.plot(history["epoch"][best], mean[best], label=label("best epoch"), **point)


def _marker(history: pd.DataFrame) -> dict:
    """Return the marker of a line, which through one point could not be seen."""
    return {"marker": "o", "markersize": 4} if len(history) == 1 else {}


def _label_once(axes: Axes):
    """Return a function that labels a line only if the axes have no such label yet."""
    there = set(axes.get_legend_handles_labels()[1])
    return lambda name: None if name in there else name
