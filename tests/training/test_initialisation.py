"""Where the classifier starts."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from deepsphere_pipe.config import TrainingConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.nn import SphericalUNet
from deepsphere_pipe.training.initialisation import initialise
from tests.nn.conftest import random_hierarchy

FREQUENCIES = SimpleNamespace(class_frequencies=(0.9, 0.02, 0.08))


def started(network, statistics=FREQUENCIES, **settings):
    initialise(network, TrainingConfig(initial_bias="class_frequencies", **settings), statistics)
    return network


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ("none", FREQUENCIES.class_frequencies),
        ("balanced", (1 / 3, 1 / 3, 1 / 3)),
        ({"BG": 1, "TC": 10, "AR": 1}, np.array([0.9, 0.2, 0.08]) / 1.18),
    ],
)
def test_the_first_probabilities_are_the_shares_of_the_classes_in_the_loss(weights, expected):
    network = SphericalUNet(random_hierarchy((40, 13)), (4, 8), 2)
    nn.init.zeros_(network.classifier.convolution.weight)
    logits = started(network, class_weights=weights)(torch.randn(2, 40, 2))
    assert logits.softmax(-1).detach().numpy() == pytest.approx(
        np.broadcast_to(expected, logits.shape), rel=1e-5
    )


def test_zero_leaves_the_network_as_it_is():
    network = SphericalUNet(random_hierarchy((40, 13)), (4, 8), 2)
    before = network.classifier.convolution.bias.clone()
    initialise(network, TrainingConfig(), FREQUENCIES)
    assert torch.equal(network.classifier.convolution.bias, before)


def test_what_cannot_be_done_is_told_in_a_sentence():
    with pytest.raises(UserError, match="no 'classifier' whose bias"):
        started(nn.Linear(2, 3))
    network = SphericalUNet(random_hierarchy((40, 13)), (4, 8), 2)
    with pytest.raises(UserError, match="no training map has a vertex of TC"):
        started(network, SimpleNamespace(class_frequencies=(0.9, 0.0, 0.1)))
