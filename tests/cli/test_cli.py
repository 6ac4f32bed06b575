"""The command line: one sentence and a non-zero exit for what a user can mend."""

import hashlib
import json
import re
import shlex
import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.cli import main
from deepsphere_pipe.cli.parser import build_parser
from deepsphere_pipe.config import read_study
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.samplings import Icosahedral
from tests.data.specimens import STAMPS, map_on, name_of, npz, write_zip

ROOT = Path(__file__).parents[2]


def sphere(*assignments):
    return ["sphere", *(["--set", *assignments] if assignments else []), "--out", "x.nc"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (sphere("sampling.level=-1"), "error: "),
        (
            sphere("sampling.level=2", "graph.kernel_width=wide"),
            "graph.kernel_width is 'wide'; it must be 'mean_distance', 'published' or 'optimal'",
        ),
        (
            ["synthesize", "--study", f"{ROOT}/config/paper.yaml", "--out", "x"],
            "data.source is 'ugscnn', of which nothing is made here; set it to 'synthetic'.",
        ),
        (sphere("sampling.name=icosahedral"), "level' is missing, which name 'icosahedral' needs"),
        (sphere("sampling={name: healpix, nside: 12}"), "a power of two"),
        (sphere("sampling={name: healpix, level: 3}"), "level' with name 'healpix'"),
        (sphere("sampling.level=2", "graph.kind=perraudin"), "for sampling 'healpix' only"),
        (sphere("sampling={name: custom, file: no.csv}"), "no.csv"),
        ([*sphere("sampling.level=2"), "--depth", "5"], "can be coarsened 2 times"),
        (sphere("sampling.level=2", "graph.neighbours=1"), "at least 3"),
        ([*sphere("sampling.level=2")[:-1], "/proc/none/x.nc"], "error: /proc/none"),
        (
            [*sphere("samplings={a: {level: 2}, b: {level: 3}}"), "--sampling", "c"],
            "has no sampling 'c'; there are: a, b.",
        ),
        (["synthesize", "--study", "none.yaml", "--out", "x"], "none.yaml: cannot be read"),
        (
            ["figures", "map", "--input", "a.nc", "--study", "none.yaml", "--out", "x"],
            "none.yaml: cannot be read",
        ),
        (
            ["split", "--maps", "none.nc", "--study", "none.yaml", "--out", "x"],
            "none.yaml: cannot be read",
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
    ("assignments", "described"),
    [
        (["sampling.level=4"], ["2562     7740", "29.5 % (degree 5)"]),
        (
            ["sampling={name: healpix, nside: 8}", "graph.neighbours=8"],
            ["768", "(degree 5)"],
        ),
        (["sampling={name: equiangular, bandwidth: 12}"], ["576", "(degree 5)"]),
        (["sampling={name: equiangular, n_lat: 18, n_lon: 36}"], ["648", "too few vertices"]),
        (
            ["sampling={name: healpix, nside: 8, region: [-30.0, 0.0, 60.0, 50.0]}"],
            ["not defined on a part"],
        ),
    ],
)
def test_sphere_is_written_and_described(assignments, described, tmp_path, capsys):
    path = tmp_path / "sphere.nc"
    assert main([*sphere(*assignments)[:-1], str(path)]) == 0
    text = capsys.readouterr().out
    assert path.exists()
    for words in described:
        assert words in text


def test_help_names_every_verb(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for verb in (
        "synthesize",
        "archive",
        "prepare",
        "sphere",
        "split",
        "train",
        "evaluate",
        "tables",
    ):
        assert verb in text


def documented(*pages):
    """Return the commands of the package in pages, without what starts them."""
    text = "".join((ROOT / page).read_text(encoding="utf-8") for page in pages)
    return re.findall(r"^(?:python|torchrun|srun) .*?-m deepsphere_pipe (.+)$", text, re.MULTILINE)


@pytest.mark.parametrize(
    "command", documented("README.md", "docs/cluster.md", "docs/predicting.md")
)
def test_commands_of_the_documentation_are_understood(command):
    options = build_parser().parse_args(shlex.split(command))
    if study := getattr(options, "study", None):
        names = [run.name for run in read_study(ROOT / study, options.set).runs]
        assert getattr(options, "run", None) in (None, *names)


def archive(path, order):
    """Write a small UGSCNN archive whose vertices are in some order."""
    sampling = Icosahedral(2)
    members = {}
    for i, stamp in enumerate(STAMPS):
        fields, labels = map_on(sampling, i)
        members[name_of(stamp, "-mesh.npz")] = npz(fields[:, order], labels[order])
    return write_zip(path, members)


def prepare_arguments(path, out, **data):
    study = {
        "name": "small",
        "data": {"source": "ugscnn", "input": str(path), **data},
        "sampling": {"level": 2},
    }
    file = path.with_suffix(".yaml")
    file.write_text(yaml.safe_dump(study), encoding="utf-8")
    return ["prepare", "--study", str(file), "--out", str(out)]


def test_maps_are_prepared_and_counted(tmp_path, capsys):
    path = archive(tmp_path / "a.zip", np.arange(162))
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("data-2107-02-29-01-1-mesh.npz", b"")
    out = tmp_path / "maps.nc"
    assert main(prepare_arguments(path, out)) == 2
    assert "on_error: skip" in capsys.readouterr().err
    assert main(prepare_arguments(path, out, on_error="skip")) == 0
    text = capsys.readouterr().out
    assert "8 maps of CAM5 snapshots in the format of the UGSCNN archive" in text
    assert "skipped data-2107-02-29-01-1-mesh.npz: no such date" in text


def test_data_is_compared_with_the_published_also_where_that_normalises(tmp_path):
    maps = tmp_path / "maps.nc"
    assert main(prepare_arguments(archive(tmp_path / "a.zip", np.arange(162)), maps)) == 0
    audits, means = [], []
    for statistics in ("training", "published"):
        settings, out = tmp_path / "split.yaml", tmp_path / statistics
        split = {"method": "random", "statistics": statistics}
        settings.write_text(yaml.safe_dump({"name": "a", "split": split}), encoding="utf-8")
        options = ["--maps", str(maps), "--study", str(settings), "--out", str(out)]
        assert main(["split", *options]) == 0
        audits.append(json.loads((out / "audit.json").read_text(encoding="utf-8")))
        means.append(Statistics.load(out / "statistics.json").mean)
    assert means[1] == tuple(channel.published_mean for channel in cam5_channels())
    assert means[0] != means[1]
    deviations = [audit["deviation_from_published"] for audit in audits]
    assert deviations[0] == deviations[1] and deviations[0]["mean_shift_in_std"]["value"] > 0


def test_data_in_another_order_is_refused_before_it_is_packed(tmp_path, capsys):
    path = archive(tmp_path / "a.zip", np.random.default_rng(0).permutation(162))
    assert main(prepare_arguments(path, tmp_path / "maps.nc")) == 2
    assert "vertices are in another order" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.yaml", "a.zip"]


def test_a_file_is_fetched_from_the_first_path_that_has_it(tmp_path, capsys):
    (tmp_path / "there").write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    urls = [str(tmp_path / "absent"), str(tmp_path / "there")]
    out = ["--out", str(tmp_path / "x/a.zip")]
    assert main(["download", *urls, *out, "--sha256", digest]) == 0
    assert (tmp_path / "x/a.zip").read_bytes() == b"content"
    assert main(["download", urls[0], "--out", str(tmp_path / "b")]) == 2
    assert "Fetch it by hand in a browser" in capsys.readouterr().err
