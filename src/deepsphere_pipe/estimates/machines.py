"""How fast machines are. What a constant is, and where it comes from, stands beside it.

*Measured* figures are those of the demo (`config/config.yaml`, level 5, widths 16 to 128, batch 8)
and of `config/weighting.yaml` (the published network, K = 3, batch 16) on two cores of a cloud
machine (AVX-512, 340 GFLOP/s in float32), from Snakemake's benchmark files. No GPU was at hand:
what is said of GPUs is *derived* from data sheets and an assumed efficiency.
"""

from dataclasses import dataclass

CPU_FLOPS = 100e9
"""Operations per second of one core in products with weights. Measured: with the next two
constants it gives 102 ms (97 measured) for a map in training with the published network on one
core, and 12.1 ms (12.5 measured) with the demo's on two."""

CPU_SPARSE_FLOPS = 10e9
"""Operations per second of one core in products with Laplacians."""

CPU_SECONDS_PER_VALUE = 15e-9
"""Of one core, for one output of a layer in training: normalisation, activation, memory."""

SCALING = 0.7
"""n cores are n^0.7 times as fast as one. Measured: 1.6 times for two."""

FORWARD = 1 / 3
"""Prediction against training; the forward pass is a third of the products."""

START = 5.0
"""Seconds until a step works: importing torch and reading files. Measured, 2 to 5."""


@dataclass(frozen=True)
class Gpu:
    """A GPU by its data sheet.

    Attributes
    ----------
    name : str
    flops : float
        Peak of float32 without tensor cores, operations per second.
    bandwidth : float
        Of its memory, bytes per second.
    """

    name: str
    flops: float
    bandwidth: float

    EFFICIENCY = 0.4
    """Assumed share of both peaks that is reached."""

    BYTES_PER_VALUE = 200.0
    """Assumed traffic for one output of a layer in training: some 50 passes over float32."""

    BYTES_PER_SPARSE_FLOP = 4.0
    """Assumed traffic of sparse products, whose reads are not contiguous."""

    SECONDS_PER_LAYER = 1e-3
    """Assumed overhead of a layer in each step: about 50 kernels of 10 µs, twice."""


A100 = Gpu("A100", 19.5e12, 2.0e12)
"""NVIDIA A100 80 GB SXM (data sheet)."""
H100 = Gpu("H100", 67e12, 3.35e12)
"""NVIDIA H100 SXM (data sheet)."""

GPU_SECONDS_PER_BYTE_HELD = 1e-9
"""For a map that is held in memory to reach the GPU, as loading and computing take turns.
Assumed: gathered by one core, then copied."""

SECONDS_PER_BYTE_READ = 3e-9
"""For a map that is read from the disk. 1400 maps of 0.7 MB a second were measured with a warm
cache, 1e-9; a disk of 300 MB/s is assumed."""

GPU_HOST_MB = 3000
"""Memory of the host for CUDA's libraries and pinned buffers. Assumed."""

GPU_OWN_MB = 1000
"""Memory of the GPU for CUDA's context and cuBLAS. Assumed."""


def training_seconds(work, batch: int, map_bytes: float, held: bool, gpu: Gpu | None,
                     threads: int, processes: int = 1) -> float:  # fmt: skip
    """Return the seconds for one window in training, with its loading.

    Parameters
    ----------
    work : Work
        Of one window.
    batch : int
        Windows per step.
    map_bytes : float
        Bytes of a window's maps.
    held : bool
        Whether they are held in memory.
    gpu : Gpu, optional
        On the CPU without it.
    threads : int
        Cores of the CPU.
    processes : int
        That share every batch, each with a GPU of its own, or sharing the cores.
    """
    if gpu is None:
        seconds = 3 * (work.dense / CPU_FLOPS + work.sparse / CPU_SPARSE_FLOPS)
        seconds += CPU_SECONDS_PER_VALUE * work.values
        loading = 0 if held else map_bytes * SECONDS_PER_BYTE_READ
        return seconds / threads**SCALING + loading
    traffic = Gpu.BYTES_PER_VALUE * work.values + 3 * Gpu.BYTES_PER_SPARSE_FLOP * work.sparse
    per_step = Gpu.SECONDS_PER_LAYER * work.layers
    # The optimiser reads or writes weights, gradients and two moments some ten times.
    per_step += 40 * work.parameters / (Gpu.EFFICIENCY * gpu.bandwidth)
    seconds = (3 * work.dense / gpu.flops + traffic / gpu.bandwidth) / Gpu.EFFICIENCY
    loading = map_bytes * (GPU_SECONDS_PER_BYTE_HELD if held else SECONDS_PER_BYTE_READ)
    return (seconds + loading) / processes + per_step / batch
