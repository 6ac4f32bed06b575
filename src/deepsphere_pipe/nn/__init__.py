"""Spherical graph-convolutional networks."""

from deepsphere_pipe.architecture import PRESETS, Architecture
from deepsphere_pipe.nn.chebyshev import ChebyshevConvolution
from deepsphere_pipe.nn.from_sampling import from_sampling
from deepsphere_pipe.nn.pooling import POOLINGS, UNPOOLINGS
from deepsphere_pipe.nn.registry import make_model
from deepsphere_pipe.nn.temporal import ConvLSTMUNet, LSTMUNet, StackedUNet
from deepsphere_pipe.nn.unet import SphericalUNet
from deepsphere_pipe.nn.unets import TEMPORALS, make_network, match_parameters

# Apart from the class, as a training reads its graphs: code that builds them is none of its own.
# (mypy does not see that a class method is bound when it is looked up.)
SphericalUNet.from_sampling = classmethod(from_sampling)  # type: ignore[assignment]

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
    "make_model",
    "make_network",
    "match_parameters",
]
