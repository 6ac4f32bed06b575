"""The parts of a config that say how the sphere is sampled and connected."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from deepsphere_pipe.config.section import Items, Section

PUBLISHED_NEIGHBOURS = (8, 20, 40, 60)
"""k for which kernel widths were published (a test holds this and the table together)."""

# Keys of each sampling: which it needs, and which it may have.
NEEDED = {"icosahedral": ("level",), "healpix": ("nside",), "custom": ("file",), "equiangular": ()}
ALLOWED = {"equiangular": ("n_lat", "n_lon", "bandwidth", "poles", "west"), "custom": ("partial",)}


class SamplingConfig(Section):
    """The discretisation of the sphere."""

    name: Literal["icosahedral", "healpix", "equiangular", "custom"] = Field(
        "icosahedral", description="family of samplings; each has keys of its own"
    )
    level: int | None = Field(
        None, ge=0, le=8, description="`icosahedral`: subdivisions, 10·4^level + 2 vertices"
    )
    nside: int | None = Field(
        None, ge=1, le=1024, description="`healpix`: a power of two, 12·nside² vertices"
    )
    bandwidth: int | None = Field(
        None, ge=2, le=2048, description="`equiangular`: 2·bandwidth latitudes and longitudes"
    )
    n_lat: int | None = Field(None, ge=2, le=4096, description="`equiangular`: number of latitudes")
    n_lon: int | None = Field(
        None, ge=4, le=8192, multiple_of=2, description="`equiangular`: number of longitudes"
    )
    poles: bool = Field(
        False,
        description="`equiangular`: first and last latitude are the poles (else half a step off)",
    )
    west: float = Field(
        0.0, ge=-360, le=360, description="`equiangular`: first longitude, degrees east"
    )
    file: str | None = Field(
        None,
        min_length=1,
        description="`custom`: csv or netCDF file with the longitudes and latitudes of the "
        "vertices in degrees (or x, y, z)",
    )
    partial: bool = Field(
        False, description="`custom`: the vertices cover a part of the sphere only"
    )
    region: Items[float] | None = Field(
        None,
        description="only the vertices within [west, south, east, north] in degrees; west may be "
        "greater than east, across the date line",
    )

    @field_validator("nside")
    @classmethod
    def _power_of_two(cls, value: int | None) -> int | None:
        if value is not None and value & (value - 1):
            raise ValueError(f"is {value}; it must be a power of two")
        return value

    @field_validator("region")
    @classmethod
    def _box(cls, value: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if value is None:
            return None
        if len(value) != 4 or not -90 <= value[1] < value[3] <= 90:
            raise ValueError(
                "must be [west, south, east, north] in degrees, with -90 <= south < north <= 90"
            )
        return value

    @model_validator(mode="after")
    def _keys_belong_to_the_sampling(self) -> Self:
        needed = NEEDED[self.name]
        allowed = (*needed, *ALLOWED.get(self.name, ()))
        for key, field in type(self).model_fields.items():
            if key in ("name", "region"):
                continue
            # Not `model_fields_set`: a dumped section names its defaults, and must read back.
            given = getattr(self, key) != field.default
            if given and key not in allowed:
                raise ValueError(
                    f"the {self.name} sampling has no '{key}'; it has {', '.join(allowed)}"
                )
            if key in needed and not given:
                raise ValueError(f"the {self.name} sampling needs '{key}'")
        if self.name == "equiangular":
            size = (self.bandwidth, self.n_lat, self.n_lon)
            if [value is None for value in size] not in ([False, True, True], [True, False, False]):
                raise ValueError(
                    "the equiangular sampling needs either 'bandwidth' or 'n_lat' and 'n_lon'"
                )
            if self.poles and self.n_lat == 2:
                raise ValueError("'n_lat' must be at least 3 with rows at the poles")
        return self

    @property
    def depth(self) -> int | None:
        """How often the sampling can be coarsened, where that is plain."""
        if self.region is not None:
            return None
        if self.level is not None:
            return self.level
        if self.nside is not None:
            return self.nside.bit_length() - 1
        return None if self.name == "custom" else self._equiangular_depth

    @property
    def _equiangular_depth(self) -> int:
        """As `Equiangular.coarser` has it, whose import would take as long as many a plan."""
        side = self.bandwidth and 2 * self.bandwidth
        n_lat, n_lon = side or self.n_lat, side or self.n_lon
        least = 3 if self.poles else 2
        depth = 0
        while n_lat + 1 >= 2 * least and n_lon >= 8 and n_lon % 4 == 0:
            if n_lat % 2 and not self.poles:
                break
            n_lat, n_lon, depth = (n_lat + 1) // 2, n_lon // 2, depth + 1
        return depth

    @property
    def parameters(self) -> dict[str, object]:
        """Arguments for `samplings.make_sampling`, besides the name."""
        values = {
            key: getattr(self, key)
            for key, field in type(self).model_fields.items()
            if key != "name" and getattr(self, key) != field.default
        }
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}


DEFAULT_SAMPLING = SamplingConfig(level=5)


class GraphConfig(Section):
    """The graph that connects the vertices of every level."""

    kind: Literal["knn", "perraudin", "khasanova_frossard"] = Field(
        "knn",
        description="`knn` joins nearest neighbours; `perraudin` (`healpix` only) and "
        "`khasanova_frossard` (`equiangular` only) are earlier graphs, which take neither "
        "`neighbours` nor `kernel_width`",
    )
    neighbours: int = Field(6, ge=3, description="k of the k-nearest-neighbour graph")
    kernel_width: Literal["mean_distance", "published", "optimal"] | float = Field(
        "mean_distance",
        description="chord at which an edge weight has fallen to 1/2, in radii: the mean distance "
        "of neighbours, the table of the paper (`healpix` with 8, 20, 40 or 60 neighbours), the "
        "width of least equivariance error (searched once), or a number",
    )
    laplacian: Literal["combinatorial", "normalized"] = Field(
        "combinatorial", description="type of the graph Laplacian"
    )

    @field_validator("kernel_width")
    @classmethod
    def _positive(cls, value: str | float) -> str | float:
        if not isinstance(value, str) and not 0 < value <= 2:
            raise ValueError(
                "must be 'mean_distance', 'published', 'optimal' or a number in (0, 2]"
            )
        return value

    @model_validator(mode="after")
    def _keys_belong_to_the_graph(self) -> Self:
        if self.kind != "knn":
            for key in ("neighbours", "kernel_width"):
                if getattr(self, key) != type(self).model_fields[key].default:
                    raise ValueError(f"a graph of kind '{self.kind}' takes no '{key}'")
        if self.kernel_width == "published" and self.neighbours not in PUBLISHED_NEIGHBOURS:
            raise ValueError(
                f"kernel widths were published for {PUBLISHED_NEIGHBOURS} neighbours, not "
                f"{self.neighbours}; allowed: 'optimal', 'mean_distance' or a number"
            )
        return self

    def check_sampling(self, sampling: SamplingConfig) -> None:
        """Refuse graphs which a sampling cannot have.

        Raises
        ------
        ValueError
            One phrase that names the keys.
        """
        only = {"perraudin": "healpix", "khasanova_frossard": "equiangular"}.get(self.kind)
        if only and sampling.name != only:
            raise ValueError(
                f"graph.kind '{self.kind}' exists for sampling '{only}' only, not '{sampling.name}'"
            )
        if self.kernel_width == "published" and sampling.name != "healpix":
            raise ValueError(
                "graph.kernel_width 'published' exists for sampling 'healpix' only, not "
                f"'{sampling.name}'; allowed: 'optimal', 'mean_distance' or a number"
            )
