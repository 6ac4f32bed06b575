"""A cyclone is followed by its lowest pressure, and predictions elsewhere are false alarms."""

import numpy as np
import pytest

from deepsphere_pipe.evaluation.events import Components
from deepsphere_pipe.evaluation.following import (
    LOST,
    TROPICS,
    compare_with_centre,
    count_by_threshold,
    follow_minimum,
)
from deepsphere_pipe.samplings import Icosahedral
from deepsphere_pipe.samplings.sampling import unit_vectors
from deepsphere_pipe.samplings.sphere import distance_km

SPHERE = Icosahedral(5)
POINTS = SPHERE.coordinates
NEAR_KM = 300.0


def place(longitude, latitude):
    return unit_vectors(np.array(float(longitude)), np.array(float(latitude)))


def low(longitude, latitude, depth):
    return -depth * np.exp(-((distance_km(POINTS, place(longitude, latitude)) / 500) ** 2))


def within(longitude, latitude, km):
    return distance_km(POINTS, place(longitude, latitude)) <= km


def test_distances_are_along_the_great_circle():
    assert distance_km(place(0, 0), place(90, 0)) == pytest.approx(6371 * np.pi / 2)
    assert distance_km(place(10, 50), place(10, 50.001)) == pytest.approx(0.1112, rel=1e-3)


def followed(fields, hours, speed=15.0):
    index = follow_minimum(
        101_000 + np.array(fields), POINTS, np.array(hours), place(120, -15), speed, NEAR_KM
    )
    return index, [POINTS[each] for each in index]


def test_a_moving_low_is_followed_past_a_deeper_one_that_is_out_of_reach():
    hours = np.arange(0, 42, 6)
    fields = [low(120 - h / 6, -15 - h / 6, 3000) + low(150, -40, 6000) for h in hours]
    index, places = followed(fields, hours)
    assert (index != LOST).all()
    for hour, here in zip(hours, places, strict=True):
        assert distance_km(here, place(120 - hour / 6, -15 - hour / 6)) < 150


def test_it_is_lost_for_good_once_there_is_a_slope_and_no_minimum():
    slope = 8000 * POINTS[:, 2]  # falls southward
    fields = [low(120, -15, 5000), slope, low(120, -15, 5000)]
    index, _ = followed(fields, [0, 6, 12])
    assert index[0] != LOST and list(index[1:]) == [LOST, LOST]


def test_a_fast_low_is_out_of_reach_of_a_slow_one():
    fields = [low(120, -15, 3000), low(127, -15, 3000)]  # 750 km in six hours
    assert followed(fields, [0, 6], speed=15)[0][1] == LOST
    assert followed(fields, [0, 6], speed=40)[0][1] != LOST


@pytest.fixture
def predicted():
    """Three times: hit, with a stronger one elsewhere; false alarm only; after the end."""
    probability = np.full((3, SPHERE.n_vertices), 0.01)
    probability[0, within(120, -15, 250)] = 0.8
    probability[0, within(40, 45, 400)] = 0.95
    probability[1, within(300, 10, 400)] = 0.6
    probability[2, within(120, -15, 250)] = 0.75
    centre = np.stack([place(120, -15), place(121, -16), np.full(3, np.nan)])
    return probability, centre


def test_near_and_greatest_are_told_apart(predicted):
    told = compare_with_centre(predicted[0], POINTS, predicted[1], NEAR_KM)
    assert told["near"].tolist()[:2] == [0.8, 0.01] and np.isnan(told["near"][2])
    assert told["greatest"].tolist() == [0.95, 0.6, 0.75]
    where = POINTS[told["vertex"][0]]
    assert told["distance_km"][0] == pytest.approx(distance_km(where, place(120, -15)))
    assert distance_km(where, place(40, 45)) < 400 and np.isnan(told["distance_km"][2])


def test_regions_away_from_it_or_after_its_end_are_false_alarms(predicted):
    counts = count_by_threshold(*predicted[:1], Components(SPHERE), predicted[1], NEAR_KM,
                                [0.5, 0.7, 0.9]).set_index("threshold")  # fmt: skip
    assert (counts["maps"] == 3).all() and (counts["steps"] == 2).all()
    assert counts["hits"].tolist() == [1, 1, 0]
    assert counts["greatest_there"].tolist() == [0, 0, 0]
    assert counts["false_alarms"].tolist() == [3, 2, 1]  # 45° N; 10° N; where it was
    assert counts["in_tropics"].tolist() == [2, 1, 0]
    assert 10 < TROPICS < 45


def test_a_region_that_reaches_to_the_centre_is_no_false_alarm(predicted):
    probability, centre = predicted
    probability[1] = np.where(within(121, -16, 1500), 0.9, 0)
    counts = count_by_threshold(probability, Components(SPHERE), centre, NEAR_KM, [0.7])
    assert counts["hits"].item() == 2 and counts["greatest_there"].item() <= 1
    assert counts["false_alarms"].item() == 2
