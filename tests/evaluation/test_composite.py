"""Composites interpolate every cyclone to one frame: centred, in kilometres, the pole above."""

from types import SimpleNamespace

import netCDF4
import numpy as np
import pytest
import torch

from deepsphere_pipe.evaluation import composite
from deepsphere_pipe.evaluation.composite import StormFrame, choose_cyclones, write_composite
from deepsphere_pipe.evaluation.events import Event
from deepsphere_pipe.samplings import Icosahedral
from deepsphere_pipe.samplings.sphere import EARTH_RADIUS_KM


def cyclone(longitude, latitude, matched=True, time="t0", side="true", class_name="TC"):
    return Event(time, 1, class_name, side, longitude, latitude, 1e5, 3, matched, None)


def points_of(sampling):
    return SimpleNamespace(coordinates=sampling.coordinates, areas=sampling.areas)


@pytest.mark.parametrize("place", [(0, 0), (179, 20), (-120, -35), (10, 88)])
def test_the_frame_keeps_distance_and_direction(place):
    frame = StormFrame(points_of(Icosahedral(2)))
    points = frame.coordinates(*place)
    middle = len(frame.axis) // 2
    longitude, latitude = np.radians(place)
    centre = points[middle, middle]
    expected = [
        np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)
    ]  # fmt: skip
    np.testing.assert_allclose(centre, expected, atol=1e-12)
    arc = EARTH_RADIUS_KM * np.arccos(np.clip(points @ centre, -1, 1))
    x, y = np.meshgrid(frame.axis, frame.axis)
    np.testing.assert_allclose(arc, np.hypot(x, y), atol=0.01)
    poleward = np.sign(place[1]) or 1
    assert (points[middle + 1, middle, 2] - centre[2]) * poleward > 0
    east = np.array([-np.sin(longitude), np.cos(longitude), 0])
    assert points[middle, -1] @ east > 0 and points[middle, 0] @ east < 0


def test_the_south_is_mirrored_so_that_cyclones_rotate_alike():
    """The meridional wind, turned with the frame, of a cyclone in either hemisphere."""
    sampling = Icosahedral(5)
    frame = StormFrame(points_of(sampling))

    def meridional(latitude):
        # Cyclonic: counter-clockwise in the north, so to the north in the east; else reversed.
        east_of_it = np.sin(np.radians(sampling.longitude))
        wind = np.sign(latitude) * east_of_it
        values = frame.interpolate(wind[None], 0.0, latitude)[0]
        return values * np.sign(latitude)  # polewards, as the y axis is

    np.testing.assert_allclose(meridional(20.0), meridional(-20.0), atol=0.02)
    assert meridional(-20.0)[20, -1] > 0.1  # polewards in the east of both


