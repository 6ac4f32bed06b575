"""The layer of which the networks are made."""

from typing import Any

import torch
from torch import Tensor, nn

from deepsphere_pipe.nn.chebyshev import ChebyshevConvolution, chebyshev
from deepsphere_pipe.nn.normalisation import BatchNorm
from deepsphere_pipe.nn.orientation import Derivatives


class GraphConvolution(nn.Module):
    """Chebyshev convolution, batch normalisation, ReLU (GC in the published listings).

    The convolution has no bias if a batch normalisation follows, which would remove it.

    Parameters
    ----------
    in_features, out_features, kernel_size
    activation
        Whether batch normalisation and ReLU follow.
    bias
        Whether a layer without them adds a constant.
    oriented
        Whether the derivatives to the east and to the north are filtered, too, with the weights
        ``orientation`` (2, in_features, out_features), see `deepsphere_pipe.nn.orientation`.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        kernel_size: int,
        activation: bool = True,
        bias: bool = True,
        oriented: bool = False,
    ) -> None:
        super().__init__()
        self.convolution = ChebyshevConvolution(
            in_features, out_features, kernel_size, bias=bias and not activation
        )
        self.normalisation = BatchNorm(out_features) if activation else None
        self.orientation: nn.Parameter | None = None
        if oriented:
            drawn = torch.randn(2, in_features, out_features)
            self.orientation = nn.Parameter(drawn * (2 / (in_features * kernel_size)) ** 0.5)

    def forward(
        self, x: Tensor, laplacian: Tensor, derivatives: Derivatives | None = None, **inputs: Any
    ) -> Tensor:
        """Apply the layer.

        Parameters
        ----------
        derivatives
            Of the level; an oriented layer needs them.

        The others are those of `ChebyshevConvolution.forward`.
        """
        weight: Tensor = self.convolution.weight
        bias: Tensor | None = self.convolution.bias
        orientation: Tensor | None = self.orientation
        norm = self.normalisation
        folded = not self.training and not torch.is_grad_enabled()
        if folded and norm is not None:
            scale, bias = _folded(norm)
            weight = weight * scale
            orientation = None if orientation is None else orientation * scale
        y = chebyshev(x, laplacian, weight, bias, **inputs)
        if orientation is not None:
            assert derivatives is not None
            y = y + derivatives(x, orientation, **inputs)
        if norm is None:
            return y
        return y.relu_() if folded else norm(y.flatten(0, 1)).relu_().view_as(y)


def _folded(norm: BatchNorm) -> tuple[Tensor, Tensor]:
    """Return factor and constant of a normalisation with running statistics."""
    assert norm.running_mean is not None and norm.running_var is not None
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    return scale, norm.bias - norm.running_mean * scale
