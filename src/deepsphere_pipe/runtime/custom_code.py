"""Code that users bring along: found and hashed without running it, and imported.

A module is looked for in the folder that is named, or in the working directory; then where Python
looks for modules, which begins with ``PYTHONPATH``.
"""

import ast
import hashlib
import importlib
import sys
import traceback
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.provenance import syntax_text

INSTALLED = {"site-packages", "dist-packages"}
"""Folders whose modules have no more to do with each other than that they are installed."""


def custom_code_fingerprint(path: str, folder: str | None = None) -> str:
    """Return a short hash of the module of a class, and of what it imports from beside it.

    Followed are imports from the same top-level package and, unless the module is installed, from
    modules in the same folder as that. Comments, docstrings and layout do not count.

    Parameters
    ----------
    path, folder
        Module and class, such as ``my_package.MyNet``, and where the module lies.

    Raises
    ------
    UserError
        If there is no such module, or it is no Python.
    """
    module = path.rpartition(".")[0]
    if _source_of(module, folder) is None:
        raise UserError(_not_found(path, folder))
    digest = hashlib.sha256()
    for name, source in sorted(_modules_used(module, folder).items()):
        digest.update(name.encode())
        if source.is_file():  # not a package without a module of its own
            digest.update(syntax_text(source.read_bytes()).encode())
    return digest.hexdigest()[:12]


def import_class(path: str, folder: str | None = None) -> type:
    """Import a class by its module and name.

    Raises
    ------
    UserError
        If the module is not found or fails, or has no such class.
    """
    module_name, _, name = path.rpartition(".")
    first = _first_folder(folder)
    if first not in sys.path:
        sys.path.insert(0, first)
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        missing = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
        if missing and f"{module_name}.".startswith(f"{missing}."):
            raise UserError(_not_found(path, folder)) from None
        raise UserError(f"{module_name} cannot be imported: {what_failed(error)}.") from error
    found = getattr(module, name, None)
    if not isinstance(found, type):
        classes = [key for key, value in vars(module).items() if isinstance(value, type)]
        own = [key for key in classes if getattr(module, key).__module__ == module.__name__]
        raise UserError(
            f"{module.__file__}: there is no class {name!r}; "
            f"it has {', '.join(own) or 'no class of its own'}."
        )
    return found


def what_failed(error: BaseException) -> str:
    """Return an error in a few words, with file and line where it was raised."""
    *_, last = traceback.extract_tb(error.__traceback__)
    reason = " ".join(str(error).split()).rstrip(".")
    return f"{type(error).__name__}: {reason} ({Path(last.filename).name}, line {last.lineno})"


def _not_found(path: str, folder: str | None) -> str:
    module = path.rpartition(".")[0]
    return (
        f"{path}: there is no module {module!r} in {_first_folder(folder)} nor on PYTHONPATH; "
        "say in which 'folder' it lies."
    )


def _first_folder(folder: str | None) -> str:
    return str(Path(folder or ".").resolve())


def _source_of(module: str, folder: str | None) -> Path | None:
    """Return the file of a module, or the folder of a package without one; nothing is run."""
    importlib.invalidate_caches()
    where = [_first_folder(folder), *sys.path]
    for name in module.split("."):
        spec = PathFinder.find_spec(name, where)
        if spec is None:
            return None
        where = list(spec.submodule_search_locations or [])
    assert spec is not None  # a name has one part at least
    if spec.origin is None:
        return Path(where[0])
    return Path(spec.origin) if spec.origin.endswith(".py") else None


def _modules_used(module: str, folder: str | None) -> dict[str, Path]:
    """Return a module, its packages and what they import from beside them, with their files."""
    root = _root_of(module, folder)
    found: dict[str, Path] = {}
    pending = [module]
    while pending:
        name = pending.pop()
        source = _source_of(name, folder) if name and name not in found else None
        if source is None:
            continue
        same_package = name.partition(".")[0] == module.partition(".")[0]
        same_folder = _root_of(name, folder) == root and not INSTALLED & set(source.parts)
        if same_package or same_folder:
            found[name] = source
            pending += [name.rpartition(".")[0], *_imported(name, source)]
    return found


def _root_of(module: str, folder: str | None) -> Path:
    """Return the folder in which the top-level package of a module lies."""
    top = _source_of(module.partition(".")[0], folder)
    assert top is not None, module
    return top.parent.parent if top.name == "__init__.py" else top.parent


def _imported(module: str, source: Path) -> Iterator[str]:
    """Yield the names of what a module imports, which may be modules or names in them."""
    if not source.is_file():
        return
    try:
        tree = ast.parse(source.read_bytes())
    except SyntaxError as error:
        raise UserError(f"{source}: is no Python ({error.msg}, line {error.lineno}).") from None
    package = module.split(".") if source.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")
