"""Sections of several kinds: one key says which, and each kind knows what a plan asks of it."""

import numpy as np
import pytest
import yaml

from deepsphere_pipe.config import (
    CustomConfig,
    DataConfig,
    EquiangularConfig,
    GraphConfig,
    HealpixConfig,
    IcosahedralConfig,
    KnnConfig,
    SamplingConfig,
    SplitConfig,
    SyntheticData,
    dump,
    parse,
)
from deepsphere_pipe.config.graphs import PUBLISHED_NEIGHBOURS
from deepsphere_pipe.config.section import sections_of
from deepsphere_pipe.config.splits import SplitByYear
from deepsphere_pipe.data.sources import SOURCES
from deepsphere_pipe.data.splits import METHODS
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs import GRAPHS, published_width
from deepsphere_pipe.samplings import SAMPLINGS, Healpix, make_sampling

HELD_OUT = {"validation": [2107], "test": [2108]}
DOWNLOAD = {"urls": ["https://a.org/b"], "sha256": "0" * 64}
LISTS = {"validation_list": "a.txt", "test_list": "b.txt"}


@pytest.mark.parametrize(
    ("choice", "content"),
    [
        (SamplingConfig, {"name": "icosahedral", "level": 3}),
        (SamplingConfig, {"name": "healpix", "nside": 4, "region": [-30.0, 0.0, 60.0, 40.0]}),
        (SamplingConfig, {"name": "equiangular", "n_lat": 9, "n_lon": 16, "poles": True}),
        (SamplingConfig, {"name": "equiangular", "bandwidth": 8, "west": -180.0}),
        (SamplingConfig, {"name": "custom", "file": "stations.csv", "partial": True}),
        (GraphConfig, {"kind": "knn", "neighbours": 8, "kernel_width": 0.2}),
        (GraphConfig, {"kind": "perraudin", "laplacian": "normalized"}),
        (GraphConfig, {"kind": "khasanova_frossard"}),
        (GraphConfig, {"kind": "published"}),
        (SplitConfig, {"method": "by_year", **HELD_OUT}),
        (SplitConfig, {"method": "by_run", "validation": [2], "test": [3]}),
        (SplitConfig, {"method": "random", "seed": 4}),
        (SplitConfig, {"method": "blocked", "gap_hours": 6}),
        (SplitConfig, {"method": "files", **LISTS}),
        (DataConfig, {"source": "synthetic", "synthetic": {"seed": 4}}),
        (DataConfig, {"source": "cam5", "input": "cam5", "label_set": "relaxed"}),
        (DataConfig, {"source": "ugscnn", "input": "a.zip", "download": DOWNLOAD}),
        (DataConfig, {"source": "climatenet", "input": "here", "channels": ["TMQ", "PSL"]}),
        (DataConfig, {"source": "era5", "input": "a.whl"}),
    ],
)
def test_every_kind_reads_back_from_what_is_dumped(choice, content):
    section = parse(choice, content, "mine.yaml")
    dumped = yaml.safe_load(dump(section))
    assert parse(choice, dumped, "mine.yaml") == section == parse(type(section), dumped, "mine")
    assert next(iter(dumped)) == section.chosen_by
    for key, value in content.items():
        given = dumped[key]
        assert given | value == given if isinstance(value, dict) else given == value


def test_without_the_deciding_key_a_section_is_of_the_first_kind():
    assert parse(SamplingConfig, {"level": 3}, "mine.yaml") == IcosahedralConfig(level=3)
    assert parse(GraphConfig, {"neighbours": 8}, "mine.yaml") == KnnConfig(neighbours=8)
    assert parse(SplitConfig, HELD_OUT, "mine.yaml") == SplitByYear(
        validation=(2107,), test=(2108,)
    )
    assert parse(DataConfig, {}, "mine.yaml") == SyntheticData()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("healpix", "sampling: must be a YAML mapping with keys name, region, level, nside, "),
        ({"name": "healpix"}, "sampling: the key 'nside' is missing, which name 'healpix' needs."),
        (
            {"name": "cube"},
            "sampling: name is 'cube'; it must be 'icosahedral', 'healpix', 'equiangular' "
            "or 'custom'.",
        ),
        ({"levl": 3}, "sampling: unknown key 'levl' with name 'icosahedral'; allowed there: name"),
    ],
)
def test_a_choice_by_itself_gets_one_sentence(content, sentence):
    with pytest.raises(UserError) as caught:
        parse(SamplingConfig, content, "sampling")
    assert str(caught.value).startswith(sentence)


def test_every_kind_can_be_made():
    made = {SamplingConfig: SAMPLINGS, GraphConfig: GRAPHS, DataConfig: SOURCES}
    for choice, registry in made.items():
        assert set(registry) == {each.tag() for each in sections_of(choice)}
    assert set(METHODS) == set(sections_of(SplitConfig))


GRIDS = [
    EquiangularConfig(n_lat=n_lat, n_lon=n_lon, poles=poles)
    for n_lat in (2, 3, 5, 8, 12, 33)
    for n_lon in (4, 6, 12, 80)
    for poles in (False, True)
    if n_lat > 2 or not poles
]


@pytest.mark.parametrize(
    "section",
    [IcosahedralConfig(level=3), HealpixConfig(nside=8), EquiangularConfig(bandwidth=12), *GRIDS],
    ids=repr,
)
def test_numbers_of_vertices_are_known_beforehand(section):
    levels = [make_sampling(section.name, **section.parameters)]
    while (coarser := levels[-1].coarser()) is not None:
        levels.append(coarser)
    assert section.depth == len(levels) - 1
    assert [section.n_vertices(i) for i in range(len(levels))] == [s.n_vertices for s in levels]
    assert section.n_vertices(len(levels)) == levels[-1].n_vertices


def test_the_depth_of_a_part_or_of_a_file_is_not():
    part = IcosahedralConfig(level=3, region=(0.0, 0.0, 90.0, 45.0))
    assert part.depth is None and CustomConfig(file="stations.csv").depth is None


def test_numbers_of_numpy_are_numbers_of_a_sampling():
    assert make_sampling("healpix", nside=np.int64(4)) == Healpix(np.int64(4)) == Healpix(4)


def test_published_widths_are_there_for_the_neighbours_that_may_be_asked_for():
    for k in PUBLISHED_NEIGHBOURS:
        assert 0 < published_width(Healpix(32), k) < 1
