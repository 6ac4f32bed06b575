"""The registry of figures tells what there is to draw, and when."""

from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from deepsphere_pipe.config import parse_study, read_study
from deepsphere_pipe.reporting.figures.registry import FIGURES, figures_of

ROOT = Path(__file__).parents[3]
OF_GRAPHS = {
    "equivariance_error", "kernel_widths", "samplings", "spectra", "eigenvectors", "graphs",
}  # fmt: skip


@pytest.mark.parametrize("row", FIGURES.values(), ids=FIGURES)
def test_every_row_names_a_function_and_has_a_caption(row):
    module, _, function = row.drawn_by.partition(":")
    assert callable(getattr(import_module(f"deepsphere_pipe.reporting.{module}"), function))
    assert row.module == f"reporting.{module}"
    assert (ROOT / f"workflow/report/{row.name}.rst").stat().st_size > 100


def test_every_module_of_a_figure_draws_one():
    drawn = Counter(row.drawn_by for row in FIGURES.values() if row.name != "maps")
    modules = Counter(name.partition(":")[0] for name in drawn)
    assert set(modules.values()) == {1}


def test_a_study_of_graphs_has_their_figures_only():
    assert {stem for _, stem in figures_of(read_study(ROOT / "config/graphs.yaml"))} == OF_GRAPHS


def test_maps_are_on_every_sampling_in_every_projection():
    study = read_study(ROOT / "config/paper-samplings.yaml")
    stems = [stem for row, stem in figures_of(study) if row.name == "maps"]
    assert len(stems) == len(set(stems)) == 12
    assert "maps/icosahedral-mollweide" in stems


def test_one_network_is_not_compared():
    content = yaml.safe_load((ROOT / "config/smoke.yaml").read_text(encoding="utf-8"))
    study = parse_study(content, "smoke.yaml")
    content["experiments"] = {"tiny": content["experiments"]["tiny"]}
    alone = parse_study(content, "smoke.yaml")
    names = [{row.name for row, _ in figures_of(each)} for each in (study, alone)]
    assert names[0] - names[1] == {"comparison"}
    assert "power_spectra" not in names[0] and names[0] > OF_GRAPHS


def test_a_row_draws_its_figure_of_runs_by_the_names_of_their_folders(histograms_file, tmp_path):
    FIGURES["confusion"].draw([histograms_file], tmp_path / "out", {"dpi": 50})
    assert (tmp_path / "out.png").exists() and (tmp_path / "out.pdf").exists()
