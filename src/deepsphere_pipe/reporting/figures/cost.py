"""Average precision of experiments against what they cost."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, NullLocator

from deepsphere_pipe.reporting.figures import series
from deepsphere_pipe.reporting.figures.style import FigureSettings, Sheet, figure_of, say_instead
from deepsphere_pipe.reporting.intervals import compared_by_area, interval_of
from deepsphere_pipe.reporting.runs import Experiment, read_experiments

COSTS = {
    "parameters": ("parameters",),
    "inference (ms per map)": ("provenance", "inference_ms_per_map"),
}
"""What is drawn, by the label of its axis, and the keys of the scores that lead to it."""

LEAST_INCHES = 2.2
"""Width of a panel."""

MARKERS = "osD^vP"


@figure_of(read_experiments)
def score_against_cost(experiments: list[Experiment], settings: FigureSettings) -> Sheet:
    """Draw the mean average precision against the number of parameters and the time of inference.

    What the runs cost comes from their ``scores.json``.
    """
    experiments = [each for each in experiments if not each.is_baseline]
    by_area = compared_by_area(experiments)
    scores = [interval_of(each, "mean_average_precision", by_area) for each in experiments]
    styles = series.styles(experiments, settings)
    rows, columns = settings.grid(len(COSTS), LEAST_INCHES)
    figure = Sheet(settings.width_inches, 2.7 * rows + 0.2 * len(experiments) / 2 + 0.6)
    panels = figure.grid(len(COSTS), rows, columns, sharey=True)[:, 0]
    handles = {}
    for number, (axes, (label, keys)) in enumerate(zip(panels, COSTS.items(), strict=True)):
        axes.set(xscale="log", xlabel=label)
        if number % columns == 0:
            axes.set_ylabel(f"mean AP{' by area' if by_area else ''} (%)")
        known = []
        for i, (experiment, score) in enumerate(zip(experiments, scores, strict=True)):
            cost = experiment.values(*keys).mean()
            if np.isnan(cost) or np.isnan(score.estimate):
                continue
            known.append(cost)
            name = experiment.legend
            style: dict = {"fmt": MARKERS[i // 7 % len(MARKERS)], "color": styles[name]["color"]}
            bars, at = series.error_bars(score), (cost, 100 * score.estimate)
            handles[name] = axes.errorbar(*at, yerr=bars, label=name, capsize=3, **style)
        _use_log_axis(axes, known)
        if not known:
            defined = any(np.isfinite(score.estimate) for score in scores)
            say_instead(axes, "not recorded" if defined else "AP not defined")
    figure.legend_above(handles.values())
    several = any((each.n_seeds or 0) > 1 for each in experiments)
    figure.note(f"{series.interval_note(scores, several)}{_told_of_inference(experiments)}")
    return figure


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
    for key, text in (("evaluation_device", "on {}"), ("inference_batch", "{} maps at once")):
        found = [str(v) for each in experiments for v in each.distinct("provenance", key)]
        if found:
            parts.append(text.format(" or ".join(dict.fromkeys(found))))
    return f" Inference {', '.join(parts)}." if parts else ""
