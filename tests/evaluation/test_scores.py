"""Scores from histograms against scikit-learn and against counting by hand."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    confusion_matrix,
    f1_score,
    jaccard_score,
    precision_recall_curve,
    recall_score,
)

from deepsphere_pipe.evaluation import ScoreHistograms, average_precision


def batch(n=4000, n_classes=3, seed=0, sharpness=1.0, shares=(0.93, 0.02, 0.05)):
    """Labels and probabilities that know something about them."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(n_classes, size=n, p=shares)
    logits = rng.normal(size=(n, n_classes)) + 2 * np.eye(n_classes)[labels]
    logits[:, 0] += 2
    scores = np.exp(sharpness * logits)
    return (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32), labels


def histograms(scores, labels, bins=65_536):
    result = ScoreHistograms(scores.shape[-1], bins)
    result.update(scores, labels)
    return result


@pytest.mark.parametrize("sharpness", [0.3, 1.0, 3.0, 10.0])  # 10: mostly within 1e-5 of 0 or 1
@pytest.mark.parametrize("seed", [0, 1])
def test_average_precision_is_the_exact_one_but_for_the_bins(seed, sharpness):
    scores, labels = batch(20_000, seed=seed, sharpness=sharpness)
    expected = average_precision(scores, labels)
    binned = histograms(scores, labels).average_precision()
    np.testing.assert_allclose(binned, expected, atol=1e-4)


def test_a_few_pixels_by_hand():
    scores = np.array([[0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.9, 0.1]])
    labels = np.array([1, 0, 1, 0])  # of class 1, ranked: right, wrong, right, wrong
    expected = [1 / 2 * 1 + 1 / 2 * 2 / 3] * 2
    np.testing.assert_allclose(average_precision(scores, labels), expected)
    np.testing.assert_allclose(histograms(scores, labels).average_precision(), expected)


def test_ties_count_together():
    scores, labels = batch()
    scores = np.round(scores, 1)
    expected = average_precision(scores, labels)
    np.testing.assert_allclose(histograms(scores, labels).average_precision(), expected, atol=1e-12)


def test_constant_scores_give_the_prevalence():
    labels = np.array([0] * 90 + [1] * 10)
    scores = np.full((100, 2), 0.5)
    for result in (average_precision(scores, labels), histograms(scores, labels).prevalence()):
        np.testing.assert_allclose(result, [0.9, 0.1], atol=1e-12)
    np.testing.assert_allclose(histograms(scores, labels).average_precision(), [0.9, 0.1])


def test_absent_class_is_undefined_not_zero():
    scores, labels = batch()
    labels[labels == 1] = 0
    result = histograms(scores, labels)
    for values in (
        average_precision(scores, labels),
        result.average_precision(),
        result.recall(),
        result.iou(),
        result.f1(),
    ):
        assert np.isnan(values[1])
        assert np.isfinite(values[[0, 2]]).all()
    summary = result.summary(("BG", "TC", "AR"))
    assert set(summary["TC"].values()) == {None}
    assert summary["AR"]["average_precision"] == result.average_precision()[2]
    assert all(curve.size == 0 for curve in result.precision_recall(1))


