"""A network of one's own is made of levels, channels and classes, and tried before it is used."""

import sys

import pytest
import torch

from deepsphere_pipe.config import CustomModelConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.nn import make_model

SOURCE = """
import torch
from torch import nn


class PerVertex(nn.Module):
    def __init__(self, levels, in_channels, out_channels, width=4, transposed=False):
        super().__init__()
        self.sizes = [level.laplacian.shape[0] for level in levels]
        self.layers = nn.Sequential(
            nn.Linear(in_channels, width), nn.BatchNorm1d(self.sizes[0]), nn.Dropout(0.5),
            nn.LazyLinear(out_channels),
        )
        self.transposed = transposed

    def forward(self, x):
        y = self.layers(x)
        return y.transpose(1, 2) if self.transposed else y


class OfWindows(PerVertex):
    def __init__(self, *, sequence_length, **arguments):
        super().__init__(**arguments)
        self.steps = sequence_length

    def forward(self, x):
        assert x.shape[1] == self.steps
        return super().forward(x.mean(1))


class Failing(nn.Module):
    def __init__(self, levels, in_channels, out_channels, early=False):
        super().__init__()
        if early:
            raise RuntimeError("no room")

    def forward(self, x):
        return x @ torch.zeros(1, 1)


class NoModule:
    pass
"""


@pytest.fixture
def make(tmp_path, monkeypatch, hierarchy):
    """Return a function that makes a network of the module, anew for every test."""
    (tmp_path / "own_networks.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "own_networks", raising=False)

    def network(name, temporal="none", **arguments):
        section = {"class": f"own_networks.{name}", "temporal": temporal, "arguments": arguments}
        model = CustomModelConfig(folder=str(tmp_path), **section)
        return make_model(model, hierarchy, 2, 3, sequence_length=2)

    return network


def test_it_gets_levels_channels_classes_and_arguments(make):
    network = make("PerVertex", width=7)
    assert network.sizes == [40, 13, 4] and network.training
    assert network.layers[0].weight.shape == (7, 2)
    assert network(torch.randn(5, 40, 2)).shape == (5, 40, 3)
    assert make("OfWindows", "windows")(torch.randn(5, 2, 40, 2)).shape == (5, 40, 3)


def test_trying_it_changes_no_state(make):
    network = make("PerVertex")
    assert torch.all(network.layers[1].running_mean == 0)
    assert network.layers[1].num_batches_tracked == 0


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        (
            "PerVertex",
            {"transposed": True},
            r"own_networks\.PerVertex makes \(2, 3, 40\) of maps of shape \(2, 40, 2\); its logits "
            r"must have the shape \(batch, vertex, class\), here \(2, 40, 3\)\.",
        ),
        (
            "PerVertex",
            {"depth": 3},
            r"arguments do not fit \(got an unexpected keyword argument 'depth'\); it is made of "
            r"levels, in_channels, out_channels and, from the config, depth\.",
        ),
        ("Failing", {}, r"fails on maps of shape \(2, 40, 2\): RuntimeError: .*own_networks\.py"),
        ("Failing", {"early": True}, r"cannot be made: RuntimeError: no room \(own_networks\.py, "),
        ("NoModule", {}, r"own_networks\.NoModule: is no torch\.nn\.Module"),
        ("Absent", {}, r"no class 'Absent'; it has PerVertex, OfWindows, Failing, NoModule\."),
    ],
)
def test_what_is_no_network_is_refused_in_a_sentence(make, name, arguments, sentence):
    with pytest.raises(UserError, match=sentence) as refused:
        make(name, **arguments)
    assert "\n" not in str(refused.value)
