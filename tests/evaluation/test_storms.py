"""Events of one storm are one cluster, and count on its first day."""

import numpy as np
import pytest

from deepsphere_pipe.evaluation.events import Event
from deepsphere_pipe.evaluation.groups import Days
from deepsphere_pipe.evaluation.intervals import interval_of_share
from deepsphere_pipe.evaluation.storms import counts_by_first_day, first_hours

HOURS = {(str(hour), run): hour for hour in range(0, 240, 6) for run in (1, 2)}


def event(hour, longitude, latitude=15.0, run=1, side="true", matched=True, name="TC"):
    return Event(str(hour), run, name, side, longitude, latitude, 2e5, 4, matched, None)


def test_a_storm_is_a_chain_of_events_that_move_no_faster_than_a_cyclone():
    moving = [event(hour, 170 + hour) for hour in range(0, 48, 6)]  # a degree in an hour, at 15°
    across = [event(6, -60), event(12, -60 + 9)]  # nine degrees in six hours are too fast
    pausing = [event(0, 20), event(24, 21), event(54, 21)]  # gone for more than a day
    elsewhere = [event(6, 170, run=2)]
    found = first_hours([*moving, *across, *pausing, *elsewhere], HOURS)
    assert found.tolist() == [0] * 8 + [6, 12] + [0, 0, 54] + [6]
    assert len(first_hours([], HOURS)) == 0


def test_events_of_one_map_are_joined_by_others_only():
    apart = [event(0, 0), event(0, 2)]
    assert first_hours(apart, HOURS).tolist() == [0, 0]
    later = [event(24, 0), event(24, 20), event(30, 1)]
    assert first_hours(later, HOURS).tolist() == [24, 24, 24]


def test_events_count_on_the_first_day_of_their_storm():
    days = Days.of(np.tile(np.arange(0, 240, 6), 2), np.repeat([1, 2], 40))
    storm = [event(hour, hour / 6, matched=hour < 24) for hour in range(18, 60, 6)]
    false = [event(100 - 4, 90, run=2, side="predicted", matched=False)]
    counts = counts_by_first_day([*storm, *false], HOURS, days)["TC"]
    assert counts["true"] == [7] + [0] * 19 and counts["hits"] == [1] + [0] * 19
    assert counts["predicted"] == counts["false_alarms"] == [0] * 14 + [1] + [0] * 5


def test_before_the_year_2000_too():
    days = Days.of(np.array([-30, -6, 18, -30]), np.array([1, 1, 1, 2]))
    assert days.find([-2, -1, 0], [1, 1, 1]).tolist() == [0, 1, 2]
    assert days.find([-2], [2]).tolist() == [3]


def test_storms_that_last_make_hit_rates_less_certain():
    """Each of 40 storms is found on all of its maps or none: 40 draws, and not 320."""
    generator, days = np.random.default_rng(0), Days.of(24 * np.arange(40), np.zeros(40))
    true, widths = np.full((1, 40), 8.0), []
    for _ in range(30):
        hits = true * (generator.random(40) < 0.6)
        found = interval_of_share(hits, true, days, block_days=1)
        assert found.estimate == hits.sum() / 320 and 0 < found.low < found.high < 1
        widths.append(found.high - found.low)
    normal = 2 * 1.96 * np.sqrt(0.6 * 0.4 / 40)
    assert np.mean(widths) == pytest.approx(1.25 * normal, rel=0.12)


def test_a_share_of_nothing_has_no_interval():
    days = Days.of(24 * np.arange(40), np.zeros(40))
    found = interval_of_share(np.zeros((1, 40)), np.zeros((1, 40)), days)
    assert np.isnan([found.estimate, found.low, found.high]).all()
