"""U-Nets of ordinary 3 × 3 convolutions: what is used on the sphere instead of graphs.

The layers, their order and the initial weights are those of the spherical U-Net. Pooling takes the
mean of 2 × 2 pixels, unpooling copies it to them.

References
----------
O. Ronneberger, P. Fischer, T. Brox, "U-Net: convolutional networks for biomedical image
segmentation", MICCAI 2015. M. Karlbauer et al., "Advancing parsimonious deep learning weather
prediction using the HEALPix mesh", Journal of Advances in Modeling Earth Systems 16, 2024.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from deepsphere_pipe.architecture import Architecture
from deepsphere_pipe.config.models import HealpixUNetConfig, PlanarUNetConfig
from deepsphere_pipe.nn.layer_plan import check_levels, make_layers
from deepsphere_pipe.nn.normalisation import BatchNorm
from deepsphere_pipe.nn.pictures import Picture, grid_picture, healpix_picture
from deepsphere_pipe.nn.unets import count_parameters


class Border(nn.Module):
    """Pictures with a border of one pixel around each.

    Parameters
    ----------
    picture
        See `deepsphere_pipe.nn.pictures.Picture`.
    """

    places: Tensor
    sources: Tensor

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self.shape = picture.vertices.shape
        inside = np.zeros(picture.around.shape[1:], bool)
        inside[:, 1:-1, 1:-1] = True
        places = np.flatnonzero(~inside)
        sources = picture.around.reshape(2, -1)[:, places]
        self.register_buffer("places", torch.from_numpy(places), persistent=False)
        self.register_buffer("sources", torch.from_numpy(sources), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, picture, row + 2, column + 2, feature) of x (batch, pixel, feature)."""
        first, second = (x.index_select(1, sources) for sources in self.sources)
        padded = functional.pad(x.unflatten(1, self.shape), (0, 0, 1, 1, 1, 1))
        padded.flatten(1, 3).index_copy_(1, self.places, (first + second) / 2)
        return padded


class PlanarConvolution(nn.Module):
    """3 × 3 convolution of pictures, batch normalisation, ReLU.

    Parameters
    ----------
    in_features, out_features
    activation
        Whether batch normalisation and ReLU follow.
    bias
        Whether a layer without them adds a constant.
    """

    def __init__(
        self, in_features: int, out_features: int, activation: bool = True, bias: bool = True
    ) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(in_features, out_features, 3, bias=bias and not activation)
        nn.init.kaiming_normal_(self.convolution.weight, nonlinearity="relu")
        if self.convolution.bias is not None:
            nn.init.constant_(self.convolution.bias, 0.01)  # as of the graph convolutions
        self.normalisation = BatchNorm(out_features) if activation else None

    def forward(self, x: Tensor, border: Border) -> Tensor:
        """Return signals (batch, pixel, feature) of x, of the same layout."""
        # A view, which torch takes as its format channels_last, and leaves in it.
        pictures = border(x).flatten(0, 1).permute(0, 3, 1, 2)
        y = self.convolution(pictures).permute(0, 2, 3, 1).flatten(0, 2)
        if self.normalisation is not None:
            y = self.normalisation(y).relu_()
        return y.view(*x.shape[:2], -1)


