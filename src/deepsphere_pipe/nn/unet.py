"""The spherical U-Net: graph convolutions at the levels of a hierarchy of samplings."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Self

import numpy as np
import scipy.sparse
from torch import Tensor, nn

from deepsphere_pipe.architecture import Architecture
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.nn.chebyshev import ChebyshevConvolution
from deepsphere_pipe.nn.layer import GraphConvolution
from deepsphere_pipe.nn.layer_plan import check_levels, make_layers
from deepsphere_pipe.nn.orientation import Derivatives
from deepsphere_pipe.nn.pooling import (
    CONSTANT_PRESERVING,
    MaxPooling,
    MaxUnpooling,
    make_pooling,
    make_unpooling,
)
from deepsphere_pipe.nn.sparse import SparseMatrix, SparseOperator


class SphericalUNet(nn.Module):
    """U-Net that segments maps on the sphere.

    Parameters
    ----------
    levels
        Finest first. Each has ``laplacian`` (scipy CSR, symmetric, spectrum in [-1, 1]),
        ``areas`` (n,), ``parents`` (n,) and ``edge_ends`` (n, 2), which are unused at the coarsest
        level.
    architecture
        Or the name of a preset, or the widths, see `Architecture`. A preset gets
        as many levels as are given.
    in_channels, out_channels
        Of the maps, and number of classes.
    kernel_size
        Number of Chebyshev coefficients per filter.
    pooling, unpooling
        See `deepsphere_pipe.nn.pooling`.
    oriented
        Whether filters tell east from west, see `deepsphere_pipe.nn.orientation`; the levels
        have ``coordinates`` (n, 3) then.

    Raises
    ------
    UserError
        If the numbers of levels and widths differ, a name is unknown, or a combination is
        impossible.
    ValueError
        If a Laplacian is not symmetric.

    Notes
    -----
    Inside, signals have the layout [vertex, batch, feature]: the sparse and the dense products
    and the batch normalisation all act on views of it.
    """

    from_sampling: ClassVar[Callable[..., Self]]
    """See `deepsphere_pipe.nn.from_sampling`, which `deepsphere_pipe.nn` puts here."""

    nonlinear_bottleneck = False
    """Whether something follows the coarsest layer before its output is unpooled."""

    def __init__(
        self,
        levels: Sequence,
        architecture: Architecture | str | Sequence[int] = "deepsphere",
        in_channels: int = 16,
        out_channels: int = 3,
        kernel_size: int = 3,
        pooling: str = "symmetric",
        unpooling: str = "symmetric",
        oriented: bool = False,
    ) -> None:
        super().__init__()
        architecture = Architecture.of(architecture, len(levels))
        check_levels(architecture, len(levels))
        _check_channels(in_channels, out_channels, kernel_size)
        if unpooling == "max":
            _check_max_unpooling(architecture, pooling)
        for level in levels:
            _check_symmetric(level.laplacian)
        self.architecture = architecture
        self.in_channels, self.out_channels = in_channels, out_channels
        self.n_vertices = levels[0].laplacian.shape[0]
        self.kernel_size = kernel_size

        self.laplacians = nn.ModuleList(SparseMatrix(level.laplacian) for level in levels)
        self.derivatives = nn.ModuleList(map(Derivatives, levels) if oriented else ())
        self.poolings = nn.ModuleList(make_pooling(pooling, level) for level in levels[:-1])
        self.unpoolings = nn.ModuleList(make_unpooling(unpooling, level) for level in levels[:-1])

        def layer(
            in_features: int, out_features: int, activation: bool, bias: bool
        ) -> GraphConvolution:
            return GraphConvolution(
                in_features, out_features, kernel_size, activation, bias, oriented
            )

        # Of the graph convolutions, those by a combinatorial Laplacian keep a constant constant.
        bias = self.nonlinear_bottleneck or unpooling not in CONSTANT_PRESERVING
        bias |= len(levels) > 1 and not _keeps_constants(levels[-2].laplacian)
        self.stem, self.encoder, self.expanding, self.merging, self.classifier = make_layers(
            architecture, in_channels, out_channels, layer, coarsest_bias=bias
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, vertex, class) of maps x (batch, vertex, channel)."""
        signal, skips = self.encode(self.to_vertex_layout(x))
        return self.decode(signal, skips).transpose(0, 1)

    def to_vertex_layout(self, x: Tensor) -> Tensor:
        """Return maps (batch, vertex, channel) as [vertex, batch, channel], after checking them.

        Raises
        ------
        ValueError
            If the numbers of vertices or channels are not those of the network.
        """
        expected = (self.n_vertices, self.in_channels)
        if x.ndim != 3 or tuple(x.shape[1:]) != expected:
            raise ValueError(
                f"expected maps of shape (batch, {expected[0]}, {expected[1]}), got "
                f"{tuple(x.shape)}"
            )
        return x.transpose(0, 1).contiguous()

    def encode(self, x: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor | None]]]:
        """Return the signal of the coarsest level and what the decoder needs of the others.

        Parameters
        ----------
        x : Tensor, shape (vertex, batch, channel)

        Returns
        -------
        signal : Tensor, shape (coarsest vertices, batch, widths[-1])
        skips : list of (skip, indices)
            For every level but the coarsest, finest first: the encoder's output, and for max
            pooling the vertices where the maxima were found.
        """
        if self.stem is not None:
            x = self.stem(x, *self._operators(0))
        x = self.encoder[0](x, *self._operators(0))
        skips = []
        for i, (pool, layer) in enumerate(
            zip(self.poolings, self.encoder[1:], strict=True), start=1
        ):
            pooled, indices = pool(x) if isinstance(pool, MaxPooling) else (pool(x), None)
            skips.append((x, indices))
            x = layer(pooled, *self._operators(i))
        return x, skips

    def decode(self, x: Tensor, skips: list[tuple[Tensor, Tensor | None]]) -> Tensor:
        """Return the logits [vertex, batch, class], given what `encode` returned."""
        for i in reversed(range(len(self.unpoolings))):
            unpool, (skip, indices) = self.unpoolings[i], skips[i]
            operators = self._operators(i)
            if isinstance(unpool, SparseOperator):
                x = self.expanding[i](x, *operators, expansion=unpool)
            else:
                x = unpool(x, indices) if isinstance(unpool, MaxUnpooling) else unpool(x)
                x = self.expanding[i](x, *operators)
            if isinstance(self.merging[i], GraphConvolution):
                x = self.merging[i](x, *operators, skip=skip)
        return self.classifier(x, *self._operators(0))

    def _operators(self, level: int) -> tuple[Tensor, nn.Module | None]:
        """Return the Laplacian and, if the filters are oriented, the derivatives of a level."""
        derivatives = self.derivatives[level] if self.derivatives else None
        return self.laplacians[level](), derivatives

    def parameter_counts(self) -> dict[str, int]:
        """Return the numbers of trained parameters by kind, and their total."""
        convolutions = [x for x in self.modules() if isinstance(x, ChebyshevConvolution)]
        norms = [x for x in self.modules() if isinstance(x, nn.BatchNorm1d)]
        return {
            "convolution_weights": sum(x.weight.numel() for x in convolutions),
            "biases": sum(x.bias.numel() for x in convolutions if x.bias is not None),
            "normalisation": sum(p.numel() for x in norms for p in x.parameters()),
            "total": sum(p.numel() for p in self.parameters()),
        }


