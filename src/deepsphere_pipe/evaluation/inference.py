"""One pass of a network over labelled maps."""

from collections.abc import Callable
from typing import Protocol

import torch

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.scores import ScoreHistograms
from deepsphere_pipe.runtime.collective import all_reduce, world_size


class Observer(Protocol):
    """What counts the probabilities of one batch after another."""

    def update(self, scores: torch.Tensor, labels: torch.Tensor) -> None:
        """Take probabilities (map, vertex, class) and classes (map, vertex), negative for none."""


class Labelled:
    """Count what has a label into histograms, with as many bins as these have or as are given."""

    def __init__(self, *bins: int) -> None:
        self.histograms = ScoreHistograms(len(CLASSES), *bins)

    def update(self, scores: torch.Tensor, labels: torch.Tensor) -> None:
        """Count a batch, see `Observer`."""
        labelled = labels >= 0
        self.histograms.update(scores[labelled], labels[labelled])


def score(
    network: torch.nn.Module,
    maps: MapLoader,
    device: torch.device,
    loss_function: torch.nn.Module | None = None,
    between: Callable[[], None] | None = None,
) -> tuple[ScoreHistograms, float]:
    """Return score histograms over all labelled vertices, and the mean loss per map.

    With several processes, each of which sees its share of the maps, it is all of them together.
    Parameters and errors are those of `observe`.
    """
    counted = Labelled()
    loss = observe(network, maps, device, counted, loss_function, between)
    _add_processes(counted.histograms, device)
    return counted.histograms, loss


@torch.inference_mode()
def observe(
    network: torch.nn.Module,
    maps: MapLoader,
    device: torch.device,
    observer: Observer,
    loss_function: torch.nn.Module | None = None,
    between: Callable[[], None] | None = None,
) -> float:
    """Show an observer what a network makes of maps, and return the mean loss per map.

    Parameters
    ----------
    network
        From fields (batch, …, vertex, channel) to logits (batch, vertex, class).
    maps
        Batches of maps or windows; unlabelled vertices are not counted.
    device
        Where the network lies.
    observer
    loss_function
        Of logits (batch, vertex, class) and labels (batch, vertex); without it the loss is NaN.
    between
        Called after every batch; what it raises ends the pass.

    Raises
    ------
    UserError
        If the network gives values that are not finite.
    """
    network.eval()
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
        observer.update(logits.softmax(-1), labels)
        n_maps += len(fields)
        if between is not None:
            between()
    mean_loss = all_reduce(torch.tensor([loss_sum, n_maps], dtype=torch.float64, device=device))
    return (mean_loss[0] / mean_loss[1]).item()


def _add_processes(histograms: ScoreHistograms, device: torch.device) -> None:
    if world_size() > 1:
        for name in ("counts", "confusion"):
            counts = torch.from_numpy(getattr(histograms, name)).to(device)
            setattr(histograms, name, all_reduce(counts).cpu().numpy())
