"""The nearest-neighbour graphs of one sampling, for any kernel width."""

from deepsphere_pipe.graphs.graph import SphereGraph
from deepsphere_pipe.graphs.neighbours import nearest_neighbours
from deepsphere_pipe.graphs.parts import join_parts
from deepsphere_pipe.samplings import Sampling


class GraphFamily:
    """The graphs of one sampling and k with any kernel width; neighbours are searched once.

    Parameters
    ----------
    sampling
        Vertices to connect.
    k
        Number of neighbours; taken as n_vertices - 1 where there are fewer vertices.
    laplacian
        "combinatorial" or "normalized".
    """

    def __init__(self, sampling: Sampling, k: int, laplacian: str) -> None:
        self.sampling, self.k, self.laplacian = sampling, k, laplacian
        found = nearest_neighbours(sampling.distinct_coordinates, min(k, sampling.n_vertices - 1))
        self._edges = join_parts(found, sampling)

    @property
    def mean_chord(self) -> float:
        """Mean distance of a vertex to its k nearest others, in radii."""
        return self._edges.mean_chord

    def __call__(self, width: float) -> SphereGraph:
        """Return the graph with this kernel width (radii)."""
        weights = self._edges.heat_kernel(width)
        return SphereGraph(weights, self.sampling.coordinates, width, self.laplacian)
