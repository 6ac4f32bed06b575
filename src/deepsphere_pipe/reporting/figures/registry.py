"""Every figure that a study may have: what draws it, what of, and where the report has it.

The workflow makes a rule of each row; planning imports this and none of the drawing.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from pathlib import Path

from deepsphere_pipe.config import Study


def has_networks(study: Study) -> bool:
    """Return whether a study trains any."""
    return bool(study.runs)


def has_several_networks(study: Study) -> bool:
    """Return whether there is more than one: of several experiments, samplings or splits."""
    return len({(r.experiment, r.sampling_name, r.split_name) for r in study.runs}) > 1


def has_graph_analysis(study: Study) -> bool:
    """Return whether a study asks for the paper's figures of the graphs."""
    return study.graph_analysis is not None


def has_power_spectra(study: Study) -> bool:
    """Return whether a study compares its data with other data."""
    return study.power_spectra is not None


@dataclass(frozen=True)
class FigureRow:
    """One figure.

    Attributes
    ----------
    name : str
        Of the figure, of its caption in ``workflow/report``, and of its section in the config.
    drawn_by : str
        Module below `deepsphere_pipe.reporting`, and function: of files, stem and settings.
    drawn_from : str
        A word that the workflow turns into files: `OF_RUNS`, what the mapped run predicts
        (``predictions``, ``composite``, on each sampling ``predictions_by_sampling``, of the run of
        the globe ``globe_predictions``), a part of the graph analysis, or ``power_spectra``.
    category, title : str
        Where the report has it, and what it calls it.
    is_in : callable
        Tells whether a study has it.
    stem : str
        Path without suffix, with wildcards where there are several; the name by default.
    settings : str
        Argument of `Study.figure`; the name by default.
    suffixes : tuple of str
        Of its files; the report shows the first.
    """

    name: str
    drawn_by: str
    drawn_from: str
    category: str
    title: str
    is_in: Callable[[Study], bool] = has_networks
    stem: str = ""
    settings: str = ""
    suffixes: tuple[str, ...] = ("png", "pdf")

    def __post_init__(self) -> None:
        for field in ("stem", "settings"):
            object.__setattr__(self, field, getattr(self, field) or self.name)

    @property
    def module(self) -> str:
        """The module that draws it, below the package: of its fingerprint."""
        return f"reporting.{self.drawn_by.partition(':')[0]}"

    def draw(self, paths: Sequence[Path], out_stem: str | os.PathLike, settings: object) -> None:
        """Write the figure.

        Parameters
        ----------
        paths : sequence of path-like
            What it is drawn from: of runs all, else one.
        out_stem : path-like
            Path of its files without suffix.
        settings : object
            See `style.FigureSettings.of`.

        Raises
        ------
        UserError
            If a file cannot be read or holds something else.
        """
        module = import_module(f"deepsphere_pipe.{self.module}")
        function = getattr(module, self.drawn_by.partition(":")[2])
        function(paths if self.drawn_from in OF_RUNS else paths[0], out_stem, settings)


OF_RUNS = ("histories", "histograms", "all_histograms", "rotations")
"""What all runs leave; with `all_histograms` the baselines, too."""

# fmt: off
FIGURES = {row.name: row for row in (
    FigureRow("training_curves", "figures.training_curves:training_curves", "histories",
              "Training", "Loss and average precision by epoch"),
    FigureRow("precision_recall", "figures.precision_recall:precision_recall_curves",
              "all_histograms", "Results", "Precision against recall"),
    FigureRow("map", "maps.snapshot:truth_and_prediction", "predictions",
              "Maps", "Truth and prediction on one test map"),
    FigureRow("confusion", "figures.confusion:confusion_matrices", "histograms",
              "Results", "Confusion matrices"),
    FigureRow("calibration", "figures.calibration:reliability_curves", "histograms",
              "Results", "Reliability of the probabilities"),
    FigureRow("latitude", "figures.latitude:scores_by_latitude", "histograms",
              "Results", "Scores by latitude"),
    FigureRow("cost", "figures.cost:score_against_cost", "histograms",
              "Results", "Average precision against cost"),
    FigureRow("composite", "figures.composite:composite_cyclones", "composite",
              "Maps", "The mean cyclone, found and missed"),
    FigureRow("comparison", "figures.comparison:score_comparison", "histograms",
              "Results", "Average precision of the networks", has_several_networks),
    FigureRow("network_equivariance", "figures.network_equivariance:equivariance_of_networks",
              "rotations", "Results", "Equivariance of the trained networks"),
    FigureRow("globe", "maps.globe:turning_globe", "globe_predictions",
              "Maps", "Truth and prediction on a turning globe",
              suffixes=("html", "gif", "webp")),
    FigureRow("maps", "maps.snapshot:truth_and_prediction", "predictions_by_sampling",
              "Maps", "{sampling}, {projection}",
              stem="maps/{sampling}-{projection}", settings="map/{projection}"),
    FigureRow("equivariance_error", "graph_figures.equivariance_error:equivariance_error_figure",
              "equivariance_error", "Graphs", "Equivariance error against degree",
              has_graph_analysis),
    FigureRow("kernel_widths", "graph_figures.kernel_widths:kernel_widths_figure",
              "kernel_widths", "Graphs", "Optimal kernel widths", has_graph_analysis),
    FigureRow("samplings", "graph_figures.samplings:samplings_figure",
              "samplings", "Graphs", "Equivariance error against neighbours and vertices",
              has_graph_analysis),
    FigureRow("spectra", "graph_figures.spectra:spectra_figure",
              "spectra", "Graphs", "Spectra and alignment with spherical harmonics",
              has_graph_analysis),
    FigureRow("eigenvectors", "graph_figures.eigenvectors:eigenvectors_figure",
              "spectra", "Graphs", "Eigenvectors on the sphere", has_graph_analysis),
    FigureRow("graphs", "graph_figures.graphs:graphs_figure",
              "spectra", "Graphs", "The graphs on the sphere", has_graph_analysis),
    FigureRow("power_spectra", "figures.power_spectra:power_spectra_figure", "power_spectra",
              "Data", "Angular power spectra", has_power_spectra),
)}
# fmt: on


def figures_of(study: Study) -> Iterator[tuple[FigureRow, str]]:
    """Yield the figures that a study has with their stems: maps on all samplings, one by one."""
    maps = product(study.samplings_by_name, study.figures.map.files)
    one_by_one = [{"sampling": sampling, "projection": projection} for sampling, projection in maps]
    for row in FIGURES.values():
        if row.is_in(study):
            for values in one_by_one if "{" in row.stem else [{}]:
                yield row, row.stem.format(**values)
