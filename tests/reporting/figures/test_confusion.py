"""The figure of confusion matrices shows shares and counts."""

import numpy as np

from deepsphere_pipe.evaluation import Tally
from deepsphere_pipe.reporting.figures.confusion import confusion_matrices
from tests.reporting.figures.conftest import drawn, panels_of, texts_of


def test_seeds_are_added_up_in_one_matrix(study):
    files = study("net-seed0", 0) | study("net-seed1", 1) | study("other-seed0", 2)
    figure = drawn(confusion_matrices, files)
    assert [axes.get_title() for axes in panels_of(figure)] == ["net", "other"]
    tallies = [Tally.load(files[name]) for name in ("net-seed0", "net-seed1")]
    counts = sum(tally.per_vertex.confusion for tally in tallies)
    shares = 100 * counts / counts.sum(axis=1, keepdims=True)
    net = panels_of(figure)[0]
    expected = []
    for share, count in zip(shares.ravel(), counts.ravel(), strict=True):
        expected += [f"{share:.1f} %", f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")]
    assert texts_of(net) == expected
    np.testing.assert_allclose(net.images[0].get_array(), shares)


def test_the_row_of_an_absent_class_has_no_shares(study):
    (axes,) = panels_of(drawn(confusion_matrices, study("net-seed0", classes=(0, 2))))
    assert texts_of(axes)[6:12] == ["–", "0"] * 3
    assert [label.get_text() for label in axes.get_yticklabels()] == ["BG", "no TC", "AR"]
