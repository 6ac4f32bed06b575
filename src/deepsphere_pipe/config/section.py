"""What all sections of a config share: the base class, lists as YAML has them, and choices.

A choice is a section of several kinds: the value of one key says which, and each kind has keys of
its own. It is written as a union of sections with a common base that names that key::

    Shape = Annotated[Circle | Square, Choice()]
"""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

Item = TypeVar("Item")


def _distinct(values: tuple[Item, ...]) -> tuple[Item, ...]:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value} stands there twice; allowed: each entry once")
    return values


# YAML has lists only; frozen models want tuples, and strict mode does not convert.
Items = Annotated[
    tuple[Item, ...],
    BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
]
Distinct = Annotated[Items[Item], AfterValidator(_distinct)]


class Section(BaseModel):
    """Base of all sections: immutable, no unknown keys, no silent type conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
    renamed: ClassVar[dict[str, str]] = {}
    """What keys of earlier versions are called now."""
    chosen_by: ClassVar[str | None] = None
    """Of a choice: the key that says which kind it is."""

    @classmethod
    def tag(cls) -> str:
        """Return what the deciding key of a choice says for this kind, "" for other sections."""
        return cls.model_fields[cls.chosen_by].default if cls.chosen_by else ""


class Choice:
    """Marks a union of sections as a choice; without the deciding key it is the first of them."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        first = get_args(source)[0]

        def complete(value: object) -> object:
            return {first.chosen_by: first.tag(), **value} if isinstance(value, dict) else value

        union: Any = Annotated[source, Field(discriminator=first.chosen_by)]
        return core_schema.no_info_before_validator_function(complete, handler(union))


def sections_of(annotation: object) -> list[type[Section]]:
    """Return the sections that an annotation names, alone or in a container: all of a choice."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    return [section for part in get_args(annotation) for section in sections_of(part)]


def keys_of(section: type[Section]) -> dict[str, FieldInfo]:
    """Return the fields of a section by the keys that they have in a file."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def common_base(sections: Sequence[type[Section]]) -> type[Section]:
    """Return the nearest base of all kinds of a choice, with the keys that they share."""
    return next(
        base for base in sections[0].__mro__ if all(issubclass(each, base) for each in sections)
    )
