"""Which code made a result: the commit, and a fingerprint of the modules a step depends on."""

import ast
import hashlib
import json
import os
import subprocess
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
CODE = ("src", "workflow")
"""Folders of a checkout whose content makes results."""
GIT_VARIABLES = {
    f"GIT_{name}"
    for name in ("DIR", "WORK_TREE", "INDEX_FILE", "COMMON_DIR", "OBJECT_DIRECTORY", "NAMESPACE")
}
"""What hooks set, by which git would tell of another repository."""
DATA = {".csv", ".npz", ".yaml", ".html", ".css", ".js"}
"""Suffixes of the files beside modules that belong to them."""
# What these say reaches a step as its parameters; hashing them too would retrain for a colour.
NOT_FOLLOWED = tuple(
    f"{PACKAGE.name}.{module}" for module in ("config", "errors", "runtime.provenance")
)


def commit() -> str | None:
    """Return the short git commit of the checkout, with ``+`` if its code differs from it.

    Returns
    -------
    str or None
        None where the package is no part of a checkout of its own: installed, or unpacked from an
        archive, whatever repository may lie around it. ``unknown (…)`` where git cannot tell.
    """
    top, doubt = _checkout()
    if doubt:
        return f"unknown ({doubt})"
    if top is None:
        return None
    try:
        head = _git("rev-parse", "--short", "--verify", "--quiet", "HEAD", at=top)
    except subprocess.CalledProcessError:
        return None  # nothing is committed yet
    changed = _git("status", "--porcelain", "--", *CODE, at=top)
    return head + ("+" if changed else "")


def commit_doubt() -> str | None:
    """Return why git cannot tell the commit of a checkout, None if it can or there is none."""
    return _checkout()[1]


def _checkout() -> tuple[Path | None, str | None]:
    """Return the checkout that the package belongs to, and what keeps git from telling of it."""
    top = PACKAGE.parents[1]
    if not (top / ".git").exists():  # a folder, or a file in a worktree
        return None, None
    try:
        if Path(_git("rev-parse", "--show-toplevel", at=top)).resolve() != top:
            return None, None  # what lies there is no repository, but one lies around it
        tracked = _git("ls-files", "--", f"{PACKAGE.relative_to(top)}/__init__.py", at=top)
    except FileNotFoundError:
        return None, "there is no git"
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["no reason"])[0]
        return None, f"git refuses: {reason.removeprefix('fatal: ')}"
    return (top if tracked else None), None


def _git(*arguments: str, at: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in GIT_VARIABLES}
    return subprocess.run(
        ["git", "-C", str(at), *arguments], env=environment | {"LC_ALL": "C"},
        capture_output=True, encoding="utf-8", errors="replace", check=True,
    ).stdout.strip()  # fmt: skip


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
    the workflow run a step again. Names are those below the package: ``"training.trainer"``.
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
    """Return modules (names below the package) with all that they import from it, or in turn."""
    found: set[str] = set()
    pending = [f"{PACKAGE.name}.{module}" for module in modules]
    while pending:
        module = pending.pop()
        if module not in found and not module.startswith(NOT_FOLLOWED):
            found.add(module)
            pending.extend(_syntax(module)[1])
    return found


def syntax_text(source: bytes) -> str:
    """Return what a module does, without comments, docstrings and layout, as text to be hashed."""
    written: list[str] = []
    _write(ast.parse(source), written, [])
    return " ".join(written)


@cache
def _syntax(module: str) -> tuple[str, tuple[str, ...]]:
    """Return a module's syntax tree as text and the modules of the package that it imports."""
    written: list[str] = []
    imported: list[tuple[str, str | None]] = []
    _write(ast.parse(_file(module).read_bytes()), written, imported)
    return " ".join(written), tuple(dict.fromkeys(map(_owner, imported)))


def _owner(imported: tuple[str, str | None]) -> str:
    """Return the module that defines what is imported, which a package may only hand on."""
    module, name = imported
    if name is None:
        return module
    if _is_module(f"{module}.{name}"):
        return f"{module}.{name}"
    handed_on = _handed_on(module)
    return _owner((handed_on[name], name)) if name in handed_on else module


@cache
def _handed_on(package: str) -> dict[str, str]:
    """Return the module of each name that the ``__init__`` of a package imports from another."""
    if not PACKAGE.joinpath(*package.split(".")[1:]).is_dir():
        return {}
    tree = ast.parse(_file(package).read_bytes())
    return {
        alias.asname or alias.name: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        if node.module.startswith(PACKAGE.name)
        for alias in node.names
    }


def _write(node: ast.AST, written: list[str], imported: list[tuple[str, str | None]]) -> None:
    """Add a node to a text and its imports to a list; every plan does, and `ast.dump` is slower.

    Fields that are empty are left out: newer Pythons have more of them.
    """
    written.append(type(node).__name__)
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        if module.startswith(PACKAGE.name):
            imported += [(module, alias.name) for alias in node.names]
    elif isinstance(node, ast.Import):
        imported += [(a.name, None) for a in node.names if a.name.startswith(PACKAGE.name)]
    for field in node._fields:
        value = getattr(node, field, None)
        if value is None or value == []:
            continue
        written.append(field)
        if isinstance(node, ast.JoinedStr):
            value = _joined(value)
        if isinstance(value, list):
            written.append("[")
            for item in value:
                if not isinstance(item, ast.AST):
                    written.append(ascii(item))
                elif not _is_text(item):
                    _write(item, written, imported)
            written.append("]")
        elif isinstance(value, ast.AST):
            _write(value, written, imported)
        else:
            written.append(ascii(value))


def _joined(parts: list[ast.expr]) -> list[ast.expr]:
    """Return the parts of an f-string with texts joined: Python 3.12.0 has empty ones, too."""
    joined: list[ast.expr] = []
    for part in parts:
        if not isinstance(part, ast.Constant):
            joined.append(part)
        elif joined and isinstance(joined[-1], ast.Constant):
            joined[-1] = ast.Constant(str(joined[-1].value) + str(part.value))
        elif part.value:
            joined.append(part)
    return joined


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
