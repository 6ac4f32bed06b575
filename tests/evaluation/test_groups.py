"""Groups of pixels: days and bands of latitude add up to the whole, and survive the disk."""

import numpy as np
import pytest
import torch

from deepsphere_pipe.evaluation import Tally
from deepsphere_pipe.evaluation.binning import bin_scores
from deepsphere_pipe.evaluation.grouped import COARSE, GroupedHistograms
from deepsphere_pipe.evaluation.groups import Days, Latitudes
from deepsphere_pipe.evaluation.precision import average_precision
from deepsphere_pipe.samplings import Equiangular
from tests.evaluation.test_scores import batch

SPHERE = Equiangular(24, 48)
LATITUDE = np.degrees(np.arcsin(SPHERE.coordinates[:, 2]))
HOURS = np.array([0, 3, 21, 24, 24, 30])
RUNS = np.array([1, 1, 1, 1, 2, 2])


def maps(n_maps=6, seed=0):
    scores, labels = batch(n_maps * SPHERE.n_vertices, seed=seed)
    shape = (n_maps, SPHERE.n_vertices)
    labels = torch.from_numpy(labels).reshape(shape)
    labels[0, :50] = -100  # unlabelled
    return torch.from_numpy(scores).reshape(*shape, 3), labels


def tally_of(scores, labels, batches=(2, 3, 1)):
    tally = Tally(3, SPHERE.areas, LATITUDE, Days.of(HOURS, RUNS))
    for part in zip(scores.split(batches), labels.split(batches), strict=True):
        tally.update(*part)
    return tally


def test_a_day_of_a_run_is_a_block():
    days = Days.of(HOURS, RUNS)
    assert days.block_of_map.tolist() == [0, 0, 0, 1, 2, 2]
    assert days.day.tolist() == [0, 1, 1] and days.run.tolist() == [1, 1, 2]
    assert Days.of([-1, 0], [0, 0]).day.tolist() == [-1, 0]  # before the year 2000, too


def test_groups_add_up_to_the_whole():
    tally = tally_of(*maps())
    for part in (tally.blocks.per_vertex, tally.latitude):
        np.testing.assert_array_equal(part.confusion.sum(axis=0), tally.per_vertex.confusion)
        merged = tally.per_vertex.counts.reshape(3, 2, COARSE, -1).sum(axis=-1)
        np.testing.assert_array_equal(part.counts.sum(axis=0), merged)
    by_area = tally.blocks.by_area
    np.testing.assert_array_equal(by_area.confusion.sum(axis=0), tally.by_area.confusion)


def test_each_day_is_what_its_maps_alone_give():
    scores, labels = maps()
    tally = tally_of(scores, labels)
    for block, of_day in enumerate(([0, 1, 2], [3], [4, 5])):
        alone = Tally(3, SPHERE.areas)
        alone.update(scores[of_day], labels[of_day])
        np.testing.assert_array_equal(
            tally.blocks.per_vertex.confusion[block], alone.per_vertex.confusion
        )
        np.testing.assert_array_equal(
            tally.blocks.by_area.confusion[block], alone.by_area.confusion
        )


def test_each_band_is_what_its_vertices_alone_give():
    scores, labels = maps()
    tally = tally_of(scores, labels)
    counted = 0
    bands = zip(Latitudes.south, Latitudes.north, tally.latitude.histograms, strict=True)
    for south, north, histograms in bands:
        inside = (south <= LATITUDE) & (north > LATITUDE)
        alone = Tally(3)
        alone.update(scores[:, inside], labels[:, inside])
        np.testing.assert_array_equal(histograms.confusion, alone.per_vertex.confusion)
        counted += histograms.confusion.sum()
    assert counted == (labels >= 0).sum()


def test_poles_belong_to_the_outermost_bands():
    assert Latitudes.band(np.array([-90, -80, 0, 80, 90.0])).tolist() == [0, 1, 9, 17, 17]


@pytest.mark.parametrize("sharpness", [1, 3, 5])
def test_coarse_bins_hardly_change_average_precision(sharpness):
    scores, labels = batch(40_000, sharpness=sharpness)
    grouped = GroupedHistograms(1, 3)
    grouped.count(bin_scores(scores, labels, 3), torch.zeros(40_000, dtype=torch.int64))
    found = grouped.histograms[0].average_precision()
    np.testing.assert_allclose(found, average_precision(scores, labels), atol=2e-3)


def test_all_groups_survive_the_disk(tmp_path):
    tally = tally_of(*maps())
    tally.save(tmp_path / "histograms.nc")
    loaded = Tally.load(tmp_path / "histograms.nc")
    assert loaded.blocks.days.equals(tally.blocks.days)
    for name in ("counts", "confusion"):
        for of in (
            lambda each: each.latitude,
            lambda each: each.blocks.per_vertex,
            lambda each: each.blocks.by_area,
        ):
            np.testing.assert_array_equal(getattr(of(loaded), name), getattr(of(tally), name))
    np.testing.assert_array_equal(loaded.reliability.brier(), tally.reliability.brier())
    np.testing.assert_array_equal(
        loaded.reliability_by_area.positive, tally.reliability_by_area.positive
    )


def test_a_file_without_groups_has_none(tmp_path):
    tally = Tally(3)
    tally.update(*maps())
    tally.save(tmp_path / "histograms.nc")
    loaded = Tally.load(tmp_path / "histograms.nc")
    assert loaded.blocks is loaded.latitude is loaded.reliability is None
