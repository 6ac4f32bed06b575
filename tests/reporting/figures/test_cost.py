"""The figure of costs shows what the runs tell."""

import pytest

from deepsphere_pipe.reporting.figures.cost import score_against_cost
from tests.reporting.figures.conftest import drawn, panels_of


def test_cost_is_what_the_runs_tell(study):
    told = {"inference_ms_per_map": 4.0, "evaluation_device": "cpu", "inference_batch": 8}
    files = study("net-seed0", 0, provenance=told, parameters=20_000)
    files |= study("net-seed1", 1, provenance=told | {"inference_ms_per_map": 6.0},
                   parameters=20_000)  # fmt: skip
    files |= study("large-seed0", 2, provenance=told | {"inference_ms_per_map": 50.0},
                   parameters=900_000)  # fmt: skip
    figure = drawn(score_against_cost, files)
    by_parameters, by_time = panels_of(figure)
    for axes, expected in ((by_parameters, (20_000, 900_000)), (by_time, (5, 50))):
        assert axes.get_xscale() == "log"
        points = [bars[0].get_xdata()[0] for bars in axes.containers]
        assert points == pytest.approx(expected)
        assert axes.get_xlim()[0] < min(points) and max(points) < axes.get_xlim()[1]
        assert len(axes.get_xticks()) >= 2
    assert "on cpu, 8 maps at once" in figure._supxlabel.get_text().replace("\n", " ")
