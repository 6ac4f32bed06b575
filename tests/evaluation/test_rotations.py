"""Turned maps and predictions that are turned back."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from deepsphere_pipe.architecture import Architecture
from deepsphere_pipe.evaluation.rotations import permutations, scores_by_rotation
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.nn import SphericalUNet
from deepsphere_pipe.samplings import Healpix, Icosahedral, masked, within

CPU = torch.device("cpu")


class Maps:
    """Batches of random maps, and labels that follow from their first channel."""

    def __init__(self, n_vertices, n_maps=4):
        generator = torch.Generator().manual_seed(0)
        self.windows = range(n_maps)
        self.fields = torch.randn(n_maps, n_vertices, 2, generator=generator).double()
        self.labels = (self.fields[..., 0] > 0.5).long() + (self.fields[..., 0] > 1.5).long()

    def __iter__(self):
        yield from zip(self.fields.split(3), self.labels.split(3), strict=True)


class Positional(nn.Module):
    """Knows where it is: the first half of the vertices is background."""

    def forward(self, x):
        logits = torch.nn.functional.one_hot(x[..., 0].gt(0).long(), 3).to(x)
        logits[:, : x.shape[1] // 2] = torch.tensor([1.0, 0, 0]).to(x)
        return logits


@pytest.fixture(scope="module")
def sphere():
    return build_hierarchy(Icosahedral(2), depth=1)


def test_a_symmetric_network_scores_the_same_in_every_position(sphere):
    architecture = Architecture(widths=(4, 4), decoder_widths=(4,))
    network = SphericalUNet(sphere.levels, architecture, 2).double()
    table = scores_by_rotation(network, Maps(162), CPU, permutations(sphere))
    assert len(table) == 60
    assert (table["changed_share"] == 0).all()
    for name in ("average_precision_tc", "average_precision_ar"):
        assert np.ptp(table[name]) < 1e-9


def test_a_network_that_knows_places_does_not(sphere):
    table = scores_by_rotation(Positional(), Maps(162), CPU, permutations(sphere))
    assert table["changed_share"][0] == 0
    assert table["changed_share"][1:].min() > 0.01
    assert np.ptp(table["average_precision_tc"]) > 1e-3


def test_predictions_are_turned_back(sphere):
    """What looks at single vertices only commutes with any rotation."""

    class Single(nn.Module):
        def forward(self, x):
            return torch.stack([0 * x[..., 0], x[..., 0] - 0.5, 2 * x[..., 0] - 2], -1)

    table = scores_by_rotation(Single(), Maps(162), CPU, permutations(sphere))
    assert (table["changed_share"] == 0).all()
    assert table["average_precision_ar"].to_numpy() == pytest.approx(1, abs=0.01)


def test_without_events_the_share_is_not_a_number(sphere):
    class Nothing(nn.Module):
        def forward(self, x):
            return torch.tensor([1.0, 0.0, 0.0]).expand(*x.shape[:2], 3)

    table = scores_by_rotation(Nothing(), Maps(162), CPU, permutations(sphere)[:2])
    assert table["changed_share"].isna().all()
    assert isinstance(table, pd.DataFrame) and (table["maps"] == 4).all()


@pytest.mark.parametrize(
    ("sampling", "n"),
    [
        (Healpix(4), 8),
        (within(Icosahedral(3), -60, -60, 60, 60), 1),
        (masked(Healpix(4), Healpix(4).latitude > 0), 1),
    ],
)
def test_a_part_of_the_sphere_has_no_rotations(sampling, n):
    hierarchy = SimpleNamespace(
        sampling_name=sampling.name, sampling_parameters=sampling.parameters, depth=1,
        levels=[sampling],
    )  # fmt: skip
    turns = permutations(hierarchy)
    assert turns.shape == (n, sampling.n_vertices)
    assert (turns[0] == np.arange(sampling.n_vertices)).all()
