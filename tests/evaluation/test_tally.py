"""Scores by area: closed forms, scikit-learn with weights, and sums that are exact."""

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, confusion_matrix

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation import ScoreHistograms, Tally
from deepsphere_pipe.evaluation.tally import UNIT_WEIGHT, area_weights
from deepsphere_pipe.samplings import Equiangular
from tests.evaluation.test_scores import batch

SPHERE = Equiangular(24, 48)


def maps(n_maps=4, n_vertices=SPHERE.n_vertices, seed=0):
    """Return scores (map, vertex, class) and labels (map, vertex)."""
    scores, labels = batch(n_maps * n_vertices, seed=seed)
    shape = (n_maps, n_vertices)
    return torch.from_numpy(scores).reshape(*shape, 3), torch.from_numpy(labels).reshape(shape)


def tally(scores, labels, areas=SPHERE.areas):
    result = Tally(3, areas)
    result.update(scores, labels)
    return result


def test_a_few_vertices_by_hand():
    # Ranked by the score of class 1: true with area 3, false with area 1, true with area 2.
    scores = torch.tensor([[[0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.9, 0.1]]])
    labels = torch.tensor([[1, 0, 1, 0]])
    result = Tally(2, areas=np.array([3.0, 1.0, 2.0, 2.0]))
    result.update(scores, labels)
    assert result.by_area.average_precision()[1] == pytest.approx(3 / 5 * 1 + 2 / 5 * 5 / 6)
    assert result.per_vertex.average_precision()[1] == pytest.approx(1 / 2 * 1 + 1 / 2 * 2 / 3)
    assert result.by_area.recall()[0] == pytest.approx(2 / 3)
    assert result.by_area.iou()[1] == pytest.approx(5 / 6)
    assert result.by_area.prevalence()[1] == pytest.approx(5 / 8)


def test_average_precision_is_scikit_learns_with_weights():
    scores, labels = maps()
    result = tally(scores, labels).by_area
    weights = np.broadcast_to(SPHERE.areas, labels.shape).ravel()
    flat, truth = scores.reshape(-1, 3).numpy(), labels.flatten().numpy()
    expected = [
        average_precision_score(truth == c, flat[:, c], sample_weight=weights) for c in range(3)
    ]
    np.testing.assert_allclose(result.average_precision(), expected, atol=1e-4)
    per_vertex = tally(scores, labels).per_vertex.average_precision()
    assert np.abs(per_vertex - expected).max() > 1e-3  # else the test could not fail
    confusion = confusion_matrix(truth, flat.argmax(axis=1), sample_weight=weights)
    np.testing.assert_allclose(
        result.confusion / result.confusion.sum(), confusion / confusion.sum(), atol=1e-5
    )


def test_equal_areas_score_as_vertices_do():
    scores, labels = maps()
    result = tally(scores, labels, np.full(SPHERE.n_vertices, 0.1))
    np.testing.assert_array_equal(result.by_area.counts, UNIT_WEIGHT * result.per_vertex.counts)
    np.testing.assert_array_equal(
        result.by_area.average_precision(), result.per_vertex.average_precision()
    )
    assert result.by_area.summary(("a", "b", "c")) == result.per_vertex.summary(("a", "b", "c"))


def test_parts_add_up_to_the_whole():
    scores, labels = maps()
    whole = tally(scores, labels).by_area
    parts = [tally(scores[i::3], labels[i::3]).by_area for i in range(3)]
    together = parts[2] + (parts[0] + parts[1])
    np.testing.assert_array_equal(together.counts, whole.counts)
    np.testing.assert_array_equal(together.confusion, whole.confusion)
    assert whole.counts.sum() == 3 * len(labels) * area_weights(SPHERE.areas).sum()


def test_weights_are_proportional_to_areas():
    weights = area_weights(SPHERE.areas)
    assert weights.dtype == np.int64
    np.testing.assert_allclose(
        weights / UNIT_WEIGHT, SPHERE.areas / SPHERE.areas.mean(), atol=0.5 / UNIT_WEIGHT
    )


def test_unlabelled_vertices_are_not_counted():
    scores, labels = maps()
    left = labels.clone()
    left[:, ::2] = -100
    result = tally(scores, left)
    expected = tally(scores[:, 1::2], labels[:, 1::2], SPHERE.areas[1::2])
    np.testing.assert_array_equal(result.per_vertex.counts, expected.per_vertex.counts)
    np.testing.assert_allclose(
        result.by_area.average_precision(), expected.by_area.average_precision(), atol=1e-4
    )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_gpu_counts_like_the_cpu_even_where_all_must_be_deterministic():
    scores, labels = maps()
    expected = tally(scores, labels).by_area
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    try:
        found = tally(scores.cuda(), labels.cuda()).by_area
    finally:
        torch.use_deterministic_algorithms(before)
    np.testing.assert_array_equal(found.confusion, expected.confusion)
    np.testing.assert_allclose(found.average_precision(), expected.average_precision(), atol=1e-5)


@pytest.mark.parametrize(
    ("weights", "message"),
    [([0.5], "whole numbers"), ([-1], "not negative"), ([1, 1], "do not fit")],
)
def test_weights_that_cannot_be_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        ScoreHistograms(2).update(np.array([[0.5, 0.5]]), np.array([0]), np.array(weights))


@pytest.mark.parametrize("areas", [SPHERE.areas, None], ids=["by area too", "per vertex only"])
def test_save_and_load(tmp_path, areas):
    result = tally(*maps(), areas)
    result.save(tmp_path / "histograms.nc")
    loaded = Tally.load(tmp_path / "histograms.nc")
    assert len(loaded.histograms) == len(result.histograms) == (1 if areas is None else 2)
    for ours, theirs in zip(loaded.histograms, result.histograms, strict=True):
        np.testing.assert_array_equal(ours.counts, theirs.counts)
        np.testing.assert_array_equal(ours.confusion, theirs.confusion)
        assert ours.counts.dtype == np.int64
    assert [path.name for path in tmp_path.iterdir()] == ["histograms.nc"]


def test_loading_what_is_no_histogram_tells_the_file(tmp_path):
    (tmp_path / "broken.nc").write_text("no netCDF", encoding="utf-8")
    for name in ("missing.nc", "broken.nc"):
        with pytest.raises(UserError, match=name):
            Tally.load(tmp_path / name)
