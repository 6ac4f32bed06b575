"""One pass of a network over labelled maps."""

import time
from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch

from deepsphere_pipe.collective import n_processes, total
from deepsphere_pipe.data.channels import CLASSES
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.tally import Tally

MAPS_TIMED = 16
"""Maps at once when the network is timed, at most."""


class Observer(Protocol):
    """What counts the probabilities of one batch after another."""

    def update(self, scores: torch.Tensor, labels: torch.Tensor) -> None:
        """Take probabilities (map, vertex, class) and classes (map, vertex), negative for none."""


def score(
    network: torch.nn.Module,
    maps: MapLoader,
    device: torch.device,
    loss_function: torch.nn.Module | None = None,
    between: Callable[[], None] | None = None,
) -> tuple[Tally, float]:
    """Return score histograms over all labelled vertices, and the mean loss per map.

    With several processes, each of which sees its share of the maps, it is all of them together.
    Parameters and errors are those of `observe`.
    """
    tally = Tally(len(CLASSES))
    loss = observe(network, maps, device, tally, loss_function, between)
    _add_processes(tally, device)
    return tally, loss


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
    network : Module
        From fields (batch, …, vertex, channel) to logits (batch, vertex, class).
    maps : MapLoader
        Batches of maps or windows; unlabelled vertices are not counted.
    device : torch.device
        Where the network lies.
    observer : Observer
    loss_function : Module, optional
        Of logits (batch, vertex, class) and labels (batch, vertex); without it the loss is NaN.
    between : callable, optional
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
    mean_loss = total(torch.tensor([loss_sum, n_maps], dtype=torch.float64, device=device))
    return (mean_loss[0] / mean_loss[1]).item()


@torch.inference_mode()
def milliseconds_per_map(
    network: torch.nn.Module, maps: MapLoader, device: torch.device, repeats: int = 3
) -> tuple[float, int]:
    """Return how long the network alone takes for a map, and how many it was given at once.

    The median of a few passes over the first batch, after one that warms up.
    """
    network.eval()
    fields = next(iter(maps))[0][:MAPS_TIMED].to(device)
    seconds = []
    for _ in range(1 + repeats):
        began = time.perf_counter()
        network(fields)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - began)
    return 1000 * float(np.median(seconds[1:])) / len(fields), len(fields)


def _add_processes(tally: Tally, device: torch.device) -> None:
    if n_processes() > 1:
        for histograms in tally.histograms:
            for name in ("counts", "confusion"):
                counts = torch.from_numpy(getattr(histograms, name)).to(device)
                setattr(histograms, name, total(counts).cpu().numpy())
