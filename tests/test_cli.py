"""The command line: one sentence and a non-zero exit for what a user can mend."""

import pytest

from deepsphere_pipe.cli import main


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["sphere", "--level", "-1", "--out", "x.nc"], "error: "),
        (["sphere", "--level", "2", "--kernel-width", "wide", "--out", "x.nc"], "is 'wide'"),
        (["sphere", "--level", "2", "--neighbours", "1", "--out", "x.nc"], "at least 3"),
        (["sphere", "--level", "2", "--out", "/proc/none/x.nc"], "error: /proc/none"),
        (["synthesize", "--config-file", "none.yaml", "--out", "x"], "none.yaml: cannot be read"),
        (
            ["figures", "map", "--input", "a.nc", "--config-file", "none.yaml", "--out", "x"],
            "error: none.yaml: No such file or directory.",
        ),
        (
            ["split", "--maps", "none.nc", "--config-file", "none.yaml", "--out", "x"],
            "none.yaml: cannot be read",
        ),
        (
            ["baseline", "--kind", "frequency", "--maps", "m.nc", "--split", "s", "--out", "x"],
            "does not hold statistics",
        ),
    ],
)
def test_mistakes_get_one_sentence(arguments, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    message = capsys.readouterr().err
    assert sentence in message and message.count("\n") == 1 and message.startswith("error: ")
    assert list(tmp_path.iterdir()) == []


def test_sphere_is_written_and_described(tmp_path, capsys):
    path = tmp_path / "sphere.nc"
    assert main(["sphere", "--level", "2", "--out", str(path)]) == 0
    assert path.exists() and "162" in capsys.readouterr().out


def test_help_names_every_verb(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for verb in ("synthesize", "prepare", "sphere", "split", "train", "evaluate", "tables"):
        assert verb in text
