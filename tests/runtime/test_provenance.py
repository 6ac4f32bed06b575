"""The fingerprint of code changes with what the code does, and with nothing else."""

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deepsphere_pipe.runtime import provenance


def forget():
    provenance._syntax.cache_clear()
    provenance._handed_on.cache_clear()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of a package of two modules and one that they do not import."""
    folder = tmp_path / "deepsphere_pipe"
    folder.mkdir()
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (folder / "low.py").write_text('"""Low."""\nA = 1\n', encoding="utf-8")
    (folder / "high.py").write_text(
        "from deepsphere_pipe.low import A\n\n\ndef f():\n    return A\n", encoding="utf-8"
    )
    (folder / "other.py").write_text("B = 2\n", encoding="utf-8")
    monkeypatch.setattr(provenance, "PACKAGE", folder)
    forget()
    yield folder
    forget()


def fingerprint_after(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    forget()
    return provenance.code_fingerprint("high")


def test_a_change_of_an_imported_module_counts(package):
    before = provenance.code_fingerprint("high")
    assert fingerprint_after(package / "low.py", "A = 2\n") != before


def test_comments_docstrings_and_strangers_do_not_count(package):
    before = provenance.code_fingerprint("high")
    assert fingerprint_after(package / "low.py", '"""Deep."""\n# note\nA = 1\n') == before
    assert fingerprint_after(package / "other.py", "B = 3\n") == before


@pytest.mark.parametrize("name", ["table.csv", "page.html", "page.css", "page.js"])
def test_data_beside_a_module_counts_but_not_a_stranger_to_it(package, name):
    (package / name).write_text("1", encoding="utf-8")
    before = provenance.code_fingerprint("high")
    assert fingerprint_after(package / name, "2") != before
    (package / "deeper").mkdir()
    after = provenance.code_fingerprint("high")
    assert fingerprint_after(package / "deeper" / name, "1") == after


def test_training_depends_on_the_network_and_not_on_figures_or_config():
    used = provenance.modules_used("training.trainer")
    assert {"deepsphere_pipe.nn.unet", "deepsphere_pipe.data.loader"} <= used
    assert not [name for name in used if ".reporting" in name or name.endswith(".config")]


def test_what_is_measured_on_test_maps_trains_nothing_again():
    used = provenance.modules_used("training.trainer")
    assert "deepsphere_pipe.evaluation.scores" in used
    for name in ("events", "groups", "reliability", "tally", "composite", "speed"):
        assert f"deepsphere_pipe.evaluation.{name}" not in used


SPECIMEN = """
import math
from deepsphere_pipe.low import A

@staticmethod
def f(a: int, /, *b, c=1e-3, **d) -> "größer":
    \'\'\'Not counted.\'\'\'
    x = lambda y, *, z=None: f"{y!r:>{c}} of {a=}" "and" if y else {**d, 1: ()}
    async def g():
        async with a as (b, c), d: await x
        yield from (i for i in b if i if not c)
    match a:
        case {"k": [1, *_], **rest} | None: return -x[1:, ::2] ** 2j
        case _: pass
    try: assert a, "σ"
    except* ValueError as error: raise error from None
    while (n := a): continue
    else: del d

class C(A, metaclass=type): pass
"""


def specimen(package):
    """Write a module with much of the grammar, as others save it; return its fingerprint."""
    text = SPECIMEN
    (package / "high.py").write_text(text, encoding="utf-8")
    forget()
    return provenance.code_fingerprint("high")


def test_the_fingerprint_is_one_number_on_every_python(package):
    """Worked out once, on 3.11, 3.12, 3.13 and 3.14: another one would train everything again."""
    assert specimen(package) == "ca3bfda35f99"


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("locale", ["C", "en_US.ISO-8859-1", "ja_JP.EUC-JP"])
def test_other_pythons_in_other_locales_agree(package, version, locale, locales):
    program = shutil.which(f"python{version}")
    if not program or subprocess.run([program, "-c", ""], check=False).returncode:
        pytest.skip(f"no Python {version} on this machine")
    expected = specimen(package)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from deepsphere_pipe.runtime import provenance\n"
        "print(provenance.code_fingerprint('training.trainer'))\n"
        "provenance.PACKAGE = Path(sys.argv[2])\n"
        "provenance._syntax.cache_clear(); provenance._handed_on.cache_clear()\n"
        "print(provenance.code_fingerprint('high'))"
    )
    source = str(Path(__file__).parents[2] / "src")
    told = subprocess.run(
        [program, "-I", "-X", "utf8=0", "-c", code, source, str(package)], check=True,
        env=os.environ | locales(locale), capture_output=True, text=True,
    )  # fmt: skip
    provenance.PACKAGE = Path(source) / "deepsphere_pipe"
    forget()
    assert told.stdout.split() == [provenance.code_fingerprint("training.trainer"), expected]


def test_fields_that_newer_pythons_add_do_not_count_while_they_are_empty(package, monkeypatch):
    before = specimen(package)
    for kind, empty in ((ast.FunctionDef, []), (ast.Constant, None), (ast.Name, [])):
        monkeypatch.setattr(kind, "_fields", (*kind._fields, "invented"))
        monkeypatch.setattr(kind, "invented", empty, raising=False)
    assert specimen(package) == before
    monkeypatch.setattr(ast.Name, "invented", 1)
    assert specimen(package) != before


def git(folder, *arguments):
    who = ["-c", "user.name=A", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, env=environment, capture_output=True
    )


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A repository with the package, as a clone is."""
    folder = tmp_path / "clone"
    package = folder / "src/deepsphere_pipe"
    for path in (package / "__init__.py", folder / "workflow/Snakefile", folder / "README.md"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "All")
    monkeypatch.setattr(provenance, "PACKAGE", package)
    return folder


