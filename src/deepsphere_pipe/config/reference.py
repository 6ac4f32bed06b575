"""The reference of all config keys, made from the typed config itself."""

import inspect
from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from deepsphere_pipe.config.section import section_of
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


def config_reference() -> str:
    """Return the reference as Markdown: one table per section, in the order of the file."""
    parts = [INTRODUCTION]
    sections = [("", Study), ("variants", VariantsConfig), *_sections(Study)]
    titles = {"": "Top level", "variants": "Variants, also at the top level"}
    for path, section in sections:
        title = titles.get(path, f"`{path}`")
        rows = [
            f"| `{name}` | {_type(field)} | {_default(field)} | {_cell(field.description)} |"
            for name, field in section.model_fields.items()
        ]
        parts.append(
            f"## {title}\n\n{inspect.cleandoc(section.__doc__)}\n\n"
            "| key | type | default | meaning |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
        )
    return "\n".join(parts)


def _sections(section: type[BaseModel], path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the sections inside a section with their paths."""
    for name, field in section.model_fields.items():
        if inner := section_of(field.annotation):
            named = ".<name>" if _json_schema(section, name).get("additionalProperties") else ""
            below = f"{path}.{name}{named}".lstrip(".")
            yield below, inner
            yield from _sections(inner, below)


def _json_schema(section: type[BaseModel], name: str) -> dict:
    return section.model_json_schema()["properties"][name]


def _type(field: FieldInfo) -> str:
    if section_of(field.annotation):
        return "section"

    class Probe(BaseModel):
        value: field.annotation  # what pydantic says of the type alone
        model_config = {"arbitrary_types_allowed": True}

    Probe.model_fields["value"].metadata = field.metadata
    Probe.model_rebuild(force=True)
    return _cell(_words(Probe.model_json_schema()["properties"]["value"]))


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
            names = {"integer": "integer", "number": "number", "string": "text"}
            words = {**names, "boolean": "true or false"}.get(kind, "any")
            return words + _bounds(schema)


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
    if section_of(field.annotation):
        return "see below"
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return ""
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{YAML_WORDS.get(str(value), value)}`"


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|")
