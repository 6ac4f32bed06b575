"""How long tracking takes, and how memory grows with the length of the record: made-up events.

Ten cyclones and ten rivers at a time on the icosahedral level 5, every three hours, with pressure,
wind and moisture: python -m benchmarks.track [YEARS]. A year took 15 s
of one core, and 18 MB more memory, for the 52 000 fixes of the table.
"""

import resource
import sys
import time
from datetime import timedelta

import cftime
import numpy as np

from deepsphere_pipe.config import TrackingConfig
from deepsphere_pipe.samplings import Icosahedral
from deepsphere_pipe.tracking.geometry import turned
from deepsphere_pipe.tracking.maps import Moment
from deepsphere_pipe.tracking.surface import Surface
from deepsphere_pipe.tracking.tracker import Tracker

STEPS_PER_YEAR = 2920
LIFE = 40
"""Maps on which a storm is seen."""


def main(years: int) -> None:
    """Track made-up storms for some years; print time and memory after each."""
    surface, generator = Surface.of(Icosahedral(5)), np.random.default_rng(0)
    tracker = Tracker(surface, TrackingConfig(), 3.0)
    cells = np.arange(surface.n_vertices)
    names = ("PSL", "UBOT", "VBOT", "TMQ")
    fields = {name: generator.normal(size=len(cells)).astype(np.float32) for name in names}
    start = cftime.datetime(2000, 1, 1, calendar="noleap")
    for step in range(years * STEPS_PER_YEAR):
        if step % LIFE == 0:
            centres = generator.normal(size=(20, 3))
            centres /= np.linalg.norm(centres, axis=1, keepdims=True)
            turns = generator.normal(0, 0.008, (20, 3))
        classes = np.zeros(len(cells), np.uint8)
        for number, centre in enumerate(centres):
            river = number % 2
            near = surface.tree.query_ball_point(centre, 0.14 if river else 0.07)
            classes[near] = 1 + river
        centres = turned(centres, turns)
        when = start + timedelta(hours=3 * step)
        tracker.update(
            1, when, 3.0 * step, Moment(classes, None), (cells, surface.coordinates, fields)
        )
        if (step + 1) % STEPS_PER_YEAR == 0:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
            print(f"{(step + 1) // STEPS_PER_YEAR} years: {time.process_time():.0f} s of one core, "
                  f"{memory:.0f} MB")  # fmt: skip
    print(f"{len(tracker.fixes())} fixes")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
