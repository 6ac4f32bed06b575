"""One step of the optimiser: forward, backward, Adam."""

import inspect
from contextlib import nullcontext
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from deepsphere_pipe.config import TrainingConfig
from deepsphere_pipe.runtime.collective import world_size
from deepsphere_pipe.training.schedule import Schedule
from deepsphere_pipe.training.stateful import Stateful

BUFFERS = "forward_sync_buffers"
if BUFFERS not in inspect.signature(DistributedDataParallel).parameters:  # in older torch
    BUFFERS = "broadcast_buffers"
PRECISIONS = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class Optimisation:
    """A network with all that changes it.

    Parameters
    ----------
    network
        On the device.
    loss
        Of logits (batch, vertex, class) and labels (batch, vertex).
    settings
    batches_per_epoch
    device

    Attributes
    ----------
    schedule : Schedule
        Of the learning rate.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: nn.Module,
        settings: TrainingConfig,
        batches_per_epoch: int,
        device: torch.device,
    ) -> None:
        self._network, self._loss, self._device = network, loss, device
        self._clip = settings.gradient_clip
        self._forward = cast(nn.Module, torch.compile(network)) if settings.compile else network
        if world_size() > 1:
            buffers: dict[str, Any] = {BUFFERS: False}
            self._forward = DistributedDataParallel(self._forward, **buffers)
        self._optimiser = torch.optim.Adam(
            network.parameters(), lr=settings.learning_rate, fused=True
        )
        self.schedule = Schedule(self._optimiser, settings, batches_per_epoch)
        precision = PRECISIONS.get(settings.precision)
        self._autocast = (
            partial(torch.autocast, device.type, precision) if precision else nullcontext
        )
        # Gradients in float16 would vanish without it; otherwise it does nothing.
        self._scaler = torch.amp.GradScaler(device.type, enabled=precision is torch.float16)

    @property
    def parts(self) -> dict[str, Stateful]:
        """What has a state to be saved, by name."""
        return {
            "network": self._network,
            "optimiser": self._optimiser,
            "schedule": self.schedule,
            "scaler": self._scaler,
        }

    def step(self, batch: tuple[Tensor, Tensor]) -> float:
        """Make one step; return the loss before it."""
        self._forward.train()
        fields, labels = (tensor.to(self._device, non_blocking=True) for tensor in batch)
        self._optimiser.zero_grad(set_to_none=True)
        with self._autocast():
            logits = self._forward(fields)
        loss = self._loss(logits.float(), labels)
        self._scaler.scale(loss).backward()
        if self._clip is not None:
            self._scaler.unscale_(self._optimiser)
            nn.utils.clip_grad_norm_(self._network.parameters(), self._clip)
        self._scaler.step(self._optimiser)
        self._scaler.update()
        return loss.item()
