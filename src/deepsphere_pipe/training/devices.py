"""Where to compute, and how to get the same bits there every time."""

import os
import resource
import sys
from collections.abc import Sequence

import torch

from deepsphere_pipe.errors import UserError


def choose_device(name: str) -> torch.device:
    """Return the device called `name`; ``auto`` is the first GPU, or the CPU without one.

    Raises
    ------
    UserError
        If the device is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(
            f"Device '{name}' cannot be used ({reason}); choose auto, cpu, cuda or cuda:N."
        ) from None
    return device


def devices_of(device: str, gpus: Sequence[int] | None, processes: int = 1) -> list[str]:
    """Return the names of the devices on which one training shall run.

    Parameters
    ----------
    device
        As for `choose_device`; what counts without `gpus`. ``auto`` takes as many GPUs, or cores,
        as there are.
    gpus
        GPUs by number, one process for each; an empty list is the first one.
    processes
        Without `gpus`: on the same device, or with ``auto`` on so many GPUs.

    Raises
    ------
    UserError
        If a GPU is named twice, or there are more processes than cores.
    """
    cores = os.cpu_count() or 1
    if device == "auto" and gpus is None:
        if torch.cuda.is_available():
            n_gpus = min(processes, torch.cuda.device_count())
            return [f"cuda:{number}" for number in range(n_gpus)]
        device, processes = "cpu", min(processes, cores)
    if not 1 <= processes <= cores:
        raise UserError(
            f"--processes is {processes}; it must be from 1 to {cores}, the cores here."
        )
    if gpus is None:
        return [device] * processes
    if len(set(gpus)) < len(gpus) or min(gpus, default=0) < 0:
        raise UserError("--gpu: give the number of each GPU once, from 0.")
    return [f"cuda:{number}" for number in gpus] or ["cuda:0"]


def device_name(device: torch.device) -> str:
    """Return what the device is called: a GPU's model, or ``cpu`` with its threads."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"cpu ({threads} thread{'s' if threads > 1 else ''})"


def peak_memory_mb(device: torch.device) -> float:
    """Return the most memory that was in use so far: of the GPU, or of this process on a CPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6  # bytes there, KiB here


def make_reproducible(seed: int, deterministic: bool = True) -> None:
    """Seed torch; choose algorithms that repeat to the last bit where there are any."""
    torch.manual_seed(seed)
    if not deterministic:
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True, warn_only=True)
    # It finds mistakes in tests, and costs a pass over every tensor. mypy does not see it.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
