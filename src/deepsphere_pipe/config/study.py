"""A study: everything that one YAML file may say, and what it expands to."""

import re
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from deepsphere_pipe.channels import EVENTS
from deepsphere_pipe.config.data import DataConfig, PowerSpectraConfig, SyntheticData
from deepsphere_pipe.config.figures import FiguresConfig
from deepsphere_pipe.config.graph_analysis import GraphAnalysisConfig
from deepsphere_pipe.config.graphs import GraphConfig, KnnConfig
from deepsphere_pipe.config.models import misfit
from deepsphere_pipe.config.predictions import PredictionConfig
from deepsphere_pipe.config.samplings import DEFAULT_SAMPLING, SamplingConfig, check_one_part
from deepsphere_pipe.config.section import Distinct, Section
from deepsphere_pipe.config.splits import HeldOutSplit, SplitConfig
from deepsphere_pipe.config.tracking import TrackingConfig
from deepsphere_pipe.config.training import (
    Baseline,
    EvaluationConfig,
    ExperimentConfig,
    RunConfig,
    WindowConfig,
)
from deepsphere_pipe.errors import UserError

RESERVED = "native"
"""Folder in that of the data which is no sampling's."""


def _named(kind: str, pattern: str, more: str = "") -> AfterValidator:
    """Refuse sections of the user's own names, where one cannot be a part of file names."""

    def check(sections: dict[str, Section]) -> dict[str, Section]:
        for name in sections:
            if not re.fullmatch(pattern, name):
                raise ValueError(
                    f"{kind} '{name}' must be named with letters, digits and '_'{more}"
                )
        return sections

    return AfterValidator(check)


