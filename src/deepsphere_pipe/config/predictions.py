"""The part of a config that says which other fields trained networks are shown."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from deepsphere_pipe.channels import CHANNEL_NAMES, EVENTS
from deepsphere_pipe.config.inputs import Date, DownloadConfig, TimesConfig, whole_path
from deepsphere_pipe.config.section import Distinct, Section


class FollowConfig(Section):
    """A real cyclone in these fields: followed by its pressure, it tells how well it was found."""

    longitude: float = Field(ge=-180, le=360, description="where it is at first, degrees east")
    latitude: float = Field(ge=-90, le=90, description="degrees north")
    since: Date | None = Field(None, description="from when; by default the first time")
    until: Date | None = Field(
        None,
        description="how long it lives: what is predicted later is a false alarm; by default to "
        "the end",
    )
    channel: Literal[CHANNEL_NAMES] = Field(  # type: ignore[valid-type]
        "PSL", description="whose minimum is followed from time to time"
    )
    event: Literal[EVENTS] = Field(  # type: ignore[valid-type]
        "TC", description="which class it is of"
    )
    speed: float = Field(15.0, gt=0, description="in m/s, that it is never faster than")
    near_km: float = Field(
        300.0, gt=0, description="how far from the minimum a prediction counts as of it"
    )
    thresholds: Distinct[Annotated[float, Field(gt=0, lt=1)]] = Field(
        (0.3, 0.5, 0.7, 0.9),
        min_length=1,
        description="probabilities from which on a vertex is predicted, for counts of false alarms",
    )


class PredictionConfig(Section):
    """Fields of any origin, and the network that is shown them: the mean of all its seeds."""

    input: str = Field(
        min_length=1, description="file, folder, zarr store, its address, or pattern of files"
    )
    download: DownloadConfig | None = Field(None, description="fetch `input` if it is not there")
    times: TimesConfig = Field(TimesConfig(), description="which times are read; by default all")
    experiment: str | None = Field(None, description="which network; by default the first one")
    sampling: str | None = Field(None, description="trained on which sampling, of several")
    split: str | None = Field(None, description="trained on which split, of several")
    grid: str = Field(
        "sphere",
        pattern=r"^(sphere|input|\d+[xX×]\d+)$",
        description="where answers are wanted: `sphere` (the vertices), `input` (its grid), or "
        "numbers of latitudes and longitudes such as `181x360`",
    )
    masks: bool = Field(False, description="a mask for each class as well, as ARTMIP has it")
    missing: Literal["refuse", "mask"] = Field(
        "refuse",
        description="what to do about missing values: refuse them, or give no answer there",
    )
    variables: dict[Literal[CHANNEL_NAMES], str] = Field(  # type: ignore[valid-type]
        default_factory=dict,
        description="names of variables in these files, by channel, where they are not known",
    )
    follow: FollowConfig | None = Field(
        None, description="a cyclone in these fields, of which a table and figures tell"
    )

    @model_validator(mode="after")
    def _is_followed_on_vertices(self) -> Self:
        if self.follow and self.grid != "sphere":
            raise ValueError("'follow' needs answers on the vertices: leave 'grid' at 'sphere'")
        return self

    _whole_input = field_validator("input")(whole_path)
