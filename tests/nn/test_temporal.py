"""Temporal U-Nets: equal to the plain definitions, differentiable, and of the stated size."""

import types

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.nn import (
    TEMPORALS,
    Architecture,
    SphericalUNet,
    make_network,
    match_parameters,
    recurrence,
)
from deepsphere_pipe.nn.recurrence import ConvLSTM, FlatLSTM, lstm_parameters
from deepsphere_pipe.nn.sparse import SparseMatrix

from .conftest import random_hierarchy

T, CHANNELS = 3, 2
OF_WINDOWS = [name for name in TEMPORALS if name != "none"]


def windows(levels, batch=2):
    n = levels[0].laplacian.shape[0]
    return torch.randn(batch, T, n, CHANNELS, dtype=torch.float64)


def small(name, levels, widths=(4, 8, 8), **options):
    net = make_network(name, levels, widths, CHANNELS, 3, 3, sequence_length=T, **options)
    return net.double()


@pytest.mark.parametrize("name", OF_WINDOWS)
@pytest.mark.parametrize(
    "poolings", [("symmetric", "symmetric"), ("max", "interpolate"), ("subsample", "constant")]
)
def test_gradients(name, poolings):
    levels = random_hierarchy((9, 4))
    net = small(name, levels, (2, 3), pooling=poolings[0], unpooling=poolings[1])
    x = windows(levels).requires_grad_()
    names, parameters = zip(*net.named_parameters(), strict=True)

    def run(x, *parameters):
        return torch.func.functional_call(net, dict(zip(names, parameters, strict=True)), (x,))

    assert gradcheck(run, (x, *parameters))


@pytest.mark.parametrize("name", OF_WINDOWS)
def test_every_map_counts_and_batch_items_do_not_mix(hierarchy, name):
    net = small(name, hierarchy).eval()
    x = windows(hierarchy)
    y = net(x)
    assert y.shape == (2, 40, 3)
    for step in range(T):
        changed = x.clone()
        changed[0, step] += 1
        other = net(changed)
        assert not torch.allclose(other[0], y[0])
        torch.testing.assert_close(other[1], y[1])
    torch.testing.assert_close(net(x.flip(0)), y.flip(0))


def test_stacked_is_a_static_network_of_more_channels(hierarchy):
    net = small("stacked", hierarchy)
    assert net.architecture.stem == T * CHANNELS
    static = SphericalUNet(hierarchy, net.architecture, T * CHANNELS, 3, 3).double()
    static.load_state_dict(net.state_dict())
    x = windows(hierarchy)
    side_by_side = torch.cat(list(x.unbind(1)), dim=2)
    torch.testing.assert_close(net(x), static(side_by_side))


def test_stacked_has_the_published_widths(monkeypatch):
    levels = random_hierarchy((12, 10, 8, 6, 4, 2))
    net = make_network("stacked", levels, "deepsphere", 16, 3, 5, sequence_length=3)
    first, second = net.stem.convolution, net.encoder[0].convolution
    assert (first.in_features, first.out_features) == (48, 48)
    assert (second.in_features, second.out_features) == (48, 64)


def test_conv_lstm_of_kernel_size_one_is_an_lstm_at_every_vertex(hierarchy):
    layer = ConvLSTM(5, 1).double()
    layer.gates.bias.data.normal_()
    cell = torch.nn.LSTMCell(5, 5).double()
    write, keep, read, value = layer.gates.weight[0].T.chunk(4)
    biases = layer.gates.bias.chunk(4)
    ours = torch.cat([write, keep, value, read])  # torch's order of the gates
    with torch.no_grad():
        cell.weight_ih.copy_(ours[:, :5])
        cell.weight_hh.copy_(ours[:, 5:])
        cell.bias_ih.copy_(torch.cat([biases[i] for i in (0, 1, 3, 2)]))
        cell.bias_hh.zero_()
    x = torch.randn(4, T, 2, 5, dtype=torch.float64)
    laplacian = SparseMatrix(hierarchy[-1].laplacian).double()()
    state = None
    for step in x.unbind(1):
        state = cell(step.flatten(0, 1), state)
    torch.testing.assert_close(layer(x, laplacian).flatten(0, 1), state[0])


