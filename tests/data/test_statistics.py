"""Statistics are those of the training maps alone, in full precision."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.data.statistics import (
    Statistics,
    deviation_from_published,
    doubt_of_published,
    training_statistics,
)
from deepsphere_pipe.errors import UserError


@pytest.fixture
def part(store):
    return np.where(store.years == 2106, "train", "test")


def test_they_are_those_of_the_training_maps(store, content, part):
    fields, labels = (array[part == "train"] for array in content)
    statistics = training_statistics(store, part)
    exact = fields.astype(np.float64)
    np.testing.assert_allclose(statistics.mean, exact.mean(axis=(0, 2)), rtol=1e-12)
    np.testing.assert_allclose(statistics.std, exact.std(axis=(0, 2)), rtol=1e-9)
    expected = np.bincount(labels.ravel(), minlength=3) / labels.size
    np.testing.assert_allclose(statistics.class_frequencies, expected, rtol=1e-12)
    assert statistics.n_maps == len(fields)


def test_test_maps_do_not_matter(store, part):
    everything = training_statistics(store, np.full(len(store), "train"))
    assert everything.mean != training_statistics(store, part).mean


def test_normalised_maps_have_mean_0_and_deviation_1(store, content, part):
    statistics = training_statistics(store, part)
    normalised = statistics.normalise(content[0][part == "train"])
    assert normalised.dtype == np.float32
    np.testing.assert_allclose(normalised.mean(axis=(0, 2)), 0, atol=2e-3)
    np.testing.assert_allclose(normalised.std(axis=(0, 2)), 1, rtol=1e-3)


def test_they_survive_the_disk_to_the_last_bit(store, part, tmp_path):
    statistics = training_statistics(store, part)
    statistics.save(tmp_path / "statistics.json")
    assert Statistics.load(tmp_path / "statistics.json") == statistics
    (tmp_path / "statistics.json").write_text("[]", encoding="utf-8")
    with pytest.raises(UserError, match="does not hold statistics"):
        Statistics.load(tmp_path / "statistics.json")


numbers = arrays(np.float64, (2, 12), elements=st.floats(-1e6, 1e6))


class Maps(list):
    """A store of arrays (channel, vertex)."""

    path, channels, fields = "maps", ("TMQ", "U850"), list.__getitem__

    def labels(self, index):
        return np.zeros(self[index].shape[1], int)


def statistics_of(maps):
    return training_statistics(Maps(maps), np.full(len(maps), "train"))


@given(st.lists(numbers, min_size=1, max_size=4))
def test_map_by_map_equals_one_pass(maps):
    both = np.concatenate(maps, axis=1)
    assume((both.std(axis=1) > 1e-3).all())
    statistics = statistics_of(maps)
    np.testing.assert_allclose(statistics.mean, both.mean(axis=1), rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(statistics.std, both.std(axis=1), rtol=1e-9, atol=1e-6)


def test_large_offsets_do_not_eat_the_digits():
    """A sum of squares in float64 has no correct digit left here."""
    noise = np.random.default_rng(0).normal(size=(2, 1000))
    statistics = statistics_of(np.split(noise + 1e9, 10, axis=1))
    np.testing.assert_allclose(statistics.std, noise.std(axis=1), rtol=1e-5)


def test_a_constant_channel_is_told_by_name(store, part, monkeypatch):
    monkeypatch.setattr(type(store), "fields", lambda self, index: np.ones((3, 42), np.float32))
    with pytest.raises(UserError, match="channel TMQ is constant"):
        training_statistics(store, part)


def test_published_constants_can_be_used(store, part):
    ours = training_statistics(store, part)
    theirs = ours.with_published()
    assert theirs.mean == tuple(c.published_mean for c in cam5_channels()[:3])
    assert theirs.std == tuple(c.published_std for c in cam5_channels()[:3])
    assert theirs.class_frequencies == ours.class_frequencies


def test_deviations_from_the_published_statistics_are_measured():
    tmq, u850, _ = cam5_channels()[:3]
    statistics = Statistics(
        ("TMQ", "U850"), (tmq.published_mean + 2 * tmq.published_std, u850.published_mean),
        (tmq.published_std, u850.published_std / 4), (1.0, 0.0, 0.0), 1,
    )  # fmt: skip
    found = deviation_from_published(statistics)
    assert found["mean_shift_in_std"] == {"channel": "TMQ", "value": pytest.approx(2)}
    assert found["least_std_ratio"] == {"channel": "U850", "value": pytest.approx(0.25)}
    assert found["greatest_std_ratio"] == {"channel": "TMQ", "value": pytest.approx(1)}
    assert doubt_of_published(found).startswith("the mean of TMQ is 2 published deviations away")
    found["mean_shift_in_std"]["value"] = 0.1
    assert doubt_of_published(found).startswith("U850 varies 0.25 times as much as published")
    found["least_std_ratio"]["value"] = 0.9
    assert doubt_of_published(found) is None


def test_killed_in_the_middle_and_run_again_the_bytes_are_the_same(store_path, tmp_path):
    settings = tmp_path / "split.yaml"
    settings.write_text(
        "{name: a, split: {method: by_year, validation: [2107], test: [2108]}}", encoding="utf-8"
    )
    code = (
        "import sys, time; from deepsphere_pipe.data.store import Store\n"
        "read = Store.fields\n"
        "def slow(self, index):\n"
        "    print('read', flush=True); time.sleep(float(sys.argv[1])); return read(self, index)\n"
        "Store.fields = slow\n"
        "from deepsphere_pipe.cli import main; sys.exit(main(sys.argv[2:]))"
    )

    def command(seconds, out):
        return [
            *(sys.executable, "-c", code, seconds, "split", "--maps", str(store_path)),
            *("--study", str(settings), "--out", str(tmp_path / out)),
        ]

    subprocess.run(command("0", "whole"), check=True, stdout=subprocess.DEVNULL)
    with subprocess.Popen(command("0.05", "killed"), stdout=subprocess.PIPE) as process:
        for _ in range(5):
            assert process.stdout.readline() == b"read\n"
        process.kill()
    assert not (tmp_path / "killed/statistics.json").exists()
    subprocess.run(command("0", "killed"), check=True, stdout=subprocess.DEVNULL)
    names = sorted(path.name for path in (tmp_path / "whole").iterdir())
    assert sorted(path.name for path in (tmp_path / "killed").iterdir()) == names
    for name in names:
        killed, whole = ((tmp_path / out / name).read_bytes() for out in ("killed", "whole"))
        assert killed == whole
