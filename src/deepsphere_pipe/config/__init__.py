"""The study config: one frozen, typed model of everything a YAML file may say.

A study names its data, sampling, graph, split, experiments and seeds; it expands to runs
(experiment × seed). Every key carries its own description, from which the reference in
``docs/configuration.md`` is generated.
"""

from deepsphere_pipe.config.data import (
    DataConfig,
    LoadingConfig,
    PowerSpectraConfig,
    SyntheticConfig,
    SyntheticData,
)
from deepsphere_pipe.config.figures import FiguresConfig
from deepsphere_pipe.config.graph_analysis import (
    EquivarianceErrorConfig,
    GraphAnalysisConfig,
    KernelWidthsConfig,
    SamplingComparisonConfig,
    SpectraConfig,
)
from deepsphere_pipe.config.graphs import GraphConfig, KnnConfig
from deepsphere_pipe.config.models import (
    CustomModelConfig,
    HealpixUNetConfig,
    PlanarUNetConfig,
    UNetConfig,
)
from deepsphere_pipe.config.reading import dump, parse
from deepsphere_pipe.config.samplings import (
    CustomConfig,
    EquiangularConfig,
    HealpixConfig,
    IcosahedralConfig,
    SamplingConfig,
)
from deepsphere_pipe.config.splits import SplitConfig
from deepsphere_pipe.config.study import Study
from deepsphere_pipe.config.tracking import TrackingConfig
from deepsphere_pipe.config.training import (
    Baseline,
    EvaluationConfig,
    RunConfig,
    TrainingConfig,
    WindowConfig,
)
from deepsphere_pipe.config.variants import VariantsConfig, parse_study, read_study

__all__ = [
    "Baseline",
    "CustomConfig",
    "CustomModelConfig",
    "DataConfig",
    "EquiangularConfig",
    "EquivarianceErrorConfig",
    "EvaluationConfig",
    "FiguresConfig",
    "GraphAnalysisConfig",
    "GraphConfig",
    "HealpixConfig",
    "HealpixUNetConfig",
    "IcosahedralConfig",
    "KernelWidthsConfig",
    "KnnConfig",
    "LoadingConfig",
    "PlanarUNetConfig",
    "PowerSpectraConfig",
    "RunConfig",
    "SamplingComparisonConfig",
    "SamplingConfig",
    "SpectraConfig",
    "SplitConfig",
    "Study",
    "SyntheticConfig",
    "SyntheticData",
    "TrackingConfig",
    "TrainingConfig",
    "UNetConfig",
    "VariantsConfig",
    "WindowConfig",
    "dump",
    "parse",
    "parse_study",
    "read_study",
]
