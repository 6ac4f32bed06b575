"""U-Nets by name, and from the section of a config; as large as the static one if wished."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import scipy.sparse
import torch

from deepsphere_pipe.architecture import Architecture, Temporal
from deepsphere_pipe.config.models import UNetConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.nn.recurrence import lstm_parameters
from deepsphere_pipe.nn.temporal import ConvLSTMUNet, LSTMUNet, StackedUNet
from deepsphere_pipe.nn.unet import SphericalUNet

NETWORKS: dict[Temporal, type[SphericalUNet]] = {
    "none": SphericalUNet,
    "stacked": StackedUNet,
    "lstm": LSTMUNet,
    "conv_lstm": ConvLSTMUNet,
}
TEMPORALS = tuple(NETWORKS)


def unet_of(
    model: UNetConfig,
    levels: Sequence,
    in_channels: int,
    out_channels: int,
    sequence_length: int,
) -> SphericalUNet:
    """Return the U-Net of a config; parameters and errors as in `deepsphere_pipe.nn.registry`."""
    levels = levels[: model.depth + 1]
    architecture = model.architecture
    sizes = {
        "in_channels": in_channels, "out_channels": out_channels,
        "kernel_size": model.kernel_size, "sequence_length": sequence_length,
    }  # fmt: skip
    if model.matched_parameters:
        n_coarsest = levels[-1].laplacian.shape[0]
        architecture = match_parameters(
            model.temporal, architecture, **sizes, n_coarsest=n_coarsest
        )
    return make_network(
        model.temporal, levels, architecture, **sizes,
        pooling=model.pooling, unpooling=model.unpooling, oriented=model.filters == "oriented",
    )  # fmt: skip


def make_network(
    temporal: str, *arguments: Any, sequence_length: int = 1, **keywords: Any
) -> SphericalUNet:
    """Return the network of that name.

    Parameters
    ----------
    temporal : "none", "stacked", "lstm" or "conv_lstm"
    sequence_length
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
    architecture
        Of the static network.
    in_channels, out_channels, kernel_size
    n_coarsest
        Vertices of the coarsest level, which matter to ``lstm``.
    """

    def size(scaled: Architecture) -> int:
        if temporal == "lstm":  # without making it, as it may be far too large
            n_values = n_coarsest * scaled.widths[-1]
            return count_parameters("none", scaled, *sizes) + lstm_parameters(n_values)
        return count_parameters(temporal, scaled, *sizes, sequence_length)

    sizes = in_channels, out_channels, kernel_size
    return architecture.scaled_to(count_parameters("none", architecture, *sizes), size)


def count_parameters(
    temporal: str,
    architecture: Architecture,
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    sequence_length: int = 1,
) -> int:
    """Return the number of parameters of a network, which is not made; see `make_network`."""
    with torch.device("meta"):
        network = make_network(
            temporal, _levels_of_one_vertex(architecture.n_levels), architecture, in_channels,
            out_channels, kernel_size, sequence_length=sequence_length,
        )  # fmt: skip
    return sum(p.numel() for p in network.parameters())


def _levels_of_one_vertex(n_levels: int) -> list[SimpleNamespace]:
    """Return levels for networks whose parameters are to be counted only."""
    level = SimpleNamespace(
        laplacian=scipy.sparse.csr_array((1, 1)),
        areas=np.ones(1),
        parents=np.zeros(1, np.int64),
        edge_ends=np.zeros((1, 2), np.int64),
    )
    return [level] * n_levels
