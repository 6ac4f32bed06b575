"""The layer of which the networks are made."""

from typing import Any

import torch
from torch import Tensor, nn

from deepsphere_pipe.nn.chebyshev import ChebyshevConvolution, chebyshev
from deepsphere_pipe.nn.normalisation import BatchNorm


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
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        kernel_size: int,
        activation: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.convolution = ChebyshevConvolution(
            in_features, out_features, kernel_size, bias=bias and not activation
        )
        self.normalisation = BatchNorm(out_features) if activation else None

    def forward(self, x: Tensor, laplacian: Tensor, **inputs: Any) -> Tensor:
        """Apply the layer; arguments as in `ChebyshevConvolution.forward`."""
        if self.normalisation is None:
            return self.convolution(x, laplacian, **inputs)
        if not self.training and not torch.is_grad_enabled():
            weight, bias = self._folded(self.normalisation)
            return chebyshev(x, laplacian, weight, bias, **inputs).relu_()
        y = self.convolution(x, laplacian, **inputs)
        return self.normalisation(y.flatten(0, 1)).relu_().view_as(y)

    def _folded(self, norm: BatchNorm) -> tuple[Tensor, Tensor]:
        """Return weight and bias of the convolution that includes the normalisation."""
        assert norm.running_mean is not None and norm.running_var is not None
        scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
        return self.convolution.weight * scale, norm.bias - norm.running_mean * scale
