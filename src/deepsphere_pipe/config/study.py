"""A study: everything that one YAML file may say, and what it expands to."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from deepsphere_pipe.config.data import DataConfig, PowerSpectraConfig, SplitConfig
from deepsphere_pipe.config.figures import FiguresConfig
from deepsphere_pipe.config.graph_study import GraphStudyConfig
from deepsphere_pipe.config.section import Distinct, Section
from deepsphere_pipe.config.spheres import GraphConfig, SamplingConfig
from deepsphere_pipe.config.training import ExperimentConfig, RunConfig, WindowConfig

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Study(Section):
    """One study: a YAML file that names data, sphere, experiments, seeds, or graphs to look at."""

    name: str = Field(description="folder of the study below `results/`")
    data: DataConfig = Field(default_factory=DataConfig, description="the maps")
    sampling: SamplingConfig = Field(
        default_factory=lambda: SamplingConfig(level=5), description="the discretised sphere"
    )
    graph: GraphConfig = Field(default_factory=GraphConfig, description="its graph")
    split: SplitConfig | None = Field(
        None, description="training, validation and test parts; needed with `experiments`"
    )
    window: WindowConfig = Field(
        default_factory=WindowConfig, description="successive maps that are seen at once"
    )
    experiments: dict[str, ExperimentConfig] = Field(
        default_factory=dict, description="networks to compare, by name"
    )
    seeds: Distinct[Annotated[int, Field(ge=0)]] = Field(
        (0,), min_length=1, description="every experiment is trained once for each seed"
    )
    baselines: Distinct[Literal["frequency", "logistic"]] = Field(
        ("frequency", "logistic"),
        description="what needs no graph: class frequencies, and logistic regression on the "
        "channels of single vertices",
    )
    graph_study: GraphStudyConfig | None = Field(
        None, description="the paper's figures of the graphs, without climate data; `{}` for all"
    )
    power_spectra: PowerSpectraConfig | None = Field(
        None, description="spectra of the data beside those of other data; `{}` for ERA5"
    )
    figures: FiguresConfig = Field(default_factory=FiguresConfig, description="the figures")

    @field_validator("name")
    @classmethod
    def _name_is_a_folder(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", value):
            raise ValueError("must be letters, digits, '-' and '_' (it names a folder)")
        return value

    @field_validator("experiments")
    @classmethod
    def _experiment_names(cls, value: dict[str, ExperimentConfig]) -> dict[str, ExperimentConfig]:
        for name in value:
            if not NAME.fullmatch(name):
                raise ValueError(
                    f"experiment '{name}' must be named with letters, digits and '_', "
                    "starting with a letter"
                )
        return value

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        if not (self.experiments or self.graph_study or self.power_spectra):
            raise ValueError(
                "the study needs 'experiments' (with a 'split'), 'graph_study' or 'power_spectra'"
            )
        if self.experiments and self.split is None:
            raise ValueError("the key 'split' is missing, without which nothing can be trained")
        self.graph.check_sampling(self.sampling)
        depth = self._depth
        for name, experiment in self.experiments.items():
            if depth is not None and experiment.model.depth > depth:
                raise ValueError(
                    f"experiments.{name}.model pools {experiment.model.depth} times, but the "
                    f"{self.sampling.name} sampling of this size allows at most {depth}"
                )
            if name in self.baselines:
                raise ValueError(f"experiments.{name} has the name of a baseline")
        wanted = self.figures.map.experiment
        if wanted is not None and wanted not in self.experiments:
            raise ValueError(
                f"figures.map.experiment '{wanted}' is not an experiment; "
                f"allowed: {', '.join(self.experiments)}"
            )
        self._split_exists()
        return self

    @property
    def _depth(self) -> int | None:
        """How often the sampling can be coarsened, where that is plain."""
        if self.sampling.region is not None:
            return None
        if self.sampling.level is not None:
            return self.sampling.level
        return None if self.sampling.nside is None else self.sampling.nside.bit_length() - 1

    def _split_exists(self) -> None:
        """With synthetic data it is known beforehand which years and runs there will be."""
        units = {"by_year": "years", "by_run": "runs"}
        if self.split is None or self.data.source != "synthetic" or self.split.method not in units:
            return
        key = units[self.split.method]
        there = set(getattr(self.data.synthetic, key))
        held_out = {*self.split.validation, *self.split.test}
        if unknown := held_out - there:
            raise ValueError(
                f"split names {key} {sorted(unknown)} that data.synthetic.{key} does not make; "
                f"allowed: {sorted(there)}"
            )
        if held_out == there:
            raise ValueError(f"split leaves none of data.synthetic.{key} for training")

    @property
    def runs(self) -> tuple[RunConfig, ...]:
        """Every experiment with every seed."""
        return tuple(
            RunConfig(
                experiment=name,
                seed=seed,
                window=self.window,
                model=experiment.model,
                training=experiment.training,
            )
            for name, experiment in self.experiments.items()
            for seed in self.seeds
        )

    def run(self, name: str) -> RunConfig:
        """Return the run with this name."""
        return next(run for run in self.runs if run.name == name)

    def figure(self, name: str) -> dict[str, object]:
        """Return all that one figure depends on besides its input files."""
        section = getattr(self.figures, name, None)  # the figures of the graphs have the style only
        own = section.model_dump(mode="json", exclude={"experiment"}) if section else {}
        return {**self.figures.style.model_dump(mode="json"), **own}
