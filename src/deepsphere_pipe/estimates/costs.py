"""The page with the expected costs of the studies in a folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deepsphere_pipe.config import GraphAnalysisConfig, Study, SyntheticConfig, parse, parse_study
from deepsphere_pipe.config.reading import read_yaml
from deepsphere_pipe.estimates.network import A100, H100
from deepsphere_pipe.estimates.steps import THREADS, Cost, Estimates

HEAD = """\
# What the studies cost

<!-- Made by `make docs` from src/deepsphere_pipe/estimates/ and config/: edit those, not this. -->

**These are estimates**, right within a factor of two or three;
[cluster.md](cluster.md#what-a-job-asks-for) tells what they rest on, and what the columns are.

"""
NETWORKS = ("train", "evaluate")


def costs_page(folder: str | Path) -> str:
    """Return the page as Markdown, with a row for each study and variant in YAML files."""
    rows = [
        _costs(*found) for path in sorted(Path(folder).glob("*.yaml")) for found in _studies(path)
    ]
    rule = [":--" if head in ("study", "file") else "--:" for head in rows[0]]
    lines = [rows[0].keys(), rule, *(row.values() for row in rows)]
    return HEAD + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _studies(path: Path) -> Iterator[tuple[str, Study, int]]:
    """Yield file, study and maps of every variant, whatever is there; no study has no `name`."""
    content = read_yaml(path)
    if not isinstance(content, dict) or "name" not in content:
        return
    # The head of such a study tells how to make its small archive from the file beside it.
    small, made = path.with_suffix(".archive.yml"), None
    if small.exists():
        archive: Any = read_yaml(small)
        made = parse(SyntheticConfig, archive["data"]["synthetic"], small).n_maps
    for variant in content.get("variants") or [content.get("variant")]:
        study = parse_study({**content, "variant": variant}, path)
        yield path.name, study, made or study.data.whole_maps


def _jobs(study: Study) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield steps and their wildcards."""
    if study.power_spectra:
        yield "compute_power_spectra", {}
    if study.graph_analysis:
        yield from ((part, {}) for part in GraphAnalysisConfig.model_fields)
    if study.data.source == "synthetic" and (study.experiments or study.power_spectra):
        yield "synthesize", {}
    for sampling in study.samplings_by_name if study.experiments else ():
        yield from ((step, {"sampling": sampling}) for step in ("prepare", "sphere"))
    yield from ((step, {"run": run.name}) for run in study.runs for step in NETWORKS)


def _costs(file: str, study: Study, maps: int) -> dict[str, str]:
    """Return the row of a study by the heads of the columns."""
    a100, h100, cpu = (
        [(step, estimates.cost(step, **names)) for step, names in _jobs(study)]
        for estimates in (Estimates(study, gpu, maps) for gpu in (A100, H100, None))
    )

    def hours(costs: list[tuple[str, Cost]], networks: bool, units: dict[str, int]) -> float:
        """Return hours times cores or GPUs, of networks or of all other steps."""
        chosen = (job for job in costs if (job[0] in NETWORKS) == networks)
        return sum(units.get(step, 1) * cost.seconds for step, cost in chosen) / 3600

    def disk(*steps: str) -> float:
        return sum(cost.disk_mb for step, cost in a100 if step in steps) / 1000

    gpus = {"train": study.gpus_per_run}
    numbers = {
        "A100, h": hours(a100, True, gpus),
        "H100, h": hours(h100, True, gpus),
        "other cores, h": hours(cpu, False, THREADS),
        "without GPUs, core h": hours(cpu, True, THREADS),
        "longest job, h": max(cost.requested()[1] for _, cost in a100) / 60,
        "memory, GB": max(cost.requested()[0] for _, cost in a100) / 1000,
        "without GPUs, GB": max(cost.requested()[0] for _, cost in cpu) / 1000,
        "GPU, GB": max(cost.gpu_mb for _, cost in a100) / 1000,
        "input, GB": maps * study.data.file_mb / 1000 if study.experiments else 0.0,
        "maps, GB": disk("prepare", "sphere"),
        "results, GB": disk("evaluate"),
        "checkpoints, GB": disk("train"),
    }
    words = {"study": study.name, "file": f"`{file}`", "runs": str(len(study.runs))}
    return words | {head: _number(value) for head, value in numbers.items()}


def _number(value: float) -> str:
    """Return a number with two digits that matter."""
    if value < 0.1:
        return "< 0.1" if value else "–"
    return f"{float(f'{value:.2g}'):,.{1 if value < 10 else 0}f}"
