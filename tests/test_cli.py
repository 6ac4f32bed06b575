"""The command line: one sentence and a non-zero exit for what a user can mend."""

import pytest

from deepsphere_pipe.cli import main


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["sphere", "--level", "-1", "--out", "x.nc"], "error: "),
        (
            ["sphere", "--level", "2", "--kernel-width", "wide", "--out", "x.nc"],
            "graph: kernel_width is 'wide'; it must be 'mean_distance', 'published' or 'optimal'",
        ),
        (["sphere", "--out", "x.nc"], "the icosahedral sampling needs 'level'"),
        (["sphere", "--sampling", "healpix", "--nside", "12", "--out", "x.nc"], "a power of two"),
        (
            ["sphere", "--sampling", "healpix", "--level", "3", "--out", "x.nc"],
            "the healpix sampling has no 'level'",
        ),
        (
            ["sphere", "--level", "2", "--graph", "perraudin", "--out", "x.nc"],
            "exists for sampling 'healpix' only",
        ),
        (["sphere", "--sampling", "custom", "--file", "no.csv", "--out", "x.nc"], "no.csv"),
        (["sphere", "--level", "2", "--depth", "5", "--out", "x.nc"], "can be coarsened 2 times"),
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


@pytest.mark.parametrize(
    ("options", "described"),
    [
        (["--level", "4"], ["2562     7740", "29.5 % (degree 5)"]),
        (["--sampling", "healpix", "--nside", "8", "--neighbours", "8"], ["768", "(degree 5)"]),
        (["--sampling", "equiangular", "--bandwidth", "12"], ["576", "(degree 5)"]),
        (
            ["--sampling", "equiangular", "--n-lat", "18", "--n-lon", "36"],
            ["648", "too few vertices"],
        ),
        (
            ["--sampling", "healpix", "--nside", "8", "--region", "-30", "0", "60", "50"],
            ["not defined on a part"],
        ),
    ],
)
def test_sphere_is_written_and_described(options, described, tmp_path, capsys):
    path = tmp_path / "sphere.nc"
    assert main(["sphere", *options, "--out", str(path)]) == 0
    text = capsys.readouterr().out
    assert path.exists()
    for words in described:
        assert words in text


def test_help_names_every_verb(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for verb in ("synthesize", "prepare", "sphere", "split", "train", "evaluate", "tables"):
        assert verb in text
