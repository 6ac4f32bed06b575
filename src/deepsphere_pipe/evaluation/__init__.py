"""Evaluation of segmentations: average precision, accuracy, intersection over union."""

from deepsphere_pipe.evaluation.precision import average_precision
from deepsphere_pipe.evaluation.scores import ScoreHistograms

__all__ = ["ScoreHistograms", "average_precision"]
