"""Published scores stand beside ours on the paper's data only, else apart from them."""

import copy

import numpy as np
import pandas as pd
import pytest

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.config.splits import RandomSplit
from deepsphere_pipe.data.sources import open_source
from deepsphere_pipe.data.sources.ugscnn import PUBLISHED_TITLE
from deepsphere_pipe.data.splits import describe_split
from deepsphere_pipe.reporting.tables import published
from deepsphere_pipe.reporting.tables.forms import write_table
from deepsphere_pipe.reporting.tables.published import RANDOM, band, published_table
from deepsphere_pipe.samplings import Icosahedral
from tests.data.specimens import STAMPS, ugscnn_members, write_zip
from tests.reporting.tables.conftest import rows_of

DEVIATION = {
    "mean_shift_in_std": {"channel": "TMQ", "value": 0.01},
    "least_std_ratio": {"channel": "PSL", "value": 0.99},
    "greatest_std_ratio": {"channel": "TMQ", "value": 1.01},
}
ARCHIVE = {
    "data": "CAM5 snapshots of the UGSCNN archive (icosahedral level 5)",
    "data_summary": {
        "maps": 62738,
        "runs": [1, 2, 3, 4, 6],
        "first_time": "2106-01-01T00:00:00",
        "last_time": "2115-12-31T21:00:00",
        "channels": list(CHANNEL_NAMES),
    },
    "sampling": "icosahedral-level5-0123abcd (10242 vertices)",
    "split": "random by map (seed 0)",
    "deviation_from_published": DEVIATION,
}


def config(weights="none", preset="deepsphere", **more):
    training = {"class_weights": weights, "loss": "cross_entropy", "area_weights": False}
    model = {"preset": preset, "widths": None, "kernel_size": 4, "temporal": "none"}
    for section in (training, model):
        section |= {key: value for key, value in more.items() if key in section}
    return {"experiment": "net", "seed": 0, "model": model, "training": training}


@pytest.fixture
def written(tmp_path, write_scores):
    """Return a function that writes a table of one run: csv, Markdown rows, whole texts."""

    def written(table="average_precision", tc=0.80, ar=0.975, run=None, **provenance):
        path = write_scores("net-seed0", tc, ar, run=run or config(), **provenance)
        write_table(table, [path], tmp_path / table)
        texts = {
            form: (tmp_path / f"{table}.{form}").read_text(encoding="utf-8")
            for form in ("md", "html", "tex")
        }
        csv = pd.read_csv(tmp_path / f"{table}.csv")
        rows = {row["experiment"]: row for row in rows_of(texts["md"])}
        return csv, rows, texts

    return written


def test_on_the_data_of_the_paper_they_stand_beside_ours(written):
    csv, rows, texts = written(**ARCHIVE)
    assert list(rows) == ["net", "published: DeepSphere, non-weighted loss", "difference"]
    assert rows["published: DeepSphere, non-weighted loss"]["TC"] == "80.86 ± 2.42"
    assert rows["difference"]["TC"] == "−0.9 (within)"
    assert csv["average_precision_tc_difference"][0] == pytest.approx(0.80 - 0.8086)
    assert bool(csv["average_precision_tc_within_band"][0]) is True
    assert csv["kind"].tolist().count("network") == 1
    for text in texts.values():
        assert "not comparable" not in text and "Published, on the same data" in text
        assert "3 points or 2 published standard deviations" in text
    assert "DeepSphere, non-weighted loss" not in texts["md"].split("## ")[1]  # it is above


def test_outside_the_band_is_told(written):
    csv, rows, _ = written(tc=0.70, ar=0.975, **ARCHIVE)
    assert rows["difference"]["TC"] == "−10.9 (outside)"
    assert rows["difference"]["AR"].endswith("(within)")
    assert bool(csv["average_precision_tc_within_band"][0]) is False


def test_an_undefined_score_has_no_difference(written):
    _, rows, _ = written(tc=None, **ARCHIVE)
    assert rows["net"]["TC"] == rows["difference"]["TC"] == rows["difference"]["mean"] == "–"


def test_the_band():
    assert band(np.nan) == band(1.0) == 3.0
    assert band(3.17) == pytest.approx(6.34)


@pytest.mark.parametrize(
    ("run", "model"),
    [
        (config("balanced"), "DeepSphere, weighted loss"),
        (config("none", "jiang"), "DeepSphere, Jiang architecture, non-weighted loss"),
        (config("balanced", "wide"), "DeepSphere, wider architecture, weighted loss"),
    ],
)
def test_architecture_and_weighting_are_matched(written, run, model):
    _, rows, _ = written("accuracy", run=run, **ARCHIVE)
    assert f"published: {model}" in rows
    assert rows["difference"]["BG"] != "–"


