"""The jobs of a study, as the workflow will run them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from deepsphere_pipe.config import GraphAnalysisConfig, Study
from deepsphere_pipe.reporting.tables.registry import tables_of

THREADS = {"synthesize": 8, "prepare": 8, "train": 4, "evaluate": 8}
"""Of the rules that have more than one (a test compares them)."""

OF_RUNS = ("precision_recall", "confusion", "calibration", "latitude", "cost")
OF_ONE_RUN = ("map", "composite", "globe")
OF_GRAPHS = 6


@dataclass(frozen=True)
class Job:
    """One job, with the arguments that `Estimates.cost` takes."""

    step: str
    details: dict[str, object] = field(default_factory=dict)

    @property
    def threads(self) -> int:
        """Cores that it has."""
        return THREADS.get(self.step, 1)

    @property
    def uses_gpu(self) -> bool:
        """Whether it trains or predicts."""
        return self.step in ("train", "evaluate")


def jobs(study: Study) -> Iterator[Job]:
    """Yield all jobs of a study that a scheduler gets, inputs to be fetched included."""
    if study.data.source == "synthetic" and (study.experiments or study.power_spectra):
        yield Job("synthesize")
    for section in (study.data, study.power_spectra):
        if section and section.download:
            yield Job("download", {"input": section.input})
    if study.power_spectra:
        yield Job("compute_power_spectra")
        yield Job("figure")
    if study.experiments:
        yield from _of_networks(study)
    if study.graph_analysis:
        yield from (Job(part) for part in GraphAnalysisConfig.model_fields)
        yield from [Job("figure")] * OF_GRAPHS
        yield Job("table")


def _of_networks(study: Study) -> Iterator[Job]:
    for sampling in study.samplings_by_name:
        yield Job("prepare", {"sampling": sampling})
        yield Job("sphere", {"sampling": sampling})
        for name in study.splits_by_name:
            split = f"splits/{name}" if name else "split"
            yield Job("split", {"sampling": sampling, "split": split})
            axes = (sampling if study.samplings else None, name)
            for kind in study.baselines:
                yield Job("baseline", {"baseline": "-".join(filter(None, (kind, *axes)))})
        yield from [Job("figure")] * len(study.figures.map.files)
    runs = study.runs
    for run in runs:
        yield Job("train", {"run": run.name})
        yield Job("evaluate", {"run": run.name})
    networks = {(run.experiment, run.sampling_name, run.split_name) for run in runs}
    baselines = len(study.baselines) * len(study.samplings_by_name) * len(study.splits_by_name)
    of_all = {"files": len(runs) + baselines}
    names = tables_of([run.model_dump(mode="json") for run in runs])
    yield from [Job("table", of_all)] * len(names)
    yield from [Job("figure", of_all)] * (1 + len(OF_RUNS) + (len(networks) > 1))
    yield from [Job("figure")] * len(OF_ONE_RUN)
    yield Job("page", {"files": 4 * len(runs)})