def _check_channels(in_channels: int, out_channels: int, kernel_size: int) -> None:
    if min(in_channels, out_channels, kernel_size) < 1:
        raise UserError(
            "Channels, classes and kernel size must be at least 1, got "
            f"{in_channels}, {out_channels} and {kernel_size}."
        )


def _check_max_unpooling(architecture: Architecture, pooling: str) -> None:
    if pooling != "max":
        raise UserError(f"Unpooling 'max' needs pooling 'max', not {pooling!r}.")
    below = (*architecture.decoder_widths[1:], architecture.widths[-1])
    if below != architecture.widths[:-1]:
        raise UserError(
            "Unpooling 'max' needs signals as wide as those that were pooled, "
            f"{architecture.widths[:-1]}, but the decoder unpools {below} features."
        )


def _keeps_constants(laplacian: scipy.sparse.sparray) -> bool:
    """Return whether a constant signal stays one, as by a combinatorial Laplacian."""
    sums = laplacian.sum(axis=1)
    return bool(np.ptp(sums) <= 1e-9)


def _check_symmetric(laplacian: scipy.sparse.sparray) -> None:
    difference = abs(laplacian - laplacian.T).max()
    if not difference <= 1e-12 * np.abs(laplacian.data).max(initial=1):
        raise ValueError(f"a Laplacian is not symmetric, by {difference}")
