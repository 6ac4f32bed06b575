"""Size and work of a network, counted from its config: nothing is built."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from deepsphere_pipe.architecture import Architecture
from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.config import GraphConfig, ModelConfig

FUSED = ("copy", "interpolate")
"""Unpoolings that a convolution does with its products: weights act on the coarser level."""

SYMMETRIC = 1.15
"""Edges are in the graph if either end is among the k nearest of the other: about 15 % more."""


@dataclass(frozen=True)
class Work:
    """What one window (or map) costs in a forward pass.

    Attributes
    ----------
    parameters : int
        Trained parameters of the network.
    dense, sparse : float
        Floating-point operations in products with weights and with Laplacians.
    values : float
        Outputs of all layers together, which are kept for the backward pass.
    layers : int
        Layers that are run one after another.
    """

    parameters: int
    dense: float
    sparse: float
    values: float
    layers: int


@dataclass(frozen=True)
class _Layer:
    """A graph convolution, and how often it is applied to one window."""

    vertices: int
    inputs: int
    outputs: int
    order: int
    activation: bool = True
    bias: bool = True
    dense_vertices: int | None = None
    times: int = 1

    @property
    def parameters(self) -> int:
        further = 2 * self.outputs if self.activation else self.outputs * self.bias
        return self.order * self.inputs * self.outputs + further

    @property
    def dense(self) -> float:
        vertices = self.dense_vertices or self.vertices
        return 2.0 * self.times * vertices * self.order * self.inputs * self.outputs

    def sparse(self, neighbours: float) -> float:
        edges = self.vertices * (1 + min(neighbours, self.vertices - 1))
        narrow = min(self.inputs, self.outputs)  # products with Laplacians are done there
        return 2.0 * self.times * edges * (self.order - 1) * narrow

    @property
    def values(self) -> float:
        return float(self.times * self.vertices * self.outputs)


def work(
    model: ModelConfig,
    vertices: tuple[int, ...],
    n_channels: int,
    graph: GraphConfig,
    sequence_length: int = 1,
) -> Work:
    """Return the parameters and the work of a network.

    Parameters
    ----------
    model : ModelConfig
    vertices : tuple of int
        Of every level, finest first.
    n_channels : int
        Of the maps.
    graph : GraphConfig
        Of every level.
    sequence_length : int
        Maps in a window.
    """
    shape = (vertices, n_channels, sequence_length)
    architecture = Architecture.of(model.preset or model.widths, len(vertices))
    if model.matched_parameters:
        wanted = _parameters(model, "none", architecture, *shape)
        architecture = architecture.scaled_to(
            wanted, lambda scaled: _parameters(model, model.temporal, scaled, *shape)
        )
    layers = list(_layers(model, model.temporal, architecture, *shape))
    n = _lstm_values(model.temporal, architecture, vertices)
    return Work(
        parameters=_parameters(model, model.temporal, architecture, *shape),
        dense=sum(layer.dense for layer in layers) + 16.0 * n * n * sequence_length,
        sparse=sum(layer.sparse(_neighbours(graph)) for layer in layers),
        values=sum(layer.values for layer in layers) + n_channels * vertices[0],
        layers=sum(layer.times if layer.times > 1 else 1 for layer in layers),
    )


def _parameters(
    model: ModelConfig,
    temporal: str,
    architecture: Architecture,
    vertices: tuple[int, ...],
    n_channels: int,
    sequence_length: int,
) -> int:
    layers = _layers(model, temporal, architecture, vertices, n_channels, sequence_length)
    n = _lstm_values(temporal, architecture, vertices)
    return sum(layer.parameters for layer in layers) + 8 * n * (n + 1)


def _lstm_values(temporal: str, architecture: Architecture, vertices: tuple[int, ...]) -> int:
    """Return how many values the flattened bottleneck of the published LSTM has."""
    return vertices[-1] * architecture.widths[-1] if temporal == "lstm" else 0


def _neighbours(graph: GraphConfig) -> float:
    return (SYMMETRIC if graph.kind == "knn" else 1.0) * graph.neighbours


def _layers(
    model: ModelConfig,
    temporal: str,
    architecture: Architecture,
    vertices: tuple[int, ...],
    n_channels: int,
    sequence_length: int,
) -> Iterator[_Layer]:
    """Yield the graph convolutions of a network, as `deepsphere_pipe.nn` builds them."""
    recurrent = temporal in ("lstm", "conv_lstm")
    times = sequence_length if recurrent else 1
    if temporal == "stacked":
        n_channels *= sequence_length
        if architecture.stem is not None:
            architecture = replace(architecture, stem=n_channels)
    widths, narrowed = architecture.widths, architecture.decoder_widths
    order, depth = model.kernel_size, len(widths) - 1
    if architecture.stem is not None:
        yield _Layer(vertices[0], n_channels, architecture.stem, order, times=times)
    before = (architecture.stem or n_channels, *widths)
    for i, width in enumerate(widths):
        active = architecture.coarsest_activation or not 0 < i == depth
        bias = recurrent or model.unpooling not in FUSED
        yield _Layer(vertices[i], before[i], width, order, active, bias, times=times)
    if temporal == "conv_lstm":
        inputs, outputs = 2 * widths[-1], 4 * widths[-1]
        yield _Layer(vertices[-1], inputs, outputs, order, False, times=times)
    for i, (width, below) in enumerate(zip(narrowed, (*narrowed[1:], widths[-1]), strict=False)):
        fused = vertices[i + 1] if model.unpooling in FUSED else None
        yield _Layer(vertices[i], below, width, order, dense_vertices=fused)
        if i > 0 or architecture.finest_skip:
            yield _Layer(vertices[i], width + widths[i], width, order)
    yield _Layer(vertices[0], (*narrowed, widths[-1])[0], len(CLASSES), order, False)
