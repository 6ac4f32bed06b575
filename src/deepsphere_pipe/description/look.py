"""What is seen of a file or folder at first glance, by which its kind is told."""

import csv
import json
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import Any

import netCDF4
import yaml

from deepsphere_pipe.data.fields.opening import NETCDF
from deepsphere_pipe.runtime.torch_files import read_tensors

TORCH = (".pt", ".pth")
LARGEST_TEXT = 50_000_000
"""Bytes: no file of ours that is text is larger."""

MOST_NAMED = 12


class Look:
    """A glance at a path; every part is empty where there is no such thing.

    Attributes
    ----------
    path
        Where it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def names(self) -> frozenset[str]:
        """What lies in a folder."""
        return frozenset(each.name for each in self.path.iterdir()) if self.path.is_dir() else _NONE

    @cached_property
    def variables(self) -> frozenset[str]:
        """Variables, groups and global attributes of a netCDF file."""
        if self.path.suffix.lower() not in NETCDF or not self.path.is_file():
            return _NONE
        try:
            with netCDF4.Dataset(self.path) as file:
                return frozenset([*file.variables, *file.groups, *file.ncattrs()])
        except (OSError, RuntimeError):
            return _NONE

    @cached_property
    def columns(self) -> frozenset[str]:
        """Columns of a csv file."""
        if self.path.suffix != ".csv":
            return _NONE
        return frozenset(next(csv.reader(self._text.splitlines()[:1]), []))

    @cached_property
    def tree(self) -> dict[str, Any]:
        """Content of a JSON or YAML file."""
        try:
            if self.path.suffix == ".json":
                content = json.loads(self._text)
            else:
                content = yaml.safe_load(
                    self._text if self.path.suffix in (".yaml", ".yml") else ""
                )
        except (ValueError, yaml.YAMLError):
            return {}
        return content if isinstance(content, dict) else {}

    @cached_property
    def tensors(self) -> dict[str, Any]:
        """Content of a file of torch."""
        if self.path.suffix not in TORCH or not self.path.is_file():
            return {}
        try:
            content = read_tensors(self.path, mmap=True)
        except Exception:  # torch raises whatever unpickling a broken file comes to
            return {}
        return content if isinstance(content, dict) else {}

    @cached_property
    def _text(self) -> str:
        if not self.path.is_file() or self.path.stat().st_size > LARGEST_TEXT:
            return ""
        return self.path.read_text(encoding="utf-8", errors="replace")


_NONE: frozenset[str] = frozenset()


def few(names: Collection[object], most: int = MOST_NAMED) -> str:
    """Return some names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(str, [*names][:most])) + more
