"""Trained networks on fields of any origin: what they see where."""

from deepsphere_pipe.prediction.predict import predict, predict_to_file

__all__ = ["predict", "predict_to_file"]
