"""The labels: what is a cyclone or a river, and what is neither."""

import numpy as np
import pytest

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.config import SyntheticConfig
from deepsphere_pipe.synthetic import snapshots
from deepsphere_pipe.synthetic.cyclone_labels import candidates, cyclones
from deepsphere_pipe.synthetic.geography import Grid
from deepsphere_pipe.synthetic.river_labels import connected, river_mask
from tests.synthetic.conftest import vortex_alone


def background(grid):
    """Return calm, smooth channels by name."""
    shape = grid.area.shape
    warm = 1 - (grid.lat[:, None] / 90) ** 2 + np.zeros(shape)
    fields = {name: np.zeros(shape) for name in CHANNEL_NAMES}
    fields |= {"PSL": np.full(shape, 101000.0), "T200": 210 + 10 * warm, "T500": 235 + 30 * warm}
    fields["TMQ"] = 5 + 35 * warm**4
    return fields


def with_vortex(grid, lat, lon, warm=3.0, depth=2500.0):
    sums = vortex_alone(
        grid, lat, lon, depth=depth, warm500=0.7 * warm, warm200=warm, moist=12.0, rain=0.0
    )
    fields = background(grid)
    for name, part in (("PSL", "psl"), ("U850", "u"), ("V850", "v"), ("TMQ", "tmq")):
        fields[name] = fields[name] + sums[part]
    return fields | {"T200": fields["T200"] + sums["t200"], "T500": fields["T500"] + sums["t500"]}


def test_a_warm_vortex_is_a_candidate_and_a_cold_one_is_not(grid):
    found = candidates(with_vortex(grid, 15.0, 0.4), grid)
    assert len(found) == 1
    assert found[0].centre @ [np.cos(np.radians(15)), 0, np.sin(np.radians(15))] > 0.999
    assert 3 <= len(found[0].rows) <= 12
    assert set(found[0].columns) <= {142, 143, 0, 1, 2}
    assert not candidates(with_vortex(grid, 15.0, 0.4, warm=-3.0), grid)
    assert not candidates(with_vortex(grid, 52.0, 0.4), grid)
    assert not candidates(background(grid), grid)


def test_only_what_lasts_and_moves_is_a_cyclone(grid):
    def tracked(present, speed):
        maps = [
            candidates(with_vortex(grid, 15.0, 150.0 - speed * step), grid) if here else []
            for step, here in enumerate(present)
        ]
        return [len(cyclones(maps, index, grid)) for index in range(len(maps))]

    lasting = [False, False] + [True] * 9 + [False, False]
    assert tracked(lasting, 0.7) == [int(here) for here in lasting]
    assert sum(tracked(lasting, 0.0)) == 0
    assert sum(tracked([False, True, True, True, True, True, False], 0.7)) == 0
    gap = [True] * 5 + [False] + [True] * 5
    assert tracked(gap, 0.7) == [int(here) for here in gap]


def plume(grid, low, high, width=4.0, lon0=350.0):
    """Return stored channels (16, lat, lon) with a moist and windy band leaning east."""
    fields = background(grid)
    lat = grid.lat[:, None]
    across = (grid.lon[None, :] - lon0 - 1.5 * (lat - low) + 540) % 360 - 180
    band = np.exp(-0.5 * (across / width) ** 2) * ((lat > low) & (lat < high))
    fields["TMQ"] = fields["TMQ"] + 18 * band
    fields["U850"], fields["V850"] = 18 * band, 14 * band
    return np.stack([fields[name] for name in CHANNEL_NAMES]).astype(np.float32)


def test_long_narrow_plumes_are_rivers_also_across_the_seam(grid):
    mask = river_mask(plume(grid, 23, 50), grid)
    assert 0.002 < (mask * grid.area).sum() < 0.02
    assert mask[:, :20].any() and mask[:, -4:].any()
    assert not mask[np.abs(grid.lat) < 20].any()
    shifted = river_mask(plume(grid, 23, 50, lon0=150.0), grid)
    assert mask.sum() == shifted.sum()


def test_short_wide_and_tropical_plumes_are_no_rivers(grid):
    assert not river_mask(plume(grid, 30, 37), grid).any()
    assert not river_mask(plume(grid, 23, 50, width=16.0), grid).any()
    assert not river_mask(plume(grid, -12, 12), grid).any()
    assert not river_mask(plume(grid, 5, 32), grid).any()


def test_connected_parts_join_across_the_seam():
    mask = np.zeros((5, 8), dtype=bool)
    mask[1, [0, 1, 7]] = mask[2, 6] = mask[4, 3] = True
    parts = connected(mask)
    assert len(np.unique(parts[1:3][mask[1:3]])) == 1
    assert len(np.unique(parts[mask])) == 2


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "size"), [(0, (96, 144)), (5, (96, 144)), (0, (48, 72))])
def test_a_year_has_the_published_share_of_each_class(seed, size):
    """0.1 % tropical cyclones and 2.2 % atmospheric rivers of the area."""
    settings = SyntheticConfig(
        seed=seed, n_lat=size[0], n_lon=size[1], days_per_year=40, days_in_a_row=1
    )
    area = Grid.of_size(*size).area
    shares = [
        [(area * (labels == value)).sum() for value in (1, 2)]
        for _, _, labels in snapshots(settings, 1, 2106)
    ]
    cyclone, river = 100 * np.mean(shares, axis=0)
    assert cyclone == pytest.approx(0.1, abs=0.05)
    assert river == pytest.approx(2.2, abs=0.7)
