"""Which code made a result: the commit, and a fingerprint of the modules a step depends on."""

import ast
import hashlib
import json
import subprocess
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent
DATA = {".csv", ".npz", ".html", ".css", ".js"}
"""Suffixes of the files beside modules that belong to them."""
# What these say reaches a step as its parameters; hashing them too would retrain for a colour.
NOT_FOLLOWED = ("deepsphere_pipe.config", "deepsphere_pipe.errors", "deepsphere_pipe.provenance")


def commit() -> str | None:
    """Return the short git commit of the checkout, with ``+`` if files differ from it.

    Returns
    -------
    str or None
        None where the package does not lie in a git checkout.
    """

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(PACKAGE), *arguments], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def content_hash(content: object) -> str:
    """Return a short hash of what JSON can hold, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def file_hash(path: Path) -> str | None:
    """Return the SHA-256 of a file in hexadecimal, None if there is no such file."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def code_fingerprint(*modules: str) -> str:
    """Return a short hash of modules of this package, all they import from it, and their data.

    Comments, docstrings and layout do not count, so only a change of what the code does makes
    the workflow run a step again.

    Parameters
    ----------
    *modules : str
        Names below the package, such as ``"training.trainer"``.
    """
    digest = hashlib.sha256()
    used = sorted(modules_used(*modules))
    for module in used:
        digest.update(_syntax(module)[0].encode())
    for folder in sorted({_file(module).parent for module in used}):
        for path in sorted(path for path in folder.iterdir() if path.suffix in DATA):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def modules_used(*modules: str) -> set[str]:
    """Return modules of this package with all that they import from it, directly or not.

    Parameters
    ----------
    *modules : str
        Names below the package.
    """
    found: set[str] = set()
    pending = [f"{__package__}.{module}" for module in modules]
    while pending:
        module = pending.pop()
        if module not in found and not module.startswith(NOT_FOLLOWED):
            found.add(module)
            pending.extend(_syntax(module)[1])
    return found


@cache
def _syntax(module: str) -> tuple[str, tuple[str, ...]]:
    """Return a module's syntax tree as text and the modules of the package that it imports."""
    written: list[str] = []
    imported: list[str] = []
    _write(ast.parse(_file(module).read_text()), written, imported)
    return " ".join(written), tuple(name for name in imported if _is_module(name))


def _write(node: ast.AST, written: list[str], imported: list[str]) -> None:
    """Add a node to a text and its imports to a list; every plan does, and `ast.dump` is slower."""
    written.append(type(node).__name__)
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(__package__):
        imported += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    elif isinstance(node, ast.Import):
        imported += [a.name for a in node.names if a.name.startswith(__package__)]
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            written.append("[")
            for item in value:
                if not isinstance(item, ast.AST):
                    written.append(repr(item))
                elif not _is_text(item):
                    _write(item, written, imported)
            written.append("]")
        elif isinstance(value, ast.AST):
            _write(value, written, imported)
        else:
            written.append(repr(value))


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _file(module: str) -> Path:
    path = PACKAGE.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _is_module(name: str) -> bool:
    return _file(name).is_file()
