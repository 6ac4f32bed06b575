"""The study config: one frozen, typed model of everything a YAML file may say.

A study names its data, sampling, graph, split, experiments and seeds; it expands to runs
(experiment × seed). Every key carries its own description, from which the reference in
``docs/configuration.md`` is generated.
"""

from deepsphere_pipe.config.data import (
    DataConfig,
    GraphConfig,
    SamplingConfig,
    SplitConfig,
    SyntheticConfig,
)
from deepsphere_pipe.config.figures import FiguresConfig
from deepsphere_pipe.config.reading import dump, parse, read
from deepsphere_pipe.config.study import Study
from deepsphere_pipe.config.training import (
    ExperimentConfig,
    ModelConfig,
    RunConfig,
    TrainingConfig,
)

__all__ = [
    "DataConfig",
    "ExperimentConfig",
    "FiguresConfig",
    "GraphConfig",
    "ModelConfig",
    "RunConfig",
    "SamplingConfig",
    "SplitConfig",
    "Study",
    "SyntheticConfig",
    "TrainingConfig",
    "dump",
    "parse",
    "read",
]
