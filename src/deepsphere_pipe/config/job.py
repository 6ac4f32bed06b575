"""A training by itself, without a workflow: one file says data, sphere, network and optimisation.

Every key can be overridden on the command line, by its path or by its name if only one key has it.
"""

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, Field, model_validator

from deepsphere_pipe.config.data import DataConfig, SplitConfig
from deepsphere_pipe.config.reading import parse, read_yaml
from deepsphere_pipe.config.samplings import DEFAULT_SAMPLING, GraphConfig, SamplingConfig
from deepsphere_pipe.config.section import Section, section_of
from deepsphere_pipe.config.training import RunConfig
from deepsphere_pipe.errors import UserError

PUBLISHED_NAMES = {
    "n_epochs": "training.epochs",
    "reducelronplateau_factor": "training.plateau_factor",
    "reducelronplateau_patience": "training.plateau_patience",
    "steplr_step_size": "training.decay_epochs",
    "steplr_gamma": "training.decay_factor",
    "warmuplr_warmup_duration": "training.warmup_epochs",
    "earlystopping_patience": "training.early_stopping",
    "path_to_data": "data.input",
}
"""Options of the package of Defferrard et al. (2020) that have another name here."""


class JobConfig(RunConfig):
    """One training with data and sphere of its own."""

    experiment: str = Field("example", description="name of the experiment")
    seed: int = Field(0, ge=0, description="initial weights and order of the maps")
    data: DataConfig = Field(default_factory=DataConfig, description="the maps")
    sampling: SamplingConfig = Field(DEFAULT_SAMPLING, description="the discretised sphere")
    graph: GraphConfig = Field(default_factory=GraphConfig, description="its graph")
    split: SplitConfig | None = Field(None, description="training, validation and test parts")

    @model_validator(mode="after")
    def _can_be_trained(self) -> Self:
        self.data.check_labels()
        return self

    @property
    def run(self) -> RunConfig:
        """What the training depends on besides its input files."""
        return RunConfig(**{name: getattr(self, name) for name in RunConfig.model_fields})


def read_job(path: str | Path, options: Sequence[str] = ()) -> JobConfig:
    """Read a job, or a run of the workflow, with keys overridden.

    Parameters
    ----------
    path : path-like
        YAML file.
    options : sequence of str
        From the command line: ``--training.epochs 3 --widths 8 16``, ``--batch-size=4``.

    Raises
    ------
    UserError
        One sentence with the file or the option, and what is allowed there.
    """
    content = read_yaml(path)
    if not isinstance(content, dict):
        return parse(JobConfig, content, path)
    for option, value in _pairs(options):
        *parents, last = _path_of(option).split(".")
        section = content
        for key in parents:
            section[key] = section.get(key) or {}
            section = section[key]
        section[last] = value
        other = {"preset": "widths", "widths": "preset"}.get(last)
        if parents == ["model"]:
            section.pop(other, None)  # each excludes the other
    return parse(JobConfig, content, f"{path} and the command line" if options else path)


def _pairs(options: Sequence[str]) -> Iterator[tuple[str, object]]:
    """Yield options and their values, as YAML understands them."""
    position = 0
    while position < len(options):
        name, equals, value = options[position].partition("=")
        if not name.startswith("--"):
            raise UserError(f"{name}: is no option; write --key value.")
        values = [value] if equals else []
        position += 1
        while not equals and position < len(options) and not options[position].startswith("--"):
            values.append(options[position])
            position += 1
        if not values:
            raise UserError(f"{name}: needs a value.")
        key = name[2:].replace("-", "_")
        several = len(values) > 1
        yield key, [_value(text) for text in values] if several else _value(values[0])


def _value(text: str) -> object:
    """Return what a YAML file would mean by a text, and a number for 1e-3, which YAML would not."""
    value = yaml.safe_load(text)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            pass
    return value


def _path_of(option: str) -> str:
    paths = list(_paths(JobConfig))
    if option in paths:
        return option
    if option in PUBLISHED_NAMES:
        return PUBLISHED_NAMES[option]
    leaves = Counter(path.rpartition(".")[2] for path in paths)
    fitting = [path for path in paths if path.rpartition(".")[2] == option]
    if leaves[option] == 1:
        return fitting[0]
    if fitting:
        names = " or ".join(f"--{path}" for path in fitting)
        raise UserError(f"--{option}: several keys have this name; write {names}.")
    near = difflib.get_close_matches(option, [*paths, *leaves, *PUBLISHED_NAMES], n=1)
    hint = f"; do you mean --{near[0]}?" if near else "; docs/configuration.md lists all keys"
    raise UserError(f"--{option}: there is no such option or key{hint}")


def _paths(section: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, field in section.model_fields.items():
        inner = section_of(field.annotation)
        if inner and issubclass(inner, Section):
            yield from _paths(inner, f"{above}{name}.")
        else:
            yield above + name
