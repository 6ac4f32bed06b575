"""The parts of a config that say what is trained and how, what it is compared with, and scores."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.config.models import ModelConfig
from deepsphere_pipe.config.section import Distinct, Section


class WindowConfig(Section):
    """Successive maps that are seen at once, and the one whose labels are predicted.

    All networks and baselines of a study are scored on the targets of the same windows, also those
    that see the last map only.
    """

    sequence_length: int = Field(1, ge=1, description="maps in a window")
    step_hours: int = Field(3, ge=1, description="hours between them")
    prediction_shift: int = Field(
        0, description="steps from the last map to the target; 0: the last map's own labels"
    )

    @property
    def before_target(self) -> int | None:
        """Place of the last map before the target, from the end (-1); None: the window has none."""
        place = min(self.prediction_shift, 1) - 2
        return place if place >= -self.sequence_length else None


class TrainingConfig(Section):
    """Optimisation of one network."""

    renamed: ClassVar = {"batch": "batch_size"}

    epochs: int = Field(30, ge=1, description="passes over the training part, at most")
    batch_size: int = Field(64, ge=1, description="maps per optimiser step, of all GPUs together")
    learning_rate: float = Field(1e-3, gt=0, description="initial learning rate of Adam")
    loss: Literal["cross_entropy", "focal", "dice"] = Field(
        "cross_entropy", description="what is minimised; `dice` is 1 − the mean Dice coefficient"
    )
    focal_gamma: float = Field(
        2.0, ge=0, description="focal loss: exponent of 1 − p; 0 is the cross-entropy"
    )
    class_weights: Literal["none", "balanced"] | dict[str, Annotated[float, Field(gt=0)]] = Field(
        "none",
        description="weights of the loss: `none`, `balanced` (inverse class frequency "
        "in the training part) or a number > 0 for each of BG, TC, AR",
    )
    area_weights: bool = Field(
        False,
        description="weigh vertices by their area, which differs much on the equiangular grid",
    )
    initial_bias: Literal["zero", "class_frequencies"] = Field(
        "zero",
        description="bias of the classifier before training: what makes every vertex as probable "
        "to be of a class as it is in the training maps",
    )
    warmup_epochs: int = Field(
        0, ge=0, description="epochs in which the rate rises linearly from a hundredth"
    )
    decay_epochs: Annotated[int, Field(ge=1)] | None = Field(
        None, description="every so many epochs the rate falls by `decay_factor`; null: never"
    )
    decay_factor: float = Field(0.5, gt=0, lt=1, description="by how much")
    plateau_patience: Annotated[int, Field(ge=0)] | None = Field(
        3,
        description="epochs without a better validation mean AP before the rate falls by "
        "`plateau_factor`; null: never",
    )
    plateau_factor: float = Field(0.5, gt=0, lt=1, description="by how much")
    early_stopping: Annotated[int, Field(ge=1)] | None = Field(
        10,
        description="epochs without a better validation mean AP before training stops; null: never",
    )
    gradient_clip: Annotated[float, Field(gt=0)] | None = Field(
        None, description="greatest norm of the gradient; null: any"
    )
    precision: Literal["float32", "bfloat16", "float16"] = Field(
        "float32", description="of the dense products (autocast); all else is float32"
    )
    deterministic: bool = Field(
        True, description="the same bits every time, also on a GPU, where it may cost time"
    )
    compile: bool = Field(False, description="compile the network with torch.compile")
    checkpoint_minutes: float = Field(
        10.0, ge=0, description="the most that a killed training loses; 0: save after every batch"
    )
    weight_histograms: bool = Field(
        False, description="histograms of weights and gradients for TensorBoard, every epoch"
    )

    @field_validator("class_weights")
    @classmethod
    def _weights_name_the_classes(cls, value: str | dict[str, float]) -> str | dict[str, float]:
        if isinstance(value, dict) and set(value) != set(CLASSES):
            raise ValueError(
                f"must be 'none', 'balanced' or one weight > 0 for each of {', '.join(CLASSES)}"
            )
        return value


class ExperimentConfig(Section):
    """One row of the results table: an architecture and how it is trained."""

    model: ModelConfig = Field(description="the network")
    training: TrainingConfig = Field(TrainingConfig(), description="the optimisation")
    samplings: Distinct[str] | None = Field(
        None, min_length=1, description="on which of the `samplings` it is trained; null: on all"
    )


class RunConfig(Section):
    """All that one training depends on besides its input files."""

    experiment: str = Field(description="name of the experiment")
    seed: int = Field(ge=0, description="initial weights and order of the maps")
    sampling_name: str | None = Field(
        None, description="name of the sampling, in a study that has several"
    )
    split_name: str | None = Field(
        None, description="name of the split, in a study that has several"
    )
    window: WindowConfig = Field(WindowConfig(), description="the maps seen at once")
    model: ModelConfig = Field(description="the network")
    training: TrainingConfig = Field(TrainingConfig(), description="the optimisation")

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(self, handler: SerializerFunctionWrapHandler) -> dict:
        """Leave out the name of a split that has none: runs of before are not run again."""
        dumped = handler(self)
        if self.split_name is None:
            dumped.pop("split_name", None)
        return dumped

    @property
    def name(self) -> str:
        """Folder of the run below ``runs/``."""
        parts = (self.experiment, self.sampling_name, self.split_name, f"seed{self.seed}")
        return "-".join(filter(None, parts))


@dataclass(frozen=True)
class Baseline:
    """What networks are compared with: it needs no graph, on one sampling and one split."""

    kind: str  # which of `Study.baselines`
    sampling: str
    sampling_name: str | None = None  # the same, in a study that has several
    split_name: str | None = None

    @property
    def name(self) -> str:
        """Folder of the baseline below ``baselines/``."""
        return "-".join(filter(None, (self.kind, self.sampling_name, self.split_name)))


class EvaluationConfig(Section):
    """How networks and baselines are scored on the test part; changing it trains nothing again."""

    exact_average_precision: bool = Field(
        False,
        description="compute average precision also by sorting all probabilities, beside that from "
        "histograms, into `scores.json`; the two are within 1e-4, or 1e-2 where logits lie a "
        "hundred apart or more; takes some 80 bytes of memory for every test map and vertex",
    )
    turned_maps: int = Field(
        32,
        ge=1,
        description="test maps, evenly spread, that networks also see turned, by each rotation "
        "that permutes the vertices",
    )
    least_event_km2: float = Field(
        30_000,
        ge=0,
        description="area in km² below which a predicted cyclone or river is no event; the same on "
        "all samplings. 30 000 is less than any cell of the icosahedral level 5 has, and what 50 "
        "cells of CAM5's grid have; ClimateNet's 250 cells are 200 000 in the tropics",
    )
    common_sampling: str | None = Field(
        None,
        description="one of the `samplings`: what is predicted on each is also interpolated to it "
        "and scored by area on its labels, the same for all; null: on their own labels only",
    )
    bootstrap_days: int | None = Field(
        None,
        ge=1,
        description="test days that follow each other and make one block, for intervals of scores; "
        "by default as many as the data tells (Politis and White 2004), and no fewer than lie in a "
        "row",
    )

    @property
    def common_module(self) -> str | None:
        """The module, below the package, for the common sampling: imported by its name only."""
        return "evaluation.common" if self.common_sampling else None
