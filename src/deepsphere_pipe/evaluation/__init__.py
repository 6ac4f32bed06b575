"""Evaluation of segmentations: average precision, accuracy, intersection over union."""

from deepsphere_pipe.evaluation.precision import average_precision
from deepsphere_pipe.evaluation.scores import ScoreHistograms
from deepsphere_pipe.evaluation.tally import Tally

__all__ = ["ScoreHistograms", "Tally", "average_precision"]
