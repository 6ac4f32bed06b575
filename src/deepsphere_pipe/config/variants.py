"""Variants of a study in one file, so that changing one line takes it to other data."""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from deepsphere_pipe.config.overrides import override
from deepsphere_pipe.config.reading import parse, read_yaml
from deepsphere_pipe.config.section import Section
from deepsphere_pipe.config.study import Study
from deepsphere_pipe.errors import UserError


class VariantsConfig(Section):
    """Keys of a study's file that choose among variants of the study."""

    variant: str | None = Field(
        None, description="which of `variants`; null: the rest of the file as it stands"
    )
    variants: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="parts of a study by names of your own: the chosen one is merged over the rest "
        "of the file, section by section; give each a `name`, so that results have folders of "
        "their own",
    )


def parse_study(content: object, origin: str | Path) -> Study:
    """Check the content of a study's file, its variants included, and return the chosen study.

    Parameters
    ----------
    content
        As read from YAML: keys of `Study` and of `VariantsConfig`.
    origin
        What errors are said to be in.

    Raises
    ------
    UserError
        One sentence with the file, the variant, the key and what is allowed there.
    """
    if not isinstance(content, Mapping):
        return parse(Study, content, origin)
    choosing = {key: content[key] for key in VariantsConfig.model_fields if key in content}
    common = {key: value for key, value in content.items() if key not in choosing}
    choice = parse(VariantsConfig, choosing, origin)
    # All are checked, lest a slip comes to light on the day that a variant is chosen.
    studies = {
        name: parse(Study, merge(common, partial), f"{origin}, variant {name}")
        for name, partial in choice.variants.items()
    }
    folders: dict[str, str] = {}
    for name, study in studies.items():
        if (other := folders.setdefault(study.name, name)) != name:
            raise UserError(
                f"{origin}: the variants {other} and {name} both have the name '{study.name}', so "
                "their results would share a folder; give one of them another 'name'."
            )
    if choice.variant is None:
        return parse(Study, common, origin)
    if choice.variant not in studies:
        there = ", ".join(studies) or "none, as there is no key 'variants'"
        raise UserError(f"{origin}: variant is '{choice.variant}'; allowed: {there}.")
    return studies[choice.variant]


def read_study(path: str | Path, assignments: Sequence[str] = ()) -> Study:
    """Read the study that a YAML file chooses.

    Parameters
    ----------
    path
        The file.
    assignments
        Keys that are otherwise than in the file, see `override`.

    Raises
    ------
    UserError
        As `parse_study` and `override` do.
    """
    content = read_yaml(path)
    if assignments and isinstance(content, dict):
        override(content, assignments)
    return parse_study(content, f"{path} and --set" if assignments else path)


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return `below` with what `above` says instead, as Snakemake merges config files.

    Mappings are merged key by key at every depth; all else, lists too, is replaced.
    """
    merged = copy.deepcopy(dict(below))
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = merge(merged[key], value) if both else copy.deepcopy(value)
    return merged
