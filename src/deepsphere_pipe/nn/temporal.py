"""Spherical U-Nets that see several successive maps.

=========  =======================================================================================
temporal   how the maps come together
=========  =======================================================================================
stacked    on the channel axis: one static network with as many times the channels
lstm       the bottleneck of each map, flattened, goes through an LSTM (as published, but for
           the statistics in training, see `RecurrentUNet`)
conv_lstm  the bottleneck of each map goes through an LSTM whose gates are graph convolutions
=========  =======================================================================================

In all of them the logits are those of the last map (or of a later one, if the labels are).

References
----------
M. Defferrard, M. Milani, F. Gusset, N. Perraudin, "DeepSphere: a graph-based spherical CNN", ICLR
2020, and its PyTorch package (stacked, lstm); those of `deepsphere_pipe.nn.recurrence`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from deepsphere_pipe.architecture import Architecture
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.nn.recurrence import ConvLSTM, FlatLSTM, check_memory
from deepsphere_pipe.nn.unet import SphericalUNet

SYMMETRIC_TEMPORALS = ("none", "stacked", "conv_lstm")
"""Networks that commute with the rotations of a sampling, if `pooling.SYMMETRIC`; the LSTM of
flattened maps has weights of its own for every vertex."""


class TemporalUNet(SphericalUNet):
    """Base of the networks of sequences of maps; parameters as in `SphericalUNet`.

    Parameters
    ----------
    sequence_length
        Number T ≥ 1 of maps.
    """

    def __init__(
        self,
        levels: Sequence,
        architecture: Architecture | str | Sequence[int] = "deepsphere",
        in_channels: int = 16,
        *arguments: Any,
        sequence_length: int = 3,
        **keywords: Any,
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
        expected = (self.sequence_length, self.n_vertices, self.in_channels)
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

    In training that is not what the published package does, which encodes the T maps one after the
    other: there a batch normalisation of the encoder takes its statistics from B maps and moves the
    running ones T times a step, here from T · B maps and once. A trained network computes the same.
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
        signal, skips = super().encode(x)
        signal = signal.unflatten(1, (self.sequence_length, -1))
        state = self.recurrence(signal, self.laplacians[-1]())
        batch_size = signal.shape[2]
        last = [(skip[:, -batch_size:], indices if indices is None else indices[:, -batch_size:])
                for skip, indices in skips]  # fmt: skip
        return state, last


class LSTMUNet(RecurrentUNet):
    """As published: one LSTM on the flattened bottleneck, its state as large as its input.

    Batch statistics in training are others than in the published package, see `RecurrentUNet`.

    Raises
    ------
    UserError
        If the memory of this machine cannot hold the training of the LSTM: it has 8 d (d + 1)
        parameters for d values in the bottleneck, 302 M in the published network.
    """

    def __init__(self, levels: Sequence, *arguments: Any, **keywords: Any) -> None:
        super().__init__(levels, *arguments, **keywords)
        n_values = levels[-1].laplacian.shape[0] * self.architecture.widths[-1]
        check_memory(n_values)
        self.recurrence = FlatLSTM(n_values)


class ConvLSTMUNet(RecurrentUNet):
    """With a convolutional LSTM on the graph of the coarsest level."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.recurrence = ConvLSTM(self.architecture.widths[-1], self.kernel_size)
