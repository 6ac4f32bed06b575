"""The reference of all config keys, made from the typed config itself."""

import inspect
from collections.abc import Iterator
from typing import Annotated, Any, get_origin

from pydantic import Field, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from deepsphere_pipe.config.section import Section, common_base, keys_of, sections_of
from deepsphere_pipe.config.study import Study
from deepsphere_pipe.config.variants import VariantsConfig

INTRODUCTION = """\
# Configuration

<!-- Made by `make docs` from src/deepsphere_pipe/config/: edit that file, not this one. -->

A study is one YAML file: `snakemake --configfile config/my_study.yaml`. Unknown keys, wrong types
and impossible combinations are refused before anything runs. A step runs again only if a key that
it depends on, its input or its code has changed.
"""

YAML_WORDS = {"None": "null", "True": "true", "False": "false"}
Keys = dict[str, FieldInfo]


def config_reference() -> str:
    """Return the reference as Markdown: one table per section, in the order of the file."""
    top = [
        _table("## Top level", Study, keys_of(Study)),
        _table("## Variants, also at the top level", VariantsConfig, keys_of(VariantsConfig)),
    ]
    return "\n".join([INTRODUCTION, *top, *_below(keys_of(Study), "", {})])


def _below(keys: Keys, path: str, seen: dict[tuple[type[Section], ...], str]) -> Iterator[str]:
    """Yield the tables of the sections that some keys have; what was `seen` is not shown again."""
    for name, field in keys.items():
        sections = tuple(sections_of(field.annotation))
        inner = f"{path}.{name}".lstrip(".")
        if get_origin(field.annotation) is dict:
            inner += ".<name>"
        if sections and sections not in seen:
            seen[sections] = inner
            yield from _tables(inner, sections, seen)
        elif sections and seen[sections] != inner:
            yield f"## `{inner}`\n\nAs `{seen[sections]}`.\n"


def _tables(
    path: str, sections: tuple[type[Section], ...], seen: dict[tuple[type[Section], ...], str]
) -> Iterator[str]:
    """Yield the table of one section, or those of a choice: shared keys, and those of each kind."""
    base = common_base(sections)
    shared = keys_of(base)
    inner = dict(shared)
    yield _table(f"## `{path}`", base, shared, sections)
    for each in sections if len(sections) > 1 else ():
        own = {key: field for key, field in keys_of(each).items() if key not in shared}
        yield _table(f"### `{path}` with `{each.chosen_by}: {each.tag()}`", each, own)
        inner |= own
    yield from _below(inner, path, seen)


def _table(
    title: str, section: type[Section], keys: Keys, kinds: tuple[type[Section], ...] = ()
) -> str:
    text = f"{title}\n\n{inspect.cleandoc(section.__doc__ or '')}\n"
    rows = [
        f"| `{name}` | {_type(field)} | {_default(field)} | {_cell(field.description)} |"
        for name, field in keys.items()
        if name != section.chosen_by
    ]
    if len(kinds) > 1 and section.chosen_by:
        tags = [f"`{each.tag()}`" for each in kinds]
        meaning = _cell(keys[section.chosen_by].description)
        rows.insert(0, f"| `{section.chosen_by}` | {' or '.join(tags)} | {tags[0]} | {meaning} |")
    if rows:
        rows = ["| key | type | default | meaning |", "|---|---|---|---|", *rows]
    return "\n".join([text, *rows, ""]) if rows else text


def _type(field: FieldInfo) -> str:
    if sections_of(field.annotation):
        return "section"
    annotation: Any = field.annotation
    return _cell(_words(TypeAdapter(Annotated[annotation, Field(), *field.metadata]).json_schema()))


def _words(schema: dict) -> str:
    """Put a JSON schema into a few words."""
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "anyOf" in schema:
        return " or ".join(_words(option) for option in schema["anyOf"])
    match schema.get("type"):
        case "array":
            return f"list of {_words(schema['items'])}"
        case "object":
            keys = schema.get("propertyNames", {}).get("enum")
            if schema.get("additionalProperties") is True:
                return "mapping"
            of = _words(schema.get("additionalProperties", {}))
            return f"{of} for each of {', '.join(keys)}" if keys else f"mapping to {of}"
        case "null":
            return "null"
        case kind:
            words = {"string": "text", "boolean": "true or false", None: "any"}
            return words.get(kind, str(kind)) + _bounds(schema)


def _bounds(schema: dict) -> str:
    signs = {
        "minimum": "≥",
        "exclusiveMinimum": ">",
        "maximum": "≤",
        "exclusiveMaximum": "<",
        "multipleOf": "multiple of",
    }
    bounds = [f"{sign} {schema[key]}" for key, sign in signs.items() if key in schema]
    if schema.get("pattern") == "^#[0-9a-fA-F]{6}$":
        bounds.append("like `#0072b2`")
    if schema.get("minLength"):
        bounds.append("not empty")
    return f" ({', '.join(bounds)})" if bounds else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if sections_of(field.annotation):
        return "see below"
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return ""
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{YAML_WORDS.get(str(value), value)}`"


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|")
