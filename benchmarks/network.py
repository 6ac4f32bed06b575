"""Time and memory of the spherical U-Net against the straightforward implementation.

Both do the same work on the same input, in turns, so that a busy machine slows both down; the
median of the ratios of turns is what can be compared. Memory is measured in a process for each.

    python -m benchmarks.network --level 5 --kernel-size 3 --batch 16
"""

import argparse
import multiprocessing
import statistics
import time
from pathlib import Path

import torch

from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.nn import POOLINGS, PRESETS, Architecture, SphericalUNet
from deepsphere_pipe.samplings import make_sampling
from tests.nn.reference import ReferenceUNet

CHANNELS, CLASSES = 16, 3


def build(options: argparse.Namespace) -> dict[str, torch.nn.Module]:
    """Return both networks, with the same parameters."""
    depth = min(Architecture.preset(options.preset).n_levels - 1, options.level)
    architecture = Architecture.preset(options.preset, n_levels=depth + 1)
    sampling = make_sampling("icosahedral", level=options.level)
    levels = build_hierarchy(sampling, depth, options.neighbours).levels
    settings = CHANNELS, CLASSES, options.kernel_size, options.pooling, options.unpooling
    fast = SphericalUNet(levels, architecture, *settings)
    reference = ReferenceUNet(levels, architecture, *settings)
    reference.load_fast(fast.state_dict())
    return {"reference": reference, "fast": fast}


class Steps:
    """Training steps and inference of one network on one random batch."""

    def __init__(self, net: torch.nn.Module, n_vertices: int, batch: int) -> None:
        generator = torch.Generator().manual_seed(0)
        self.net = net
        self.maps = torch.randn(batch, n_vertices, CHANNELS, generator=generator)
        self.labels = torch.randint(CLASSES, (batch, n_vertices), generator=generator)
        self.optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)

    def training(self) -> None:
        self.net.train()
        logits = self.net(self.maps)
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), self.labels.flatten())
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()

    @torch.no_grad()
    def inference(self) -> None:
        self.net.eval()
        self.net(self.maps)


def seconds(function, clock=time.perf_counter) -> float:
    start = clock()
    function()
    return clock() - start


def peak_memory() -> int:
    """Return the peak resident memory of this process in KiB (Linux).

    Not ``getrusage``: there a process starts with the peak of the one that started it.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0])


def put_memory_growth(name: str, task: str, options: argparse.Namespace, queue) -> None:
    """Put the growth of the process's peak memory (MiB) in two steps into a queue."""
    torch.set_num_threads(options.threads)
    torch.set_float32_matmul_precision(options.matmul_precision)
    net = build(options)[name]
    steps = Steps(net, 10 * 4**options.level + 2, options.batch)
    before = peak_memory()
    for _ in range(2):
        getattr(steps, task)()
    queue.put((peak_memory() - before) / 1024)


def measure_memory(name: str, task: str, options: argparse.Namespace) -> float:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=put_memory_growth, args=(name, task, options, queue))
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"the measurement of memory ended with status {process.exitcode}")
    return queue.get()


def parse_options() -> argparse.Namespace:
    formatter = argparse.ArgumentDefaultsHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=formatter)
    parser.add_argument("--level", type=int, default=5, help="of the icosahedral sampling")
    parser.add_argument("--neighbours", type=int, default=6)
    parser.add_argument("--preset", choices=PRESETS, default="deepsphere")
    parser.add_argument("--kernel-size", type=int, default=3)
    parser.add_argument("--pooling", choices=POOLINGS, default="symmetric")
    parser.add_argument("--unpooling", default="symmetric")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument(
        "--matmul-precision",
        choices=("highest", "medium"),
        default="highest",
        help="torch.set_float32_matmul_precision: medium multiplies in bfloat16",
    )
    parser.add_argument(
        "--cpu-time",
        action="store_true",
        help="processor instead of wall time, with one thread: steadier on a busy machine",
    )
    parser.add_argument("--no-memory", dest="memory", action="store_false", help="time only")
    return parser.parse_args()


def main() -> None:
    options = parse_options()
    if options.cpu_time:
        options.threads = 1
    torch.set_float32_matmul_precision(options.matmul_precision)
    clock = time.process_time if options.cpu_time else time.perf_counter
    torch.set_num_threads(options.threads)
    networks = build(options)
    steps = {
        name: Steps(net, 10 * 4**options.level + 2, options.batch) for name, net in networks.items()
    }
    print(
        f"{options.preset}, icosahedral level {options.level}, K = {options.kernel_size}, "
        f"batch {options.batch}, {options.threads} threads, "
        f"{options.matmul_precision} precision, {networks['fast'].parameter_counts()}"
    )
    print(f"{'':10} {'reference':>12} {'fast':>12} {'ratio':>8}  ratios of turns")
    for task in ("training", "inference"):
        times = {name: [] for name in steps}
        for turn in range(options.turns + 1):
            for name, step in steps.items():
                elapsed = seconds(getattr(step, task), clock)
                if turn:  # the first one warms up
                    times[name].append(elapsed)
        ratios = [a / b for a, b in zip(times["reference"], times["fast"], strict=True)]
        middle = [statistics.median(times[name]) for name in steps]
        print(
            f"{task:10} {middle[0]:10.3f} s {middle[1]:10.3f} s {statistics.median(ratios):8.2f}  "
            + " ".join(f"{ratio:.2f}" for ratio in ratios),
            flush=True,
        )
        if options.memory:
            slow, fast = (measure_memory(name, task, options) for name in steps)
            print(f"{'  memory':10} {slow:8.0f} MiB {fast:8.0f} MiB {slow / fast:8.2f}", flush=True)


if __name__ == "__main__":
    main()
