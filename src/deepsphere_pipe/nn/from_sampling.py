"""A network by the sampling of its maps, with graphs built for it."""

from collections.abc import Sequence

from deepsphere_pipe.architecture import Architecture
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.nn.unet import SphericalUNet
from deepsphere_pipe.samplings import Sampling


def from_sampling(
    cls: type[SphericalUNet],
    sampling: Sampling,
    preset: str | Architecture | Sequence[int] = "deepsphere",
    in_channels: int = 16,
    out_channels: int = 3,
    kernel_size: int = 3,
    neighbours: int = 6,
    pooling: str = "symmetric",
    unpooling: str = "symmetric",
    *,
    depth: int | None = None,
    kernel_width: str | float = "mean_distance",
    laplacian: str = "combinatorial",
    graph: str = "knn",
    oriented: bool = False,
) -> SphericalUNet:
    """Build the hierarchy of graphs below a sampling, and a network on it.

    Parameters
    ----------
    sampling
        Of the maps (the finest level), see `deepsphere_pipe.samplings`.
    preset
        As ``architecture`` of the class.
    depth
        Number of poolings of a preset, at least 0; by default as published (five), or as many
        as the sampling allows.
    neighbours, kernel_width, laplacian, graph
        Of the graphs (the last is their kind), see `graphs.building.build_hierarchy`.

    Other parameters are those of the class.
    """
    if isinstance(preset, str):
        if depth is None:
            depth = _poolings_of(sampling, at_most=Architecture.preset(preset).n_levels - 1)
        preset = Architecture.preset(preset, n_levels=depth + 1)
    elif not isinstance(preset, Architecture):
        preset = Architecture.from_widths(tuple(preset))
    sphere = build_hierarchy(
        sampling,
        depth=preset.n_levels - 1,
        neighbours=neighbours,
        kernel_width=kernel_width,
        laplacian=laplacian,
        kind=graph,
    )
    return cls(
        sphere.levels, preset, in_channels, out_channels, kernel_size, pooling, unpooling, oriented
    )


def _poolings_of(sampling: Sampling, at_most: int) -> int:
    """Return how often a sampling can be coarsened, or the given maximum."""
    for count in range(at_most):
        coarser = sampling.coarser()
        if coarser is None:
            return count
        sampling = coarser
    return at_most
