"""The parts of a config that say what is trained and how."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from deepsphere_pipe.config.section import Items, Section
from deepsphere_pipe.data.channels import CLASSES

PRESETS = {"deepsphere": 5, "jiang": 5, "wide": 5}
"""Named architectures and how often each one pools."""


class ModelConfig(Section):
    """A static spherical U-Net."""

    preset: Literal["deepsphere", "jiang", "wide"] | None = Field(
        None, description="a published architecture; excludes `widths`"
    )
    widths: Items[Annotated[int, Field(ge=1)]] | None = Field(
        None, description="feature maps per level, finest first; excludes `preset`"
    )
    kernel_size: int = Field(
        3, ge=1, le=16, description="Chebyshev coefficients per filter (polynomial order + 1)"
    )
    pooling: Literal["average", "max", "subsample"] = Field(
        "average", description="how children become their parent"
    )
    unpooling: Literal["copy", "interpolate", "constant"] = Field(
        "copy", description="how a parent becomes its children"
    )

    @model_validator(mode="after")
    def _one_architecture(self) -> Self:
        if (self.preset is None) == (self.widths is None):
            raise ValueError("exactly one of 'preset' and 'widths' must be given")
        if self.widths is not None and len(self.widths) < 2:
            raise ValueError("'widths' needs at least two levels")
        return self

    @property
    def depth(self) -> int:
        """Number of pooling steps."""
        return PRESETS[self.preset] if self.preset else len(self.widths) - 1


class TrainingConfig(Section):
    """Optimisation of one network."""

    epochs: int = Field(30, ge=1, description="passes over the training part, at most")
    batch: int = Field(64, ge=1, description="maps per optimiser step")
    learning_rate: float = Field(1e-3, gt=0, description="initial learning rate of Adam")
    class_weights: Literal["none", "balanced"] | dict[str, Annotated[float, Field(gt=0)]] = Field(
        "none",
        description="weights of the cross-entropy: `none`, `balanced` (inverse class frequency "
        "in the training part) or a number > 0 for each of BG, TC, AR",
    )
    plateau_patience: int = Field(
        3, ge=0, description="epochs without a better validation mean AP before the rate falls"
    )
    plateau_factor: float = Field(0.5, gt=0, lt=1, description="by how much the rate falls")
    early_stopping: int = Field(
        10, ge=1, description="epochs without a better validation mean AP before training stops"
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
    training: TrainingConfig = Field(default_factory=TrainingConfig, description="the optimisation")


class RunConfig(Section):
    """All that one training depends on besides its input files."""

    experiment: str = Field(description="name of the experiment")
    seed: int = Field(ge=0, description="initial weights and order of the maps")
    model: ModelConfig = Field(description="the network")
    training: TrainingConfig = Field(default_factory=TrainingConfig, description="the optimisation")

    @property
    def name(self) -> str:
        """Folder of the run below ``runs/``."""
        return f"{self.experiment}-seed{self.seed}"
