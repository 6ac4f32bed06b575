"""The learning rate by epoch: warm-up, steps down, and less on a plateau."""

import warnings

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LinearLR, LRScheduler, ReduceLROnPlateau, StepLR

from deepsphere_pipe.config import TrainingConfig

WARMUP_START = 0.01
"""Share of the learning rate at which a warm-up begins."""


class Schedule:
    """Multiply the learning rate by three factors, each of which can be left out.

    - *warm-up*: rises linearly from `WARMUP_START` to 1, batch by batch;
    - *decay*: falls by a factor every so many epochs;
    - *plateau*: falls by a factor when the score has not grown for some epochs.

    Parameters
    ----------
    optimiser
        Whose learning rate is changed.
    settings
        Factors and epochs.
    batches_per_epoch
    """

    def __init__(
        self, optimiser: Optimizer, settings: TrainingConfig, batches_per_epoch: int
    ) -> None:
        self._optimiser = optimiser
        self._warmup = self._decay = self._plateau = None
        if settings.warmup_epochs:
            self._warmup = LinearLR(
                optimiser, WARMUP_START, total_iters=settings.warmup_epochs * batches_per_epoch
            )
        if settings.decay_epochs:
            self._decay = StepLR(optimiser, settings.decay_epochs, settings.decay_factor)
        if settings.plateau_patience is not None:
            self._plateau = ReduceLROnPlateau(
                optimiser,
                "max",
                factor=settings.plateau_factor,
                patience=settings.plateau_patience,
                eps=0,  # a small rate falls, too
            )

    @property
    def rate(self) -> float:
        """The learning rate."""
        return self._optimiser.param_groups[0]["lr"]

    def after_batch(self) -> None:
        """Go on after an optimiser step."""
        if self._warmup is not None:
            self._warmup.step()

    def after_epoch(self, score: float) -> None:
        """Go on after an epoch with this score, the higher the better."""
        with warnings.catch_warnings():
            # A training that goes on with a validation made the step in an earlier process.
            warnings.filterwarnings("ignore", "Detected call of `lr_scheduler.step")
            if self._decay is not None:
                self._decay.step()
        if self._plateau is not None:
            self._plateau.step(score)

    def _parts(self) -> dict[str, LRScheduler]:
        parts = {"warmup": self._warmup, "decay": self._decay, "plateau": self._plateau}
        return {name: part for name, part in parts.items() if part is not None}

    def state_dict(self) -> dict[str, dict]:
        """Return where the schedule stands; the rate itself is part of the optimiser's state."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def load_state_dict(self, state: dict[str, dict]) -> None:
        """Go on from there."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
