"""How fast a network is."""

import time

import numpy as np
import torch

from deepsphere_pipe.data.loader import MapLoader

MAPS_TIMED = 16
"""Maps at once, at most."""


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
