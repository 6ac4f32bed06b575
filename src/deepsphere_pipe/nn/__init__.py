"""Spherical graph-convolutional networks."""

from deepsphere_pipe.architecture import PRESETS, Architecture
from deepsphere_pipe.nn.chebyshev import ChebyshevConvolution
from deepsphere_pipe.nn.pooling import POOLINGS, UNPOOLINGS
from deepsphere_pipe.nn.temporal import (
    TEMPORALS,
    ConvLSTMUNet,
    LSTMUNet,
    StackedUNet,
    make_network,
    match_parameters,
)
from deepsphere_pipe.nn.unet import SphericalUNet

__all__ = [
    "POOLINGS",
    "PRESETS",
    "TEMPORALS",
    "UNPOOLINGS",
    "Architecture",
    "ChebyshevConvolution",
    "ConvLSTMUNet",
    "LSTMUNet",
    "SphericalUNet",
    "StackedUNet",
    "make_network",
    "match_parameters",
]