class Study(Section):
    """One study: a YAML file that names data, sphere, experiments, seeds, or graphs to look at."""

    renamed: ClassVar = {"graph_study": "graph_analysis"}

    name: str = Field(description="folder of the study below `results/`")
    data: DataConfig = Field(SyntheticData(), description="the maps")
    sampling: SamplingConfig | None = Field(
        None, description="the discretised sphere; icosahedral of level 5 by default"
    )
    samplings: Annotated[
        dict[str, SamplingConfig],
        _named("sampling", rf"(?!{RESERVED}$)[A-Za-z0-9_]+", f", but not {RESERVED}"),
    ] = Field(
        {},
        description="several samplings by names of your own, instead of `sampling`: every "
        "experiment is trained on each, or on its own `samplings`",
    )
    graph: GraphConfig = Field(KnnConfig(), description="its graph")
    split: SplitConfig | None = Field(
        None,
        description="training, validation and test parts; needed with `experiments`, unless "
        "there are `splits`",
    )
    splits: Annotated[dict[str, SplitConfig], _named("split", "[A-Za-z0-9_]+")] = Field(
        {},
        description="several splits by names of your own, instead of `split`: every experiment is "
        "trained on each, which shows what leakage between the parts is worth",
    )
    window: WindowConfig = Field(
        WindowConfig(), description="successive maps that are seen at once"
    )
    experiments: Annotated[
        dict[str, ExperimentConfig],
        _named("experiment", "[A-Za-z][A-Za-z0-9_]*", ", starting with a letter"),
    ] = Field({}, description="networks to compare, by name")
    seeds: Distinct[Annotated[int, Field(ge=0)]] = Field(
        (0,), min_length=1, description="every experiment is trained once for each seed"
    )
    gpus_per_run: int = Field(
        1, ge=1, description="GPUs that share one training; without GPUs so many processes"
    )
    baselines: Distinct[Literal["frequency", "logistic", "persistence"]] = Field(
        ("frequency", "logistic"),
        description="what needs no graph: class frequencies, logistic regression on the channels "
        "of single vertices, and, in a study of windows, the truth of the last map before the "
        "target",
    )
    evaluation: EvaluationConfig = Field(EvaluationConfig(), description="how networks are scored")
    graph_analysis: GraphAnalysisConfig | None = Field(
        None, description="the paper's figures of the graphs, without climate data; `{}` for all"
    )
    power_spectra: PowerSpectraConfig | None = Field(
        None, description="spectra of the data beside those of other data; `{}` for ERA5"
    )
    predictions: Annotated[dict[str, PredictionConfig], _named("prediction", "[A-Za-z0-9_]+")] = (
        Field({}, description="what trained networks see in other fields, by names of your own")
    )
    tracking: TrackingConfig = Field(
        TrackingConfig(), description="how storms are followed from map to map"
    )
    figures: FiguresConfig = Field(FiguresConfig(), description="the figures")

    @field_validator("name")
    @classmethod
    def _name_is_a_folder(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", value):
            raise ValueError("must be letters, digits, '-' and '_' (it names a folder)")
        return value

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        if self.split and self.splits:
            raise ValueError("'split' and 'splits' exclude each other; give one of them")
        if self.experiments and not (self.split or self.splits):
            raise ValueError("the key 'split' is missing, without which nothing can be trained")
        if self.experiments and not self.data.has_labels:
            raise ValueError(
                f"data.source '{self.data.source}' has no labels, so no network can be trained or "
                "scored on it; choose another source"
            )
        if self.samplings and self.sampling:
            raise ValueError("'sampling' and 'samplings' exclude each other; give one of them")
        if clash := self.splits.keys() & self.samplings.keys():
            raise ValueError(
                f"a split and a sampling are both named '{min(clash)}', so runs and rows of tables "
                "could not be told apart; give one of them another name"
            )
        for sampling in self.samplings_by_name.values():
            self.graph.check_sampling(sampling)
        self._networks_fit()
        for name in self.experiments:
            if name in self.baselines:
                raise ValueError(f"experiments.{name} has the name of a baseline")
        if "persistence" in self.baselines and self.window.before_target is None:
            raise ValueError(
                "baselines: 'persistence' is the truth of the map before the target, which a "
                "window of these maps has not; make window.sequence_length greater"
            )
        drawn, common = self.figures.map, self.evaluation.common_sampling
        named: tuple[tuple[str, str | None, Collection[str]], ...] = (
            ("figures.map.experiment", drawn.experiment, self.experiments),
            ("figures.map.sampling", drawn.sampling, self.samplings_by_name),
            ("figures.map.split", drawn.split, self.splits),
            ("evaluation.common_sampling", common, self.samplings),
        )
        for key, wanted, there in named:
            if wanted is not None and wanted not in there:
                kind = key.rpartition(".")[2].removeprefix("common_")
                allowed = ", ".join(there) or f"none, as there is no key '{kind}s'"
                raise ValueError(f"{key} '{wanted}' is not there; allowed: {allowed}")
        if common:
            check_one_part(self.samplings.values())
        for name in self.predictions:
            if not self.runs_predicting(name):
                raise ValueError(
                    f"predictions.{name}: no network is trained that has its 'experiment', "
                    "'sampling' and 'split'"
                )
        if self.runs and self.mapped_run() is None:
            raise ValueError("figures.map: its 'experiment' is not trained on its 'sampling'")
        globe = self.figures.globe.run
        if globe is not None and globe not in self._runs_by_name:
            allowed = ", ".join(self._runs_by_name)
            raise ValueError(f"figures.globe.run '{globe}' is not there; allowed: {allowed}")
        self._storms_fit()
        for split_name, split in self.splits_by_name.items():
            self._split_exists(f"splits.{split_name}" if split_name else "split", split)
        return self

    def _networks_fit(self) -> None:
        """Every network must fit to each sampling that it is trained on."""
        for name, experiment in self.experiments.items():
            where = f"experiments.{name}"
            if unknown := set(experiment.samplings or ()) - set(self.samplings):
                there = ", ".join(self.samplings) or "none, as there is no key 'samplings'"
                raise ValueError(
                    f"{where}.samplings names '{min(unknown)}', which is not there; allowed: "
                    f"{there}"
                )
            for sphere in self.samplings_of(name):
                sampling = self.samplings_by_name[sphere]
                called = f"sampling {sphere}" if self.samplings else f"{sampling.name} sampling"
                if reason := misfit(experiment.model, sampling, called):
                    raise ValueError(f"{where}.model {reason}")

    def _storms_fit(self) -> None:
        """With synthetic data it is known beforehand for how long maps follow each other."""
        if not (self.tracking.score_runs and isinstance(self.data, SyntheticData)):
            return
        hours = 24 * self.data.synthetic.days_in_a_row - 3
        for name in EVENTS:
            least = getattr(self.tracking, name).least_hours
            if least > hours:
                raise ValueError(
                    f"tracking.{name}.least_hours {least:g}: maps follow each other for {hours} "
                    "hours; make data.synthetic.days_in_a_row greater"
                )

    def _split_exists(self, where: str, split: SplitConfig) -> None:
        """With synthetic data it is known beforehand which years and runs there will be."""
        if not isinstance(self.data, SyntheticData) or not isinstance(split, HeldOutSplit):
            return
        key = split.unit
        there = set(getattr(self.data.synthetic, key))
        held_out = {*split.validation, *split.test}
        if unknown := held_out - there:
            raise ValueError(
                f"{where} names {key} {sorted(unknown)} that data.synthetic.{key} does not make; "
                f"allowed: {sorted(there)}"
            )
        if held_out == there:
            raise ValueError(f"{where} leaves none of data.synthetic.{key} for training")

    @property
    def samplings_by_name(self) -> dict[str, SamplingConfig]:
        """All samplings by name; one alone has the name of its kind."""
        alone = self.sampling or DEFAULT_SAMPLING
        return self.samplings or {alone.name: alone}

    def samplings_of(self, experiment: str) -> list[str]:
        """Return the names of the samplings that an experiment is trained on."""
        wanted = self.experiments[experiment].samplings
        return [name for name in self.samplings_by_name if wanted is None or name in wanted]

    @property
    def splits_by_name(self) -> dict[str | None, SplitConfig]:
        """All splits by name; one alone has none."""
        return {None: self.split} if self.split else dict(self.splits.items())

    @cached_property
    def baselines_by_name(self) -> dict[str, Baseline]:
        """Every baseline on every sampling and split, if there are networks to compare."""
        baselines = [
            Baseline(kind, sampling, sampling if self.samplings else None, split_name)
            for kind in (self.baselines if self.experiments else ())
            for sampling in self.samplings_by_name
            for split_name in self.splits_by_name
        ]
        return {baseline.name: baseline for baseline in baselines}

    @cached_property
    def runs(self) -> tuple[RunConfig, ...]:
        """Every experiment on every sampling and split with every seed.

        Made once: a plan asks for runs some times per job.
        """
        return tuple(
            RunConfig(
                experiment=name,
                seed=seed,
                sampling_name=sampling_name,
                split_name=split_name,
                window=self.window,
                model=experiment.model,
                training=experiment.training,
            )
            for name, experiment in self.experiments.items()
            for sampling_name in (self.samplings_of(name) if self.samplings else [None])
            for split_name in self.splits_by_name
            for seed in self.seeds
        )

    @cached_property
    def _runs_by_name(self) -> dict[str, RunConfig]:
        return {run.name: run for run in self.runs}

    def sampling_of(self, run: RunConfig) -> str:
        """Return the name of the sampling of a run."""
        return run.sampling_name or next(iter(self.samplings_by_name))

    def mapped_run(self, sphere: str | None = None) -> RunConfig | None:
        """Return the run whose prediction is drawn as maps, and whose cyclones are averaged.

        It is that on one of the samplings, by default on the one that `figures.map` says, or on
        the first that its experiment is trained on.
        """
        wanted = self.figures.map
        fitting = self._fitting(wanted.experiment, sphere or wanted.sampling, wanted.split)
        return next(fitting, None)

    @property
    def followed(self) -> list[str]:
        """Names of the predictions in which a cyclone is followed."""
        return [name for name, wanted in self.predictions.items() if wanted.follow]

    def runs_predicting(self, name: str) -> list[RunConfig]:
        """Return the runs whose mean is a prediction: all seeds of one network."""
        wanted = self.predictions[name]
        fitting = [*self._fitting(wanted.experiment, wanted.sampling, wanted.split)]
        alike = ("experiment", "sampling_name", "split_name")
        return [
            run for run in fitting if all(getattr(run, a) == getattr(fitting[0], a) for a in alike)
        ]

    def _fitting(
        self, experiment: str | None, sphere: str | None, split: str | None
    ) -> Iterator[RunConfig]:
        """Yield the runs of an experiment, on a sampling and a split, where these are named."""
        return (
            run
            for run in self.runs
            if sphere in (None, self.sampling_of(run))
            and experiment in (None, run.experiment)
            and split in (None, run.split_name)
        )

    def check_asks_for_something(self) -> None:
        """Refuse a study of which a workflow would make nothing, with a `UserError`."""
        if not (self.experiments or self.graph_analysis or self.power_spectra):
            raise UserError(
                f"study {self.name}: needs 'experiments' (with a 'split'), 'graph_analysis' or "
                "'power_spectra'."
            )

    def run(self, name: str) -> RunConfig:
        """Return the run with this name; a UserError tells those that there are."""
        if name not in self._runs_by_name:
            first, more = [*self._runs_by_name][:10], len(self._runs_by_name) - 10
            names = ", ".join(first) + (f" and {more} more" if more > 0 else "")
            raise UserError(f"study {self.name} has no run '{name}'; it has {names or 'none'}.")
        return self._runs_by_name[name]

    def figure(self, name: str) -> dict[str, object]:
        """Return all that one figure depends on besides its input files.

        A map in one of `figures.map.projections` is called ``map/<its name in files>``.
        """
        name, _, projection = name.partition("/")
        section = getattr(self.figures, name, None)  # most figures have the style only
        # Which run is drawn is seen by its file.
        elsewhere = {"experiment", "sampling", "split", "run", "projections"}
        own = section.model_dump(mode="json", exclude=elsewhere) if section else {}
        if name == "globe":
            own["colormap"] = self.figures.map.colormap
        if projection:
            own["projection"] = self.figures.map.files[projection]
        return {**self.figures.style.model_dump(mode="json"), **own}
