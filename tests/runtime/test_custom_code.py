"""Code of users is found where it lies, hashed without being run, and refused in a sentence."""

import sys

import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.custom_code import custom_code_fingerprint, import_class


@pytest.fixture
def package(tmp_path):
    """A package with modules that it uses and one that it does not, beside other modules."""
    files = {
        "hashed/__init__.py": "from .net import Net\n",
        "hashed/net.py": "import json\nimport numpy\nimport layers_beside\nfrom . import parts\n"
        "from .deep.er import N\nraise RuntimeError('run')\n\nclass Net:\n    pass\n",
        "hashed/parts.py": "A = 1\n",
        "hashed/deep/er.py": "N = 1\n",  # of a package without a module of its own
        "hashed/unused.py": "B = 1\n",
        "layers_beside.py": "C = 1\n",
        "stranger.py": "D = 1\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("hashed/__init__.py", True),
        ("hashed/net.py", True),
        ("hashed/parts.py", True),
        ("hashed/deep/er.py", True),
        ("layers_beside.py", True),
        ("hashed/unused.py", False),
        ("stranger.py", False),
    ],
)
def test_what_the_class_uses_counts_and_nothing_else(package, name, counts):
    before = custom_code_fingerprint("hashed.net.Net", str(package))
    path = package / name
    text = path.read_text(encoding="utf-8")
    path.write_text(f'"""Told."""\n\n# A remark.\n{text}', encoding="utf-8")
    assert custom_code_fingerprint("hashed.net.Net", str(package)) == before
    path.write_text(f"{text}\nMORE = 1\n", encoding="utf-8")
    assert (custom_code_fingerprint("hashed.net.Net", str(package)) != before) == counts


def test_it_is_found_on_the_path_and_where_one_works(package, monkeypatch):
    beside = custom_code_fingerprint("hashed.Net", str(package))
    with monkeypatch.context() as patch:
        patch.chdir(package)
        assert custom_code_fingerprint("hashed.Net") == beside
    with monkeypatch.context() as patch:
        patch.syspath_prepend(package)
        assert custom_code_fingerprint("hashed.Net") == beside
    assert not [name for name in sys.modules if name.startswith("hashed")]
    with pytest.raises(UserError, match=r"hashed\.Net: there is no module 'hashed' in "):
        custom_code_fingerprint("hashed.Net")


def test_planning_does_not_import_torch_for_it(package):
    import subprocess

    code = (
        "import sys\nfrom deepsphere_pipe.config import CustomModelConfig\n"
        "model = CustomModelConfig(**{'class': 'hashed.Net', 'folder': sys.argv[1]})\n"
        "print(model.custom_code)\nassert not {'torch', 'numpy', 'hashed'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(package)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == custom_code_fingerprint("hashed.Net", str(package))


def test_a_module_that_is_no_python_is_told(package):
    (package / "hashed/parts.py").write_text("def (:\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"parts\.py: is no Python \(.*, line 1\)"):
        custom_code_fingerprint("hashed.Net", str(package))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, r"mine_\d\.Net: there is no module 'mine_\d' in /.* nor on PYTHONPATH; say in"),
        ("import absent_one\n", r"mine_\d cannot be imported: ModuleNotFoundError: No module "
         r"named 'absent_one' \(mine_\d\.py, line 1\)\."),
        ("a = 1\nb = a / 0\n", r"cannot be imported: ZeroDivisionError: .* \(mine_\d\.py, line 2"),
        ("class Other:\n    pass\n", r"mine_\d\.py: there is no class 'Net'; it has Other\."),
        ("Net = 3\n", r"there is no class 'Net'; it has no class of its own\."),
    ],
)  # fmt: skip
def test_a_class_that_cannot_be_imported_is_told(tmp_path, monkeypatch, request, text, sentence):
    name = f"mine_{len(request.node.callspec.id) % 10}"
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    if text is not None:
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=sentence):
        import_class(f"{name}.Net", str(tmp_path))
