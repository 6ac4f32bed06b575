"""Time the building of spheres: all levels from a finest one, as ratios to level 5.

``python -m benchmarks.graphs`` prints seconds, vertices, and both relative to level 5; growth that
is linear in the vertices has equal ratios.
"""

import time

from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.samplings import Icosahedral

LEVELS = (5, 6, 7, 8)


def main() -> None:
    """Print a table for each Laplacian."""
    for laplacian in ("combinatorial", "normalized"):
        print(f"{laplacian} Laplacian\nlevel  vertices  seconds  vertices/level 5  seconds/level 5")
        first = None
        for level in LEVELS:
            sampling = Icosahedral(level)
            _ = sampling.areas, sampling.parents
            start = time.perf_counter()
            build_hierarchy(sampling, depth=5, laplacian=laplacian)
            seconds = time.perf_counter() - start
            first = first or (sampling.n_vertices, seconds)
            print(
                f"{level:5d} {sampling.n_vertices:9d} {seconds:8.2f} "
                f"{sampling.n_vertices / first[0]:17.1f} {seconds / first[1]:16.1f}"
            )


if __name__ == "__main__":
    main()
