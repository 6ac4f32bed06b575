"""The parts of a config that say which maps there are and how they are split."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from deepsphere_pipe.config.section import Distinct, Section
from deepsphere_pipe.data.channels import CHANNEL_NAMES


class SyntheticConfig(Section):
    """The synthetic twin of CAM5: which snapshots are made, on which grid."""

    seed: int = Field(0, ge=0, description="determines every byte of the data")
    n_lat: int = Field(96, ge=24, description="latitudes of the native grid, poles included")
    n_lon: int = Field(144, ge=48, multiple_of=2, description="longitudes of the native grid")
    years: Distinct[Annotated[int, Field(ge=1, le=9999)]] = Field(
        (2106, 2107, 2108), min_length=1, description="model years"
    )
    runs: Distinct[Annotated[int, Field(ge=0, le=9999)]] = Field(
        (1, 2), min_length=1, description="ensemble runs, each with weather of its own"
    )
    days_per_year: int = Field(
        24, ge=1, le=365, description="days per year and run, in blocks spread over the year"
    )
    days_in_a_row: int = Field(3, ge=1, le=365, description="length of a block of days")
    missing_days: float = Field(
        0.04, ge=0, lt=1, description="share of days that are missing, as in the real archive"
    )


class DataConfig(Section):
    """Where the snapshots come from and which channels are used."""

    source: Literal["synthetic", "cam5", "ugscnn", "climatenet"] = Field(
        "synthetic",
        description="`synthetic` makes the twin; the others read what you have: `cam5` HDF5 "
        "snapshots, the `ugscnn` archive, `climatenet` netCDF files",
    )
    input: str | None = Field(
        None,
        min_length=1,
        description="folder of snapshots, or the zip file of `ugscnn` (not with `synthetic`)",
    )
    synthetic: SyntheticConfig = Field(
        default_factory=SyntheticConfig, description="the twin (source `synthetic` only)"
    )
    channels: Distinct[Literal[CHANNEL_NAMES]] = Field(
        CHANNEL_NAMES, min_length=1, description="input channels by name, in this order"
    )
    label_set: Literal["default", "relaxed"] = Field(
        "default",
        description="labels of the default thresholds (`labels`, `labels_0`) or of the relaxed "
        "ones (`labels_1`) (source `cam5` only)",
    )
    remapping: Literal["bilinear", "nearest", "conservative"] = Field(
        "bilinear",
        description="how fields come from the native grid to the vertices; `conservative` keeps "
        "area means",
    )
    label_remapping: Literal["majority", "nearest", "any"] = Field(
        "majority",
        description="a vertex gets the class that covers most of its cell, that of the nearest "
        "point, or the rarest that occurs in its cell (no cyclone is lost, but all grow)",
    )
    on_error: Literal["stop", "skip"] = Field(
        "stop",
        description="what to do about a damaged snapshot; what is skipped is named in the manifest",
    )

    @field_validator("input")
    @classmethod
    def _no_home_sign(cls, value: str | None) -> str | None:
        if value is not None and value.startswith("~"):
            raise ValueError(f"'{value}' must be the whole path ('~' is not replaced)")
        return value

    @model_validator(mode="after")
    def _keys_belong_to_the_source(self) -> Self:
        if (self.source == "synthetic") != (self.input is None):
            raise ValueError("'input' is needed with every source but 'synthetic', and only there")
        # Not `model_fields_set`: a dumped section names its defaults, and must read back.
        if self.source != "synthetic" and self.synthetic != SyntheticConfig():
            raise ValueError("'synthetic' is allowed with source 'synthetic' only")
        if self.source != "cam5" and self.label_set != "default":
            raise ValueError("'label_set' is allowed with source 'cam5' only")
        return self


class SplitConfig(Section):
    """Which maps train, validate and test."""

    method: Literal["by_year", "by_run", "random"] = Field(
        "by_year",
        description="`by_year` and `by_run` keep whole years or runs apart; `random` draws single "
        "maps as the published package does (neighbours in time then leak between parts)",
    )
    validation: Distinct[int] = Field((), description="years or runs for validation")
    test: Distinct[int] = Field((), description="years or runs for the test")
    validation_share: float = Field(0.1, gt=0, lt=1, description="`random` only")
    test_share: float = Field(0.2, gt=0, lt=1, description="`random` only")
    seed: int = Field(0, ge=0, description="`random` only")

    @model_validator(mode="after")
    def _parts_are_possible(self) -> Self:
        lists, draw = ("validation", "test"), ("validation_share", "test_share", "seed")
        here, elsewhere = (draw, lists) if self.method == "random" else (lists, draw)
        for key in elsewhere:
            # Not `model_fields_set`: a dumped section names its defaults, and must read back.
            if getattr(self, key) != type(self).model_fields[key].default:
                raise ValueError(
                    f"method '{self.method}' does not use '{key}'; allowed: {', '.join(here)}"
                )
        if self.method == "random":
            if self.validation_share + self.test_share >= 1:
                raise ValueError("'validation_share' + 'test_share' must leave maps for training")
        elif not self.validation or not self.test:
            raise ValueError(f"method '{self.method}' needs 'validation' and 'test' lists")
        elif set(self.validation) & set(self.test):
            raise ValueError("'validation' and 'test' must not share a member")
        return self
