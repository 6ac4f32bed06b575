"""One pass of a network over labelled maps."""

import torch

from deepsphere_pipe.data.channels import CLASSES
from deepsphere_pipe.data.loader import IGNORED, MapLoader
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.scores import ScoreHistograms


@torch.inference_mode()
def score(
    network: torch.nn.Module,
    maps: MapLoader,
    device: torch.device,
    loss_function: torch.nn.Module | None = None,
) -> tuple[ScoreHistograms, float]:
    """Return score histograms over all labelled vertices, and the mean loss per map.

    Parameters
    ----------
    network : Module
        From fields (batch, vertex, channel) to logits (batch, vertex, class).
    maps : MapLoader
        Batches of maps; unlabelled vertices are not counted.
    device : torch.device
        Where the network lies.
    loss_function : Module, optional
        Of logits (n, class) and labels (n,); without it the loss is NaN.

    Raises
    ------
    UserError
        If the network gives values that are not finite.
    """
    network.eval()
    histograms = ScoreHistograms(len(CLASSES))
    total, n_maps = 0.0, 0
    for fields, labels in maps:
        logits = network(fields.to(device)).flatten(0, 1)
        if not torch.isfinite(logits).all():
            raise UserError(
                "The network gives values that are not finite: its weights ran away in training; "
                "lower training.learning_rate and train it again."
            )
        labels = labels.to(device).flatten()
        if loss_function is not None:
            total += loss_function(logits, labels).item() * len(fields)
        labelled = labels != IGNORED
        histograms.update(logits[labelled].softmax(-1), labels[labelled])
        n_maps += len(fields)
    return histograms, total / n_maps if loss_function is not None else float("nan")
