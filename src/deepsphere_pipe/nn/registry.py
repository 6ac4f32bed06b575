"""The kinds of models: which function makes the network of which section of a config."""

from collections.abc import Callable, Sequence

from torch import nn

from deepsphere_pipe.config.models import (
    CustomModelConfig,
    HealpixUNetConfig,
    PlanarUNetConfig,
    UNetConfig,
)
from deepsphere_pipe.config.section import Section
from deepsphere_pipe.nn.custom import custom_network
from deepsphere_pipe.nn.planar import healpix_unet_of, planar_unet_of
from deepsphere_pipe.nn.unets import unet_of

MODELS: dict[type[Section], Callable[..., nn.Module]] = {
    UNetConfig: unet_of,
    PlanarUNetConfig: planar_unet_of,
    HealpixUNetConfig: healpix_unet_of,
    CustomModelConfig: custom_network,
}


def make_model(
    model: Section,
    levels: Sequence,
    in_channels: int,
    out_channels: int,
    sequence_length: int = 1,
) -> nn.Module:
    """Return the network of a config.

    Parameters
    ----------
    model
        One of those in `MODELS`.
    levels
        Finest first, not fewer than the network needs; see
        `deepsphere_pipe.graphs.hierarchy.Level`.
    in_channels, out_channels
        Of the maps, and number of classes.
    sequence_length
        Maps in a window.

    Returns
    -------
    Module
        From maps (batch, vertex, channel), or windows of them (batch, step, vertex, channel), to
        logits (batch, vertex, class).

    Raises
    ------
    UserError
        If the network cannot be built.
    """
    return MODELS[type(model)](model, levels, in_channels, out_channels, sequence_length)
