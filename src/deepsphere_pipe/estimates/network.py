"""What a network takes, counted from its widths, on machines that are known by a few numbers."""

from typing import NamedTuple

from deepsphere_pipe.architecture import Architecture, Temporal
from deepsphere_pipe.config import UNetConfig


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
            return 3 * (self.dense / 120e9 + self.sparse / 10e9) + 15e-9 * self.values
        # Assumed: 50 passes over values, 4 bytes for each sparse operation; in each step ten passes
        # over weights and moments, and 100 kernels of 10 µs for each layer; 40 % of the peaks.
        traffic = 200 * self.values + 12 * self.sparse + 40 * self.parameters / batch_size
        seconds = (3 * self.dense / gpu.flops + traffic / gpu.bandwidth) / 0.4
        return seconds + 1e-3 * self.layers / batch_size


def network(
    model: UNetConfig, vertices: list[int], channels: int, neighbours: float, maps: int
) -> Network:
    """Return about what a network takes, by its channels, maps and the vertices of its levels.

    At each level, one layer leads to the width of the encoder, for every map that it sees one by
    one, and two to that of the decoder: from below, and from both.
    """
    terms = model.kernel_size + 2 * (model.filters == "oriented")

    def count(temporal: Temporal, architecture: Architecture) -> Network:
        inputs = channels * (maps if temporal == "stacked" else 1)
        stem = inputs if temporal == "stacked" else architecture.stem or inputs
        seen = maps if temporal in ("lstm", "conv_lstm") else 1
        widths, decoder = architecture.widths, (*architecture.decoder_widths, 0)
        parameters, dense, values = 0, 0, vertices[0] * inputs
        levels = zip(vertices, (stem, *widths), widths, decoder, strict=False)
        for n, below, width, narrow in levels:
            upward = narrow * (2 * width + narrow)
            parameters += terms * (below * width + upward)
            dense += 2 * terms * n * (seen * below * width + upward)
            values += n * (seen * width + 2 * narrow)
        if temporal == "conv_lstm":
            parameters += 8 * model.kernel_size * widths[-1] ** 2
        elif temporal == "lstm":
            parameters += 8 * (vertices[-1] * widths[-1]) ** 2
            dense += 16 * maps * (vertices[-1] * widths[-1]) ** 2
        # Edges are in the graph if either end is among the k nearest of the other: 15 % more.
        sparse = 1.3 * (terms - 1) * (1 + 1.15 * neighbours) * values
        return Network(parameters, (seen + 2) * len(widths), dense, sparse, values)

    architecture = model.architecture
    if model.matched_parameters:
        architecture = architecture.scaled_to(
            count("none", architecture).parameters,
            lambda scaled: count(model.temporal, scaled).parameters,
        )
    return count(model.temporal, architecture)
