"""Events of successive maps are linked to the storms that they are."""

import itertools

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from deepsphere_pipe.samplings import Custom, Equiangular, Healpix, Icosahedral
from deepsphere_pipe.samplings.sampling import unit_vectors
from deepsphere_pipe.samplings.sphere import distance_km
from deepsphere_pipe.tracking.surface import Surface
from tests.tracking.worlds import SURFACE, discs, follow, path, times

SIZE = 450  # km, radius of the discs


def identities(fixes, *paths, km=300):
    """Return the numbers of the tracks at each of the known centres (map, 3), 0 for none."""
    numbers = []
    for centres in paths:
        when = sorted(fixes["time"].unique())
        here = []
        for time, centre in zip(when, centres, strict=True):
            rows = fixes[fixes["time"] == time]
            away = distance_km(unit_vectors(rows["lon"], rows["lat"]), centre)
            here.append(int(rows["track_id"].iloc[away.argmin()]) if away.min() < km else 0)
        numbers.append(here)
    return numbers


@pytest.mark.parametrize(
    "surface",
    [
        SURFACE,
        Surface.of(Healpix(32)),
        Surface.of(Equiangular(72, 144)),
        Surface.of(Custom(Icosahedral(5).coordinates[::-1])),
    ],
    ids=["icosahedral", "healpix", "equiangular", "custom"],
)
@pytest.mark.parametrize(
    "way",
    [path(150, 15, 40, east=1.6), path(20, -80, 40, north=-0.7), path(-60, 84, 40, north=0.5)],
    ids=["date line", "south pole", "north pole"],
)
def test_a_storm_is_one_track_wherever_it_goes(surface, way):
    maps = [discs([centre], SIZE, surface=surface) for centre in way]
    fixes = follow(maps, surface=surface)
    assert set(fixes["track_id"]) == {1} and len(fixes) == 40
    away = distance_km(unit_vectors(fixes["lon"], fixes["lat"]), way)
    assert away.max() < 160  # within a cell


def test_fast_small_storms_are_found_where_they_are_expected():
    """They share no cell with where they were; one follows the other at its own distance."""
    first = path(-150, 20, 12, east=5.0)
    second = path(-150 - 7.5, 20, 12, east=5.0)
    maps = [discs(pair, 145) for pair in zip(first, second, strict=True)]
    assert (np.sum(maps, axis=1) <= 6).all()
    fixes = follow(maps, step=6.0)
    one, two = identities(fixes, first, second)
    assert len({*one}) == len({*two}) == 1 and one[0] != two[0]


def test_crossing_storms_keep_their_identity():
    east, west = path(100, 10, 25, east=1.0, north=0.35), path(124, 10, 25, east=-1.0, north=0.35)
    apart = [i for i in range(25) if distance_km(east[i], west[i]) > 1200]
    maps = [
        discs([east[i], west[i]] if i in apart else [], SIZE) for i in range(25)
    ]  # where they are too near to be told apart nothing is seen
    fixes = follow(maps, gap_hours=48.0)
    seen = [i for i in range(25) if i in apart]
    one, two = identities(fixes, east[seen], west[seen])
    assert len({*one}) == len({*two}) == 1 and one[0] != two[0]


@pytest.mark.parametrize(("missing", "tracks"), [(7, 1), (8, 2)])
def test_gaps_are_bridged_as_long_as_they_may_last(missing, tracks):
    way = path(-40, 15, 24)
    maps = [discs([] if 5 <= i < 5 + missing else [way[i]], SIZE) for i in range(24)]
    fixes = follow(maps)  # 24 hours: eight steps of three hours
    assert fixes["track_id"].nunique() == tracks


def test_a_storm_that_is_far_from_where_it_is_expected_is_another():
    maps = [discs([centre], SIZE) for centre in (*path(0, 15, 6), *path(25, 15, 6))]
    assert follow(maps)["track_id"].nunique() == 2


def test_no_storm_goes_on_across_missing_data_or_into_another_run():
    way = path(-40, 15, 12)
    maps = [discs([centre], SIZE) for centre in way]
    when, hours = times(13)
    stamps = [*when[:6], *when[7:]], np.delete(hours, 6)
    fixes = follow(maps, stamps=stamps)
    assert fixes["track_id"].nunique() == 2
    assert fixes.groupby("track_id")["cut"].first().tolist() == ["both", "both"]
    fixes = follow(maps, stamps=(when[:12], hours[:12]), runs=[1] * 5 + [2] * 7)
    assert fixes.groupby("track_id")["run"].first().tolist() == [1, 2]


def test_the_larger_of_two_that_merge_goes_on_and_the_other_ends_in_it():
    small, large = path(100, 20, 12, east=1.0), path(122, 20, 12, east=-0.5)
    maps = [
        np.maximum(discs([small[i]] if i < 9 else [], 350), discs([large[i]], 700))
        for i in range(12)
    ]
    maps += [discs([large[-1]], 700)] * 10
    fixes = follow(maps)
    ends = fixes.groupby("track_id").agg(n=("time", "size"), into=("merged_into", "first"))
    of_large = ends["n"].idxmax()
    assert len(ends) == 2 and ends.loc[of_large, "n"] == 22
    assert ends.drop(of_large)["into"].item() == of_large


def test_of_a_storm_that_splits_the_larger_part_goes_on():
    way = path(100, 20, 10)
    parts = path(106, 20, 10, east=0.9), path(104.5, 20, 10, east=-1.4)
    maps = [discs([centre], 700) for centre in way]
    maps += [np.maximum(discs([parts[0][i]], 600), discs([parts[1][i]], 350)) for i in range(10)]
    fixes = follow(maps)
    each = fixes.groupby("track_id").agg(n=("time", "size"), parent=("split_from", "first"))
    assert each["n"].tolist()[0] == 20 and len(each) == 2
    assert each["parent"].iloc[1] == 1 and fixes["merged_into"].isna().all()


