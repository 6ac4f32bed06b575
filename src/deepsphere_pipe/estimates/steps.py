"""What every step of a study is expected to cost.

Seconds and memory were measured where nothing else is said, on the machine and in the studies that
`deepsphere_pipe.estimates.machines` names, and are scaled by what the work grows with.
"""

from collections.abc import Callable
from functools import cached_property

from deepsphere_pipe.config import RunConfig, Study
from deepsphere_pipe.estimates.graphs import graph_analysis_cost
from deepsphere_pipe.estimates.machines import (
    A100,
    FORWARD,
    GPU_HOST_MB,
    GPU_OWN_MB,
    SCALING,
    SECONDS_PER_BYTE_READ,
    START,
    Gpu,
    training_seconds,
)
from deepsphere_pipe.estimates.maps import input_mb, n_maps, part_sizes
from deepsphere_pipe.estimates.needs import Cost, Needs, request
from deepsphere_pipe.estimates.network import Work, work
from deepsphere_pipe.estimates.vertices import vertices_by_level

HELD_SHARE = 0.4
"""Share of `data.loading.memory_mb` that a part may take to be held (a test compares it)."""

TRAINING_BYTES = 16
"""Of a parameter: value, gradient, two moments; also what a checkpoint takes."""

KEPT = 5.0
"""Memory of a training against the outputs of all layers: gradients, copies, buffers."""

TORCH_MB, PLAIN_MB = 480, 190
"""Memory of a process that does next to nothing, with and without torch."""

DISK_MB_PER_RUN, DISK_MB_OF_REPORT = 4.0, 25.0
"""Scores, histograms, examples of one run; figures, tables and pages of a study (level 5)."""

UNKNOWN_DOWNLOAD_MB = 30_000
"""Of a file of unknown size: the UGSCNN archive."""


