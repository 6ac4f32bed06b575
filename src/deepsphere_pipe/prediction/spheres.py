"""The sphere of a network, made again from its recipe."""

from typing import Any

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.samplings import Custom, Sampling, make_sampling

GRAPH = ("kind", "neighbours", "kernel_width", "laplacian")
"""What of a recipe `build_hierarchy` takes."""


def sampling_of(recipe: dict[str, Any]) -> Sampling:
    """Return the vertices on which a network sees maps.

    Parameters
    ----------
    recipe
        See `training.model_record.recipe_of`.

    Raises
    ------
    UserError
        If a recipe does not suffice: of a part of vertices from a file, or one chosen by a mask.
    """
    parameters = recipe["sampling_parameters"]
    if "coordinates" in recipe:
        partial = bool({"partial", "region"} & parameters.keys())
        places, areas = (recipe[name].numpy() for name in ("coordinates", "areas"))
        sampling: Sampling = Custom(places, areas, partial)
    else:
        sampling = make_sampling(recipe["sampling_name"], **parameters)
    if sampling.identifier != recipe["sampling_identifier"]:
        raise UserError(
            f"the vertices {recipe['sampling_identifier']} cannot be made again from the file of "
            "the network alone."
        )
    return sampling


def sphere_of(sampling: Sampling, recipe: dict[str, Any]) -> Hierarchy:
    """Return the levels of graphs of a recipe, on the vertices that `sampling_of` returned."""
    return build_hierarchy(sampling, recipe["depth"], **{name: recipe[name] for name in GRAPH})
