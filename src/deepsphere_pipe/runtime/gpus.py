"""Which GPUs a program started here may use, without waiting for PyTorch."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping

DRIVER_SECONDS = 60
"""A driver that has slept needs some seconds for every GPU."""


def visible_gpus(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the GPUs by names that ``CUDA_VISIBLE_DEVICES`` takes, in the order of the driver.

    They are the GPUs of the machine, of which ``CUDA_VISIBLE_DEVICES`` may leave some. One GPU has
    one name, however it was written there, where the driver tells it.

    Parameters
    ----------
    environment
        ``DEEPSPHERE_GPUS`` (names with commas between) stands in for what the driver tells.
    """
    if "DEEPSPHERE_GPUS" in environment:
        gpus = _names(environment["DEEPSPHERE_GPUS"])
    else:
        gpus = _gpus_of(_nvidia_smi())
    if "CUDA_VISIBLE_DEVICES" not in environment:
        return gpus
    in_order = environment.get("CUDA_DEVICE_ORDER", "PCI_BUS_ID") == "PCI_BUS_ID"
    visible: list[str] = []
    for name in environment["CUDA_VISIBLE_DEVICES"].split(","):
        gpu = _find_gpu(name.strip(), gpus, in_order)
        if gpu is None or gpu in visible:
            break  # CUDA, too, ignores what comes after a wrong one
        visible.append(gpu)
    return visible


def _find_gpu(name: str, gpus: list[str], in_order: bool) -> str | None:
    """Return the GPU that a number, a UUID or the beginning of one means."""
    if name in gpus:
        return name
    if name.isdecimal():
        if not gpus or not in_order:
            return str(int(name))  # which one it is cannot be told
        if int(name) >= len(gpus) or gpus[0].isdecimal():
            return None
        return gpus[int(name)]
    if not name.startswith(("GPU-", "MIG-")):
        return None
    matches = [gpu for gpu in gpus if gpu.startswith(name)]
    # A GPU that the driver does not list, such as one split into several since, stays as written.
    return matches[0] if len(matches) == 1 else None if matches else name


def _names(text: str) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def _nvidia_smi() -> str:
    try:
        listing = subprocess.run(
            ["nvidia-smi", "-L"],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=DRIVER_SECONDS,
            check=False,  # it fails where one of several GPUs is lost, too
        )
    except OSError:
        return ""
    except subprocess.TimeoutExpired:
        print(
            f"nvidia-smi does not answer within {DRIVER_SECONDS} s, so no GPU is shared out; name "
            "them in DEEPSPHERE_GPUS.",
            file=sys.stderr,
        )
        return ""
    return listing.stdout


def _gpus_of(listing: str) -> list[str]:
    """Return the UUIDs in what ``nvidia-smi -L`` prints; of a GPU in parts (MIG) those of these."""
    gpus: list[list[str]] = []
    for kind, uuid in re.findall(r"^(GPU|\s+MIG) .*\(UUID: ([^)\s]+)\)", listing, re.MULTILINE):
        if kind == "GPU":
            gpus.append([uuid])
        elif gpus:
            gpus[-1].append(uuid)
    return [part for whole, *parts in gpus for part in parts or [whole]]
