"""Tracks of the twin's labels are the cyclones that its generator made."""

from collections import Counter, defaultdict

import cftime
import numpy as np
import pytest

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.config import SyntheticConfig
from deepsphere_pipe.remap import LatLonGrid
from deepsphere_pipe.remap.grids import areas_of, points_of
from deepsphere_pipe.samplings.adjacency import on_lattice
from deepsphere_pipe.samplings.sampling import unit_vectors
from deepsphere_pipe.samplings.sphere import distance_km
from deepsphere_pipe.synthetic.cyclones import tropical_cyclones
from deepsphere_pipe.synthetic.geography import Grid
from deepsphere_pipe.synthetic.simulation import snapshots
from deepsphere_pipe.synthetic.systems import STEPS_PER_YEAR
from deepsphere_pipe.tracking.maps import Moment
from deepsphere_pipe.tracking.surface import Surface
from deepsphere_pipe.tracking.tracker import Tracker
from tests.tracking.worlds import rules

SEED, YEAR, DAYS = 43, 2106, 20  # from 19 August on
NEAR = 500  # km


def alive(step):
    """Return the cyclones of the generator at a step: their names, and unit vectors to them."""
    names, places = [], []
    for year in (YEAR - 1, YEAR):
        tracks = tropical_cyclones(SEED, 1, year)
        age = step - tracks.birth
        there = np.flatnonzero((age >= 0) & (age < tracks.strength.shape[1]))
        there = there[tracks.strength[there, age[there]] > 0]
        names += [(year, each) for each in there.tolist()]
        where = there, age[there]
        places.append(unit_vectors(tracks.lon[where], tracks.lat[where]))
    return names, np.concatenate(places)


@pytest.mark.slow
def test_every_cyclone_of_the_generator_is_one_track():
    settings = SyntheticConfig(
        seed=SEED, n_lat=96, n_lon=144, years=(YEAR,), runs=(1,), days_per_year=40,
        days_in_a_row=40, missing_days=0.0,
    )  # fmt: skip
    grid = Grid.of_size(96, 144)
    cells = LatLonGrid(grid.lat.astype(float), grid.lon.astype(float))
    points = points_of(cells)
    surface = Surface(points, np.asarray(areas_of(cells)).ravel(), on_lattice(cells.shape))
    tracker = Tracker(surface, rules(least_km2=30_000), 3.0)
    steps = {}
    for number, (time, fields, labels) in enumerate(snapshots(settings, 1, YEAR)):
        if number == 8 * DAYS:
            break
        hours = float(cftime.date2num(time, "hours since 2000-01-01", "noleap"))
        channels = dict(zip(CHANNEL_NAMES, fields.reshape(len(fields), -1), strict=True))
        beside = np.arange(len(points)), points, channels
        tracker.update(1, time, hours, Moment(labels.ravel(), None), beside)
        day = YEAR * STEPS_PER_YEAR + 8 * (time.dayofyr - 1)
        steps[time.isoformat()] = day + time.hour // 3
    fixes = tracker.fixes()
    fixes = fixes[fixes["class"] == "TC"]
    tracks_of, cyclones_of, away = defaultdict(Counter), defaultdict(Counter), []
    for time, rows in fixes.groupby("time"):
        names, places = alive(steps[time])
        for number, place in zip(
            rows["track_id"], unit_vectors(rows["lon"], rows["lat"]), strict=True
        ):
            distances = distance_km(place, places)
            away.append(distances.min())
            if away[-1] < NEAR:
                name = names[distances.argmin()]
                tracks_of[name][number] += 1
                cyclones_of[number][name] += 1
    lasting = [tracks for tracks in tracks_of.values() if tracks.total() >= 16]  # two days
    assert len(lasting) >= 6 and np.mean(np.array(away) < NEAR) > 0.98
    assert np.mean([len(tracks) == 1 for tracks in lasting]) >= 0.95
    assert all(len(names) == 1 for names in cyclones_of.values())
