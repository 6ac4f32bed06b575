"""Which layers a U-Net has: the same for graphs and for pictures."""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from torch import nn

from deepsphere_pipe.architecture import Architecture
from deepsphere_pipe.errors import UserError


class UNetLayers(NamedTuple):
    """Layers by their places in a U-Net; lists go from the finest level to the coarsest."""

    stem: nn.Module | None
    encoder: nn.ModuleList
    expanding: nn.ModuleList
    merging: nn.ModuleList
    classifier: nn.Module


def make_layers(
    architecture: Architecture,
    in_channels: int,
    out_channels: int,
    make_layer: Callable[[int, int, bool, bool], nn.Module],
    coarsest_bias: bool,
) -> UNetLayers:
    """Return the layers of an architecture.

    Parameters
    ----------
    architecture
    in_channels, out_channels
        Of the maps, and number of classes.
    make_layer
        From numbers of features before and after, whether batch normalisation and ReLU follow, and
        whether a layer without them adds a constant.
    coarsest_bias
        The latter, of the coarsest layer. Where unpooling and the next convolution keep a constant
        constant, the normalisation after that removes it: a bias there would have no gradient but
        rounding errors, of which Adam makes full steps.

    Returns
    -------
    UNetLayers
        Where nothing is merged there is an ``Identity``.
    """
    widths, decoder_widths = architecture.widths, architecture.decoder_widths
    stem = None
    if architecture.stem is not None:
        stem = make_layer(in_channels, architecture.stem, True, True)
    encoder = nn.ModuleList([make_layer(architecture.stem or in_channels, widths[0], True, True)])
    for i, (fine, coarse) in enumerate(pairwise(widths), start=1):
        active = architecture.coarsest_activation or i < architecture.n_levels - 1
        encoder.append(make_layer(fine, coarse, active, coarsest_bias))
    expanding, merging = nn.ModuleList(), nn.ModuleList()
    below = [*decoder_widths[1:], widths[-1]]
    for i, (coarse, fine) in enumerate(zip(below, decoder_widths, strict=False)):
        expanding.append(make_layer(coarse, fine, True, True))
        skip = i > 0 or architecture.finest_skip
        merging.append(make_layer(fine + widths[i], fine, True, True) if skip else nn.Identity())
    classifier = make_layer((*decoder_widths, widths[-1])[0], out_channels, False, True)
    return UNetLayers(stem, encoder, expanding, merging, classifier)


def check_levels(architecture: Architecture, n_levels: int) -> None:
    """Refuse a hierarchy with more or fewer levels than an architecture has widths."""
    if n_levels != architecture.n_levels:
        raise UserError(
            f"The architecture has {architecture.n_levels} levels, the hierarchy of samplings "
            f"{n_levels}: give one width per level."
        )
