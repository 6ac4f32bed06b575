"""Figures of a study show the numbers of its files: confusion, calibration, latitude, scores."""

import json

import numpy as np
import pytest
import torch
from matplotlib.container import ErrorbarContainer

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation import Tally, bootstrap
from deepsphere_pipe.evaluation.groups import Days
from deepsphere_pipe.reporting.experiments import read_experiments
from deepsphere_pipe.reporting.figures import comparison, confusion, latitude, reliability

from .conftest import fibonacci_sphere

N_VERTICES, N_MAPS = 400, 8
DRAWS = {
    "confusion": confusion.confusion_matrices,
    "calibration": reliability.reliability_curves,
    "latitude": latitude.scores_by_latitude,
    "comparison": comparison.score_comparison,
    "cost": comparison.score_against_cost,
}


@pytest.fixture
def study(tmp_path, write_scores):
    """Return a function that leaves the histograms and scores of one run on disk."""

    def run(name, seed=0, classes=(0, 1, 2), skill=0.5, complete=True, **content):
        generator = np.random.default_rng(seed)
        labels = generator.choice(classes, (N_MAPS, N_VERTICES))
        scores = generator.dirichlet([1, 1, 1], labels.shape)
        scores = skill * np.eye(3)[labels] + (1 - skill) * scores
        areas = generator.uniform(0.1, 1, N_VERTICES)
        days = Days.of(12 * np.arange(N_MAPS), np.ones(N_MAPS, int))
        more = (fibonacci_sphere(N_VERTICES)[1], days) if complete else ()
        tally = Tally(3, areas, *more)
        tally.update(torch.from_numpy(scores), torch.from_numpy(labels))
        path = write_scores(name, 0.5, 0.5)
        written = json.loads(path.read_text(encoding="utf-8"))
        for label, of_class in enumerate(written["classes"].values()):
            of_class["brier"] = tally.reliability.brier()[label] if complete else None
        provenance = written["provenance"] | content.pop("provenance", {})
        written |= {"parameters": 1000, "provenance": provenance} | content
        path.write_text(json.dumps(written), encoding="utf-8")
        tally.save(path.with_name("histograms.nc"))
        return {name: path.with_name("histograms.nc")}

    return run


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Return a function that draws a figure and returns it instead of writing it."""

    def drawn(name, files, settings=None):
        kept = []
        draw = DRAWS[name]
        module = __import__(draw.__module__, fromlist=["save_figure"])
        monkeypatch.setattr(module, "save_figure", lambda figure, *rest: kept.append(figure))
        draw(files, tmp_path / "unused", settings)
        kept[0].draw_without_rendering()
        return kept[0]

    return drawn


def panels_of(figure):
    """Return the panels that are shown."""
    return [axes for axes in figure.axes if axes.axison]


def texts_of(axes):
    return [text.get_text() for text in axes.texts]


def test_seeds_are_added_up_in_one_matrix(study, drawn):
    files = study("net-seed0", 0) | study("net-seed1", 1) | study("other-seed0", 2)
    figure = drawn("confusion", files)
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


def test_the_row_of_an_absent_class_has_no_shares(study, drawn):
    (axes,) = panels_of(drawn("confusion", study("net-seed0", classes=(0, 2))))
    assert texts_of(axes)[6:12] == ["–", "0"] * 3
    assert [label.get_text() for label in axes.get_yticklabels()] == ["BG", "no TC", "AR"]


def test_reliability_is_observed_against_predicted(study, drawn):
    files = study("net-seed0", 0) | study("net-seed1", 1)
    figure = drawn("calibration", files)
    tallies = [Tally.load(path) for path in files.values()]
    scores = [
        json.loads(path.with_name("scores.json").read_text(encoding="utf-8"))
        for path in files.values()
    ]
    curve, share = panels_of(figure)[0], panels_of(figure)[2]
    total, positive, probability = (
        sum(getattr(tally.reliability, name)[1] for tally in tallies)
        for name in ("total", "positive", "probability_sum")
    )
    there = total > 0
    line = next(each for each in curve.get_lines() if each.get_label().startswith("net"))
    np.testing.assert_allclose(line.get_xdata(), 100 * (probability / total)[there])
    np.testing.assert_allclose(line.get_ydata(), 100 * (positive / total)[there])
    np.testing.assert_allclose(share.get_lines()[0].get_ydata().sum(), 100)
    brier = [each["classes"]["TC"]["brier"] for each in scores]
    assert line.get_label().startswith(f"net: Brier {np.mean(brier):.3g} ± ")
    frequency = positive.sum() / total.sum()
    labels = [text.get_text() for text in share.get_legend().get_texts()]
    assert labels[1] == f"always the share of TC: Brier {frequency * (1 - frequency):.3g}"


def test_scores_by_latitude_are_those_of_the_bands(study, drawn):
    files = study("net-seed0", 0) | study("net-seed1", 1)
    figure = drawn("latitude", files)
    bands = [Tally.load(path).latitude for path in files.values()]
    for number, (label, score) in enumerate(
        (label, score) for score in ("average_precision", "accuracy") for label in (1, 2)
    ):
        axes = panels_of(figure)[number]
        (line,) = axes.get_lines()
        expected = [[getattr(h, score)()[label] for h in each.histograms] for each in bands]
        np.testing.assert_allclose(line.get_ydata(), 100 * np.mean(expected, axis=0))
        assert line.get_xdata().tolist() == list(range(-85, 90, 10))
    shares = [patch.get_height() for patch in figure.axes[4].patches]
    first = [100 * each.prevalence()[1] for each in bands[0].histograms]
    np.testing.assert_allclose(shares, first)


def errorbars(axes):
    """Return middle and ends of every interval in a panel, horizontal or vertical."""
    found = []
    for bars in axes.containers:
        assert isinstance(bars, ErrorbarContainer)
        line, _, (ends,) = bars
        along = int(ends.get_segments()[0][0][0] == ends.get_segments()[0][1][0])
        found.append((line.get_xydata()[0][along], *ends.get_segments()[0][:, along]))
    return found


def test_intervals_are_those_of_the_bootstrap(study, drawn):
    files = study("net-seed0", 0, skill=0.2) | study("net-seed1", 1, skill=0.2)
    files |= study("other-seed0", 2, skill=0.1)
    figure = drawn("comparison", files)
    groups = [
        [Tally.load(files[name]) for name in names]
        for names in (("net-seed0", "net-seed1"), ("other-seed0",))
    ]
    for axes, score in zip(panels_of(figure), comparison.SCORES.values(), strict=True):
        for shown, tallies in zip(errorbars(axes), groups, strict=True):
            expected = bootstrap.interval(tallies, score)
            assert expected.low < expected.estimate < expected.high
            np.testing.assert_allclose(
                shown, 100 * np.array([expected.estimate, expected.low, expected.high])
            )
        seeds = next(line for line in axes.get_lines() if line.get_marker() == ".")
        of_seeds = [100 * bootstrap.score_of(tally.per_vertex, score) for tally in groups[0]]
        np.testing.assert_allclose(seeds.get_xdata(), of_seeds)
    names = [label.get_text() for label in panels_of(figure)[0].get_yticklabels()]
    assert names == ["net", "other"]


def test_samplings_are_compared_by_area(study, drawn):
    files = study("net-ico-seed0", 0, skill=0.2, sampling_name="ico")
    files |= study("net-grid-seed0", 0, skill=0.2, sampling_name="grid")
    figure = drawn("comparison", files)
    (ico, *_), expected = errorbars(panels_of(figure)[0])[0], []
    for by_area in (True, False):
        tallies = [Tally.load(files["net-ico-seed0"])]
        expected.append(100 * bootstrap.interval(tallies, by_area=by_area).estimate)
    assert ico == pytest.approx(expected[0]) and ico != pytest.approx(expected[1])
    assert panels_of(figure)[0].get_xlabel() == "AP by area (%)"
    names = [label.get_text() for label in panels_of(figure)[0].get_yticklabels()]
    assert names == ["net, ico", "net, grid"]


def test_several_splits_are_told_apart(study):
    files = study("net-drawn-seed0", split_name="drawn")
    files |= study("net-apart-seed0", split_name="apart")
    assert [each.name for each in read_experiments(files)] == ["net, drawn", "net, apart"]


def test_cost_is_what_the_runs_tell(study, drawn):
    told = {"inference_ms_per_map": 4.0, "evaluation_device": "cpu", "inference_batch": 8}
    files = study("net-seed0", 0, provenance=told, parameters=20_000)
    files |= study("net-seed1", 1, provenance=told | {"inference_ms_per_map": 6.0},
                   parameters=20_000)  # fmt: skip
    files |= study("large-seed0", 2, provenance=told | {"inference_ms_per_map": 50.0},
                   parameters=900_000)  # fmt: skip
    figure = drawn("cost", files)
    by_parameters, by_time = panels_of(figure)
    for axes, expected in ((by_parameters, (20_000, 900_000)), (by_time, (5, 50))):
        assert axes.get_xscale() == "log"
        points = [bars[0].get_xdata()[0] for bars in axes.containers]
        assert points == pytest.approx(expected)
        assert axes.get_xlim()[0] < min(points) and max(points) < axes.get_xlim()[1]
        assert len(axes.get_xticks()) >= 2
    assert "on cpu, 8 maps at once" in figure._supxlabel.get_text().replace("\n", " ")


@pytest.mark.parametrize("figure", DRAWS)
@pytest.mark.parametrize("width", [3.5, 8.0])
def test_one_run_and_any_width_will_do(study, drawn, figure, width):
    figure = drawn(figure, study("net-seed0", skill=0.2), {"width_inches": width})
    box = figure.get_tightbbox()
    assert box.x0 >= -0.02 and box.x1 <= figure.get_figwidth() + 0.02
    assert box.y0 >= -0.02 and box.y1 <= figure.get_figheight() + 0.02


@pytest.mark.parametrize("figure", DRAWS)
def test_an_absent_class_is_said_not_drawn(study, drawn, figure):
    files = study("net-seed0", classes=(0, 2)) | study("other-seed0", 1, classes=(0, 2))
    words = [text for axes in panels_of(drawn(figure, files)) for text in texts_of(axes)]
    expected = {
        "confusion": "–",
        "calibration": "no TC in the test part",
        "latitude": "no TC in the test part",
        "comparison": "not defined",
        "cost": "AP not defined",
    }
    assert expected[figure] in words


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ("calibration", "not recorded: evaluate again"),
        ("latitude", "not recorded: evaluate again"),
        ("cost", "not recorded"),
    ],
)
def test_files_of_an_older_version_are_told(study, drawn, figure, words):
    shown = drawn(figure, study("net-seed0", complete=False))
    assert words in [text for axes in panels_of(shown) for text in texts_of(axes)]


def test_scores_of_an_older_version_have_no_interval(study, drawn):
    files = study("net-seed0", complete=False, skill=0.2) | study("b-seed0", 1, complete=False)
    figure = drawn("comparison", files)
    tally = Tally.load(files["net-seed0"])
    expected = 100 * bootstrap.score_of(tally.per_vertex, "mean_average_precision")
    bars = panels_of(figure)[0].containers[0]
    assert bars[0].get_xdata()[0] == pytest.approx(expected)
    assert bars.has_xerr is False


@pytest.mark.parametrize("figure", DRAWS)
def test_missing_files_are_told(tmp_path, figure):
    with pytest.raises(UserError, match=r"missing\.nc"):
        DRAWS[figure]({"a": tmp_path / "missing.nc"}, tmp_path / "a")
