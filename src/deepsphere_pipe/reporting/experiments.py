"""The runs of a study as figures show them: the seeds of one experiment belong together."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deepsphere_pipe.evaluation.tally import Tally
from deepsphere_pipe.reporting.figures.style import LINE_STYLES, SERIES_COLOURS, FigureSettings
from deepsphere_pipe.reporting.runs import read_scores


@dataclass
class Experiment:
    """One experiment on one sampling and split: what its seeds left on disk.

    Attributes
    ----------
    name
        What legends call it.
    is_baseline
    tallies
        Of each seed.
    scores
        ``scores.json`` of each seed; empty where there is none.
    """

    name: str
    is_baseline: bool
    tallies: list[Tally] = field(default_factory=list)
    scores: list[dict] = field(default_factory=list)

    def provenance(self, key: str) -> list:
        """Return an entry of the provenance of every seed that has it."""
        values = (each.get("provenance", {}).get(key) for each in self.scores)
        return [value for value in values if value is not None]


def read_experiments(histograms_files: Mapping[str, str | os.PathLike]) -> list[Experiment]:
    """Return the experiments of a study, networks before baselines.

    Parameters
    ----------
    histograms_files
        ``histograms.nc`` of each run, by the name of the run. The ``scores.json`` beside it, if
        there is one, tells what is a baseline.

    Raises
    ------
    UserError
        If a file cannot be read.
    """
    experiments: dict[str, Experiment] = {}
    for run, path in histograms_files.items():
        beside = Path(path).with_name("scores.json")
        scores = read_scores(beside) if beside.exists() else {}
        name, is_baseline = experiment_of(run), scores.get("kind") == "baseline"
        experiment = experiments.setdefault(name, Experiment(name, is_baseline))
        experiment.tallies.append(Tally.load(path))
        experiment.scores.append(scores)
    return sorted(experiments.values(), key=lambda each: each.is_baseline)


def series_styles(experiments: list[Experiment], settings: FigureSettings) -> dict[str, dict]:
    """Return colour and line style of each experiment by its name, the same in all figures."""
    networks = [each.name for each in experiments if not each.is_baseline]
    baselines = [each.name for each in experiments if each.is_baseline]
    return line_styles(networks, baselines, settings)


def line_styles(
    networks: list[str], baselines: list[str], settings: FigureSettings
) -> dict[str, dict]:
    """Return colour and line style of networks and baselines by name."""
    styles = {}
    for number, name in enumerate(networks):
        turn, colour = divmod(number, len(SERIES_COLOURS))
        styles[name] = {"color": SERIES_COLOURS[colour], "linestyle": LINE_STYLES[turn % 4]}
    for number, name in enumerate(baselines):
        style = LINE_STYLES[(number + 1) % 4]
        styles[name] = {"color": settings.baseline_colour, "linestyle": style}
    return styles


def experiment_of(run: str) -> str:
    """Return the experiment of a run, and the sampling and the split where its name tells them.

    The name is ``<experiment>[-<sampling>][-<split>]-seed<number>``.
    """
    return re.sub(r"-seed\d+$", "", run).replace("-", ", ")
