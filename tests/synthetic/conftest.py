"""What the tests of the synthetic twin share."""

import numpy as np
import pytest

from deepsphere_pipe.config import SyntheticConfig
from deepsphere_pipe.synthetic.geography import Grid
from deepsphere_pipe.synthetic.imprint import Imprint
from deepsphere_pipe.synthetic.vortices import Profiles, add_vortices

SMALL = SyntheticConfig(
    seed=3, n_lat=24, n_lon=48, years=(2106,), runs=(1, 2), days_per_year=2, days_in_a_row=1
)


@pytest.fixture(scope="module")
def grid():
    return Grid.of_size(96, 144)


def vortex_alone(grid, lat, lon, **profile):
    """Return what one vortex at full strength adds, by quantity."""
    imprint = Imprint(grid)
    place = (np.array([x], dtype=np.float32) for x in (lat, lon, 1.0))
    add_vortices(imprint, *place, Profiles.of(1, core=120, shape=1.4, reach=500, **profile))
    return imprint.sums
