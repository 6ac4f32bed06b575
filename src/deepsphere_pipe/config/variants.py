"""What makes one study another: variants in its file, and keys said on the command line."""

import copy
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

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
        {},
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


def read_study(path: str | Path | None, assignments: Sequence[str] = ()) -> Study:
    """Read the study that a YAML file chooses, with keys that are otherwise, see `override`.

    Without a file all keys are those of `assignments`.

    Raises
    ------
    UserError
        As `parse_study` and `override` do.
    """
    if path is None:
        content: object = {"name": "unnamed"}
        origin = "--set"
    else:
        content = read_yaml(path)
        origin = f"{path} and --set" if assignments else str(path)
    if assignments and isinstance(content, dict):
        override(content, assignments)
    return parse_study(content, origin)


def override(content: dict[str, Any], assignments: Sequence[str]) -> None:
    """Set keys of what was read from a YAML file, in place.

    Parameters
    ----------
    content
        Mappings in mappings.
    assignments
        Such as ``experiments.tiny.training.epochs=3``, a key with all that stands above; the value
        is YAML: ``[8, 16]``, ``null``.

    Raises
    ------
    UserError
        If one of them is no assignment, or a key above is no section.
    """
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        *above, last = key.split(".")
        if not equals or not all((*above, last)):
            raise UserError(f"--set {assignment}: write KEY=VALUE, such as graph.neighbours=8.")
        section = content
        for name in above:
            if section.get(name) is None:
                section[name] = {}
            if not isinstance(section[name], dict):
                raise UserError(f"--set {assignment}: '{name}' is no section of the study.")
            section = section[name]
        section[last] = _value(assignment, text)


def _value(assignment: str, text: str) -> object:
    """Return what a YAML file would mean by a text, and a number for 1e-3, which YAML would not."""
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):  # the latter of a date that there is not
        raise UserError(f"--set {assignment}: the value is not valid YAML.") from None
    with suppress(ValueError):
        return float(value) if isinstance(value, str) else value
    return value


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return `below` with what `above` says instead, as Snakemake merges config files.

    Mappings are merged key by key at every depth; all else, lists too, is replaced.
    """
    merged = copy.deepcopy(dict(below))
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = merge(merged[key], value) if both else copy.deepcopy(value)
    return merged
