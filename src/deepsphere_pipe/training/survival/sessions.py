"""Where a training ran: a record of every time that it was started, kept with its checkpoint."""

import os
import platform
import time
from pathlib import Path
from typing import Any

import torch

from deepsphere_pipe.runtime.scheduler import scheduler_job
from deepsphere_pipe.training.devices import device_name, peak_memory_mb

DRIVER = Path("/proc/driver/nvidia/version")


class Sessions:
    """All sessions of one training; a stopped one has several.

    Each is a mapping with ``node``, ``job`` (of a scheduler, or None), ``device``, ``driver`` (of
    the GPU, or None), ``visible_devices``, ``wall_seconds`` (from the start to the last
    checkpoint) and ``peak_memory_mb``.

    Parameters
    ----------
    device
        Of this session.
    """

    def __init__(self, device: torch.device) -> None:
        self._before: list[dict[str, object]] = []
        self._device = device
        self._began = time.monotonic()

    def all(self) -> list[dict[str, object]]:
        """Return all sessions up to now, the first one first."""
        this = {
            **compute_environment(self._device),
            "wall_seconds": time.monotonic() - self._began,
            "peak_memory_mb": peak_memory_mb(self._device),
        }
        return [*self._before, this]

    def state_dict(self) -> dict[str, object]:
        """Return what a checkpoint keeps."""
        return {"sessions": self.all()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over the sessions that a checkpoint tells of."""
        self._before = state["sessions"]


def compute_environment(device: torch.device) -> dict[str, object]:
    """Return node, job, device and driver of this process."""
    return {
        "node": platform.node(),
        "job": scheduler_job(),
        "device": device_name(device),
        "driver": driver_version() if device.type == "cuda" else None,
        "visible_devices": os.environ.get("CUDA_VISIBLE_DEVICES"),
    }


def driver_version(file: Path = DRIVER) -> str | None:
    """Return the version of NVIDIA's driver, None where there is none."""
    try:
        words = file.read_text(encoding="utf-8").splitlines()[0].split()
    except (OSError, IndexError):
        return None
    return next((word for word in words if word[0].isdigit() and "." in word), None)
