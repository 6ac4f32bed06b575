"""The part of a config that says how vertices are connected: a section for each kind of graph.

A new kind is a section here, a function in `deepsphere_pipe.graphs`, and a row in its `GRAPHS` that
couples the two.
"""

import csv
from importlib.resources import files
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from deepsphere_pipe.config.samplings import SamplingConfig
from deepsphere_pipe.config.section import Choice, Section


def _published_neighbours() -> tuple[int, ...]:
    table = files("deepsphere_pipe") / "graphs/published_kernel_widths.csv"
    rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    return tuple(sorted({int(row["k"]) for row in rows}))


PUBLISHED_NEIGHBOURS = _published_neighbours()
"""k for which kernel widths were published."""

PublishedNeighbours = Literal[PUBLISHED_NEIGHBOURS]  # type: ignore[valid-type]  # read from a table
Laplacian = Literal["combinatorial", "normalized"]


class GraphSection(Section):
    """The graph that connects the vertices of every level."""

    chosen_by: ClassVar = "kind"
    only_on: ClassVar[tuple[str, ...]] = ()
    """The only families of samplings that have such a graph; all, if there are none."""

    kind: str = Field(description="which vertices are joined; each kind has keys of its own")
    laplacian: Laplacian = Field("combinatorial", description="type of the graph Laplacian")

    @property
    def parameters(self) -> dict[str, Any]:
        """Arguments for `graphs.sphere_graph` and `graphs.build_hierarchy`."""
        return self.model_dump()

    def check_sampling(self, sampling: SamplingConfig) -> None:
        """Refuse graphs which a sampling cannot have.

        Raises
        ------
        ValueError
            One phrase that names the keys.
        """
        if self.only_on and sampling.name not in self.only_on:
            allowed = " or ".join(f"'{name}'" for name in self.only_on)
            raise ValueError(
                f"graph.kind '{self.kind}' exists for sampling {allowed} only, not "
                f"'{sampling.name}'"
            )


class KnnConfig(GraphSection):
    """Nearest neighbours, with weights that fall with distance."""

    kind: Literal["knn"] = "knn"
    neighbours: int = Field(6, ge=3, description="k of the k-nearest-neighbour graph")
    kernel_width: Literal["mean_distance", "published", "optimal"] | float = Field(
        "mean_distance",
        description="chord at which an edge weight has fallen to 1/2, in radii: the mean distance "
        "of neighbours, the table of the paper (`healpix` with "
        f"{', '.join(map(str, PUBLISHED_NEIGHBOURS[:-1]))} or {PUBLISHED_NEIGHBOURS[-1]} "
        "neighbours), the width of least equivariance error (searched once), or a number",
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
    def _is_published(self) -> Self:
        if self.kernel_width == "published" and self.neighbours not in PUBLISHED_NEIGHBOURS:
            raise ValueError(
                f"kernel widths were published for {PUBLISHED_NEIGHBOURS} neighbours, not "
                f"{self.neighbours}; allowed: 'optimal', 'mean_distance' or a number"
            )
        return self

    def check_sampling(self, sampling: SamplingConfig) -> None:
        """Refuse published widths for a sampling that has none."""
        if self.kernel_width == "published" and sampling.name != "healpix":
            raise ValueError(
                "graph.kernel_width 'published' exists for sampling 'healpix' only, not "
                f"'{sampling.name}'; allowed: 'optimal', 'mean_distance' or a number"
            )


class LatticeGraph(GraphSection):
    """A graph that follows from the sampling."""

    kernel_width: ClassVar[None] = None


class PerraudinConfig(LatticeGraph):
    """Pixels that share a side or a corner (Perraudin et al. 2019), on `healpix` only."""

    only_on: ClassVar = ("healpix",)
    neighbours: ClassVar = 8

    kind: Literal["perraudin"] = "perraudin"


class KhasanovaFrossardConfig(LatticeGraph):
    """Rows and columns (Khasanova and Frossard 2017), on `equiangular` only."""

    only_on: ClassVar = ("equiangular",)
    neighbours: ClassVar = 4

    kind: Literal["khasanova_frossard"] = "khasanova_frossard"


class PublishedConfig(LatticeGraph):
    """The graphs of the published PyTorch package, on which its weights mean the same.

    On `icosahedral`, exactly 6 nearest neighbours, 5 at level 0; on `healpix` 20 and the table of
    the paper; on `equiangular` rows and columns with weights 1/d² (in 2020, 1/d later). The
    greatest eigenvalue is taken 1 % too large.
    """

    only_on: ClassVar = ("icosahedral", "healpix", "equiangular")
    neighbours: ClassVar = 6

    kind: Literal["published"] = "published"


GraphConfig = Annotated[
    KnnConfig | PerraudinConfig | KhasanovaFrossardConfig | PublishedConfig, Choice()
]
