"""Conservative remapping: the mean over the sphere stays what it is."""

import numpy as np
from scipy import sparse

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap.balance import balanced
from deepsphere_pipe.remap.grids import Places, areas_of, covers_sphere
from deepsphere_pipe.remap.overlaps import overlap_areas


def conservative(source: Places, target: Places) -> sparse.csr_array:
    """Take the mean over the overlaps with source cells, weighted by area; first-order accurate.

    Rows sum to one. Where both cover the whole sphere, the overlaps are balanced so that
    ``target_areas @ (matrix @ x)`` equals ``source_areas @ x``. Onto a partial target it is the
    mean over each of its cells; from a partial source, over what is covered of them.

    Parameters
    ----------
    source, target
        Grids or samplings. The cells of a sampling are those of its `owners`, of an equiangular
        one the bands between its `latitude_borders`.

    Returns
    -------
    scipy.sparse.csr_array
        (n_target, n_source) float64, non-negative.

    Raises
    ------
    UserError
        If a cell of the target is not covered by the source, or the areas of one of them do not
        belong to its cells.
    """
    overlaps = overlap_areas(source, target)
    covered = overlaps.sum(axis=1) > 0
    if not covered.all():
        areas = areas_of(target)
        share = 100 * areas[~covered].sum() / areas.sum()
        raise UserError(
            f"The source does not reach {(~covered).sum()} cells of the target, {share:.2g} % of "
            "its area, which have no mean then: remap with 'nearest' or to a smaller region."
        )
    if covers_sphere(source) and covers_sphere(target):
        overlaps = balanced(overlaps, areas_of(target), areas_of(source))
    matrix = sparse.csr_array(sparse.diags_array(1 / overlaps.sum(axis=1)) @ overlaps)
    matrix.sort_indices()
    return matrix
