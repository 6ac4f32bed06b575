"""The figure of equivariance errors shows them beside the published ones."""

import numpy as np
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.graph_figures.equivariance_error import equivariance_error_figure
from tests.reporting.graph_figures.conftest import drawn, legend_texts, lines


def test_errors_and_their_squares_stand_where_they_belong(errors_file):
    figure = drawn(equivariance_error_figure, errors_file())
    published, exact, published_squared, exact_squared = figure.axes
    assert [axes.get_title() for axes in (published, exact)] == ["as published", "exact rotation"]
    for axes, factor in ((published, 2), (exact, 1)):
        knn = lines(axes)[0]
        np.testing.assert_allclose(knn, [[10, 20, 40], 0.1 * factor / np.array([10, 20, 40])])
    for above, below in ((published, published_squared), (exact, exact_squared)):
        for plain, squared in zip(lines(above), lines(below), strict=True):
            np.testing.assert_allclose(2 * plain[1] ** 2, squared[1])


def test_published_errors_are_shown_as_published_and_in_the_colour_of_their_graph(errors_file):
    figure = drawn(equivariance_error_figure, errors_file())
    published, exact, squared, exact_squared = figure.axes
    assert not lines(exact, hollow=True) and not lines(exact_squared, hollow=True)
    perraudin, knn = lines(published, hollow=True)  # in the order of the published file
    assert knn[1][:2] == pytest.approx([0.0825751, 0.037222])
    assert perraudin[1][-1] == pytest.approx(0.157054)
    np.testing.assert_allclose(lines(squared, hollow=True)[1][1], knn[1] ** 2)
    ours, *_ = published.get_lines()
    theirs = next(
        line for line in published.get_lines() if line.get_ydata()[0] == pytest.approx(0.0825751)
    )
    assert ours.get_color() == theirs.get_color()
    assert "published (nside 32)" in legend_texts(figure)


def test_there_is_nothing_published_at_other_resolutions(errors_file):
    figure = drawn(equivariance_error_figure, errors_file(nsides=(16,)))
    assert not any(lines(axes, hollow=True) for axes in figure.axes)
    assert not any("published" in text for text in legend_texts(figure))


def test_each_resolution_has_a_line_style_and_the_legend_tells_it(errors_file):
    file = errors_file(nsides=(4, 8, 16, 32, 64), bandwidths=(64, 128))
    figure = drawn(equivariance_error_figure, file)
    knn = figure.axes[1].get_lines()[:5]
    assert len({str(line._unscaled_dash_pattern) for line in knn}) == 5
    texts = legend_texts(figure)
    assert texts[-5:] == [
        "nside 4, bandwidth 64",
        "nside 8, bandwidth 128",
        "nside 16",
        "nside 32",
        "nside 64",
    ]
    assert figure.axes[0].get_xscale() == "log"


def test_a_file_of_one_rotation_makes_no_empty_panels(errors_file):
    file = errors_file(rotations=("exact",))
    figure = drawn(equivariance_error_figure, file)
    assert len(figure.axes) == 2
    with pytest.raises(UserError, match="rotation must hold"):
        drawn(equivariance_error_figure, errors_file(rotations=("approximate",)))


@pytest.mark.parametrize("width", [4.0, 8.0, 12.0])
def test_legends_and_notes_fit_the_figure(errors_file, width):
    figure = drawn(equivariance_error_figure, errors_file(), {"width_inches": width})
    renderer = figure._get_renderer()
    inside = figure.bbox.expanded(1.001, 1.001)
    boxes = [figure.legends[0].get_window_extent(), figure._supxlabel.get_window_extent(renderer)]
    for box in boxes:
        assert inside.contains(box.x0, box.y0) and inside.contains(box.x1, box.y1)
        assert not any(box.overlaps(axes.get_window_extent()) for axes in figure.axes)
