"""Snapshots with labels, in memory: which days there are, their fields and their labels."""

from collections import OrderedDict
from collections.abc import Iterator

import numpy as np

from deepsphere_pipe.channels import CHANNEL_NAMES, CLASSES
from deepsphere_pipe.config import SyntheticConfig
from deepsphere_pipe.data.sources.naming import MONTH_LENGTHS, SLOTS_PER_DAY
from deepsphere_pipe.synthetic import cyclone_labels
from deepsphere_pipe.synthetic.geography import Grid
from deepsphere_pipe.synthetic.randomness import generator
from deepsphere_pipe.synthetic.river_labels import river_mask
from deepsphere_pipe.synthetic.systems import STEPS_PER_YEAR
from deepsphere_pipe.synthetic.weather import Weather

TC, AR = CLASSES.index("TC"), CLASSES.index("AR")


def calendar_day(day: int) -> tuple[int, int]:
    """Return (month, day of month) of a day of the year, 0 to 364."""
    for month, length in enumerate(MONTH_LENGTHS, start=1):
        if day < length:
            return month, day + 1
        day -= length
    raise ValueError("a year has 365 days")


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
) -> Iterator[tuple[tuple[int, int, int, int], np.ndarray, np.ndarray]]:
    """Yield the snapshots of a run and year in the order of time.

    Parameters
    ----------
    settings
    run, year

    Yields
    ------
    time : tuple of int
        (year, month, day, slot).
    fields : ndarray (16, n_lat, n_lon) of float32
    labels : ndarray (n_lat, n_lon) of uint8
    """
    grid = Grid.of_size(settings.n_lat, settings.n_lon)
    weather = Weather(grid, settings.seed, run)
    margin = cyclone_labels.PERSISTENCE + 1
    # Kept for as long as a later snapshot's tracking may look back.
    centres, kept = OrderedDict(), {}
    days = days_written(settings, run, year)
    steps = [day * SLOTS_PER_DAY + slot for day in days for slot in range(SLOTS_PER_DAY)]
    wanted = set(steps)
    for step in steps:
        for near in range(step - margin, step + margin + 1):
            if near not in centres:
                if near in wanted:
                    kept[near] = weather.fields(year * STEPS_PER_YEAR + near)
                    tracked = dict(zip(CHANNEL_NAMES, kept[near], strict=True))
                else:
                    tracked = weather.tracked(year * STEPS_PER_YEAR + near)
                centres[near] = cyclone_labels.candidates(tracked, grid)
        for old in [old for old in centres if old < step - margin]:
            del centres[old]
        fields = kept.pop(step)
        labels = np.zeros(fields.shape[1:], dtype=np.uint8)
        labels[river_mask(fields, grid)] = AR
        around = [centres[near] for near in range(step - margin, step + margin + 1)]
        for cyclone in cyclone_labels.cyclones(around, margin, grid):
            labels[cyclone.rows, cyclone.columns] = TC
        day, slot = divmod(step, SLOTS_PER_DAY)
        yield (year, *calendar_day(day), slot), fields, labels
