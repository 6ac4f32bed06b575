"""Every figure that a study may have: what draws it, what of, and where the report has it.

The workflow makes a rule of each row; planning imports this and none of the drawing.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from pathlib import Path

from deepsphere_pipe.config import GraphAnalysisConfig, Study

OF_RUNS = ("histories", "histograms", "all_histograms", "rotations")
"""What all runs leave; with `all_histograms` the baselines, too."""


@dataclass(frozen=True)
class FigureRow:
    """One figure."""

    name: str
    """Also that of its caption in ``workflow/report``, and of its section in the config."""
    drawn_by: str
    """Module below `deepsphere_pipe.reporting`, and function: of files, stem and settings."""
    drawn_from: str
    """A word that the workflow turns into files: `OF_RUNS`, what the mapped run predicts
    (``predictions``, ``composite``, on each sampling ``predictions_by_sampling``, of the run of the
    globe ``globe_predictions``), the ``tracks`` of the mapped run, a part of the graph analysis,
    ``power_spectra``, or a cyclone that was ``followed`` in other fields."""
    category: str
    title: str
    """Where the report has it, and what it calls it."""
    least_networks: int = 1
    """How many, of whatever experiment, sampling and split, there must be for one of networks."""
    stem: str = ""
    """Path without suffix, with wildcards where there are several; the name by default."""
    settings: str = ""
    """Argument of `Study.figure`; the name by default."""
    suffixes: tuple[str, ...] = ("png", "pdf")
    """Of its files; the report shows the first."""

    def __post_init__(self) -> None:
        for field in ("stem", "settings"):
            object.__setattr__(self, field, getattr(self, field) or self.name)

    @property
    def module(self) -> str:
        """The module that draws it, below the package: of its fingerprint."""
        return f"reporting.{self.drawn_by.partition(':')[0]}"

    def is_in(self, study: Study) -> bool:
        """Tell whether a study has what it is drawn from."""
        if self.drawn_from in GraphAnalysisConfig.model_fields:
            return study.graph_analysis is not None
        if self.drawn_from == "power_spectra":
            return study.power_spectra is not None
        if self.drawn_from == "followed":
            return bool(study.followed)
        if self.drawn_from == "tracks" and not study.tracking.score_runs:
            return False
        networks = {(run.experiment, run.sampling_name, run.split_name) for run in study.runs}
        return len(networks) >= self.least_networks

    def draw(self, paths: Sequence[Path], out_stem: str | os.PathLike, settings: object) -> None:
        """Write the figure of files, of runs all, else one; see `style.Drawing`."""
        module = import_module(f"deepsphere_pipe.{self.module}")
        function = getattr(module, self.drawn_by.partition(":")[2])
        function(paths if self.drawn_from in OF_RUNS else paths[0], out_stem, settings)


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
              "Results", "Average precision of the networks", least_networks=2),
    FigureRow("network_equivariance", "figures.network_equivariance:equivariance_of_networks",
              "rotations", "Results", "Equivariance of the trained networks"),
    FigureRow("globe", "maps.globe:turning_globe", "globe_predictions",
              "Maps", "Truth and prediction on a turning globe",
              suffixes=("html", "gif", "webp")),
    FigureRow("tracks_map", "maps.tracks_map:tracks_on_maps", "tracks",
              "Maps", "Tracks of storms in the test part"),
    FigureRow("maps", "maps.snapshot:truth_and_prediction", "predictions_by_sampling",
              "Maps", "{sampling}, {projection}",
              stem="maps/{sampling}-{projection}", settings="map/{projection}"),
    FigureRow("equivariance_error", "graph_figures.equivariance_error:equivariance_error_figure",
              "equivariance_error", "Graphs", "Equivariance error against degree"),
    FigureRow("kernel_widths", "graph_figures.kernel_widths:kernel_widths_figure",
              "kernel_widths", "Graphs", "Optimal kernel widths"),
    FigureRow("samplings", "graph_figures.samplings:samplings_figure",
              "samplings", "Graphs", "Equivariance error against neighbours and vertices"),
    FigureRow("spectra", "graph_figures.spectra:spectra_figure",
              "spectra", "Graphs", "Spectra and alignment with spherical harmonics"),
    FigureRow("eigenvectors", "graph_figures.eigenvectors:eigenvectors_figure",
              "spectra", "Graphs", "Eigenvectors on the sphere"),
    FigureRow("graphs", "graph_figures.graphs:graphs_figure",
              "spectra", "Graphs", "The graphs on the sphere"),
    FigureRow("power_spectra", "figures.power_spectra:power_spectra_figure", "power_spectra",
              "Data", "Angular power spectra"),
    FigureRow("followed_map", "maps.followed_map:map_at_its_strongest", "followed",
              "Predictions", "{prediction}: a real cyclone at its strongest",
              stem="followed/{prediction}-map"),
    FigureRow("followed_strip", "maps.followed_strip:map_of_each_time", "followed",
              "Predictions", "{prediction}: a real cyclone, time by time",
              stem="followed/{prediction}-strip"),
)}
# fmt: on


def figures_of(study: Study) -> Iterator[tuple[FigureRow, str]]:
    """Yield the figures that a study has with their stems: maps on its samplings, one by one."""
    mapped = [sampling for sampling in study.samplings_by_name if study.mapped_run(sampling)]
    pairs = product(mapped, study.figures.map.files)
    maps = [{"sampling": sampling, "projection": projection} for sampling, projection in pairs]
    followed = [{"prediction": name} for name in study.followed]
    for row in FIGURES.values():
        if row.is_in(study):
            one_by_one = followed if row.drawn_from == "followed" else maps
            for values in one_by_one if "{" in row.stem else [{}]:
                yield row, row.stem.format(**values)
