"""Time remapping from the CAM5 grid to the icosahedral sampling of level 5.

``python -m benchmarks.remap`` prints for each method the time to build the matrix, once, and to
remap a map of 16 channels, with ratios to the nearest neighbour.
"""

import time

import numpy as np

from deepsphere_pipe.remap import METHODS
from deepsphere_pipe.samplings import Icosahedral, LatLonGrid


def main() -> None:
    """Print the table."""
    grid = LatLonGrid(np.linspace(-90, 90, 768), np.arange(1152) * 360 / 1152)
    sampling = Icosahedral(5)
    fields = np.random.default_rng(0).standard_normal((16, 768 * 1152)).astype(np.float32)
    _ = sampling.faces, sampling.areas
    seconds = {}
    for name in ("nearest", "bilinear", "conservative"):
        start = time.perf_counter()
        matrix = METHODS[name](grid, sampling)
        built = time.perf_counter() - start
        maps = []
        for _ in range(5):
            start = time.perf_counter()
            np.stack([matrix @ channel for channel in fields])
            maps.append(time.perf_counter() - start)
        seconds[name] = built, min(maps)
    print("method         build (s)  ratio   map (ms)  ratio")
    first = seconds["nearest"]
    for name, (built, once) in seconds.items():
        ratios = built / first[0], once / first[1]
        print(f"{name:13} {built:10.2f} {ratios[0]:6.1f} {1e3 * once:10.1f} {ratios[1]:6.1f}")


if __name__ == "__main__":
    main()
