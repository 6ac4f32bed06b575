"""The summary of a study says what was run and links to what is there."""

import re

import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.study_summary import write_study_summary


def targets(text):
    return re.findall(r"\]\(([^)]+)\)", text)


def row_of(experiment, text):
    """Return the cells of a row of the summary's table."""
    rows = ([c.strip() for c in line.strip("|").split("|")] for line in text.splitlines())
    return next(cells for name, *cells in rows if name == experiment)


def test_scores_data_and_figures_are_in_the_summary(tmp_path, write_scores):
    scores = [
        write_scores(f"my_net-seed{seed}", 0.5 + 0.1 * seed, 0.8, seed=seed) for seed in (0, 1)
    ]
    files = ["tables/scores.md", "tables/accuracy.md", "figures/map.png", "figures/curves.png"]
    files += ["tables/scores.csv", "tables/scores.html", "tables/scores.tex", "globe.html"]
    files += ["tables/accuracy.csv", "tables/accuracy.html", "tables/accuracy.tex", "report.html"]
    for folder in ("data", "spheres", "benchmarks"):
        (tmp_path / folder).mkdir()
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    summary = tmp_path / "README.md"
    write_study_summary(
        "mine", [*(tmp_path / f for f in files if f != "report.html"), *scores], summary
    )
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("# mine\n")
    assert row_of("my_net", text) == ["67.5 ± 3.5", "55.0 ± 7.1", "80.0 ± 0.0", "2"]
    for fact in ("synthetic twin", "icosahedral level 5", "by_year", "10 / 5 / 7", "abc1234"):
        assert fact in text
    assert "![map](figures/map.png)" in text and "![curves]" not in text
    assert "[globe](globe.html)" in text
    assert "[csv](tables/accuracy.csv)" in text and "[tex](tables/scores.tex)" in text
    assert "[runs/](runs)" in text and "baselines" not in text
    for target in targets(text):
        assert (tmp_path / target).exists(), target


def test_undefined_scores_are_a_dash(tmp_path, write_scores):
    write_study_summary("mine", [write_scores("net-seed0", None, 0.8)], tmp_path / "README.md")
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert row_of("net", text) == ["–", "–", "80.0", "1"]


def test_a_study_of_graphs_alone_has_a_summary(tmp_path):
    figures = [tmp_path / f"figures/{name}.png" for name in ("equivariance_error", "spectra")]
    write_study_summary("graphs", figures, tmp_path / "README.md")
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "No network was trained" in text and "[spectra](figures/spectra.png)" in text
    assert "![equivariance error](figures/equivariance_error.png)" in text


def test_nothing_to_tell_of_is_told(tmp_path):
    with pytest.raises(UserError, match="needs its scores"):
        write_study_summary("none", [], tmp_path / "README.md")