def test_single_class_and_nothing():
    one = histograms(np.ones((5, 1)), np.zeros(5, int))
    assert one.average_precision().tolist() == [1.0]
    assert average_precision(np.ones((5, 1)), np.zeros(5, int)).tolist() == [1.0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nothing = histograms(np.zeros((0, 3)), np.zeros(0, int))
        assert np.isnan(nothing.average_precision()).all()
        assert np.isnan(nothing.recall()).all()
        assert np.isnan(nothing.prevalence()).all()


def test_confusion_accuracy_iou_and_f1_are_scikit_learns():
    scores, labels = batch()
    result, predicted = histograms(scores, labels), scores.argmax(axis=1)
    np.testing.assert_array_equal(result.confusion, confusion_matrix(labels, predicted))
    np.testing.assert_allclose(result.recall(), recall_score(labels, predicted, average=None))
    np.testing.assert_allclose(result.iou(), jaccard_score(labels, predicted, average=None))
    np.testing.assert_allclose(result.f1(), f1_score(labels, predicted, average=None))


def test_precision_recall_points_lie_on_scikit_learns_curve():
    scores, labels = batch(2000)
    scores = np.round(scores * 256) / 256  # far more bins than values: the binning is then exact
    result = histograms(scores, labels)
    precision, recall = result.precision_recall(2, max_points=10_000)
    expected = precision_recall_curve(labels == 2, scores[:, 2])
    np.testing.assert_allclose(precision[::-1], expected[0][:-1])
    np.testing.assert_allclose(recall[::-1], expected[1][:-1])
    thinned = result.precision_recall(2, max_points=20)
    assert len(thinned[0]) <= 20
    assert thinned[1][-1] == recall[-1] == 1
    assert set(zip(*thinned, strict=True)) <= set(zip(precision, recall, strict=True))


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(0, 40), min_size=3, max_size=3), seed=st.integers(0, 2**32 - 1))
def test_merging_is_counting_together_in_any_grouping(sizes, seed):
    parts = [batch(size, seed=seed + number) for number, size in enumerate(sizes)]
    a, b, c = (histograms(*part, bins=64) for part in parts)
    together = histograms(*(np.concatenate(each) for each in zip(*parts, strict=True)), bins=64)
    for merged in ((a + b) + c, a + (b + c), c.merge(a).merge(b)):
        np.testing.assert_array_equal(merged.counts, together.counts)
        np.testing.assert_array_equal(merged.confusion, together.confusion)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_tensors_count_like_arrays(dtype):
    scores, labels = batch()
    tensor = torch.from_numpy(scores).to(dtype)
    ours = histograms(tensor.reshape(40, 100, 3), torch.from_numpy(labels).reshape(40, 100))
    same = histograms(tensor.float().numpy(), labels.astype(np.uint8))
    np.testing.assert_array_equal(ours.counts, same.counts)
    np.testing.assert_array_equal(ours.confusion, same.confusion)
    assert ours.counts.sum() == scores.size


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_gpu_counts_like_the_cpu():
    scores, labels = batch()
    ours = histograms(torch.from_numpy(scores).cuda(), torch.from_numpy(labels).cuda())
    same = histograms(scores, labels)
    np.testing.assert_array_equal(ours.confusion, same.confusion)
    # The logarithms of the two devices may differ in the last digit, so at the edge of a bin.
    np.testing.assert_allclose(ours.average_precision(), same.average_precision(), atol=1e-5)


@pytest.mark.parametrize(
    ("scores", "labels", "message"),
    [
        ([[0.5, np.nan]], [0], "scores must lie in"),
        ([[0.5, 1.5]], [0], "scores must lie in"),
        ([[-2.0, 0.5]], [0], "scores must lie in"),
        ([[0.5, 0.5]], [2], "labels must lie in"),
        ([[0.5, 0.5]], [-1], "labels must lie in"),
        ([[0.5, 0.5]], [0, 1], "do not fit"),
        ([[0.5, 0.5, 0.0]], [0], "do not fit"),
    ],
)
def test_bad_input_is_refused(scores, labels, message):
    with pytest.raises(ValueError, match=message):
        histograms_of_two = ScoreHistograms(2)
        histograms_of_two.update(np.array(scores), np.array(labels))


def test_histograms_of_different_bins_do_not_merge():
    with pytest.raises(ValueError, match="cannot merge"):
        ScoreHistograms(3, 10) + ScoreHistograms(3, 20)


@pytest.mark.parametrize(
    ("scores", "labels"), [([[0.5, np.nan], [0.2, 0.1]], [0, 1]), ([[0.5, 0.5]], [0, 1])]
)
def test_an_exact_average_precision_of_nonsense_is_refused(scores, labels):
    with pytest.raises(ValueError, match=r"NaN|inconsistent"):
        average_precision(np.array(scores), np.array(labels))