@pytest.mark.parametrize(
    "run",
    [
        config(preset=None),
        config({"BG": 1.0, "TC": 2.0, "AR": 1.0}),
        config(temporal="lstm"),
        config(loss="dice"),
        config(area_weights=True),
    ],
)
def test_another_network_has_no_counterpart(written, run):
    _, rows, texts = written(run=run, **ARCHIVE)
    assert list(rows) == ["net"]
    assert "## Published, on the same data" in texts["md"]


def test_another_size_of_filters_is_told(written):
    _, _, texts = written(run=config(kernel_size=3), **ARCHIVE)
    assert "net has 3 coefficients per filter, the published networks 4." in texts["md"]


def other(**changes):
    source = copy.deepcopy(ARCHIVE)
    for key, value in changes.items():
        place = source["data_summary"] if key in source["data_summary"] else source
        place[key] = value
    return source


SHIFTED = {**DEVIATION, "mean_shift_in_std": {"channel": "TMQ", "value": 0.4}}


@pytest.mark.parametrize(
    "source",
    [
        other(data="synthetic twin of CAM5 (96 x 144 grid)"),
        other(maps=2000),  # a small archive of the synthetic twin
        other(maps=100_000),
        other(runs=[1, 2]),
        other(first_time="2110-01-01T00:00:00"),
        other(channels=["TMQ"]),
        other(sampling="icosahedral-level4-0123abcd (2562 vertices)"),
        other(deviation_from_published=SHIFTED),
        other(deviation_from_published=None),
        {key: value for key, value in ARCHIVE.items() if key != "data_summary"},
        {},
    ],
)
@pytest.mark.parametrize("table", ["accuracy", "average_precision"])
def test_on_other_data_they_stand_apart(written, table, source):
    csv, rows, texts = written(table, **source)
    assert list(rows) == ["net"]
    heading = "Published, on other data: not comparable"
    above, below = texts["md"].split(f"## {heading}")
    assert "DeepSphere, weighted loss" in below and "DeepSphere, weighted" not in above
    above, below = texts["html"].split(f"<h2>{heading}</h2>")
    assert "DeepSphere, weighted" not in above and above.count("</table>") == 1
    above, below = texts["tex"].split(heading)
    assert "DeepSphere, weighted" not in above and above.count(r"\bottomrule") == 1
    ours = csv[csv["kind"] != "published"]
    assert ours["experiment"].tolist() == ["net"]
    assert not [column for column in csv if "difference" in column or "within" in column]


@pytest.mark.parametrize(
    ("split", "leakage", "comparable"),
    [
        ("random by map (seed 3)", 72.0, True),
        ("by lists: train a.txt, test b.txt", 89.0, True),
        ("by lists: train a.txt, test b.txt", 0.0, False),
        ("by years: validation 2113, test 2114", 0.0, False),
    ],
)
def test_another_split_of_the_same_data_is_no_measure(written, split, leakage, comparable):
    source = {**ARCHIVE, "split": split, "leakage_percent": {"3h": leakage}}
    _, rows, texts = written(**source)
    assert ("difference" in rows) is comparable
    apart = "Published, on the same data with a random split: not comparable"
    assert (apart in texts["md"]) is not comparable


def test_size_and_speed_are_never_measured_by_other_hardware(written):
    _, rows, texts = written("size_and_speed", **ARCHIVE)
    assert list(rows) == ["net"]
    assert (
        "## Published, on other hardware" in texts["md"] and "12\u00a0926\u00a0432" in texts["md"]
    )
    _, _, texts = written("size_and_speed")
    assert "## Published, on other data and hardware: not comparable" in texts["md"]


def test_what_is_asked_of_the_provenance_is_what_is_written_there(tmp_path):
    random = RandomSplit(validation_share=0.1, test_share=0.2)
    assert describe_split(random).startswith(RANDOM)
    assert Icosahedral(5).identifier.startswith(published.ARCHIVE["sampling"])
    assert PUBLISHED_TITLE.startswith(published.ARCHIVE["title"])
    members, _ = ugscnn_members(level=5, stamps=STAMPS[:1])
    small = open_source("ugscnn", write_zip(tmp_path / "small.zip", members))
    assert not small.title.startswith(published.ARCHIVE["title"])


def test_the_published_numbers():
    """A few by hand, from the paper; each of its means is that of its classes, but for rounding."""
    accuracy, precision = map(published_table, ("accuracy", "average_precision"))
    assert len(accuracy) == 11 and len(precision) == 9
    ours = precision[(precision["preset"] == "deepsphere")].set_index("class_weights")
    assert ours.loc["none", ["tc", "ar", "mean", "mean_sd"]].tolist() == [80.86, 97.45, 89.16, 1.37]
    assert ours.loc["balanced", "tc"] == 58.88
    for table, names in ((accuracy, ["tc", "ar", "bg"]), (precision, ["tc", "ar"])):
        known = table[table["preset"] != ""]
        assert (known[names].mean(axis=1) - known["mean"]).abs().max() < 0.11
        assert known["source"].str.contains("arXiv:2012.15000").all()
