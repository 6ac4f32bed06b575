"""What a network takes, counted from its widths, on machines that are known by a few numbers."""

from typing import NamedTuple

from deepsphere_pipe.architecture import Architecture
from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.config import ModelConfig

EFFICIENCY = 0.4
"""Assumed share of a GPU's speed that is reached."""


class Gpu(NamedTuple):
    """Operations (float32, no tensor cores) and bytes per second of a data sheet."""

    flops: float
    bandwidth: float


A100, H100 = Gpu(19.5e12, 2.0e12), Gpu(67e12, 3.35e12)  # 80 GB, SXM


class Network(NamedTuple):
    """Weights, layers, and for one window operations with weights and Laplacians, and outputs."""

    parameters: int
    layers: int
    dense: float
    sparse: float
    values: float

    def training_seconds(self, gpu: Gpu | None, batch_size: float) -> float:
        """Return the seconds of one window in training, on a GPU or on one core of a CPU."""
        if gpu is None:  # measured with 16 to 128 and with 64 to 512 features
            return 3 * (self.dense / 100e9 + self.sparse / 10e9) + 15e-9 * self.values
        # Assumed: 50 passes over values, 4 bytes for each sparse operation; in each step ten passes
        # over weights and moments, and 100 kernels of 10 µs for each layer.
        traffic = 200 * self.values + 12 * self.sparse + 40 * self.parameters / batch_size
        seconds = (3 * self.dense / gpu.flops + traffic / gpu.bandwidth) / EFFICIENCY
        return seconds + 1e-3 * self.layers / batch_size


def network(
    model: ModelConfig, vertices: list[int], channels: int, neighbours: float, maps: int
) -> Network:
    """Count a network that sees so many maps of so many channels, by the vertices of its levels."""
    architecture = Architecture.of(model.preset or model.widths, len(vertices))
    widths, decoder = architecture.widths, architecture.decoder_widths
    inputs = channels * (maps if model.temporal == "stacked" else 1)
    stem = architecture.stem and (inputs if model.temporal == "stacked" else architecture.stem)
    # Vertices in products with Laplacians and with weights, features before and after.
    layers = [(vertices[0], vertices[0], inputs, stem)] if stem else []
    for n, before, width in zip(vertices, (stem or inputs, *widths), widths, strict=False):
        layers.append((n, n, before, width))
    if model.temporal == "conv_lstm":
        layers.append((vertices[-1], vertices[-1], 2 * widths[-1], 4 * widths[-1]))
    further_maps = (maps - 1) * (model.temporal in ("lstm", "conv_lstm")) * layers
    coarser = model.unpooling in ("copy", "interpolate")  # weights act there
    for i, (width, below) in enumerate(zip(decoder, (*decoder[1:], widths[-1]), strict=True)):
        layers.append((vertices[i], vertices[i + coarser], below, width))
        if i or architecture.finest_skip:
            layers.append((vertices[i], vertices[i], width + widths[i], width))
    layers.append((vertices[0], vertices[0], decoder[0], len(CLASSES)))
    order, applied = model.kernel_size, layers + further_maps
    lstm = 8 * (vertices[-1] * widths[-1]) ** 2 if model.temporal == "lstm" else 0
    return Network(
        order * sum(a * b for *_, a, b in layers) + lstm,
        len(applied),
        2 * order * sum(n * a * b for _, n, a, b in applied) + 2 * lstm * maps,
        # Edges are in the graph if either end is among the k nearest of the other: 15 % more.
        2 * (order - 1) * (1 + 1.15 * neighbours) * sum(n * min(a, b) for n, _, a, b in applied),
        sum(n * b for n, *_, b in applied) + vertices[0] * inputs,
    )
