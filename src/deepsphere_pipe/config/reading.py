"""Read and write configs; tell in one sentence what is wrong with one."""

import math
import re
from pathlib import Path
from typing import TypeVar, get_origin

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from deepsphere_pipe.config.section import Section, keys_of, sections_of
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.text_files import read_text

# What pydantic adds to the location of an error in a union.
UNION_TAG = re.compile(r"(literal|dict|tuple|function-|constrained|float|int|str)\b")
# The same text from libyaml in a fifth of the time, where PyYAML was built with it.
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
Model = TypeVar("Model", bound=Section)


def parse(model: type[Model], content: object, origin: str | Path) -> Model:
    """Check ``content`` (as read from YAML) against a section or a choice of sections.

    Raises
    ------
    UserError
        One sentence with the file, the key and what is allowed there.
    """
    sections = sections_of(model)
    if not isinstance(content, dict):
        raise UserError(f"{origin}: must be a YAML mapping with keys {_keys(*sections)}.")
    try:
        if sections == [model]:
            return model.model_validate(content)
        return TypeAdapter(model).validate_python(content)
    except ValidationError as error:
        raise UserError(f"{origin}: {_sentence(sections, error)}.") from None


def read_yaml(path: str | Path) -> object:
    """Return what a YAML file holds; raises `UserError` if it cannot be read."""
    try:
        return yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" at line {where.line + 1}" if where else ""
        raise UserError(f"{path}: is not valid YAML{line}.") from None


def dump(section: Section) -> str:
    """Return a section as YAML text, defaults included, keys in the order of the model."""
    return yaml.dump(section.model_dump(mode="json"), Dumper=DUMPER, sort_keys=False)


def _keys(*sections: type[Section]) -> str:
    return ", ".join(dict.fromkeys(key for section in sections for key in keys_of(section)))


def _sentence(sections: list[type[Section]], error: ValidationError) -> str:
    """Tell the first of the errors (several at once would be no sentence)."""
    # A key that is missing may be there under a wrong name, or that of another kind.
    errors = sorted(error.errors(), key=lambda item: item["type"] == "missing")
    keys = [".".join(_locate(sections, item["loc"])[1]) for item in errors]
    # A union reports an error for each member: the one that looked deepest knows most.
    at = max(
        (i for i, path in enumerate(keys) if path.startswith(keys[0])),
        key=lambda i: len(keys[i]),
    )
    first, key = errors[at], keys[at]
    section, _ = _locate(sections, first["loc"])
    kind = f"{section.chosen_by} '{section.tag()}'" if section.chosen_by else ""
    if first["type"] == "extra_forbidden":
        if now := section.renamed.get(str(first["loc"][-1])):
            return f"the key '{key}' is now called '{now}'"
        where = f"with {kind}; allowed there" if kind else "allowed here"
        return f"unknown key '{key}'{' ' if kind else '; '}{where}: {_keys(section)}"
    if first["type"] == "missing":
        return f"the key '{key}' is missing" + (f", which {kind} needs" if kind else "")
    if first["type"] == "value_error":
        return f"{key}: {first['ctx']['error']}" if key else str(first["ctx"]["error"])
    if first["type"] == "union_tag_invalid":
        key = ".".join(filter(None, (key, section.chosen_by)))
        first["input"] = first["input"][section.chosen_by]
        first["ctx"]["expected"] = " or ".join(first["ctx"]["expected_tags"].rsplit(", ", 1))
    same = [item for item, path in zip(errors, keys, strict=True) if path == key] or [first]
    expected = " or ".join(dict.fromkeys(_expectation(item) for item in same))
    value = list(first["input"]) if isinstance(first["input"], tuple) else first["input"]
    return f"{key} is {value!r}; it must be {expected}"


EXPECTATIONS = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "float_type": "a number",
    "greater_than": "greater than {gt}",
    "greater_than_equal": "at least {ge}",
    "int_type": "a whole number",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "literal_error": "{expected}",
    "model_attributes_type": "a mapping",
    "model_type": "a mapping",
    "multiple_of": "a multiple of {multiple_of}",
    "string_pattern_mismatch": "text of the form {pattern}",
    "string_too_short": "text of at least {min_length} character",
    "string_type": "text",
    "too_short": "at least {min_length} entry long",
    "tuple_type": "a list",
    "union_tag_invalid": "{expected}",
}


def _expectation(item: ErrorDetails) -> str:
    phrase = EXPECTATIONS.get(item["type"])
    if not phrase:
        return f"valid ({item['msg']})"
    hint = _number_hint(item["input"]) if item["type"] == "float_type" else ""
    return phrase.format(**item.get("ctx", {})) + hint


def _number_hint(value: object) -> str:
    """Tell how to write a number that YAML takes for text, such as 1e-3."""
    try:
        number = float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return ""
    if not math.isfinite(number):
        return ""
    return f" (YAML reads this as text: write {yaml.safe_dump(number).split()[0]})"


def _locate(sections: list[type[Section]], loc: tuple) -> tuple[type[Section], list[str]]:
    """Follow an error's location: the innermost section, and the keys without union tags."""
    path: list[str] = []
    named = False  # whether the next part is a name that the user gave
    for part in loc:
        kinds = [each for each in sections if each.tag() == part]
        if isinstance(part, int):
            path.append(str(part))
        elif named:
            path.append(part)
            named = False
        elif len(sections) > 1 and kinds:
            sections = kinds
        elif field := keys_of(sections[0]).get(part):
            path.append(part)
            sections = sections_of(field.annotation) or sections
            named = get_origin(field.annotation) is dict
        elif not UNION_TAG.match(part) and (not path or part == loc[-1]):
            path.append(part)
    return sections[0], path
