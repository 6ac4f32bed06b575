"""The study config: one frozen, typed model of everything a YAML file may say."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Item = TypeVar("Item")
# YAML has lists only; frozen models want tuples, and strict mode does not convert.
Items = Annotated[
    tuple[Item, ...],
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
]


class Section(BaseModel):
    """Base of all sections: immutable, no unknown keys, no silent type conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class SyntheticConfig(Section):
    """The synthetic twin of CAM5: which snapshots are made, on which grid."""

    seed: int = Field(0, ge=0, description="determines every byte of the data")
    n_lat: int = Field(96, ge=24, description="latitudes of the native grid, poles included")
    n_lon: int = Field(144, ge=48, multiple_of=2, description="longitudes of the native grid")
    years: Items[int] = Field((2106, 2107, 2108), description="model years")
    runs: Items[int] = Field((1, 2), description="ensemble runs, each with weather of its own")
    days_per_year: int = Field(
        24, ge=1, le=365, description="days per year and run, in blocks spread over the year"
    )
    days_in_a_row: int = Field(3, ge=1, le=365, description="length of a block of days")
    missing_days: float = Field(
        0.04, ge=0, lt=1, description="share of days that are missing, as in the real archive"
    )
