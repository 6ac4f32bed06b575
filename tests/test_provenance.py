"""The fingerprint of code changes with what the code does, and with nothing else."""

from pathlib import Path

import pytest

from deepsphere_pipe import provenance


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of a package of two modules and one that they do not import."""
    folder = tmp_path / "deepsphere_pipe"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "low.py").write_text('"""Low."""\nA = 1\n')
    (folder / "high.py").write_text(
        "from deepsphere_pipe.low import A\n\n\ndef f():\n    return A\n"
    )
    (folder / "other.py").write_text("B = 2\n")
    monkeypatch.setattr(provenance, "PACKAGE", folder)
    provenance._syntax.cache_clear()
    yield folder
    provenance._syntax.cache_clear()


def fingerprint_after(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    provenance._syntax.cache_clear()
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
    (package / name).write_text("1")
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
