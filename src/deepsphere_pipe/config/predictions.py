"""The part of a config that says which other fields trained networks are shown."""

from typing import Literal

from pydantic import Field, field_validator

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.config.inputs import DownloadConfig, TimesConfig
from deepsphere_pipe.config.section import Section


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

    @field_validator("input")
    @classmethod
    def _no_home_sign(cls, value: str) -> str:
        if value.startswith("~"):
            raise ValueError(f"'{value}' must be the whole path ('~' is not replaced)")
        return value
