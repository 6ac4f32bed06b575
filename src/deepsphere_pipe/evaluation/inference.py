"""One pass of a network over labelled maps."""

from collections.abc import Callable

import numpy as np
import torch

from deepsphere_pipe.collective import n_processes, total
from deepsphere_pipe.data.channels import CLASSES
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.tally import Tally


@torch.inference_mode()
def score(
    network: torch.nn.Module,
    maps: MapLoader,
    device: torch.device,
    loss_function: torch.nn.Module | None = None,
    between: Callable[[], None] | None = None,
    areas: np.ndarray | None = None,
) -> tuple[Tally, float]:
    """Return score histograms over all labelled vertices, and the mean loss per map.

    With several processes, each of which sees its share of the maps, it is all of them together.

    Parameters
    ----------
    network : Module
        From fields (batch, …, vertex, channel) to logits (batch, vertex, class).
    maps : MapLoader
        Batches of maps or windows; unlabelled vertices are not counted.
    device : torch.device
        Where the network lies.
    loss_function : Module, optional
        Of logits (batch, vertex, class) and labels (batch, vertex); without it the loss is NaN.
    between : callable, optional
        Called after every batch; what it raises ends the pass.
    areas : ndarray, shape (vertex,), optional
        Areas of the vertices, to score by area as well.

    Raises
    ------
    UserError
        If the network gives values that are not finite.
    """
    network.eval()
    tally = Tally(len(CLASSES), areas)
    loss_sum, n_maps = 0.0 if loss_function is not None else float("nan"), 0
    for fields, labels in maps:
        logits = network(fields.to(device)).float()
        if not torch.isfinite(logits).all():
            raise UserError(
                "The network gives values that are not finite: its weights ran away in training; "
                "lower training.learning_rate and train it again."
            )
        labels = labels.to(device)
        if loss_function is not None:
            loss_sum += loss_function(logits, labels).item() * len(fields)
        tally.update(logits.softmax(-1), labels)
        n_maps += len(fields)
        if between is not None:
            between()
    _add_processes(tally, device)
    mean_loss = total(torch.tensor([loss_sum, n_maps], dtype=torch.float64, device=device))
    return tally, (mean_loss[0] / mean_loss[1]).item()


def _add_processes(tally: Tally, device: torch.device) -> None:
    if n_processes() > 1:
        for histograms in tally.histograms:
            for name in ("counts", "confusion"):
                counts = torch.from_numpy(getattr(histograms, name)).to(device)
                setattr(histograms, name, total(counts).cpu().numpy())
