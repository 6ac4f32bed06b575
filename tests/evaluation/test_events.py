"""Hits, misses, false alarms and distances, by hand on a small sphere."""

import csv

import cftime
import numpy as np
import pytest
import torch
from scipy.sparse.csgraph import connected_components

from deepsphere_pipe.evaluation.events import (
    Components,
    EventCollector,
    summarise_events,
    write_events,
)
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.samplings import Equiangular, Healpix, Icosahedral
from deepsphere_pipe.samplings.sphere import EARTH_RADIUS_KM

LEVEL = build_hierarchy(Icosahedral(4), depth=1).levels[0]
TIME = cftime.DatetimeNoLeap(2106, 8, 1, 6)


def disc(longitude, latitude, degrees):
    """Return whether each vertex lies within a distance of a point."""
    lon, lat = np.radians([longitude, latitude])
    point = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    return LEVEL.coordinates @ np.array(point) >= np.cos(np.radians(degrees))


def labels_of(**discs):
    labels = np.zeros(LEVEL.n_vertices, np.int64)
    for label, name in enumerate(("TC", "AR"), 1):
        for place in discs.get(name, ()):
            labels[disc(*place)] = label
    return labels


def events_of(*maps, level=LEVEL, least_km2=0):
    """Return the events of pairs of (truth, prediction)."""
    collector = EventCollector(level, [TIME] * len(maps), np.arange(len(maps)), least_km2)
    truth, prediction = (torch.from_numpy(np.stack(each)) for each in zip(*maps, strict=True))
    scores = torch.nn.functional.one_hot(prediction.clamp(min=0), 3).float()
    collector.update(scores, truth)
    return collector.events


def test_components_are_those_of_a_search_from_vertex_to_vertex():
    selected = np.random.default_rng(0).random(LEVEL.n_vertices) < 0.3
    found = Components(LEVEL).of(selected)
    near = {vertex: set() for vertex in range(LEVEL.n_vertices)}
    for a, b in LEVEL.adjacent.tolist():
        near[a].add(b)
        near[b].add(a)
    expected, number = np.full(LEVEL.n_vertices, -1), 0
    for start in np.flatnonzero(selected):
        if expected[start] < 0:
            front = {start}
            while front:
                expected[list(front)] = number
                around = set().union(*(near[vertex] for vertex in front))
                front = {v for v in around if selected[v] and expected[v] < 0}
            number += 1
    np.testing.assert_array_equal(found, expected)
    assert number > 20  # else hardly anything was told apart
    assert (Components(LEVEL).of(np.zeros(LEVEL.n_vertices, bool)) == -1).all()


@pytest.mark.parametrize("other", [{"neighbours": 60}, {"kind": "perraudin"}])
def test_events_do_not_depend_on_the_graph_of_the_network(other):
    """Components of its graph would: these masks had a tenth fewer with k = 60 than with k = 8."""
    one, two = (
        build_hierarchy(Healpix(16), depth=0, **kind).levels[0]
        for kind in ({"neighbours": 8}, other)
    )
    masks = np.random.default_rng(0).random((10, one.n_vertices)) < 0.05
    counts = [[Components(level).of(mask).max() + 1 for mask in masks] for level in (one, two)]
    assert counts[0] == counts[1] and min(counts[0]) > 50
    graphs = [level.laplacian for level in (one, two)]
    of_graphs = [
        sum(connected_components(graph[mask][:, mask], directed=False)[0] for mask in masks)
        for graph in graphs
    ]
    assert of_graphs[0] != of_graphs[1] or other != {"neighbours": 60}


def test_a_prediction_below_the_least_size_is_no_event_but_the_truth_is():
    truth = labels_of(TC=[(0, 15, 8), (90, -15, 3)])
    predicted = labels_of(TC=[(0, 15, 8), (90, -15, 3), (180, 30, 3)])
    areas = sorted(event.area_km2 for event in events_of((truth, predicted)))
    assert len(areas) == 5 and areas[2] < 0.5 * areas[3]
    found = events_of((truth, predicted), least_km2=areas[2] + 1)
    assert [event.side for event in found] == ["true", "true", "predicted"]
    assert sorted(event.matched for event in found[:2]) == [False, True] and found[2].matched
    assert found[2].area_km2 == pytest.approx(areas[-1])


@pytest.mark.parametrize("sampling", [Icosahedral(4), Healpix(16), Equiangular(n_lat=40, n_lon=80)])
def test_the_least_size_is_one_area_on_every_sampling(sampling):
    """Of discs of 300 to 1500 km, those below a million km² go, by their areas on the vertices."""
    level = build_hierarchy(sampling, depth=0).levels[0]
    components, n = Components(level), 0
    for radius in np.linspace(300, 1500, 9) / EARTH_RADIUS_KM:
        disc = level.coordinates @ [1, 0, 0] >= np.cos(radius)
        area = components.areas_km2[disc].sum()
        kept = components.of(disc, 1e6)
        assert (kept.max() == 0) == (area >= 1e6)
        n += kept.max() == 0
    assert 0 < n < 9


