"""The part of a config that says how figures look."""

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.config.section import Distinct, Section
from deepsphere_pipe.projections import ALLOWED, PROJ_NAMES, proj_string

COLOUR = r"^#[0-9a-fA-F]{6}$"


class FigureStyle(Section):
    """What all figures share."""

    dpi: int = Field(150, ge=50, le=600, description="resolution of the PNG files")
    width_inches: float = Field(8.0, gt=2, le=12, description="width of a figure")
    colours: dict[Literal[CLASSES], Annotated[str, Field(pattern=COLOUR)]] = Field(  # type: ignore[valid-type]
        default_factory=lambda: {"BG": "#bbbbbb", "TC": "#d55e00", "AR": "#0072b2"},
        description="colour of each class",
    )

    @field_validator("colours")
    @classmethod
    def _all_classes(cls, value: dict[str, str]) -> dict[str, str]:
        if set(value) != set(CLASSES):
            raise ValueError(f"must name a colour for each of {', '.join(CLASSES)}")
        return {name: value[name] for name in CLASSES}  # in the order of the label values


class TrainingCurvesConfig(Section):
    """The figure of loss and average precision against epoch."""

    train_colour: str = Field("#444444", pattern=COLOUR, description="line of the training loss")
    validation_colour: str = Field("#cc79a7", pattern=COLOUR, description="validation loss")


class PrecisionRecallConfig(Section):
    """The figure of precision against recall."""

    baseline_colour: str = Field("#777777", pattern=COLOUR, description="lines of the baselines")


def _by_file_name(projections: tuple[str, ...]) -> dict[str, str]:
    """Return projections by what they are called in names of files.

    A centre is a part of the name only where it tells two of them apart.
    """
    short = [re.sub(r"^\s*(\+proj=)?|\W.*", "", each) for each in projections]
    full = [re.sub(r"[^A-Za-z0-9.-]+", "_", each).strip("_") for each in projections]
    names = [s if short.count(s) == 1 else f for s, f in zip(short, full, strict=True)]
    return dict(zip(names, projections, strict=True))


class MapConfig(Section):
    """The figure of truth and prediction on the sphere."""

    projection: str = Field(
        "mollweide",
        description=f"{ALLOWED}; without a centre, orthographic shows the side with most true "
        "events",
    )
    projections: Distinct[str] = Field(
        tuple(PROJ_NAMES),
        description="of the maps of every sampling, `figures/maps/<sampling>-<projection>.png`",
    )
    colormap: str = Field("Greys", description="matplotlib colormap of the moisture field")
    experiment: str | None = Field(
        None, description="whose prediction, and whose composite; the first by default"
    )
    sampling: str | None = Field(
        None, description="on which of the samplings; the first by default"
    )
    split: str | None = Field(None, description="on which of the splits; the first by default")

    @field_validator("projection")
    @classmethod
    def _projection_exists(cls, value: str) -> str:
        proj_string(value)
        return value

    @field_validator("projections")
    @classmethod
    def _projections_exist(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            proj_string(each)
        if len(_by_file_name(value)) < len(value):
            raise ValueError("must not hold one projection twice")
        return value

    @property
    def files(self) -> dict[str, str]:
        """The projections by what they are called in names of files."""
        return _by_file_name(self.projections)

    @field_validator("colormap")
    @classmethod
    def _colormap_exists(cls, value: str) -> str:
        if value != cls.model_fields["colormap"].default:
            import matplotlib  # here, so that planning a study with the default need not wait

            if value not in matplotlib.colormaps:
                raise ValueError(f"matplotlib has no colormap '{value}' (try 'viridis')")
        return value


class GlobeConfig(Section):
    """The animation of a turning globe with truth and prediction."""

    run: str | None = Field(
        None, description="folder below `runs/`; that of the map (`figures.map`) by default"
    )
    frames: int = Field(36, ge=4, le=36, description="pictures of one turn")
    seconds: float = Field(5.4, ge=1, le=60, description="how long a turn takes")


class FiguresConfig(Section):
    """How figures look; nothing here is an input of training or evaluation."""

    style: FigureStyle = Field(FigureStyle(), description="all figures")
    training_curves: TrainingCurvesConfig = Field(
        TrainingCurvesConfig(), description="loss and AP against epoch"
    )
    precision_recall: PrecisionRecallConfig = Field(
        PrecisionRecallConfig(), description="precision against recall"
    )
    map: MapConfig = Field(MapConfig(), description="truth and prediction")
    globe: GlobeConfig = Field(GlobeConfig(), description="the turning globe")
