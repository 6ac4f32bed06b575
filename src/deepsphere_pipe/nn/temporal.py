"""Spherical U-Nets that see several successive maps.

=========  =======================================================================================
temporal   how the maps come together
=========  =======================================================================================
stacked    on the channel axis: one static network with as many times the channels
lstm       the bottleneck of each map, flattened, goes through an LSTM (as published)
conv_lstm  the bottleneck of each map goes through an LSTM whose gates are graph convolutions
=========  =======================================================================================

In all of them the logits are those of the last map (or of a later one, if the labels are).

References
----------
M. Defferrard, M. Milani, F. Gusset, N. Perraudin, "DeepSphere: a graph-based spherical CNN", ICLR
2020, and its PyTorch package (stacked, lstm). S. Hochreiter, J. Schmidhuber, "Long short-term
memory", 1997. X. Shi et al., "Convolutional LSTM network", NeurIPS 2015; Y. Seo, M. Defferrard,
P. Vandergheynst, X. Bresson, "Structured sequence modeling with graph convolutional recurrent
networks", 2016 (conv_lstm; ours has no peephole connections).
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import psutil
import scipy.sparse
import torch
from torch import Tensor, nn

from deepsphere_pipe.architecture import Architecture
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.nn.chebyshev import ChebyshevConvolution
from deepsphere_pipe.nn.unet import SphericalUNet

TRAINING_BYTES = 16
"""Memory for one parameter in training: value, gradient and the two moments of Adam, float32."""


class TemporalUNet(SphericalUNet):
    """Base of the networks of sequences of maps; parameters as in `SphericalUNet`.

    Parameters
    ----------
    sequence_length : int
        Number T ≥ 1 of maps.
    """

    def __init__(
        self,
        levels: Sequence,
        architecture: Architecture | str | Sequence[int] = "deepsphere",
        in_channels: int = 16,
        *arguments,
        sequence_length: int = 3,
        **keywords,
    ) -> None:
        if sequence_length < 1:
            raise UserError(f"A sequence has at least one map, got {sequence_length}.")
        architecture, features = self._first_layer(
            Architecture.of(architecture, len(levels)), in_channels, sequence_length
        )
        super().__init__(levels, architecture, features, *arguments, **keywords)
        self.in_channels, self.sequence_length = in_channels, sequence_length

    @staticmethod
    def _first_layer(
        architecture: Architecture, in_channels: int, sequence_length: int
    ) -> tuple[Architecture, int]:
        """Return the architecture and the number of features that its first layer takes."""
        return architecture, in_channels

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, vertex, class) of maps x (batch, step, vertex, channel)."""
        return super().forward(x)

    def _check_sequence(self, x: Tensor) -> None:
        """Raise `ValueError` if x is not of shape (batch, step, vertex, channel)."""
        expected = (self.sequence_length, self.laplacians[0].shape[0], self.in_channels)
        if x.ndim != 4 or tuple(x.shape[1:]) != expected:
            raise ValueError(
                f"expected sequences of shape (batch, {', '.join(map(str, expected))}), got "
                f"{tuple(x.shape)}"
            )


class StackedUNet(TemporalUNet):
    """The static network of T maps side by side on the channel axis.

    Its first layer, if the architecture has a stem, is as wide as its input (16 · T features for
    T maps of 16 channels), as published.
    """

    @staticmethod
    def _first_layer(
        architecture: Architecture, in_channels: int, sequence_length: int
    ) -> tuple[Architecture, int]:
        features = in_channels * sequence_length
        stem = None if architecture.stem is None else features
        return replace(architecture, stem=stem), features

    def to_vertex_layout(self, x: Tensor) -> Tensor:
        """Return maps (batch, step, vertex, channel) as [vertex, batch, step · channel]."""
        self._check_sequence(x)
        return x.permute(2, 0, 1, 3).flatten(2)


class RecurrentUNet(TemporalUNet):
    """A U-Net whose bottlenecks of successive maps go through a recurrent layer.

    All maps go through the encoder at once. The decoder gets the recurrent layer's last state,
    and the skip connections of the last map.
    """

    nonlinear_bottleneck = True
    recurrence: nn.Module
    """From [vertex, step, batch, feature] and a Laplacian to [vertex, batch, feature]."""

    def to_vertex_layout(self, x: Tensor) -> Tensor:
        """Return maps (batch, step, vertex, channel) as [vertex, step · batch, channel]."""
        self._check_sequence(x)
        return x.permute(2, 1, 0, 3).flatten(1, 2)

    def encode(self, x: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor | None]]]:
        """Encode every map; return the last state and what the decoder needs of the last map."""
        signal, memory = super().encode(x)
        signal = signal.unflatten(1, (self.sequence_length, -1))
        state = self.recurrence(signal, self.laplacians[-1]())
        batch = signal.shape[2]
        last = [(skip[:, -batch:], where if where is None else where[:, -batch:])
                for skip, where in memory]  # fmt: skip
        return state, last


class LSTMUNet(RecurrentUNet):
    """As published: one LSTM on the flattened bottleneck, its state as large as its input.

    Raises
    ------
    UserError
        If the memory of this machine cannot hold the training of the LSTM: it has 8 d (d + 1)
        parameters for d values in the bottleneck, 302 M in the published network.
    """

    def __init__(self, levels: Sequence, *arguments, **keywords) -> None:
        super().__init__(levels, *arguments, **keywords)
        n_values = levels[-1].laplacian.shape[0] * self.architecture.widths[-1]
        _check_memory(lstm_parameters(n_values), n_values)
        self.recurrence = FlatLSTM(n_values)


