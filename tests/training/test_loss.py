"""Losses against torch, closed forms and finite differences."""

import pytest
import torch
from torch.autograd import gradcheck

from deepsphere_pipe.data.loader import IGNORE_INDEX
from deepsphere_pipe.training.loss import SegmentationLoss

WEIGHTS = torch.tensor([1.0, 20.0, 5.0])


@pytest.fixture
def logits():
    torch.manual_seed(0)
    return torch.randn(2, 7, 3, dtype=torch.float64)


@pytest.fixture
def labels():
    labels = torch.randint(0, 3, (2, 7), generator=torch.Generator().manual_seed(0))
    labels[0, 3] = IGNORE_INDEX
    return labels


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_cross_entropy_is_torchs_weighted_mean(logits, labels, weights):
    expected = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), None if weights is None else weights.double(),
        ignore_index=IGNORE_INDEX,
    )  # fmt: skip
    loss = SegmentationLoss("cross_entropy", weights)(logits, labels)
    torch.testing.assert_close(loss, expected)


def test_a_vertex_of_twice_the_area_counts_twice(logits, labels):
    doubled = torch.cat([logits, logits[:, :2]], dim=1)
    double_labels = torch.cat([labels, labels[:, :2]], dim=1)
    for kind in ("cross_entropy", "focal", "dice"):
        areas = [2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0]
        by_area = SegmentationLoss(kind, WEIGHTS, areas)(logits, labels)
        by_vertex = SegmentationLoss(kind, WEIGHTS)(doubled, double_labels)
        torch.testing.assert_close(by_area, by_vertex, rtol=1e-6, atol=0)


def test_focal_loss_is_the_closed_form(logits, labels):
    plain = SegmentationLoss("cross_entropy", WEIGHTS)(logits, labels)
    torch.testing.assert_close(SegmentationLoss("focal", WEIGHTS, gamma=0)(logits, labels), plain)
    one = torch.tensor([[[0.0, torch.log(torch.tensor(3.0)), -1e9]]])
    loss = SegmentationLoss("focal", gamma=2)(one, torch.tensor([[1]]))
    torch.testing.assert_close(loss, -(0.25**2) * torch.log(torch.tensor(0.75)))


def test_dice_loss_is_the_closed_form():
    logits = torch.log(torch.tensor([[[0.5, 0.25, 0.25], [0.2, 0.4, 0.4]]]))
    labels = torch.tensor([[0, 1]])
    loss = SegmentationLoss("dice")(logits, labels)
    expected = 1 - (2 * 0.5 / (0.7 + 1) + 2 * 0.4 / (0.65 + 1) + 0) / 3
    assert loss.item() == pytest.approx(expected, abs=1e-6)
    sure = torch.nn.functional.one_hot(torch.tensor([[0, 1, 2]]), 3) * 100.0
    assert SegmentationLoss("dice")(sure, torch.tensor([[0, 1, 2]])).item() == pytest.approx(0)


@pytest.mark.parametrize("kind", ["cross_entropy", "focal", "dice"])
def test_gradients(kind, logits, labels):
    loss = SegmentationLoss(kind, WEIGHTS.double(), [1.0, 2, 3, 4, 5, 6, 7]).double()
    assert gradcheck(loss, (logits.requires_grad_(), labels))


@pytest.mark.parametrize("kind", ["cross_entropy", "focal", "dice"])
def test_maps_without_any_label_give_no_gradient(kind, logits):
    labels = torch.full((2, 7), IGNORE_INDEX)
    loss = SegmentationLoss(kind)(logits.requires_grad_(), labels)
    loss.backward()
    assert torch.isfinite(loss) and not logits.grad.any()
