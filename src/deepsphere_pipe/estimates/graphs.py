"""What the figures of the graphs cost (`graph_analysis`).

All were measured in the demo, and are scaled by the numbers of vertices and of random functions.
Times of transforms and rotations grow faster than the number of vertices.
"""

from deepsphere_pipe.config import GraphAnalysisConfig
from deepsphere_pipe.estimates.needs import Cost

PLAIN_MB = 190
REPEATS = 25
"""Functions times rotations by default."""


def graph_analysis_cost(study: GraphAnalysisConfig, part: str) -> Cost:
    """Return what one part is expected to cost, by its name in the config."""
    return {
        "equivariance_error": _equivariance_error,
        "kernel_widths": _kernel_widths,
        "samplings": _samplings,
        "spectra": _spectra,
    }[part](getattr(study, part))


def _equivariance_error(part) -> Cost:
    vertices = [12 * n**2 for n in part.nsides] + [4 * b**2 for b in part.bandwidths]
    share = part.functions * part.rotations / REPEATS * len(part.neighbours) / 3
    seconds = 2 + 2e-6 * share * sum(n**1.5 for n in vertices)
    return Cost(seconds, PLAIN_MB + 5e-3 * max(vertices, default=0))


def _kernel_widths(part) -> Cost:
    vertices = [12 * n**2 for n in part.nsides]
    edges = sum(vertices) * sum(part.neighbours)
    share = part.functions * part.rotations / REPEATS
    largest = max(vertices) * max(part.neighbours)
    return Cost(2 + 4e-6 * share * edges, PLAIN_MB + 170e-6 * largest)


def _samplings(part) -> Cost:
    vertices = [10 * 4**level + 2 for level in part.levels]
    tried = part.functions * part.rotations / 4 * len(part.neighbours) / 4 * len(part.degrees) / 3
    seconds = 2 + 11e-6 * tried * sum(n**1.5 for n in vertices)
    return Cost(seconds, PLAIN_MB + 250e-6 * max(vertices) * max(part.neighbours))


def _spectra(part) -> Cost:
    # A few hundred eigenvectors at most: by iteration, so linear in the number of vertices.
    vertices = 10 * 4**part.level + 2
    wanted = (part.degree_max + 1) ** 2 / 256
    return Cost(2 + 2.5e-3 * wanted * vertices, PLAIN_MB + 0.06 * wanted * vertices)
