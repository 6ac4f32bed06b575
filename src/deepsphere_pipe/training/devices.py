"""Where to compute."""

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


def device_name(device: torch.device) -> str:
    """Return what the device is called: a GPU's model, or ``cpu`` with its threads."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"cpu ({torch.get_num_threads()} threads)"
