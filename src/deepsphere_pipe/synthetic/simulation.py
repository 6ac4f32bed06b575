"""Snapshots with labels, in memory: which days there are, their fields and their labels."""

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

import cftime
import numpy as np

from deepsphere_pipe.channels import CHANNEL_NAMES, CLASSES
from deepsphere_pipe.config import SyntheticConfig
from deepsphere_pipe.data.sources.naming import HOURS_PER_SLOT, SLOTS_PER_DAY
from deepsphere_pipe.synthetic import cyclone_labels
from deepsphere_pipe.synthetic.geography import Grid
from deepsphere_pipe.synthetic.river_labels import river_mask
from deepsphere_pipe.synthetic.systems import STEPS_PER_YEAR, generator
from deepsphere_pipe.synthetic.weather import Weather

TC, AR = CLASSES.index("TC"), CLASSES.index("AR")


def days_written(settings: SyntheticConfig, run: int, year: int) -> list[int]:
    """Return the days of the year (0 to 364, sorted) that exist for a run and year.

    Blocks of ``days_in_a_row`` days start at equal distances, shifted at random by run and
    year; single days then go missing.
    """
    random = generator(settings.seed, "days", run, year)
    n_block = -(-settings.days_per_year // settings.days_in_a_row)
    stride = 365.0 / n_block
    slack = max(stride - settings.days_in_a_row, 0.0)
    starts = [int(i * stride + slack * shift) for i, shift in enumerate(random.random(n_block))]
    days = [start + i for start in starts for i in range(settings.days_in_a_row)]
    days = sorted({day for day in days if day < 365})[: settings.days_per_year]
    missing = random.random(365) < settings.missing_days
    return [day for day in days if not missing[day]]


def snapshots(
    settings: SyntheticConfig, run: int, year: int
) -> Iterator[tuple[cftime.DatetimeNoLeap, np.ndarray, np.ndarray]]:
    """Yield the snapshots of a run and year in the order of time.

    Yields
    ------
    time : cftime.DatetimeNoLeap
    fields : ndarray (16, n_lat, n_lon) of float32
    labels : ndarray (n_lat, n_lon) of uint8
    """
    grid = Grid.of_size(settings.n_lat, settings.n_lon)
    weather = Weather(grid, settings.seed, run, settings.imitates)
    margin = cyclone_labels.PERSISTENCE + 1
    days = days_written(settings, run, year)
    steps = [day * SLOTS_PER_DAY + slot for day in days for slot in range(SLOTS_PER_DAY)]

    # Kept for as long as the tracking of another snapshot may look at it.
    @lru_cache(margin + 2)
    def fields(step: int) -> np.ndarray:
        return weather.fields(year * STEPS_PER_YEAR + step)

    @lru_cache(2 * margin + 1)
    def centres(step: int) -> list[cyclone_labels.Candidate]:
        if step in steps:
            tracked = dict(zip(CHANNEL_NAMES, fields(step), strict=True))
        else:
            tracked = weather.tracked(year * STEPS_PER_YEAR + step)
        return cyclone_labels.candidates(tracked, grid)

    for step in steps:
        around = [centres(near) for near in range(step - margin, step + margin + 1)]
        labels = np.zeros(grid.shape, dtype=np.uint8)
        labels[river_mask(fields(step), grid)] = AR
        for cyclone in cyclone_labels.cyclones(around, margin, grid):
            labels[cyclone.rows, cyclone.columns] = TC
        time = cftime.DatetimeNoLeap(year, 1, 1) + timedelta(hours=step * HOURS_PER_SLOT)
        yield time, fields(step), labels
