"""What all sections of a config share: the base class, and lists as YAML has them."""

from typing import Annotated, ClassVar, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

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


def section_of(annotation: object) -> type[BaseModel] | None:
    """Return the section that an annotation names, alone or inside a container, if any."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if found := section_of(argument):
            return found
    return None
