"""Keys of a config said on the command line: ``KEY=VALUE``, the key with all that stands above."""

from collections.abc import Sequence

import yaml

from deepsphere_pipe.errors import UserError


def override(content: dict[str, object], assignments: Sequence[str]) -> None:
    """Set keys of what was read from a YAML file, in place.

    Parameters
    ----------
    content
        Mappings in mappings.
    assignments
        Such as ``experiments.tiny.training.epochs=3``; the value is YAML: ``[8, 16]``, ``null``.

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
            below = section[name]
            if not isinstance(below, dict):
                raise UserError(f"--set {assignment}: '{name}' is no section of the study.")
            section = below
        section[last] = _value(assignment, text)


def _value(assignment: str, text: str) -> object:
    """Return what a YAML file would mean by a text, and a number for 1e-3, which YAML would not."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        raise UserError(f"--set {assignment}: the value is not valid YAML.") from None
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            pass
    return value