def test_smooth_fields_come_through_and_nothing_comes_from_beyond():
    sampling = Icosahedral(5)
    frame = StormFrame(points_of(sampling))
    values = frame.interpolate(sampling.coordinates.T, 100.0, -10.0)
    np.testing.assert_allclose(
        np.moveaxis(values, 0, -1), frame.coordinates(100.0, -10.0), atol=0.02
    )
    here = np.flatnonzero(sampling.longitude > 0)
    part = SimpleNamespace(coordinates=sampling.coordinates[here], areas=sampling.areas[here])
    values = StormFrame(part).interpolate(np.ones((1, len(here))), 0.0, 10.0)[0]
    assert np.isnan(values[:, : len(frame.axis) // 2 - 3]).all()
    np.testing.assert_allclose(values[:, len(frame.axis) // 2 + 1 :], 1)


def test_at_most_so_many_true_cyclones_are_chosen_evenly():
    events = [cyclone(i, 0) for i in range(1000)]
    others = [cyclone(0, 0, side="predicted"), cyclone(0, 0, class_name="AR")]
    chosen = [event.longitude for event in choose_cyclones([*others, *events], 200)]
    assert len(chosen) == 200 and chosen[0] == 0 and chosen[-1] == 999
    assert set(np.diff(chosen)) <= {5, 6}
    assert len(choose_cyclones([*others, *events[:7]], 200)) == 7


class Maps:
    """Two maps: pressure has a hole at (0, 20) in the first and at (90, -20) in the second."""

    def __init__(self, sampling, channels):
        self.sampling, self.channels, self.store = sampling, channels, self
        self.indices = np.arange(2)
        self.times = [SimpleNamespace(isoformat=lambda i=i: f"t{i}") for i in range(2)]
        self.runs = np.ones(2, int)
        self.seen = []

    def hole(self, index):
        lon, lat = np.radians([(0, 20), (90, -20)][index])
        centre = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
        return np.exp(-((np.arccos(np.clip(self.sampling.coordinates @ centre, -1, 1)) / 0.1) ** 2))

    def fields(self, index):
        values = {"PSL": 1e5 - 1000 * (1 + index) * self.hole(index), "U850": 3.0, "V850": 4.0}
        everywhere = np.ones(self.sampling.n_vertices)
        return np.stack([values.get(name, 7.0) * everywhere for name in self.channels])

    def labels(self, index):
        return (self.hole(index) > 0.5).astype(np.uint8)

    def labelled_by(self, indices):
        self.seen = indices.tolist()
        for index in indices:
            yield torch.full((1, self.sampling.n_vertices, 1), float(index)), None


def network(inputs):
    """The probability of TC is 1/3 on the first map and 2/3 on the second."""
    odds = torch.where(inputs[..., 0] == 0, 1.0, 4.0)
    return torch.stack([torch.ones_like(odds), odds, torch.ones_like(odds)], dim=-1).log()


network.eval = lambda: None


def written(tmp_path, events, channels=("PSL", "U850", "V850")):
    sampling = Icosahedral(5)
    maps = Maps(sampling, channels)
    path = tmp_path / "composite.nc"
    level = points_of(sampling)
    write_composite(path, network, maps, torch.device("cpu"), level, events, "net-seed0")
    with netCDF4.Dataset(path) as file:
        file.set_auto_mask(False)
        content = {name: variable[:] for name, variable in file.variables.items()}
        units = {
            name: getattr(variable, "units", None) for name, variable in file.variables.items()
        }
    return content, units, maps


def test_hits_and_misses_are_averaged_by_themselves(tmp_path):
    events = [cyclone(0, 20, True, "t0"), cyclone(90, -20, False, "t1")]
    content, units, maps = written(tmp_path, events)
    assert maps.seen == [0, 1] and content["cyclones"].tolist() == [1, 1]
    middle = len(content["x"]) // 2
    lowest = content["PSL"].min(axis=(1, 2))
    np.testing.assert_allclose(lowest, [99_000, 98_000], atol=60)
    np.testing.assert_allclose(content["PSL"][:, middle, middle], lowest, atol=30)
    np.testing.assert_allclose(content["wind_speed_850"], 5, rtol=1e-5)
    np.testing.assert_allclose(content["probability"][0], 1 / 3, rtol=1e-5)
    np.testing.assert_allclose(content["probability"][1], 2 / 3, rtol=1e-5)
    assert (content["truth"][:, middle, middle] == 1).all() and content["truth"][0, 0, 0] == 0
    assert units["PSL"] == "Pa" and units["wind_speed_850"] == "m s-1" and units["x"] == "km"


def test_two_cyclones_of_a_map_are_both_averaged_and_the_map_seen_once(tmp_path):
    events = [cyclone(0, 20), cyclone(0, 60), cyclone(0, 20, side="predicted")]
    content, _, maps = written(tmp_path, events)
    assert maps.seen == [0] and content["cyclones"].tolist() == [2, 0]
    assert np.isnan(content["PSL"][1]).all() and np.isfinite(content["PSL"][0]).all()
    middle = len(content["x"]) // 2
    assert content["truth"][0, middle, middle] == pytest.approx(0.5)


def test_without_a_cyclone_there_is_an_empty_composite(tmp_path):
    content, _, maps = written(tmp_path, [cyclone(0, 20, side="predicted")], channels=("TMQ",))
    assert maps.seen == [] and content["cyclones"].tolist() == [0, 0]
    assert np.isnan(content["TMQ"]).all() and "PSL" not in content


def test_the_wind_is_that_of_the_first_pair_of_channels():
    names = composite.field_names(["VBOT", "UBOT", "TMQ", "U850"])
    assert names == ["TMQ", "wind_speed_BOT"]
    assert composite.field_names(["U850"]) == []