class ConvLSTMUNet(RecurrentUNet):
    """With a convolutional LSTM on the graph of the coarsest level."""

    def __init__(self, *arguments, **keywords) -> None:
        super().__init__(*arguments, **keywords)
        self.recurrence = ConvLSTM(self.architecture.widths[-1], self.kernel_size)


class FlatLSTM(nn.Module):
    """LSTM that takes all values of a map for one vector.

    Parameters
    ----------
    n_values : int
        Vertices times features.
    """

    def __init__(self, n_values: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(n_values, n_values)

    def forward(self, x: Tensor, laplacian: Tensor) -> Tensor:
        """Return the last state [vertex, batch, feature] of x [vertex, step, batch, feature]."""
        n_vertices = x.shape[0]
        # The published order: the features of the first vertex come first.
        _, (hidden, _) = self.lstm(x.permute(1, 2, 0, 3).flatten(2))
        return hidden[0].unflatten(1, (n_vertices, -1)).transpose(0, 1).contiguous()


class ConvLSTM(nn.Module):
    """LSTM whose gates are Chebyshev convolutions of the input and the state.

    With * the convolution, σ the logistic function and ⊙ the product of each two values:

        i, f, o = σ(W * [x, h]),  g = tanh(W * [x, h]),  c ← f ⊙ c + i ⊙ g,  h ← o ⊙ tanh(c)

    Parameters
    ----------
    n_features : int
        Of input and state.
    kernel_size : int
        Chebyshev coefficients.
    """

    def __init__(self, n_features: int, kernel_size: int) -> None:
        super().__init__()
        self.gates = ChebyshevConvolution(2 * n_features, 4 * n_features, kernel_size)
        with torch.no_grad():
            # Half the variance: the one of the convolution is made for the ReLU.
            self.gates.weight.mul_(math.sqrt(0.5))
            self.gates.bias.zero_()
            self.gates.bias[n_features : 2 * n_features] = 1  # at first nothing is forgotten

    def forward(self, x: Tensor, laplacian: Tensor) -> Tensor:
        """Return the last state [vertex, batch, feature] of x [vertex, step, batch, feature]."""
        hidden = cell = torch.zeros_like(x[:, 0])
        for step in x.unbind(1):
            gates = self.gates(step, laplacian, skip=hidden)
            write, keep, read, value = gates.chunk(4, dim=2)
            cell = keep.sigmoid() * cell + write.sigmoid() * value.tanh()
            hidden = read.sigmoid() * cell.tanh()
        return hidden


NETWORKS: dict[str, type[SphericalUNet]] = {
    "none": SphericalUNet,
    "stacked": StackedUNet,
    "lstm": LSTMUNet,
    "conv_lstm": ConvLSTMUNet,
}
TEMPORALS = tuple(NETWORKS)


def make_network(temporal: str, *arguments, sequence_length: int = 1, **keywords) -> SphericalUNet:
    """Return the network of that name.

    Parameters
    ----------
    temporal : "none", "stacked", "lstm" or "conv_lstm"
    sequence_length : int
        Maps that it sees; "none" sees one.

    Other parameters are those of `SphericalUNet`.

    Raises
    ------
    UserError
        If there is no network of that name, or it cannot be built.
    """
    if temporal not in NETWORKS:
        raise UserError(
            f"There is no temporal network {temporal!r}: choose one of {', '.join(TEMPORALS)}."
        )
    if temporal != "none":
        keywords["sequence_length"] = sequence_length
    return NETWORKS[temporal](*arguments, **keywords)


def lstm_parameters(n_values: int) -> int:
    """Return the parameters of an LSTM of equal input and state: four gates, two biases each."""
    return 4 * (2 * n_values * n_values + 2 * n_values)


def match_parameters(
    temporal: str,
    architecture: Architecture,
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    sequence_length: int,
    n_coarsest: int,
) -> Architecture:
    """Return the architecture, its widths scaled such that a temporal network is no larger.

    The number of parameters comes as close to that of the static network of `architecture` as
    whole widths allow.

    Parameters
    ----------
    temporal, sequence_length
        See `make_network`.
    architecture : Architecture
        Of the static network.
    in_channels, out_channels, kernel_size : int
    n_coarsest : int
        Vertices of the coarsest level, which matter to ``lstm``.
    """

    def size(kind: str, scaled: Architecture) -> int:
        if kind == "lstm":  # without making it, as it may be far too large
            n_values = n_coarsest * scaled.widths[-1]
            return size("none", scaled) + lstm_parameters(n_values)
        with torch.device("meta"):
            network = make_network(
                kind, _levels_of_one_vertex(scaled.n_levels), scaled, in_channels, out_channels,
                kernel_size, sequence_length=sequence_length,
            )  # fmt: skip
        return sum(p.numel() for p in network.parameters())

    wanted = size("none", architecture)
    return architecture.scaled_to(wanted, lambda scaled: size(temporal, scaled))


def _levels_of_one_vertex(n_levels: int) -> list[SimpleNamespace]:
    """Return levels for networks whose parameters are to be counted only."""
    level = SimpleNamespace(
        laplacian=scipy.sparse.csr_array((1, 1)),
        parents=np.zeros(1, np.int64),
        edge_ends=np.zeros((1, 2), np.int64),
    )
    return [level] * n_levels


def _check_memory(n_parameters: int, n_values: int) -> None:
    needed, available = TRAINING_BYTES * n_parameters, psutil.virtual_memory().available
    if needed > available:
        raise UserError(
            f"The LSTM on a bottleneck of {n_values} values has {n_parameters:,} parameters, whose "
            f"training takes {needed / 1e9:.1f} GB, but {available / 1e9:.1f} GB are free: take "
            "temporal 'conv_lstm', smaller widths at the coarsest level, or more poolings."
        )
