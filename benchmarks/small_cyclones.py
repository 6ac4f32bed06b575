"""How many tropical cyclones survive the way of their labels from the CAM5 grid to the vertices.

``python -m benchmarks.small_cyclones`` prints, for discs of several radii at random places, the
share that keeps at least one vertex, and the area on the vertices as a share of that on the grid.
"""

import numpy as np

from deepsphere_pipe.remap import LABEL_METHODS, label_remapping
from deepsphere_pipe.samplings import Icosahedral, LatLonGrid
from deepsphere_pipe.samplings.sampling import unit_vectors
from deepsphere_pipe.samplings.sphere import EARTH_RADIUS_KM

RADII_KM = (75, 100, 150, 200, 300, 500)
N_CYCLONES = 200


def main() -> None:
    """Print the table."""
    grid = LatLonGrid(np.linspace(-90, 90, 768), np.arange(1152) * 360 / 1152)
    points = unit_vectors(grid.longitudes, grid.latitudes[:, None]).reshape(-1, 3)
    cells = grid.cell_areas.ravel()
    random = np.random.default_rng(0)
    latitudes = random.uniform(8, 35, N_CYCLONES) * random.choice([-1, 1], N_CYCLONES)
    centres = unit_vectors(random.uniform(0, 360, N_CYCLONES), latitudes)
    nearness = [points @ centre for centre in centres]
    print("level  labels    " + "".join(f"{radius:>13} km" for radius in RADII_KM))
    for level in (4, 5):
        sampling = Icosahedral(level)
        for method in LABEL_METHODS:
            remap = label_remapping(method, grid, sampling)
            shown = []
            for radius in RADII_KM:
                discs = [near > np.cos(radius / EARTH_RADIUS_KM) for near in nearness]
                maps = [remap(disc.astype(np.uint8), 3) for disc in discs]
                kept = np.mean([labels.any() for labels in maps])
                there = sum(sampling.areas[labels == 1].sum() for labels in maps)
                area = there / sum(cells[disc].sum() for disc in discs)
                shown.append(f"{100 * kept:6.0f} % {100 * area:4.0f} %")
            print(f"{level:5}  {method:10}" + "".join(f"{text:>16}" for text in shown))


if __name__ == "__main__":
    main()
