"""How far a training has come."""

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from deepsphere_pipe.training.history import HISTORY


@dataclass
class Progress:
    """What a training has done so far.

    Attributes
    ----------
    history
        One row of `HISTORY` for each epoch that was validated.
    best_weights
        Of the epoch with the best validation mean AP.
    iteration
        Batches of all epochs.
    loss_sum, n_maps, seconds
        Of the epoch under way: sum of the losses of its maps, their number, and the time.
    """

    history: list[dict[str, float]] = field(default_factory=list)
    best_weights: dict[str, torch.Tensor] | None = None
    iteration: int = 0
    loss_sum: float = 0.0
    n_maps: int = 0
    seconds: float = 0.0

    @property
    def epoch(self) -> int:
        """Number of the epoch under way, from 1."""
        return len(self.history) + 1

    @property
    def best_row(self) -> dict[str, float]:
        """The epoch with the best validation mean AP, the first of equals."""
        return max(self.history, key=lambda row: row["validation_mean_ap"])

    def after_batch(self, loss: float, n_maps: int) -> None:
        """Count one batch."""
        self.iteration += 1
        self.loss_sum += loss * n_maps
        self.n_maps += n_maps

    def after_epoch(
        self,
        validation_loss: float,
        precision: tuple[float, float, float],
        rate: float,
        network: nn.Module,
    ) -> dict[str, float]:
        """Add and return the row of the epoch, and keep the weights if it is the best one."""
        train_loss = self.loss_sum / self.n_maps
        values = (self.epoch, train_loss, validation_loss, *precision, rate, self.seconds)
        row = dict(zip(HISTORY, values, strict=True))
        self.history.append(row)
        if row is self.best_row:
            state = network.state_dict()
            self.best_weights = {name: v.detach().cpu().clone() for name, v in state.items()}
        self.loss_sum, self.n_maps, self.seconds = 0.0, 0, 0.0
        return row

    def is_over(self, epochs: int, early_stopping: int | None) -> bool:
        """Return whether all epochs are done, or so many since the best one."""
        done = len(self.history)
        patience = early_stopping or math.inf
        return done >= epochs or (done > 0 and done - self.best_row["epoch"] >= patience)

    def state_dict(self) -> dict[str, object]:
        """Return what a checkpoint keeps besides the best weights, which are those of its model."""
        return {name: value for name, value in vars(self).items() if name != "best_weights"}

    def load_state_dict(self, checkpoint: dict[str, Any]) -> None:
        """Go back to where a checkpoint was written."""
        for name in self.state_dict():
            setattr(self, name, checkpoint[name])
        self.best_weights = checkpoint.get("weights")
