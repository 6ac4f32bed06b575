"""The figure of kernel widths shows them beside the published ones."""

import shutil

import numpy as np
import pandas as pd
import pytest

from deepsphere_pipe.reporting.graph_figures.kernel_widths import kernel_widths_figure
from deepsphere_pipe.runtime import provenance
from tests.reporting.graph_figures.conftest import DRAWS, drawn, lines


def widths_file(folder, nsides, ks=(8, 40)):
    rows = [
        {"nside": nside, "n_vertices": 12 * nside**2, "neighbours": k, "kernel_width": 0.8 / nside}
        for nside in nsides
        for k in ks
    ]
    table = pd.DataFrame(rows).assign(laplacian="normalized", error=0.1, **DRAWS)
    table.to_csv(folder / "widths.csv", index=False)
    return folder / "widths.csv"


def test_widths_are_divided_by_the_published_ones(tmp_path):
    file = widths_file(tmp_path, (16, 32, 64))
    widths, ratios = drawn(kernel_widths_figure, file).axes
    np.testing.assert_allclose(lines(widths)[0], [[16, 32, 64], [0.05, 0.025, 0.0125]])
    # One line of hollow squares for k = 8, two for k = 40: found and extrapolated.
    hollow = lines(widths, hollow=True)
    assert [len(line[0]) for line in hollow] == [6, 4, 2]
    assert hollow[2][1] == pytest.approx([0.0027755, 0.00138775])
    of_8, of_40 = lines(ratios)[1:]  # the first one is the line at 1
    assert of_8[1] == pytest.approx([1.0, 0.0125 / 0.01228])
    assert of_40[1] == pytest.approx([0.025 / 0.042432, 0.0125 / 0.021354])
    assert of_8[0] == pytest.approx([32, 64], rel=0.05)


def test_without_published_widths_the_panel_says_so(tmp_path):
    _, ratios = drawn(kernel_widths_figure, widths_file(tmp_path, (4, 8))).axes
    assert "no published widths" in ratios.texts[0].get_text()


def test_other_published_widths_draw_it_again(tmp_path, monkeypatch):
    shutil.copytree(provenance.PACKAGE, tmp_path / "deepsphere_pipe")
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path / "deepsphere_pipe")
    before = provenance.code_fingerprint("reporting.graph_figures.kernel_widths")
    with (provenance.PACKAGE / "graphs/published_kernel_widths.csv").open(
        "a", encoding="utf-8"
    ) as file:
        file.write("60,2048,0.0008,0.0000002,\n")
    assert provenance.code_fingerprint("reporting.graph_figures.kernel_widths") != before