def test_hits_misses_and_false_alarms():
    truth = labels_of(TC=[(0, 15, 8), (90, -15, 8)], AR=[(180, 45, 12)])
    predicted = labels_of(TC=[(4, 17, 8), (-90, 10, 8)], AR=[(182, 47, 12)])
    summary = summarise_events(events_of((truth, predicted)))
    tc, ar = summary["TC"], summary["AR"]
    assert (tc["true"], tc["hits"], tc["misses"]) == (2, 1, 1)
    assert (tc["predicted"], tc["false_alarms"]) == (2, 1)
    assert tc["hit_rate"] == 0.5 and tc["false_alarm_ratio"] == 0.5
    assert (ar["hits"], ar["misses"], ar["false_alarms"]) == (1, 0, 0)
    bands = {(each["south"], each["north"]): each for each in tc["by_latitude"]}
    assert bands[15, 30]["hits"] + bands[0, 15]["hits"] == 1
    assert bands[-30, -15]["misses"] + bands[-15, 0]["misses"] == 1
    assert sum(each["true"] for each in tc["by_size"]) == 2
    assert sum(each["false_alarms"] for each in tc["by_latitude"]) == 1


def test_an_event_of_another_class_or_map_is_no_hit():
    truth, predicted = labels_of(TC=[(0, 15, 8)]), labels_of(AR=[(0, 15, 8)])
    nothing = labels_of()
    summary = summarise_events(events_of((truth, predicted), (nothing, truth)))
    assert (summary["TC"]["misses"], summary["TC"]["false_alarms"]) == (1, 1)
    assert (summary["AR"]["true"], summary["AR"]["false_alarms"]) == (0, 1)
    assert summary["AR"]["hit_rate"] is None and summary["AR"]["false_alarm_ratio"] == 1
    assert summary["AR"]["centre_error_km"] == {"mean": None, "median": None}


@pytest.mark.parametrize(("longitude", "latitude"), [(0, 0), (179, 10), (30, 88)])
def test_centre_area_and_distance(longitude, latitude):
    """Also across the date line and at the pole, where longitudes cannot be averaged."""
    truth = labels_of(TC=[(longitude, latitude, 12)])
    predicted = labels_of(TC=[(longitude, latitude - 6, 12)])
    true, found = events_of((truth, predicted))
    assert true.side == "true" and found.side == "predicted"
    cap = 2 * np.pi * (1 - np.cos(np.radians(12))) * EARTH_RADIUS_KM**2
    assert true.area_km2 == pytest.approx(cap, rel=0.25)  # 28 cells
    assert true.vertices == (truth == 1).sum()
    degree = np.pi / 180 * EARTH_RADIUS_KM
    assert true.centre_distance_km == pytest.approx(6 * degree, abs=1.5 * degree)
    assert found.centre_distance_km == true.centre_distance_km
    assert true.latitude == pytest.approx(latitude, abs=1.5)
    apart = (true.longitude - longitude + 180) % 360 - 180
    assert abs(apart * np.cos(np.radians(latitude))) < 1.5


def test_the_counterpart_is_the_one_with_the_largest_overlap():
    truth = labels_of(TC=[(0, 0, 20)])
    predicted = labels_of(TC=[(-10, 0, 9), (15, 0, 4)])
    true, *found = events_of((truth, predicted))
    assert all(event.matched for event in found)
    nearest = min(found, key=lambda event: abs(event.longitude + 10))
    assert true.centre_distance_km == pytest.approx(nearest.centre_distance_km)


def test_unlabelled_vertices_are_no_part_of_any_event():
    truth, predicted = labels_of(), labels_of(TC=[(0, 15, 8)])
    truth[disc(0, 15, 30)] = -100
    assert events_of((truth, predicted)) == []


def test_events_are_written_row_by_row(tmp_path):
    truth, predicted = labels_of(TC=[(0, 15, 8)]), labels_of()
    write_events(tmp_path / "events.csv", events_of((truth, predicted), (truth, truth)))
    with (tmp_path / "events.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["run"], row["side"], row["matched"]) for row in rows] == [
        ("0", "true", "False"),
        ("1", "true", "True"),
        ("1", "predicted", "True"),
    ]
    assert rows[0]["time"] == "2106-08-01T06:00:00" and rows[0]["class"] == "TC"
    assert rows[0]["centre_distance_km"] == "" and float(rows[1]["centre_distance_km"]) == 0