class Estimates:
    """Costs of the steps of one study.

    Parameters
    ----------
    study : Study
    gpu : Gpu, optional
        That trainings and evaluations run on; on the CPU if None.
    maps : int, optional
        Number of maps, if it is known better than by `n_maps`.
    """

    def __init__(self, study: Study, gpu: Gpu | None = A100, maps: int | None = None) -> None:
        self.study = study
        self.gpu = gpu
        self._maps = maps
        self._known: dict[tuple, Cost] = {}

    def needs(self, step: str, attempt: int = 1, **details: object) -> Needs:
        """Return what to ask a scheduler for; arguments as in `cost`."""
        return request(self.cost(step, **details), attempt)

    def cost(self, step: str, threads: int = 1, files: int = 1, **names: str) -> Cost:
        """Return what a step is expected to cost.

        Parameters
        ----------
        step : str
            Name of a rule, ``figure`` or ``table``, or a part of ``graph_analysis``.
        threads : int
            Cores that it has.
        files : int
            That a figure, table or page is made of.
        names : str
            Wildcards of the rule: ``run``, ``baseline``, ``sampling``, ``split``, ``input``.
        """
        if "run" in names:
            run = self._runs[names["run"]]
            # All seeds cost the same.
            key = (step, threads, run.experiment, run.sampling_name, run.split_name)
        else:
            key = (step, threads, files, *sorted(names.items()))
        if key not in self._known:
            method: Callable[..., Cost] = getattr(self, f"_{step}", None)
            if method is not None:
                self._known[key] = method(threads=threads, files=files, **names)
            else:
                self._known[key] = graph_analysis_cost(self.study.graph_analysis, step)
        return self._known[key]

    @cached_property
    def maps(self) -> int:
        """Number of maps of the study."""
        return self._maps or n_maps(self.study.data)

    def parts(self, split_name: str | None) -> dict[str, int]:
        """Return the numbers of maps that train, validate and test."""
        return part_sizes(self.study.splits_by_name[split_name], self.study.data, self.maps)

    def work_of(self, run: RunConfig) -> Work:
        """Return size and work of a run's network."""
        model, window = run.model, run.window
        vertices = vertices_by_level(
            self.study.samplings_by_name[self.study.sampling_of(run)], model.depth
        )
        channels = len(self.study.data.channels)
        return work(model, vertices, channels, self.study.graph, window.sequence_length)

    @cached_property
    def _runs(self) -> dict[str, RunConfig]:
        return {run.name: run for run in self.study.runs}

    def _vertices(self, sampling: str) -> int:
        return vertices_by_level(self.study.samplings_by_name[sampling], 0)[0]

    def _map_mb(self, sampling: str) -> float:
        return self._vertices(sampling) * (4 * len(self.study.data.channels) + 1) / 1e6

    def _held_mb(self, sampling: str, *maps: int) -> float:
        """Return the memory of those parts that are held in it."""
        room = HELD_SHARE * self.study.data.loading.memory_mb
        return sum(mb for n in maps if (mb := n * self._map_mb(sampling)) <= room)

    def _snapshot_mb(self) -> float:
        return self.study.data.grid_points * 16 * 4 / 1e6

    # One method for each step, with the arguments of `cost`.

    def _synthesize(self, threads: int, **_: object) -> Cost:
        points = self.study.data.grid_points
        seconds = self.maps * (0.01 + 3.3e-6 * points)
        memory = 150 + threads * (180 + 10 * self._snapshot_mb())
        return Cost(3 + seconds / threads**SCALING, memory, self.maps * input_mb(self.study.data))

    def _download(self, input: str, **_: object) -> Cost:
        sections = (self.study.data, self.study.power_spectra)
        section = next(s for s in sections if s and s.input == input)
        size = section.download.size_bytes if section.download else None
        whole = section is self.study.data and self.study.data.source == "ugscnn"
        unknown = self.maps * input_mb(self.study.data) if whole else UNKNOWN_DOWNLOAD_MB
        megabytes = size / 1e6 if size else unknown
        return Cost(30 + megabytes, PLAIN_MB, megabytes)  # 1 MB/s is assumed

    def _prepare(self, sampling: str, threads: int, **_: object) -> Cost:
        points = max(self.study.data.grid_points, self._vertices(sampling))
        memory = 150 + threads * (180 + 10 * self._snapshot_mb() + 3 * self._map_mb(sampling))
        read = input_mb(self.study.data) * 1e6 * SECONDS_PER_BYTE_READ
        seconds = 3 + self.maps * (read + 6e-7 * points / threads**SCALING)
        return Cost(seconds, memory, self.maps * self._map_mb(sampling))

    def _sphere(self, sampling: str, **_: object) -> Cost:
        edges = self._vertices(sampling) * max(self.study.graph.neighbours, 6)
        searched = self.study.graph.kernel_width == "optimal"
        seconds = 2 + edges * (20e-6 + 3e-6 * searched)
        return Cost(seconds, PLAIN_MB + 1.5e-3 * edges, 50e-6 * edges)

    def _split(self, sampling: str, split: str, **_: object) -> Cost:
        read = self.maps * self._map_mb(sampling)
        return Cost(2 + 3e-3 * read, PLAIN_MB + 10 * self._map_mb(sampling) + 5e-3 * self.maps)

    def _compute_power_spectra(self, **_: object) -> Cost:
        snapshots = 2 * self.study.power_spectra.snapshots
        points = max(self.study.data.grid_points, 181 * 360)
        return Cost(5 + 5e-6 * snapshots * points, 1000 + 10 * self._snapshot_mb())  # assumed

    def _baseline(self, baseline: str, **_: object) -> Cost:
        kind, *axes = baseline.split("-")
        sampling = next(
            (a for a in axes if a in self.study.samplings), next(iter(self.study.samplings_by_name))
        )
        parts = self.parts(next((a for a in axes if a in self.study.splits), None))
        fitted = parts["train"] if kind == "logistic" else 0
        seconds = START + self._scoring(sampling, parts["test"])
        seconds += 3 * (fitted > 0) + 0.2e-6 * fitted * self._vertices(sampling)
        memory = TORCH_MB + self._held_mb(sampling, parts["test"], fitted) + 0.05 * parts["test"]
        # Vertices that logistic regression is fitted to, and batches of probabilities.
        memory += 200 * (fitted > 0) + self._sorted_mb(sampling, parts["test"])
        return Cost(seconds, memory, DISK_MB_PER_RUN / 2)

    def _scoring(self, sampling: str, maps: int) -> float:
        """Return the seconds for counting, finding events and bootstrap blocks."""
        sorting = 1e-6 * self.study.evaluation.exact_average_precision
        return (1.2e-6 + sorting) * maps * self._vertices(sampling)

    def _sorted_mb(self, sampling: str, maps: int) -> float:
        exact = self.study.evaluation.exact_average_precision
        return 60e-6 * maps * self._vertices(sampling) * exact  # assumed

    def _train(self, run: str, threads: int, **_: object) -> Cost:
        config = self._runs[run]
        sampling, processes = self.study.sampling_of(config), self.study.gpus_per_run
        parts = self.parts(config.split_name)
        network, batch = self.work_of(config), config.training.batch_size
        room = HELD_SHARE * self.study.data.loading.memory_mb
        held = parts["train"] * self._map_mb(sampling) <= room
        shared = processes if self.gpu else 1
        seconds = self._seconds(config, network, batch, held, threads, shared)
        epochs = config.training.epochs
        seconds *= epochs * (parts["train"] + FORWARD * parts["validation"])
        seconds += START + 0.05 * epochs
        network_mb = self._network_mb(network, batch / processes)
        cache = self._held_mb(sampling, parts["train"], parts["validation"])
        # Every process holds the maps.
        host = processes * (TORCH_MB + cache + self._batch_mb(config, sampling, batch / processes))
        disk = TRAINING_BYTES * network.parameters / 1e6  # the checkpoint, while it trains
        # With a GPU, a checkpoint that is read or written is on the host for a while.
        host += processes * (GPU_HOST_MB + disk if self.gpu else network_mb)
        return Cost(seconds, host, disk, self._on_gpu(network_mb))

    def _evaluate(self, run: str, threads: int, **_: object) -> Cost:
        config = self._runs[run]
        sampling = self.study.sampling_of(config)
        test = self.parts(config.split_name)["test"]
        network, batch = self.work_of(config), config.training.batch_size
        room = HELD_SHARE * self.study.data.loading.memory_mb
        held = test * self._map_mb(sampling) <= room
        per_map = FORWARD * self._seconds(config, network, batch, held, threads, 1)
        seconds = START + self._scoring(sampling, test) + test * per_map
        network_mb = self._network_mb(network, batch) * FORWARD
        host = TORCH_MB + self._held_mb(sampling, test) + 0.05 * test
        host += self._batch_mb(config, sampling, batch) + self._sorted_mb(sampling, test)
        host += GPU_HOST_MB if self.gpu else network_mb
        disk = 4 * network.parameters / 1e6 + DISK_MB_PER_RUN * self._vertices(sampling) / 10_242
        return Cost(seconds, host, disk, self._on_gpu(network_mb))

    def _seconds(
        self, run: RunConfig, network: Work, batch: int, held: bool, threads: int, processes: int
    ) -> float:
        seen = 1 if run.model.temporal == "none" else run.window.sequence_length
        map_bytes = seen * self._map_mb(self.study.sampling_of(run)) * 1e6
        return training_seconds(network, batch, map_bytes, held, self.gpu, threads, processes)

    def _network_mb(self, network: Work, batch: float) -> float:
        return (TRAINING_BYTES * network.parameters + KEPT * 4 * network.values * batch) / 1e6

    def _batch_mb(self, run: RunConfig, sampling: str, batch: float) -> float:
        """Return the memory of a few batches on their way."""
        seen = 1 if run.model.temporal == "none" else run.window.sequence_length
        workers = self.study.data.loading.workers
        return (2 + 2 * workers) * batch * seen * self._map_mb(sampling) + 200 * workers

    def _on_gpu(self, network_mb: float) -> float:
        return GPU_OWN_MB + network_mb if self.gpu else 0.0

    def _figure(self, files: int, **_: object) -> Cost:
        finest = max(map(self._vertices, self.study.samplings_by_name))
        # Maps on the orthographic globe take most: 520 MB at level 5.
        return Cost(3 + files * 0.5, 350 + 0.02 * finest + 10 * files, 1.0)

    def _table(self, files: int, **_: object) -> Cost:
        return Cost(2 + files * 0.5, PLAIN_MB + 15 * files, 0.1)

    def _page(self, files: int, **_: object) -> Cost:
        return Cost(2 + files * 0.2, PLAIN_MB + 10 * files, 1.0)
