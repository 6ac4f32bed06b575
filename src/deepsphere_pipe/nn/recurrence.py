"""Recurrent layers at the coarsest level: a dense LSTM, and one of graph convolutions.

References
----------
S. Hochreiter, J. Schmidhuber, "Long short-term memory", 1997. X. Shi et al., "Convolutional LSTM
network", NeurIPS 2015; Y. Seo, M. Defferrard, P. Vandergheynst, X. Bresson, "Structured sequence
modeling with graph convolutional recurrent networks", 2016 (ours has no peephole connections).
"""

import math

import psutil
import torch
from torch import Tensor, nn

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.nn.chebyshev import ChebyshevConvolution

TRAINING_BYTES = 16
"""Memory for one parameter in training: value, gradient and the two moments of Adam, float32."""


class FlatLSTM(nn.Module):
    """LSTM that takes all values of a map for one vector.

    Parameters
    ----------
    n_values
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
    n_features
        Of input and state.
    kernel_size
        Chebyshev coefficients.
    """

    def __init__(self, n_features: int, kernel_size: int) -> None:
        super().__init__()
        self.gates = ChebyshevConvolution(2 * n_features, 4 * n_features, kernel_size)
        with torch.no_grad():
            # Half the variance: the one of the convolution is made for the ReLU.
            assert self.gates.bias is not None
            self.gates.weight.mul_(math.sqrt(0.5))
            self.gates.bias.zero_()
            self.gates.bias[n_features : 2 * n_features] = 1  # at first nothing is forgotten

    def forward(self, x: Tensor, laplacian: Tensor) -> Tensor:
        """Return the last state [vertex, batch, feature] of x [vertex, step, batch, feature]."""
        hidden = cell = torch.zeros_like(x[:, 0])
        for step in x.unbind(1):
            gates = self.gates(step, laplacian, skip=hidden)
            i, f, o, g = gates.chunk(4, dim=2)
            cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
            hidden = o.sigmoid() * cell.tanh()
        return hidden


def lstm_parameters(n_values: int) -> int:
    """Return the parameters of an LSTM of equal input and state: four gates, two biases each."""
    return 4 * (2 * n_values * n_values + 2 * n_values)


def check_memory(n_values: int) -> None:
    """Raise `UserError` if this machine's memory cannot hold the training of a `FlatLSTM`."""
    n_parameters = lstm_parameters(n_values)
    needed, available = TRAINING_BYTES * n_parameters, psutil.virtual_memory().available
    if needed > available:
        raise UserError(
            f"The LSTM on a bottleneck of {n_values} values has {n_parameters:,} parameters, whose "
            f"training takes {needed / 1e9:.1f} GB, but {available / 1e9:.1f} GB are free: take "
            "temporal 'conv_lstm', smaller widths at the coarsest level, or more poolings."
        )