def test_storms_that_touch_for_a_while_are_the_same_ones_afterwards():
    left, right = path(90, 11, 30, east=0.8), path(114, 18.5, 30, east=-0.8)
    maps = [discs([a, b], 400) for a, b in zip(left, right, strict=True)]
    apart = [i for i in range(30) if distance_km(left[i], right[i]) > 1100]
    assert 3 < 30 - len(apart) < 10
    fixes = follow(maps)
    one, two = identities(fixes, left, right)
    one, two = np.array(one)[apart], np.array(two)[apart]
    assert len({*one}) == len({*two}) == 1 and one[0] != two[0]
    assert fixes["merged_into"].isna().all()


def test_an_area_with_two_cores_is_two_storms():
    left, right = path(90, 15, 8), path(98, 15, 8)
    maps = []
    for pair in zip(left, right, strict=True):
        away = np.min([distance_km(SURFACE.coordinates, centre) for centre in pair], axis=0)
        cyclone = np.exp(-((away / 600) ** 2))
        maps.append(np.stack([1 - cyclone, cyclone, np.zeros_like(cyclone)]))
    fixes = follow(maps, least_probability=0.4)
    assert [len({*each}) for each in identities(fixes, left, right)] == [1, 1]
    assert fixes["track_id"].nunique() == 2
    assert follow(maps, least_probability=0.4, core_km=None)["track_id"].nunique() == 1


@pytest.mark.parametrize(
    ("calendar", "start"),
    [("360_day", (2101, 2, 28)), ("noleap", (2104, 2, 27)), ("standard", (2000, 2, 28))],
)
def test_time_goes_by_the_calendar(calendar, start):
    way = path(-40, 15, 24)
    maps = [discs([centre], SIZE) for centre in way]
    fixes = follow(maps, step=6, stamps=times(24, 6, calendar, start))
    assert fixes["track_id"].nunique() == 1 and {*fixes["calendar"]} == {calendar}
    leap = {"360_day": "02-30", "noleap": "03-01", "standard": "02-29"}[calendar]
    assert any(leap in time for time in fixes["time"])


def test_short_tracks_are_left_out():
    way = path(-40, 15, 12)
    maps = [discs([way[i]] if i < 5 else [], SIZE) for i in range(12)]
    assert len(follow(maps, least_hours=12.0)) == 5
    assert len(follow(maps, least_hours=12.1)) == 0


def random_world(seed):
    """Return maps and true ways of some storms that keep away from each other."""
    generator = np.random.default_rng(seed)
    n, storms = 16, []
    for _ in range(60):
        start = generator.normal(size=3)
        axis = np.cross(start, generator.normal(size=3))
        axis /= np.linalg.norm(axis)
        speed = generator.uniform(0, 60) * 3 / 6371
        turns = Rotation.from_rotvec(axis * speed * np.arange(n)[:, None])
        way = turns.apply(start / np.linalg.norm(start))
        born, died = sorted(generator.choice(n + 1, 2, replace=False))
        away = [distance_km(way, other).min() for other, _, _ in storms]
        if not storms or min(away) > 1500:
            storms.append((way, born, died))
        if len(storms) == 5:
            break
    there = [[way[i] for way, born, died in storms if born <= i < died] for i in range(n)]
    maps = [discs(centres, generator.uniform(250, 400)) for centres in there]
    return maps, storms


def test_links_of_random_storms_are_right():
    for seed in range(40):  # 1000 of them were right when this was written
        maps, storms = random_world(seed)
        fixes = follow(maps)
        lives = [died - born for _, born, died in storms]
        assert sorted(fixes.groupby("track_id").size()) == sorted(lives), seed


def partition(fixes):
    """Return which (time, rounded area) are of one storm, whatever their numbers."""
    groups = fixes.groupby("track_id")
    return {
        frozenset(zip(each["time"], each["area_km2"].round(-1), strict=True)) for _, each in groups
    }


def test_turning_the_sphere_turns_the_tracks():
    maps, _ = random_world(3)
    turn = Icosahedral(5).rotations[17]
    moved = Icosahedral(5).permutation(turn)
    turned = [np.empty_like(each) for each in maps]
    for before, after in zip(maps, turned, strict=True):
        after[moved] = before
    here, there = follow(maps), follow(turned)
    assert partition(here) == partition(there)
    places = [unit_vectors(each["lon"], each["lat"]) for each in (here, there)]
    away = [distance_km(places[1], place).min() for place in places[0] @ turn.T]
    assert max(away) < 1e-3


def test_the_order_of_vertices_does_not_matter():
    maps, _ = random_world(4)
    order = np.random.default_rng(0).permutation(SURFACE.n_vertices)
    number = np.argsort(order)
    shuffled = Surface(SURFACE.coordinates[order], SURFACE.areas[order], number[SURFACE.adjacent])
    other = follow([each[order] for each in maps], surface=shuffled)
    assert partition(other) == partition(follow(maps))


def test_maps_without_events_have_no_tracks():
    fixes = follow([discs([], 1)] * 3)
    assert len(fixes) == 0 and "lon" in fixes.columns


def test_numbers_of_tracks_are_those_of_their_birth():
    ways = [path(lon, 10, 6) for lon in (0, 60, 120)]
    maps = [discs([w[i] for k, w in enumerate(ways) if i >= k], SIZE) for i in range(6)]
    fixes = follow(maps)
    births = fixes.groupby("track_id")["time"].first()
    assert births.is_monotonic_increasing and len(births) == 3
    assert list(itertools.accumulate(births.index)) == [1, 3, 6]
