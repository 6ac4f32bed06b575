"""The page with the expected costs of the studies in a folder."""

from pathlib import Path

from deepsphere_pipe.config import Study, SyntheticConfig, VariantsConfig, parse_study, read
from deepsphere_pipe.config.data import UgscnnData
from deepsphere_pipe.config.reading import read_yaml
from deepsphere_pipe.estimates.jobs import jobs
from deepsphere_pipe.estimates.machines import A100, H100, Gpu
from deepsphere_pipe.estimates.maps import input_mb, n_synthetic
from deepsphere_pipe.estimates.needs import GROWTH, MEMORY_FACTOR, TIME_FACTOR
from deepsphere_pipe.estimates.steps import DISK_MB_OF_REPORT, Estimates

HEAD = f"""\
# What the studies cost

<!-- Made by `make docs` from src/deepsphere_pipe/estimates/ and config/: edit those, not this. -->

**These are estimates**, computed from the studies by the function that tells the scheduler what
every step needs (`deepsphere_pipe.estimates`). Expect them to be right within a factor of two or
three.

- **Measured**, on two cores of a cloud machine (AVX-512), were time and memory of all steps of the
  demo, and of an epoch of `config/weighting.yaml`. Tests hold the estimates against them. Work is
  counted from the architecture and scaled by vertices, maps, batch and epochs.
- **Derived** is all that is said of GPUs: none was at hand. It follows from data sheets, of which
  {100 * Gpu.EFFICIENCY:g} % are assumed to be reached, from assumed traffic and overhead, and from
  the time to load maps, which a faster GPU does not shorten. The A100 (80 GB, SXM) has
  {A100.flops / 1e12:g} TFLOP/s in float32 and {A100.bandwidth / 1e12:g} TB/s, the H100 (SXM) has
  {H100.flops / 1e12:g} TFLOP/s and {H100.bandwidth / 1e12:g} TB/s. For comparison: the authors
  published 13, 3 and 20 hours for one training of `deepsphere`, `jiang` and `wide`, with their
  code on a GPU of their time.
- **Assumed** are disks that read 300 MB/s, downloads of 1 MB/s, real data sets that are whole
  ({UgscnnData.whole_maps:,} maps of CAM5 or UGSCNN), and trainings that run for all their epochs,
  though many stop early.

Rules ask the scheduler for more: {TIME_FACTOR:g} times the time, {MEMORY_FACTOR:g} times the memory
and a margin, and {GROWTH:g} times that whenever a job is submitted again (`retries` of a profile).
They count on an A100. For a cluster without GPUs, say so: `--resources gpu=0`.
"""

TIMES = """\
## Time

GPU hours are those of trainings and evaluations; core hours are those of all other steps. Without
GPUs, trainings and evaluations take the core hours of the last column, with 4 and 8 cores each;
where many divide the cores of one machine, each has fewer, and the hours are fewer, too. The
longest time is what the scheduler is asked for with GPUs.
"""

SIZES = """\
## Memory and disk

Memory is the most that the scheduler is asked for by one job, with GPUs and without, and what a
training is expected to take of each GPU. Disk: *input* is the native data (made, fetched, or
yours); *maps* are those on the samplings, with the graphs; *results* hold networks, scores,
figures, tables; *checkpoints* are there while their trainings last, here of all at once. No room
is needed to unpack an archive.
"""


def costs_page(folder: str | Path) -> str:
    """Return the page as Markdown, with a row for each study and variant, by file.

    Parameters
    ----------
    folder : path-like
        Of YAML files; those without a `name` or with another ending than ``.yaml`` are no studies.
    """
    studies = [row for path in sorted(Path(folder).glob("*.yaml")) for row in _studies(path)]
    times = _table(
        ("study", "file", "runs", "jobs", "A100, h", "H100, h", "other cores, h", "longest job, h",
         "without GPUs, core h"),
        [_times(*study) for study in studies],
    )  # fmt: skip
    sizes = _table(
        ("study", "memory, GB", "without GPUs, GB", "GPU, GB", "input, GB", "maps, GB",
         "results, GB", "checkpoints, GB"),
        [_sizes(*study) for study in studies],
    )  # fmt: skip
    return "\n".join([HEAD, TIMES, times, "", SIZES, sizes, ""])


def _studies(path: Path) -> list[tuple[str, Study, int | None]]:
    """Return file name, study and number of maps of every variant in a file."""
    content = read_yaml(path)
    if not isinstance(content, dict) or "name" not in content:
        return []
    variants = VariantsConfig(
        **{k: content[k] for k in VariantsConfig.model_fields if k in content}
    )
    # The head of such a study tells how to make its small archive from the file beside it.
    twin = path.with_suffix(".archive.yml")
    made = n_synthetic(read(SyntheticConfig, twin)) if twin.exists() else None
    return [
        (path.name, study, made or study.data.whole_maps)
        for name in variants.variants or [variants.variant]
        for study in [parse_study({**content, "variant": name}, path)]
    ]


def _times(file: str, study: Study, maps: int | None) -> tuple[str, ...]:
    planned = list(jobs(study))
    gpu_hours = []
    for gpu in (A100, H100):
        estimates = Estimates(study, gpu, maps)
        seconds = sum(
            estimates.cost(job.step, threads=job.threads, **job.details).seconds
            * (study.gpus_per_run if job.step == "train" else 1)
            for job in planned
            if job.uses_gpu
        )
        gpu_hours.append(_number(seconds / 3600))
    without, with_gpus = Estimates(study, None, maps), Estimates(study, A100, maps)
    cores = {True: 0.0, False: 0.0}
    for job in planned:
        cost = without.cost(job.step, threads=job.threads, **job.details)
        cores[job.uses_gpu] += job.threads * cost.seconds / 3600
    longest = max(
        with_gpus.needs(job.step, threads=job.threads, **job.details).runtime for job in planned
    )
    return (
        study.name, f"`{file}`", str(len(study.runs)), str(len(planned)), *gpu_hours,
        _number(cores[False]), _number(longest / 60), _number(cores[True]),
    )  # fmt: skip


def _sizes(file: str, study: Study, maps: int | None) -> tuple[str, ...]:
    planned = list(jobs(study))
    with_gpus, without = Estimates(study, A100, maps), Estimates(study, None, maps)
    asked = [
        max(e.needs(job.step, threads=job.threads, **job.details).mem_mb for job in planned)
        for e in (with_gpus, without)
    ]
    costs = [
        (job.step, with_gpus.cost(job.step, threads=job.threads, **job.details)) for job in planned
    ]
    disk = {"maps": 0.0, "train": 0.0, "input": 0.0, "results": DISK_MB_OF_REPORT}
    places = {"synthesize": "input", "download": "input", "prepare": "maps", "sphere": "maps"}
    for step, cost in costs:
        disk[places.get(step, "train" if step == "train" else "results")] += cost.disk_mb
    if not disk["input"] and study.experiments:
        disk["input"] = with_gpus.maps * input_mb(study.data)
    megabytes = (
        *asked, max(cost.gpu_mb for _, cost in costs), disk["input"], disk["maps"],
        disk["results"], disk["train"],
    )  # fmt: skip
    return (study.name, *(_number(mb / 1000) for mb in megabytes))


def _number(value: float) -> str:
    """Return a number with two digits that matter."""
    if value == 0:
        return "–"
    if value < 0.1:
        return "< 0.1"
    if value >= 100:
        return f"{float(f'{value:.2g}'):,.0f}"
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    n_words = 2 if "file" in head else 1
    rule = [":--"] * n_words + ["--:"] * (len(head) - n_words)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))