def test_conv_lstm_turns_with_the_vertices(hierarchy):
    """Renumbering the vertices renumbers the state: nothing but the graph tells them apart."""
    layer = ConvLSTM(3, 3).double()
    matrix = hierarchy[-1].laplacian
    order = np.random.default_rng(0).permutation(matrix.shape[0])
    x = torch.randn(matrix.shape[0], T, 2, 3, dtype=torch.float64)
    y = layer(x, SparseMatrix(matrix).double()())
    turned = layer(x[order], SparseMatrix(matrix[order][:, order]).double()())
    torch.testing.assert_close(turned, y[order])


def test_lstm_sees_the_vertices_one_after_the_other():
    layer = FlatLSTM(6).double()
    x = torch.randn(3, T, 2, 2, dtype=torch.float64)
    flat = torch.stack([x[:, :, item].transpose(0, 1).reshape(T, 6) for item in range(2)], dim=1)
    expected = layer.lstm(flat)[0][-1]
    y = layer(x, None)
    for item in range(2):
        torch.testing.assert_close(y[:, item].flatten(), expected[item])


def test_sizes_of_the_recurrent_layers():
    """The published LSTM has some 302 M parameters, the graph-convolutional one a few per cent."""
    assert lstm_parameters(12 * 512) == 302_039_040
    assert lstm_parameters(6) == sum(p.numel() for p in FlatLSTM(6).parameters())
    conv_lstm = sum(p.numel() for p in ConvLSTM(512, 3).parameters())
    assert 0.01 < conv_lstm / lstm_parameters(12 * 512) < 0.05


def test_an_lstm_that_does_not_fit_is_refused_before_it_is_made(hierarchy, monkeypatch):
    memory = types.SimpleNamespace(available=10_000)
    monkeypatch.setattr(recurrence.psutil, "virtual_memory", lambda: memory)
    with pytest.raises(UserError, match=r"32 values has 8,448 parameters.*take temporal 'conv_"):
        small("lstm", hierarchy)
    small("conv_lstm", hierarchy)


@pytest.mark.parametrize("name", OF_WINDOWS)
@pytest.mark.parametrize("widths", ["deepsphere", "jiang", (16, 32, 64, 64)])
def test_matched_networks_are_as_large_as_the_static_one(name, widths):
    n_levels = 4 if isinstance(widths, tuple) else 6
    levels = random_hierarchy((30, 20, 14, 10, 7, 5)[:n_levels])
    architecture = Architecture.of(widths, n_levels)
    n_coarsest = levels[-1].laplacian.shape[0]
    scaled = match_parameters(name, architecture, 16, 3, 3, T, n_coarsest)
    static, matched = (
        sum(p.numel() for p in make_network(kind, levels, each, 16, sequence_length=T).parameters())
        for kind, each in (("none", architecture), (name, scaled))
    )
    assert matched == pytest.approx(static, rel=0.05)
    if widths == "deepsphere" and name == "stacked":
        assert matched == pytest.approx(static, rel=0.002)


def test_sequences_and_names_that_do_not_fit_are_refused(hierarchy):
    with pytest.raises(UserError, match="no temporal network 'gru'"):
        make_network("gru", hierarchy, (4, 8, 8))
    with pytest.raises(UserError, match="at least one map, got 0"):
        make_network("stacked", hierarchy, (4, 8, 8), sequence_length=0)
    net = small("conv_lstm", hierarchy)
    with pytest.raises(ValueError, match=r"shape \(batch, 3, 40, 2\), got \(2, 40, 2\)"):
        net(torch.zeros(2, 40, 2).double())
