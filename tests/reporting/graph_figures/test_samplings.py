"""The figure of samplings shows the largest size above and all sizes below."""

import numpy as np
import pandas as pd
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.graph_figures.samplings import samplings_figure
from tests.reporting.graph_figures.conftest import drawn, legend_texts, lines


def test_figure_of_samplings_shows_the_largest_size_above_and_all_sizes_below(samplings_file):
    figure = drawn(samplings_figure, samplings_file)
    by_k, _, by_size, _ = figure.axes
    filled, hollow = (
        [line for line in lines(by_k, hollow) if line.size] for hollow in (False, True)
    )
    np.testing.assert_allclose(filled, [[[8, 20], [0.2, 0.1]]])
    np.testing.assert_allclose(hollow, [[[8], [0.15]], [[4], [0.3]]])
    sizes = [line for line in lines(by_size) if line.size]
    np.testing.assert_allclose(sizes[0], [[642], [0.1]])  # k = 20, of one size only
    np.testing.assert_allclose(sizes[1], [[162, 642], [0.005, 0.2]])  # k = 8
    assert legend_texts(figure)[:1] == ["icosahedral, k-NN"]
    assert "healpix, Perraudin et al." in legend_texts(figure)
    assert "642 to 768 vertices" in figure._supxlabel.get_text()


def test_a_table_without_nearest_neighbours_is_told(samplings_file, tmp_path):
    table = pd.read_csv(samplings_file)
    table[table["graph"] != "knn"].to_csv(tmp_path / "others.csv")
    with pytest.raises(UserError, match="no error of a nearest-neighbour graph"):
        samplings_figure(tmp_path / "others.csv", tmp_path / "out")
