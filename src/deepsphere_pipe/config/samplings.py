"""The part of a config that says how the sphere is sampled: a section for each family.

A new family is a section here, a class in `deepsphere_pipe.samplings`, and a row in its `SAMPLINGS`
that couples the two.
"""

import math
from abc import abstractmethod
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from deepsphere_pipe.config.section import Choice, Items, Section
from deepsphere_pipe.grid_shapes import grid_shape, halved


class SamplingSection(Section):
    """The discretisation of the sphere."""

    chosen_by: ClassVar = "name"

    name: str = Field(description="family of samplings; each has keys of its own")
    region: Items[float] | None = Field(
        None,
        description="only the vertices within [west, south, east, north] in degrees; west may be "
        "greater than east, across the date line",
    )

    @field_validator("region")
    @classmethod
    def _box(cls, value: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if value is not None and (len(value) != 4 or not -90 <= value[1] < value[3] <= 90):
            raise ValueError(
                "must be [west, south, east, north] in degrees, with -90 <= south < north <= 90"
            )
        return value

    @property
    def depth(self) -> int | None:
        """How often the sampling can be coarsened, where that is plain."""
        return None

    @property
    def parameters(self) -> dict[str, Any]:
        """Arguments for `samplings.make_sampling`, besides the name."""
        return self.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)


class FormulaSampling(SamplingSection):
    """A family whose vertices follow from a few numbers."""

    file: ClassVar[None] = None

    @property
    def depth(self) -> int | None:
        return None if self.region else self.full_depth

    @property
    @abstractmethod
    def full_depth(self) -> int:
        """How often the whole sphere can be coarsened."""

    @abstractmethod
    def n_vertices(self, coarsened: int = 0) -> int:
        """Return the number of vertices of the whole sphere, after some coarsenings."""

    @property
    def share(self) -> float:
        """Of the vertices, those in the region, by its area."""
        if self.region is None:
            return 1.0
        west, south, east, north = self.region
        return self._share_of_rows(south, north) * ((east - west) % 360 or 360) / 360

    def _share_of_rows(self, south: float, north: float) -> float:
        return (math.sin(math.radians(north)) - math.sin(math.radians(south))) / 2


class IcosahedralConfig(FormulaSampling):
    """The icosahedron, each triangle split into four again and again."""

    name: Literal["icosahedral"] = "icosahedral"
    level: int = Field(ge=0, le=8, description="subdivisions, 10·4^level + 2 vertices")

    @property
    def full_depth(self) -> int:
        return self.level

    def n_vertices(self, coarsened: int = 0) -> int:
        return 10 * 4 ** max(self.level - coarsened, 0) + 2


class HealpixConfig(FormulaSampling):
    """HEALPix: pixels of equal area, in nested order."""

    name: Literal["healpix"] = "healpix"
    nside: int = Field(ge=1, le=1024, description="a power of two, 12·nside² vertices")

    @field_validator("nside")
    @classmethod
    def _power_of_two(cls, value: int) -> int:
        if value & (value - 1):
            raise ValueError(f"is {value}; it must be a power of two")
        return value

    @property
    def full_depth(self) -> int:
        return self.nside.bit_length() - 1

    def n_vertices(self, coarsened: int = 0) -> int:
        return 12 * max(self.nside >> coarsened, 1) ** 2


class EquiangularConfig(FormulaSampling):
    """The crossings of parallels and meridians at even steps; `bandwidth`, or `n_lat`, `n_lon`."""

    name: Literal["equiangular"] = "equiangular"
    bandwidth: int | None = Field(
        None, ge=2, le=2048, description="2·bandwidth latitudes and longitudes"
    )
    n_lat: int | None = Field(None, ge=2, le=4096, description="number of latitudes")
    n_lon: int | None = Field(
        None, ge=4, le=8192, multiple_of=2, description="number of longitudes"
    )
    poles: bool = Field(
        False, description="first and last latitude are the poles (else half a step off)"
    )
    west: float = Field(0.0, ge=-360, le=360, description="first longitude, degrees east")

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        size = (self.bandwidth, self.n_lat, self.n_lon)
        if [value is None for value in size] not in ([False, True, True], [True, False, False]):
            raise ValueError(
                "the equiangular sampling needs either 'bandwidth' or 'n_lat' and 'n_lon'"
            )
        if self.poles and self.n_lat == 2:
            raise ValueError("'n_lat' must be at least 3 with rows at the poles")
        return self

    @property
    def full_depth(self) -> int:
        return len(self._shapes) - 1

    def n_vertices(self, coarsened: int = 0) -> int:
        n_lat, n_lon = self._shapes[: coarsened + 1][-1]
        return n_lat * n_lon

    def _share_of_rows(self, south: float, north: float) -> float:
        return (north - south) / 180

    @property
    def _shapes(self) -> list[tuple[int, int]]:
        """Numbers of latitudes and longitudes of all levels, finest first."""
        shapes = [grid_shape(self.bandwidth, self.n_lat, self.n_lon)]
        while coarser := halved(shapes[-1], self.poles):
            shapes.append(coarser)
        return shapes


class CustomConfig(SamplingSection):
    """Vertices at any places, from a file."""

    name: Literal["custom"] = "custom"
    file: str = Field(
        min_length=1,
        description="csv or netCDF file with the longitudes and latitudes of the vertices in "
        "degrees, or in netCDF what `units` says (or x, y, z)",
    )
    partial: bool = Field(False, description="the vertices cover a part of the sphere only")


SamplingConfig = Annotated[
    IcosahedralConfig | HealpixConfig | EquiangularConfig | CustomConfig, Choice()
]
DEFAULT_SAMPLING = IcosahedralConfig(level=5)


def check_one_part(samplings: Iterable[SamplingConfig]) -> None:
    """Refuse a common sampling, with a `ValueError`, if others cover another part of the sphere."""
    chosen = list(samplings)
    partial = any(isinstance(each, CustomConfig) and each.partial for each in chosen)
    if partial or len({each.region for each in chosen}) > 1:
        raise ValueError(
            "evaluation.common_sampling needs samplings of the same part of the sphere: all with "
            "the same 'region' or none, and no 'partial' one"
        )
