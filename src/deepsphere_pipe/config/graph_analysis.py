"""The part of a config that asks for the paper's figures of the graphs themselves."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from deepsphere_pipe.config.graphs import Laplacian, PublishedNeighbours
from deepsphere_pipe.config.section import Distinct, Section


def _powers_of_two(values: tuple[int, ...]) -> tuple[int, ...]:
    for value in values:
        if value & (value - 1):
            raise ValueError(f"{value} is no power of two")
    return values


Neighbours = Annotated[int, Field(ge=3)]
Resolution = Annotated[int, Field(ge=4, le=256)]
Nsides = Annotated[Distinct[Resolution], AfterValidator(_powers_of_two)]


class DrawnFunctions(Section):
    """Functions and rotations by which an equivariance error is measured."""

    functions: int = Field(5, ge=1, description="random functions of each degree")
    rotations: int = Field(5, ge=1, description="random rotations of each function")
    seed: int = Field(0, ge=0, description="draws functions and rotations")


class EquivarianceErrorConfig(DrawnFunctions):
    """Mean equivariance error against degree (figure of the paper)."""

    nsides: Nsides = Field(
        (32,), description="HEALPix resolutions; published values are there for 32"
    )
    bandwidths: Distinct[Resolution] = Field(
        (64,), description="equiangular resolutions, for the graph of Khasanova and Frossard"
    )
    neighbours: Distinct[PublishedNeighbours] = Field(
        (8, 20, 40), min_length=1, description="k of the nearest-neighbour graphs"
    )
    degrees: int | None = Field(
        None, ge=2, description="how many degrees; by default those of the published figure"
    )


class KernelWidthsConfig(DrawnFunctions):
    """Kernel widths of least equivariance error against the number of vertices."""

    nsides: Nsides = Field((16, 32, 64), min_length=1, description="HEALPix resolutions")
    neighbours: Distinct[PublishedNeighbours] = Field(
        (8, 20, 40), min_length=1, description="k of the nearest-neighbour graphs"
    )


class GraphOptions(Section):
    """Options of the graphs that are looked at."""

    kernel_width: Literal["mean_distance", "optimal"] = Field(
        "optimal", description="kernel width of the nearest-neighbour graphs"
    )
    laplacian: Laplacian = Field("combinatorial", description="type of the graph Laplacian")


class SamplingComparisonConfig(GraphOptions, DrawnFunctions):
    """Equivariance error of all samplings at like numbers of vertices."""

    levels: Distinct[Annotated[int, Field(ge=1, le=6)]] = Field(
        (3, 4, 5),
        min_length=1,
        description="sizes, as icosahedral levels; the other samplings get about as many vertices",
    )
    neighbours: Distinct[Neighbours] = Field(
        (6, 8, 20, 40), min_length=1, description="k of the nearest-neighbour graphs"
    )
    degrees: Distinct[Annotated[int, Field(ge=1)]] = Field(
        (5, 10, 15), min_length=1, description="degrees of the spherical harmonics"
    )


class SpectraConfig(GraphOptions):
    """Laplacian spectra and eigenvectors against spherical harmonics."""

    level: int = Field(4, ge=2, le=6, description="size, as an icosahedral level")
    neighbours: int = Field(8, ge=3, description="k of the nearest-neighbour graphs")
    degree_max: int = Field(15, ge=3, le=40, description="highest degree that is compared")


class GraphAnalysisConfig(Section):
    """The paper's figures of the graphs; they need no climate data."""

    equivariance_error: EquivarianceErrorConfig = Field(
        EquivarianceErrorConfig(), description="error against degree"
    )
    kernel_widths: KernelWidthsConfig = Field(
        KernelWidthsConfig(), description="optimal kernel widths"
    )
    samplings: SamplingComparisonConfig = Field(
        SamplingComparisonConfig(), description="comparison of the samplings"
    )
    spectra: SpectraConfig = Field(SpectraConfig(), description="eigenvalues and eigenvectors")