class PicturePooling(nn.Module):
    """The mean over pairs of columns, and over the rows that have the same parent.

    Parameters
    ----------
    picture
        Of the finer level.
    """

    members: Tensor

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self.shape = picture.vertices.shape
        members = np.arange(picture.n_coarse_rows)[:, None] == picture.parents
        ones = torch.from_numpy(members).to(torch.get_default_dtype())
        self.register_buffer("members", ones, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the means (batch, coarse pixel, feature) of x (batch, pixel, feature)."""
        pairs = x.unflatten(1, (*self.shape[:2], -1, 2)).mean(4)
        rows = torch.matmul(self.members, pairs.flatten(3)) / self.members.sum(1, keepdim=True)
        return rows.unflatten(3, (-1, x.shape[2])).flatten(1, 3)


class PictureUnpooling(nn.Module):
    """Values of coarse pixels at those of which they are the mean; parameters as above."""

    parents: Tensor

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self.shape = picture.vertices.shape[0], picture.n_coarse_rows, -1
        self.register_buffer("parents", torch.from_numpy(picture.parents), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the values (batch, pixel, feature) of x (batch, coarse pixel, feature)."""
        rows = x.unflatten(1, self.shape).index_select(2, self.parents)
        return rows.repeat_interleave(2, dim=3).flatten(1, 3)


class PlanarUNet(nn.Module):
    """U-Net that segments maps as pictures.

    Parameters
    ----------
    pictures
        Of the levels, finest first.
    architecture
        See `Architecture`; a preset gets as many levels as are given.
    in_channels, out_channels
        Of the maps, and number of classes.

    Raises
    ------
    UserError
        If the numbers of levels and widths differ.
    """

    vertices: Tensor
    pixels: Tensor

    def __init__(
        self,
        pictures: Sequence[Picture],
        architecture: Architecture | str | Sequence[int] = "deepsphere",
        in_channels: int = 16,
        out_channels: int = 3,
    ) -> None:
        super().__init__()
        architecture = Architecture.of(architecture, len(pictures))
        check_levels(architecture, len(pictures))
        self.architecture, self.in_channels = architecture, in_channels
        vertices = pictures[0].vertices.ravel()
        self.register_buffer("vertices", torch.from_numpy(vertices), persistent=False)
        self.register_buffer("pixels", torch.from_numpy(np.argsort(vertices)), persistent=False)
        self.borders = nn.ModuleList(map(Border, pictures))
        self.poolings = nn.ModuleList(map(PicturePooling, pictures[:-1]))
        self.unpoolings = nn.ModuleList(map(PictureUnpooling, pictures[:-1]))
        self.stem, self.encoder, self.expanding, self.merging, self.classifier = make_layers(
            architecture, in_channels, out_channels, PlanarConvolution, coarsest_bias=False
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, vertex, class) of maps x (batch, vertex, channel)."""
        expected = (len(self.vertices), self.in_channels)
        if x.ndim != 3 or tuple(x.shape[1:]) != expected:
            raise ValueError(
                f"expected maps of shape (batch, {expected[0]}, {expected[1]}), got "
                f"{tuple(x.shape)}"
            )
        x, finest = x.index_select(1, self.vertices), self.borders[0]
        x = self.encoder[0](x if self.stem is None else self.stem(x, finest), finest)
        skips = []
        for pool, layer, border in zip(
            self.poolings, self.encoder[1:], self.borders[1:], strict=True
        ):
            skips.append(x)
            x = layer(pool(x), border)
        for i in reversed(range(len(skips))):
            x = self.expanding[i](self.unpoolings[i](x), self.borders[i])
            if isinstance(self.merging[i], PlanarConvolution):
                x = self.merging[i](torch.cat([x, skips[i]], dim=2), self.borders[i])
        return self.classifier(x, finest).index_select(1, self.pixels)


def planar_unet_of(
    model: PlanarUNetConfig,
    levels: Sequence,
    in_channels: int,
    out_channels: int,
    sequence_length: int,
) -> PlanarUNet:
    """Return the U-Net of a grid; parameters and errors as in `deepsphere_pipe.nn.registry`."""
    return _unet_of(model, levels, grid_picture, in_channels, out_channels)


def healpix_unet_of(
    model: HealpixUNetConfig,
    levels: Sequence,
    in_channels: int,
    out_channels: int,
    sequence_length: int,
) -> PlanarUNet:
    """Return the U-Net of HEALPix; parameters and errors as in `deepsphere_pipe.nn.registry`."""
    return _unet_of(model, levels, healpix_picture, in_channels, out_channels)


def _unet_of(
    model: PlanarUNetConfig | HealpixUNetConfig,
    levels: Sequence,
    picture_of: Callable[[Any], Picture],
    in_channels: int,
    out_channels: int,
) -> PlanarUNet:
    pictures = [picture_of(level) for level in levels[: model.depth + 1]]
    architecture = model.architecture
    if model.matched_kernel_size is not None:
        wanted = count_parameters(
            "none", architecture, in_channels, out_channels, model.matched_kernel_size
        )
        architecture = architecture.scaled_to(
            wanted, lambda scaled: _size(scaled, in_channels, out_channels)
        )
    return PlanarUNet(pictures, architecture, in_channels, out_channels)


def _size(architecture: Architecture, in_channels: int, out_channels: int) -> int:
    """Return the number of parameters of a network, which is not made."""
    smallest = Picture(
        np.zeros((1, 2, 2), np.int64), np.zeros((2, 1, 4, 4), np.int64), np.zeros(2, np.int64)
    )
    with torch.device("meta"):
        network = PlanarUNet([smallest] * architecture.n_levels, architecture, in_channels,
                             out_channels)  # fmt: skip
    return sum(p.numel() for p in network.parameters())
