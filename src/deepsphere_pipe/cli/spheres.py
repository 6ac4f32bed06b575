"""The verbs of samplings and graphs, which need no climate data."""

import argparse

from deepsphere_pipe.cli.terminal import at_terminal
from deepsphere_pipe.config import (
    EquivarianceErrorConfig,
    GraphConfig,
    KernelWidthsConfig,
    SamplingComparisonConfig,
    SamplingConfig,
    SpectraConfig,
    parse,
    read,
)
from deepsphere_pipe.errors import UserError

# Verbs import what they need themselves: `--help` and planning a workflow do not wait for torch.

SHOWN_DEGREES = (5, 10, 20)
"""Degrees at which `sphere` tells the equivariance error."""

MOST_VERTICES = 50_000
"""Vertices up to which it does: beyond, the transforms would take longer than the sphere."""

STUDIES = {
    "equivariance_error": EquivarianceErrorConfig,
    "kernel_widths": KernelWidthsConfig,
    "samplings": SamplingComparisonConfig,
    "spectra": SpectraConfig,
}


def sphere(arguments: argparse.Namespace) -> None:
    """Build graph, Laplacian and pooling of every level of a sampling."""
    from deepsphere_pipe.graphs.building import build_hierarchy, save_hierarchy

    graph = graph_of(arguments)
    sampling = sampling_of(arguments)
    built = build_hierarchy(
        sampling,
        arguments.depth,
        graph.neighbours,
        graph.kernel_width,
        graph.laplacian,
        graph.kind,
    )
    save_hierarchy(built, arguments.out, made_from=dict(arguments.made_from).get("sphere"))
    print(built.describe())
    print(_equivariance(sampling, built.levels[0].laplacian, built.levels[0].largest_eigenvalue))


def graph_analysis(arguments: argparse.Namespace) -> None:
    """Compute what one of the paper's figures of the graphs shows."""
    settings = read(STUDIES[arguments.study], arguments.config_file)
    if arguments.study == "equivariance_error":
        from deepsphere_pipe.graph_analysis.equivariance_error import equivariance_errors

        equivariance_errors(settings, arguments.out, progress=at_terminal())
    elif arguments.study == "kernel_widths":
        from deepsphere_pipe.graph_analysis.kernel_widths import kernel_widths

        kernel_widths(settings, arguments.out)
    elif arguments.study == "samplings":
        from deepsphere_pipe.graph_analysis.samplings import compare_samplings

        compare_samplings(settings, arguments.out)
    else:
        from deepsphere_pipe.graph_analysis.spectra import spectra

        spectra(settings, arguments.out)


def sampling_of(arguments: argparse.Namespace):
    """Return the sampling that the options name."""
    from deepsphere_pipe.samplings import make_sampling

    keys = [key for key in SamplingConfig.model_fields if key != "name"]
    given = {key: value for key in keys if (value := getattr(arguments, key)) is not None}
    section = parse(SamplingConfig, {"name": arguments.sampling, **given}, "sampling")
    return make_sampling(section.name, **section.parameters)


def graph_of(arguments: argparse.Namespace) -> GraphConfig:
    """Return the choices of the graph that the options name."""
    graph = parse(
        GraphConfig,
        {
            "kind": arguments.graph,
            "neighbours": arguments.neighbours,
            "kernel_width": _width(arguments.kernel_width),
            "laplacian": arguments.laplacian,
        },
        "graph",
    )
    try:
        graph.check_sampling(SamplingConfig.model_construct(name=arguments.sampling))
    except ValueError as error:
        raise UserError(f"{error}.") from None
    return graph


def _width(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def _equivariance(sampling, laplacian, eigenvalue: float) -> str:
    """Return a line on how far the Laplacian of the finest level is from turning with the sphere.

    Rescaling adds a multiple of the identity, which turns with anything; it is taken off again.
    """
    from scipy import sparse

    from deepsphere_pipe.graphs import equivariance_error
    from deepsphere_pipe.harmonics import resolved_degree

    if sampling.n_vertices > MOST_VERTICES:
        return f"equivariance error: not computed for more than {MOST_VERTICES} vertices"
    if not sampling.covers_sphere:
        return "equivariance error: not defined on a part of the sphere"
    degrees = [degree for degree in SHOWN_DEGREES if degree <= resolved_degree(sampling) / 2]
    if not degrees:
        return "equivariance error: too few vertices for spherical harmonics of degree 5"
    original = eigenvalue / 2 * (laplacian + sparse.eye_array(laplacian.shape[0]))
    errors = equivariance_error(original, sampling, degrees, functions=2, rotations=2)
    told = ", ".join(
        f"{100 * error:.1f} % (degree {degree})"
        for degree, error in zip(degrees, errors, strict=True)
    )
    return f"equivariance error of the finest level: {told}"
