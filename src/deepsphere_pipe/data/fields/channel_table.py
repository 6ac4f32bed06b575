"""What stands for a channel in the files of others, by the table ``channels.yaml``."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.errors import UserError

NO_NAMES: Mapping[str, object] = MappingProxyType({})


class Strict(BaseModel):
    """A part of the table, in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Name(Strict):
    """A variable, the units that it has if it says none, and the hours that it sums over."""

    name: str
    units: str | None = None
    hours: float | None = None


AName = Annotated[Name, BeforeValidator(lambda x: {"name": x} if isinstance(x, str) else x)]


class Naming(Strict):
    """What stands for one channel."""

    names: tuple[AName, ...] = ()
    on_levels: tuple[AName, ...] = ()
    standard_names: tuple[str, ...] = ()
    level_hpa: float | None = None
    height_m: tuple[float, float] | None = None
    bounds: tuple[float, float]
    mean: tuple[float, float] | None = None


@cache
def _packaged() -> dict[str, dict]:
    with (files(__package__) / "channels.yaml").open(encoding="utf-8") as file:
        table = yaml.safe_load(file)
    return {
        name: entry | {"names": [name, *entry.get("names", [])]} for name, entry in table.items()
    }


def channel_table(own: Mapping[str, object] = NO_NAMES) -> dict[str, Naming]:
    """Return what stands for each channel, the channel's own name first.

    Parameters
    ----------
    own
        By channel, names of a user's own, which come before those of the package: a name, a list
        of names, or a part of the table that replaces what it says.

    Raises
    ------
    UserError
        If a channel is unknown, or what is said of it is not of this form.
    """
    if not own:
        return _known()
    table = {name: {**entry} for name, entry in _packaged().items()}
    for name, said in own.items():
        if name not in table:
            raise UserError(
                f"names of variables: there is no channel '{name}'; choose among "
                f"{', '.join(CHANNEL_NAMES)}."
            )
        if isinstance(said, Mapping) and not set(said) & set(Name.model_fields):
            table[name] |= said
        else:
            first = list(said) if isinstance(said, list | tuple) else [said]
            table[name]["names"] = first + table[name]["names"]
    return {name: _checked(name, entry) for name, entry in table.items()}


@cache
def _known() -> dict[str, Naming]:
    return {name: _checked(name, entry) for name, entry in _packaged().items()}


def _checked(channel: str, entry: dict) -> Naming:
    try:
        return Naming.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, (channel, *first["loc"])))
        raise UserError(f"names of variables: {place}: {first['msg']}.") from None
