"""What every step of a study is expected to cost, and what a scheduler is asked for.

``measured.csv`` has seconds and MB (10^6 bytes) of the demo's steps on two cores, in parts by what
they grow with: ``3 + 28 maps points slowness`` is 31 s in the demo, and 59 s for twice the maps.
Sizes that `DEMO` does not have are in seconds, MB or millions. What the table says of downloads,
power spectra, GPUs and exact average precision is assumed.
"""

import csv
import math
from importlib.resources import files as package_files
from typing import NamedTuple

from deepsphere_pipe.config import GraphAnalysisConfig, Study
from deepsphere_pipe.estimates.network import A100, Gpu
from deepsphere_pipe.estimates.sizes import graph_sizes, n_maps, run_of, sizes_of

with (package_files(__package__) / "measured.csv").open(encoding="utf-8") as file:
    TABLE = {row["step"]: row for row in csv.DictReader(file)}
THREADS = {step: int(row["threads"]) for step, row in TABLE.items()}
"""Cores that a step can use."""

DEMO = {
    "maps": 2765, "points": 13_824, "grid": 13_824, "file_mb": 0.365, "vertices": 10_242,
    "finest": 10_242, "map_mb": 0.666, "neighbours": 6, "train": 1659, "test": 553,
    "threads": 2, "slowness": 1 / 1.62, "files": 3, "common": 10_242,
}  # fmt: skip

MIN_MINUTES = 10
"""Minutes that are asked for; starting from a slow network disk alone may take one or two."""


class Cost(NamedTuple):
    """What a step is expected to take: memory of the host and of each GPU, and disk, in MB."""

    seconds: float
    mem_mb: float
    disk_mb: float = 0.0
    gpu_mb: float = 0.0

    def requested(self, attempt: int = 1) -> tuple[int, int]:
        """Return memory (whole hundreds of MB) and minutes to ask for, more in a further attempt.

        They are above what is expected: on shared machines, times were seen to vary fourfold.
        """
        more = 1.6 ** (attempt - 1)
        megabytes = more * (1.5 * self.mem_mb + 300)
        minutes = more * max(3 * self.seconds / 60, MIN_MINUTES)
        unit = 10 if minutes <= 240 else 60
        return 100 * math.ceil(megabytes / 100), unit * math.ceil(minutes / unit)


class Estimates:
    """Costs of the steps of a study, with its networks on a GPU, or on the CPU if that is None.

    The number of maps may be known better than from the study.
    """

    def __init__(self, study: Study, gpu: Gpu | None = A100, maps: int | None = None) -> None:
        self.study, self.gpu, self.maps = study, gpu, maps or n_maps(study.data)
        self._known: dict[tuple, Cost] = {}

    def cost(self, step: str, threads: int | None = None, files: int = 1, **names: str) -> Cost:
        """Return what a step takes: a rule, ``figure`` or ``table``, with its wildcards."""
        run = run_of(self.study, names)
        # All seeds cost the same.
        job = (run.experiment, run.sampling_name, run.split_name) if run else names.items()
        if (key := (step, threads, files, *job)) not in self._known:
            if step in GraphAnalysisConfig.model_fields:
                sizes = graph_sizes(getattr(self.study.graph_analysis, step))
            else:
                cores = threads or THREADS.get(step, 1)
                sizes = sizes_of(self.study, self.maps, self.gpu, cores, names)
            row = TABLE[names["baseline"].split("-")[0] if step == "baseline" else step]
            sizes["files"] = files
            self._known[key] = Cost(*(_total(row[part], sizes) for part in Cost._fields))
        return self._known[key]


def _total(parts: str, sizes: dict[str, float]) -> float:
    """Return the sum of parts such as ``90 maps points``, for given sizes."""
    terms = (part.split(" ") for part in parts.split(" + "))
    return sum(
        float(amount) * math.prod(sizes[name] / DEMO.get(name, 1) for name in names)
        for amount, *names in terms
    )