def test_the_commit_is_that_of_the_checkout_and_marked_if_its_code_is_another(checkout):
    commit = provenance.commit()
    assert re.fullmatch("[0-9a-f]{7,}", commit)
    (checkout / "README.md").write_text("changed", encoding="utf-8")
    (checkout / "mine.yaml").write_text("name: mine", encoding="utf-8")
    assert provenance.commit() == commit
    (checkout / "src/deepsphere_pipe/new.py").write_text("", encoding="utf-8")
    assert provenance.commit() == f"{commit}+"
    (checkout / "src/deepsphere_pipe/new.py").unlink()
    (checkout / "workflow/Snakefile").write_text("changed", encoding="utf-8")
    assert provenance.commit() == f"{commit}+"


def test_neither_an_outer_repository_nor_git_dir_is_named(checkout, tmp_path, monkeypatch):
    """An unpacked archive, in a repository of papers; and a hook of another repository."""
    outer = tmp_path / "outer"
    shutil.copytree(checkout, outer / "deepsphere_pipe", ignore=shutil.ignore_patterns(".git"))
    git(outer, "init")
    git(outer, "add", ".")
    git(outer, "commit", "-m", "Paper")
    commit = provenance.commit()
    monkeypatch.setenv("GIT_DIR", str(outer / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(outer))
    assert provenance.commit() == commit
    package = outer / "deepsphere_pipe/src/deepsphere_pipe"
    monkeypatch.setattr(provenance, "PACKAGE", package)
    assert provenance.commit() is None
    (package / "__init__.py").write_text("edited", encoding="utf-8")
    assert provenance.commit() is None and provenance.commit_doubt() is None


def test_a_package_that_git_ignores_is_no_part_of_the_checkout(checkout, monkeypatch):
    installed = checkout / ".venv/site/deepsphere_pipe"
    shutil.copytree(checkout / "src/deepsphere_pipe", installed)
    monkeypatch.setattr(provenance, "PACKAGE", installed)
    assert provenance.commit() is None
    monkeypatch.setattr(provenance, "PACKAGE", checkout / "src/deepsphere_pipe")
    git(checkout, "rm", "-r", "--cached", "src")
    (checkout / ".gitignore").write_text("src\n", encoding="utf-8")
    assert provenance.commit() is None


def test_a_worktree_tells_its_own_commit_and_a_new_repository_none(checkout, tmp_path, monkeypatch):
    git(checkout, "worktree", "add", "-b", "other", str(tmp_path / "other"))
    git(tmp_path / "other", "commit", "--allow-empty", "-m", "Other")
    commits = {provenance.commit()}
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path / "other/src/deepsphere_pipe")
    commits.add(provenance.commit())
    assert len(commits) == 2
    shutil.rmtree(checkout / ".git")
    git(checkout, "init")
    git(checkout, "add", ".")
    monkeypatch.setattr(provenance, "PACKAGE", checkout / "src/deepsphere_pipe")
    assert provenance.commit() is None and provenance.commit_doubt() is None


def test_an_empty_repository_is_not_taken_for_the_one_around_it(checkout, monkeypatch):
    inner = checkout / "inner"
    shutil.copytree(checkout / "src", inner / "src")
    git(checkout, "add", ".")
    git(checkout, "commit", "-m", "Inner")
    (inner / ".git").mkdir()
    monkeypatch.setattr(provenance, "PACKAGE", inner / "src/deepsphere_pipe")
    assert provenance.commit() is None and provenance.commit_doubt() is None


def test_a_container_may_call_the_folder_safe_by_variables(checkout, tmp_path, monkeypatch):
    if os.getuid():
        pytest.skip("only root can give files to somebody else")
    commit = provenance.commit()
    for path in (checkout, *checkout.rglob("*")):
        os.chown(path, 12345, 12345)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in {"COUNT": "1", "KEY_0": "safe.directory", "VALUE_0": "*"}.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    assert provenance.commit() == commit


def test_where_git_refuses_or_is_absent_that_is_what_tables_say(checkout, tmp_path, monkeypatch):
    if os.getuid() == 0:
        for path in (checkout, *checkout.rglob("*")):
            os.chown(path, 12345, 12345)
        monkeypatch.setenv("HOME", str(tmp_path))  # where no folder is called safe
        told = f"git refuses: detected dubious ownership in repository at '{checkout}'"
        assert provenance.commit_doubt() == told
        assert provenance.commit() == f"unknown ({told})"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.commit() == "unknown (there is no git)"
