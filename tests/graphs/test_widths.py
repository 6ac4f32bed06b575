"""Kernel widths: the published table and the search."""

import json

import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs import published_width, sphere_graph
from deepsphere_pipe.graphs.family import GraphFamily
from deepsphere_pipe.graphs.widths import search_width
from deepsphere_pipe.samplings import Healpix, Icosahedral, within


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "deepsphere_pipe/kernel_widths"


def test_published_widths_and_the_law_between_and_beyond():
    assert published_width(Healpix(32), 8) == 0.025
    assert published_width(Healpix(64), 20) == 0.01564
    assert published_width(Healpix(16), 8) == pytest.approx(0.05)
    assert published_width(Healpix(1), 40) == pytest.approx(32 * 0.042432)
    assert sphere_graph(Healpix(32), 20, "published").kernel_width == 0.03185


def test_widths_that_were_not_published_are_told_in_a_sentence():
    with pytest.raises(UserError, match="for 8, 20, 40, 60 neighbours, not 6"):
        published_width(Healpix(32), 6)
    with pytest.raises(UserError, match="for the HEALPix sampling only"):
        sphere_graph(Icosahedral(3), 8, "published")


@pytest.mark.parametrize("k", [8, 20])
def test_our_search_finds_the_published_widths(k):
    sampling = Healpix(32)
    width, error = search_width(GraphFamily(sampling, k, "normalized"))
    assert width == pytest.approx(published_width(sampling, k), rel=0.1)
    assert 0 < error < 0.1


def test_a_found_width_is_remembered(cache):
    found = sphere_graph(Healpix(4), 8, "optimal").kernel_width
    (file,) = cache.iterdir()
    assert file.name == f"{Healpix(4).identifier}-k8-combinatorial.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["kernel_width"] == found
    file.write_text(json.dumps({**content, "kernel_width": 0.3}), encoding="utf-8")
    assert sphere_graph(Healpix(4), 8, "optimal").kernel_width == 0.3
    file.write_text("half a fi", encoding="utf-8")
    assert sphere_graph(Healpix(4), 8, "optimal").kernel_width == found
    file.write_text(
        json.dumps({**content, "search": "another", "kernel_width": 0.3}), encoding="utf-8"
    )
    assert sphere_graph(Healpix(4), 8, "optimal").kernel_width == found


def test_large_samplings_follow_the_law(monkeypatch):
    small = sphere_graph(Healpix(8), 8, "optimal").kernel_width
    monkeypatch.setattr("deepsphere_pipe.graphs.widths.MAX_VERTICES", 1000)
    large = sphere_graph(Healpix(16), 8, "optimal").kernel_width
    assert large == pytest.approx(small / 2)


def test_parts_have_no_optimal_width():
    part = within(Healpix(8), 0, 0, 90, 60)
    with pytest.raises(UserError, match="choose the kernel width 'mean_distance' or a number"):
        sphere_graph(part, 8, "optimal")
