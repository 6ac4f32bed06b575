"""Tables and figures, made only from the files that evaluation leaves on disk."""

from deepsphere_pipe.reporting.figures.curves import precision_recall_curves, training_curves
from deepsphere_pipe.reporting.figures.style import FigureSettings
from deepsphere_pipe.reporting.maps.snapshot import truth_and_prediction
from deepsphere_pipe.reporting.tables import write_table

__all__ = [
    "FigureSettings",
    "precision_recall_curves",
    "training_curves",
    "truth_and_prediction",
    "write_table",
]
