"""The graphs of the published PyTorch package, on which its weights mean the same.

They are those of PyGSP as the package used it (graphs of the sphere of 2019 and 2020, never
released). From ours they differ in

- exactly k neighbours, whatever ties. On the icosahedral sampling that concerns the twelve vertices
  with five adjacent ones; which of five became the sixth was up to rounding (`SIXTH`). On HEALPix
  it was at one pixel in fifty; here the first ones are taken, which changes probabilities by 2e-3;
- the kernel width on the icosahedral sampling: the mean length of all edges that there are then;
- the largest eigenvalue, which PyGSP takes 1 % too large. Its Lanczos iterations ended early and
  found up to 0.1 % less than the eigenvalue, by which their logits differ by 0.1 %.
"""

import numpy as np

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.graph import SphereGraph
from deepsphere_pipe.graphs.neighbours import Edges, exactly_nearest
from deepsphere_pipe.graphs.widths import published_width
from deepsphere_pipe.samplings import Equiangular, Healpix, Icosahedral, Sampling

PADDING = 1.01
"""By how much PyGSP enlarges the largest eigenvalue."""

ICOSAHEDRAL_NEIGHBOURS, HEALPIX_NEIGHBOURS = 6, 20

SIXTH = {
    1: (28, 37, 20, 38, 24, 29, 28, 33, 24, 26, 31, 12),
    2: (143, 128, 123, 68, 110, 156, 55, 101, 48, 104, 107, 43),
    3: (582, 177, 162, 241, 453, 238, 585, 370, 359, 399, 424, 464),
    4: (982, 2042, 1193, 2253, 1245, 966, 2269, 1990, 2402, 1244, 2278, 833),
    5: (9821, 9082, 3849, 3110, 4620, 3108, 9823, 8311, 8145, 6635, 6296, 4786),
}
"""Sixth neighbours of the vertices 0 to 11, by level, as PyGSP of 2019 finds them on processors
that fuse multiplications and additions (x86 since 2013); on older ones, some are others. Another
choice changes logits by 1 % in the mean and by a sixth at most."""


class PublishedGraph(SphereGraph):
    """A graph whose `lmax` is padded as PyGSP's."""

    padding = PADDING


def published_graph(sampling: Sampling, laplacian: str = "combinatorial") -> SphereGraph:
    """Connect vertices as the published PyTorch package does.

    Parameters
    ----------
    sampling
        Whole: `Icosahedral` (6 neighbours, 5 at level 0), `Healpix` (20, as many as there are at
        nside 1, where PyGSP gives up; kernel widths of the paper's table), or `Equiangular`
        without rows at the poles (rows and columns as in `khasanova_frossard_graph`, but with
        weights 1/(d² + 1e-8), as PyGSP had them until November 2020).
    laplacian
        "combinatorial" or "normalized".

    Raises
    ------
    UserError
        If the sampling is another one.
    """
    points = sampling.coordinates
    if isinstance(sampling, Equiangular) and not sampling.poles:
        edges = Edges.between(points, sampling.lattice_edges)
        weights = edges.adjacency(1 / (edges.chords**2 + 1e-8))
        return PublishedGraph(weights, points, np.nan, laplacian)
    if isinstance(sampling, Icosahedral):
        sixth = np.stack([np.arange(12), SIXTH.get(sampling.level, np.arange(12))], axis=1)
        edges = exactly_nearest(points, ICOSAHEDRAL_NEIGHBOURS if sampling.level else 5, sixth)
        width = float(edges.adjacency(edges.chords).data.mean())
    elif isinstance(sampling, Healpix):
        k = min(HEALPIX_NEIGHBOURS, sampling.n_vertices - 1)
        edges = exactly_nearest(points, k, preferred=np.empty((0, 2), int))
        width = published_width(sampling, HEALPIX_NEIGHBOURS)
    else:
        raise UserError(
            "The graph 'published' exists for whole icosahedral, HEALPix and equiangular samplings "
            f"without rows at the poles; the sampling {sampling.identifier} needs 'knn'."
        )
    return PublishedGraph(edges.heat_kernel(width), points, width, laplacian)
