"""The config refuses what cannot work, in one sentence that names file, key and what is allowed."""

import copy
import inspect
from pathlib import Path

import pytest
import yaml

from deepsphere_pipe.config import (
    FiguresConfig,
    RunConfig,
    Study,
    VariantsConfig,
    dump,
    parse,
    parse_study,
    read_study,
)
from deepsphere_pipe.config.reference import config_reference
from deepsphere_pipe.config.section import Section, common_base, keys_of, sections_of
from deepsphere_pipe.config.variants import override
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.projections import PROJ_NAMES
from deepsphere_pipe.reporting.figures.registry import figures_of
from deepsphere_pipe.reporting.figures.style import FigureSettings
from tests.studies import changed

ROOT = Path(__file__).parents[2]

STUDY = {
    "name": "example",
    "split": {"method": "by_year", "validation": [2107], "test": [2108]},
    "experiments": {"unet": {"model": {"widths": [8, 16, 32]}, "training": {"epochs": 3}}},
}


def with_value(path: str, value: object) -> dict:
    """Return the example study with one key changed."""
    return changed(STUDY, path, value)


@pytest.mark.parametrize(
    ("path", "value", "parts"),
    [
        ("nam", 1, ["unknown key 'nam'", "name, data, sampling"]),
        ("window.sequence_length", 0, ["window.sequence_length is 0", "at least 1"]),
        ("experiments.unet.model.temporal", "gru", ["temporal is 'gru'", "'stacked', 'lstm' or"]),
        ("experiments.unet.model.unpooling", "max", ["needs pooling 'max', not 'symmetric'"]),
        ("experiments.unet.model.matched_parameters", True, ["temporal networks: set 'temporal'"]),
        ("experiments.unet.training.early_stopping", 0, ["early_stopping is 0", "at least 1"]),
        ("experiments.unet.training.precision", "half", ["precision is 'half'", "'bfloat16' or"]),
        ("experiments.unet.training.batc", 1, ["unknown key", "training.batc'", "batch_size,"]),
        ("experiments.unet.training.batch", 8, ["training.batch' is now called 'batch_size'"]),
        ("graph_study", {}, ["the key 'graph_study' is now called 'graph_analysis'"]),
        ("experiments.unet.training.batch_size", 0, ["training.batch_size is 0", "at least 1"]),
        (
            "experiments.unet.training.batch_size",
            "8",
            ["training.batch_size is '8'", "whole number"],
        ),
        ("experiments.unet.training.learning_rate", -1.0, ["learning_rate", "greater than 0"]),
        ("experiments.unet.training.learning_rate", float("nan"), ["learning_rate"]),
        (
            "experiments.unet.training.learning_rate",
            "1e-3",
            ["learning_rate is '1e-3'", "a number (YAML reads this as text: write 0.001)"],
        ),
        ("experiments.unet.training.learning_rate", "1e-9", ["write 1.0e-09)"]),
        ("experiments.unet.training.learning_rate", "fast", ["must be a number."]),
        ("experiments.unet.training.learning_rate", "inf", ["must be a number."]),
        (
            "experiments.unet.training.class_weights",
            {"BG": 0.0, "TC": 9.0, "AR": 3.0},
            ["training.class_weights.BG is 0.0", "greater than 0"],
        ),
        ("experiments.unet.training.class_weights", "x", ["'none' or 'balanced' or a mapping"]),
        (
            "experiments.unet.training.class_weights",
            {"BG": 1.0, "TC": 9.0, "Front": 3.0},
            ["training.class_weights", "one weight > 0 for each of BG, TC, AR"],
        ),
        ("experiments.unet.model.widths", [8] * 8, ["pools 7 times", "at most 5"]),
        ("experiments.unet.model.widths", [8, 0], ["widths.1 is 0", "at least 1"]),
        ("experiments.unet.model.preset", "wide", ["exactly one of 'preset' and 'widths'"]),
        ("experiments.un-et", {"model": {"preset": "wide"}}, ["'un-et'", "letters, digits"]),
        ("experiments.logistic", {"model": {"preset": "wide"}}, ["name of a baseline"]),
        ("sampling.level", 12, ["sampling.level is 12", "at most 8"]),
        (
            "sampling",
            {"name": "healpix"},
            ["key 'sampling.nside' is missing, which name 'healpix'"],
        ),
        ("sampling", {"name": "healpix", "nside": 12}, ["nside: is 12", "a power of two"]),
        (
            "sampling",
            {"level": 3, "nside": 8},
            ["unknown key 'sampling.nside' with name 'icosahedral'", "level"],
        ),
        ("sampling", {"name": "equiangular", "n_lat": 8}, ["'bandwidth' or 'n_lat' and 'n_lon'"]),
        ("sampling", {"nside": 8}, ["unknown key 'sampling.nside' with name 'icosahedral'"]),
        (
            "sampling",
            {"name": "cube"},
            ["sampling.name is 'cube'", "be 'icosahedral', 'healpix', "],
        ),
        ("sampling", {"name": ["healpix"]}, ["sampling.name is ['healpix']", "'icosahedral'"]),
        ("sampling", 5, ["sampling is 5; it must be a mapping"]),
        ("sampling", {"name": "custom"}, ["'sampling.file' is missing, which name 'custom'"]),
        ("sampling", {"level": 3, "region": [0.0, 9.0, 9.0, 1.0]}, ["region", "south < north"]),
        ("sampling", {"level": 3, "region": [0.0, 9.0]}, ["region", "[west, south, east, north]"]),
        ("graph.kind", "perraudin", ["'perraudin' exists for sampling 'healpix' only"]),
        ("graph.kind", "khasanova_frossard", ["for sampling 'equiangular' only"]),
        (
            "graph",
            {"kind": "perraudin", "neighbours": 8},
            ["'graph.neighbours' with kind 'perraudin'", "kind, lapl"],
        ),
        ("graph", {"kernel_width": "published"}, ["published for (8, 20, 40, 60)", "not 6"]),
        (
            "graph",
            {"kernel_width": "published", "neighbours": 8},
            ["'published' exists for sampling 'healpix' only"],
        ),
        ("graph_analysis.equivariance_error.nsides", [12], ["12 is no power of two"]),
        ("graph_analysis.samplings.levels", [9], ["samplings.levels.0 is 9", "at most 6"]),
        ("split.method", "by_month", ["split.method is 'by_month'", "'by_year', 'by_run'"]),
        ("split.test", [2300], ["[2300]", "allowed: [2106, 2107, 2108]"]),
        ("split.test", [2107], ["must not share a member"]),
        ("split.test", [2106, 2108], ["leaves none", "for training"]),
        ("data.channels", ["TMQ", "SNOW"], ["data.channels.1 is 'SNOW'", "'PSL'"]),
        ("data.channels", ["TMQ", "TMQ"], ["data.channels: TMQ stands there twice"]),
        ("data", {"source": "cam5", "input": ""}, ["data.input is ''", "at least 1 character"]),
        ("data", {"source": "cam5", "input": "~/cam5"}, ["data.input: '~/cam5'", "the whole path"]),
        (
            "data",
            {"source": "cam5", "input": "cam5", "synthetic": {"seed": 1}},
            ["unknown key 'data.synthetic' with source 'cam5'", "input, download, label_set"],
        ),
        ("data.synthetic.years", [2106, 0], ["data.synthetic.years.1 is 0", "at least 1"]),
        ("data.synthetic.years", [10000], ["years.0 is 10000", "at most 9999"]),
        ("data.synthetic.years", [2106, 2106], ["data.synthetic.years: 2106", "each entry once"]),
        ("data.synthetic.years", [], ["data.synthetic.years is []", "at least 1"]),
        ("data.synthetic.runs", [-1], ["data.synthetic.runs.0 is -1", "at least 0"]),
        ("data.synthetic.runs", [10000], ["runs.0 is 10000", "at most 9999"]),
        ("data.synthetic.runs", [1, 2, 1], ["data.synthetic.runs: 1", "each entry once"]),
        ("split.validation", [2107, 2107], ["split.validation: 2107", "each entry once"]),
        ("split.test", [2108, 2108], ["split.test: 2108", "each entry once"]),
        ("split.method", "random", ["'split.validation' with method 'random'", "test_share, "]),
        ("split", {"method": "random", "test": [2108]}, ["'split.test' with method 'rand"]),
        ("split.validation_share", 0.3, ["'split.validation_share' with method 'by_year'"]),
        ("split.test_share", 0.3, ["'split.test_share' with", "there: method, statistics, val"]),
        ("split.seed", 3, ["unknown key 'split.seed' with method 'by_year'"]),
        ("data.source", "cam5", ["key 'data.input' is missing, which source 'cam5' needs"]),
        ("data.label_set", "relaxed", ["unknown key 'data.label_set' with source 'synthetic'"]),
        ("data.download", {"urls": ["https://x"]}, ["'data.download' with source 'synthetic'"]),
        (
            "data",
            {"source": "ugscnn", "input": "a", "download": {"urls": ["ftp://x"]}},
            ["data.download.urls.0 is 'ftp://x'"],
        ),
        ("split", {"method": "files"}, ["'split.validation_list' is missing, which method"]),
        ("split", {"method": "blocked", "test_share": 0.95}, ["must leave maps for training"]),
        ("split.gap_hours", 3, ["'split.gap_hours' with method 'by_year'"]),
        ("graph.kernel_width", -0.5, ["graph.kernel_width", "'mean_distance'"]),
        ("figures.style.colours", {"BG": "grey"}, ["colours.BG is 'grey'", "#"]),
        ("figures.map.colormap", "nope", ["no colormap 'nope'"]),
        ("figures.map.projection", "globe", ["map.projection: 'globe'", "orthographic(-80, 25)"]),
        ("figures.map.projections", ["globe"], ["map.projections: 'globe'", "robinson, ortho"]),
        ("figures.map.projections", ["mollweide", "mollweide()"], ["one projection twice"]),
        ("figures.globe.run", "unet-seed7", ["'unet-seed7' is not there", "allowed: unet-seed0"]),
        ("figures.globe.frames", 90, ["figures.globe.frames is 90", "at most 36"]),
        ("figures.map.experiment", "other", ["'other'", "allowed: unet"]),
        ("figures.map.sampling", "other", ["'other'", "allowed: icosahedral"]),
        ("figures.map.split", "other", ["'other'", "allowed: none, as there is no key 'splits'"]),
        ("samplings", {"a-b": {"level": 5}}, ["sampling 'a-b'", "letters, digits and '_'"]),
        ("samplings", {"native": {"level": 5}}, ["sampling 'native'", "but not native"]),
        ("samplings", {"a": {"level": 12}}, ["samplings.a.level is 12", "at most 8"]),
        ("samplings", {"healpix": {"level": 12}}, ["samplings.healpix.level is 12", "at most 8"]),
        (
            "sampling",
            {"name": "equiangular", "n_lat": 10, "n_lon": 24},
            ["pools 2 times", "equiangular sampling of this size allows at most 1"],
        ),
        ("seeds", [], ["seeds is []", "at least 1"]),
        ("seeds", [1, 1], ["seeds: 1 stands there twice"]),
        ("baselines", ["logistic"] * 2, ["baselines: logistic stands there twice"]),
        ("name", "../up", ["name", "letters, digits"]),
    ],
)
def test_impossible_values_get_one_sentence(path, value, parts):
    with pytest.raises(UserError) as caught:
        parse(Study, with_value(path, value), "config/mine.yaml")
    sentence = str(caught.value)
    assert sentence.startswith("config/mine.yaml: ")
    assert sentence.endswith(".") and "\n" not in sentence
    for part in parts:
        assert part in sentence


@pytest.mark.parametrize("centre", ["", "()", "(180)", " ( -12.5 )", "(-80, 25)", "(1, 2, 3)"])
@pytest.mark.parametrize("name", [*PROJ_NAMES, "globe", ""])
def test_projections_are_those_that_can_be_drawn(name, centre):
    study = with_value("figures.map.projection", name + centre)
    most_commas = 1 if name == "orthographic" else 0
    if name in PROJ_NAMES and centre.count(",") <= most_commas:
        parse(Study, study, "mine.yaml")
    else:
        with pytest.raises(UserError, match=r"figures\.map\.projection"):
            parse(Study, study, "mine.yaml")


def test_maps_are_named_after_their_projections():
    wanted = ["mollweide", "orthographic(-80, 25)", "equirectangular"]
    study = parse(Study, with_value("figures.map.projections", wanted), "mine.yaml")
    assert study.figures.map.files == dict(
        zip(("mollweide", "orthographic", "equirectangular"), wanted, strict=True)
    )
    wanted = ["orthographic(-80, 25)", "orthographic(100)"]
    study = parse(Study, with_value("figures.map.projections", wanted), "mine.yaml")
    assert list(study.figures.map.files) == ["orthographic_-80_25", "orthographic_100"]
    drawn = study.figure("map/orthographic_100")
    assert drawn == {**study.figure("map"), "projection": "orthographic(100)"}
    assert FigureSettings.of(drawn).projection == "orthographic(100)"


def test_every_figure_has_its_settings():
    study = parse(Study, STUDY, "mine.yaml")
    for name in (*FiguresConfig.model_fields, "confusion", "composite", "map/mollweide"):
        if name != "style":
            assert FigureSettings.of(study.figure(name)).dpi == 150
    study = parse(Study, with_value("figures.map.colormap", "viridis"), "mine.yaml")
    globe = FigureSettings.of(study.figure("globe"))
    assert globe.frames == 36 and globe.colormap == "viridis"


def test_proj_strings_are_checked_with_pyproj():
    parse(Study, with_value("figures.map.projection", "+proj=robin"), "mine.yaml")
    with pytest.raises(UserError, match=r"projection: PROJ does not know '\+proj=globe'"):
        parse(Study, with_value("figures.map.projection", "+proj=globe"), "mine.yaml")


def test_missing_key_and_broken_file_are_told(tmp_path):
    study = copy.deepcopy(STUDY)
    del study["name"]
    with pytest.raises(UserError, match="the key 'name' is missing"):
        parse(Study, study, "mine.yaml")
    path = tmp_path / "broken.yaml"
    path.write_text("name: [1,\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"broken\.yaml: is not valid YAML at line"):
        read_study(path)
    with pytest.raises(UserError, match="cannot be read"):
        read_study(tmp_path / "absent.yaml")
    path.write_text("- a list\n", encoding="utf-8")
    with pytest.raises(UserError, match="must be a YAML mapping"):
        read_study(path)


def test_a_study_trains_or_looks_at_graphs():
    graphs_only = parse(Study, {"name": "graphs", "graph_analysis": {}}, "mine.yaml")
    assert graphs_only.runs == ()
    assert graphs_only.graph_analysis.equivariance_error.nsides == (32,)
    with pytest.raises(UserError, match="needs 'experiments'"):
        parse(Study, {"name": "nothing"}, "mine.yaml").check_asks_for_something()
    untrainable = {key: value for key, value in STUDY.items() if key != "split"}
    with pytest.raises(UserError, match="the key 'split' is missing"):
        parse(Study, untrainable, "mine.yaml")


def test_runs_are_experiments_times_seeds():
    study = parse(Study, {**STUDY, "seeds": [0, 3]}, "mine.yaml")
    assert [run.name for run in study.runs] == ["unet-seed0", "unet-seed3"]
    assert study.run("unet-seed3").training.epochs == 3


SEVERAL = {
    "plain": {"level": 5},
    "pixels": {"name": "healpix", "nside": 16},
    "grid_32": {"name": "equiangular", "n_lat": 32, "n_lon": 64, "poles": False},
}


def on_several(**changes):
    return {**STUDY, "samplings": SEVERAL, **changes}


def test_several_samplings_multiply_the_runs():
    study = parse(Study, on_several(seeds=[0, 3]), "mine.yaml")
    names = [f"unet-{sampling}-seed{seed}" for sampling in SEVERAL for seed in (0, 3)]
    assert [run.name for run in study.runs] == names
    assert [study.sampling_of(run) for run in study.runs[::2]] == list(SEVERAL)
    assert study.samplings_by_name["pixels"].nside == 16
    assert len({run.model for run in study.runs}) == 1
    assert study.mapped_run().name == "unet-plain-seed0"
    assert study.mapped_run("grid_32").name == "unet-grid_32-seed0"
    wanted = on_several(figures={"map": {"sampling": "pixels"}})
    assert parse(Study, wanted, "mine.yaml").mapped_run().name == "unet-pixels-seed0"


def test_networks_must_fit_every_sampling():
    study = on_several(samplings={**SEVERAL, "pixels": {"name": "healpix", "nside": 2}})
    with pytest.raises(UserError, match=r"pools 2 times, but the sampling pixels .* at most 1"):
        parse(Study, study, "mine.yaml")
    with pytest.raises(UserError, match=r"'samplings\.pixels\.level' with name 'healpix'"):
        parse(Study, on_several(samplings={"pixels": {"name": "healpix", "level": 3}}), "mine.yaml")
    with pytest.raises(UserError, match="'sampling' and 'samplings' exclude each other"):
        parse(Study, on_several(sampling={"level": 5}), "mine.yaml")
    with pytest.raises(UserError, match="'perraudin' exists for sampling 'healpix' only"):
        parse(Study, on_several(graph={"kind": "perraudin"}), "mine.yaml")


PLANAR = {"model": {"kind": "planar_unet", "widths": [4, 8]}}


def with_planar(**experiment):
    experiments = {"planar": {**PLANAR, **experiment}, **STUDY["experiments"]}
    return on_several(experiments=experiments)


def test_an_experiment_may_be_for_some_samplings_only():
    study = parse(Study, with_planar(samplings=["grid_32"]), "mine.yaml")
    assert [run.name for run in study.runs] == [
        "planar-grid_32-seed0", *(f"unet-{sampling}-seed0" for sampling in SEVERAL)
    ]  # fmt: skip
    # Maps are of the first experiment that there is on a sampling.
    assert study.mapped_run().name == study.mapped_run("grid_32").name == "planar-grid_32-seed0"
    assert study.mapped_run("plain").name == "unet-plain-seed0"
    assert study.run("planar-grid_32-seed0").model.kind == "planar_unet"


def test_maps_are_drawn_where_their_experiment_is_trained():
    content = with_planar(samplings=["grid_32"])
    maps = {"experiment": "planar", "projections": ["mollweide"]}
    study = parse(Study, content | {"figures": {"map": maps}}, "mine.yaml")
    assert study.mapped_run().name == "planar-grid_32-seed0"
    stems = [stem for row, stem in figures_of(study) if stem.startswith("maps/")]
    assert stems == ["maps/grid_32-mollweide"]
    maps["sampling"] = "plain"
    with pytest.raises(UserError, match=r"figures\.map: its 'experiment' is not trained on its 's"):
        parse(Study, content | {"figures": {"map": maps}}, "mine.yaml")


@pytest.mark.parametrize(
    ("experiment", "sentence"),
    [
        (
            {},
            "experiments.planar.model is for the equiangular sampling, the whole sphere, not for "
            "the sampling plain.",
        ),
        (
            {"samplings": ["grid_32", "pixels"]},
            "experiments.planar.model is for the equiangular sampling, the whole sphere, not for "
            "the sampling pixels.",
        ),
        (
            {"samplings": ["grid_32"], "model": {**PLANAR["model"], "kind": "healpix_unet"}},
            "experiments.planar.model is for the healpix sampling, the whole sphere, not for the "
            "sampling grid_32.",
        ),
        (
            {"samplings": ["grid"]},
            "experiments.planar.samplings names 'grid', which is not there; allowed: plain, pixels,"
            " grid_32.",
        ),
        (
            {"samplings": []},
            "experiments.planar.samplings is []; it must be at least 1 entry long.",
        ),
    ],
)
def test_an_experiment_must_fit_its_samplings(experiment, sentence):
    with pytest.raises(UserError) as refused:
        parse(Study, with_planar(**experiment), "mine.yaml")
    assert str(refused.value) == f"mine.yaml: {sentence}"


def test_the_common_sampling_is_one_of_several_that_cover_the_same():
    content = on_several(evaluation={"common_sampling": "pixels"})
    assert parse(Study, content, "mine.yaml").evaluation.common_sampling == "pixels"
    allowed = r"evaluation\.common_sampling 'pixel' is not there; allowed: plain, pixels, grid_32\."
    with pytest.raises(UserError, match=allowed):
        parse(Study, on_several(evaluation={"common_sampling": "pixel"}), "mine.yaml")
    with pytest.raises(UserError, match=r"allowed: none, as there is no key 'samplings'\."):
        parse(Study, with_value("evaluation.common_sampling", "icosahedral"), "mine.yaml")
    part = {**SEVERAL["plain"], "region": [-60, -60, 60, 60]}
    few = {"name": "custom", "file": "stations.csv", "partial": True}
    for other in (part, few):
        samplings = {**SEVERAL, "plain": other}
        with pytest.raises(UserError, match="common_sampling needs samplings of the same part"):
            parse(Study, {**content, "samplings": samplings}, "mine.yaml")
        parse(Study, on_several(samplings=samplings), "mine.yaml")


def test_the_only_sampling_is_not_named():
    with pytest.raises(UserError, match=r"unet\.samplings names 'icosahedral'.*no key 'samplings'"):
        parse(Study, with_value("experiments.unet.samplings", ["icosahedral"]), "mine.yaml")
    part = {"name": "equiangular", "n_lat": 32, "n_lon": 64, "region": [-60, -60, 60, 60]}
    study = {**STUDY, "experiments": {"planar": PLANAR}, "sampling": part}
    with pytest.raises(UserError, match="the whole sphere, not for the equiangular sampling"):
        parse(Study, study, "mine.yaml")


@pytest.mark.parametrize(
    ("length", "shift", "place"),
    [(2, 0, -2), (3, 0, -2), (1, 1, -1), (3, 2, -1), (3, -1, -3), (1, 0, None), (2, -1, None)],
)
def test_persistence_needs_a_map_before_the_target(length, shift, place):
    window = {"sequence_length": length, "prediction_shift": shift}
    study = {**STUDY, "window": window, "baselines": ["persistence"]}
    if place is None:
        with pytest.raises(
            UserError, match=r"'persistence' .* make window\.sequence_length greater"
        ):
            parse(Study, study, "mine.yaml")
    else:
        parsed = parse(Study, study, "mine.yaml")
        assert parsed.window.before_target == place
        assert list(parsed.baselines_by_name) == ["persistence"]


def split_by(splits, **changes):
    return {key: value for key, value in STUDY.items() if key != "split"} | {
        "splits": splits,
        **changes,
    }


TWO_SPLITS = {"drawn": {"method": "random"}, "years": STUDY["split"]}


def test_several_splits_multiply_the_runs():
    study = parse(Study, split_by(TWO_SPLITS, seeds=[0, 3]), "mine.yaml")
    names = [f"unet-{split}-seed{seed}" for split in TWO_SPLITS for seed in (0, 3)]
    assert [run.name for run in study.runs] == names
    assert (
        [run.split_name for run in study.runs[::2]]
        == list(study.splits_by_name)
        == list(TWO_SPLITS)
    )
    assert study.run("unet-years-seed3").split_name == "years"
    assert study.mapped_run().name == "unet-drawn-seed0"
    both = split_by(TWO_SPLITS, samplings=SEVERAL, figures={"map": {"split": "years"}})
    study = parse(Study, both, "mine.yaml")
    assert len(study.runs) == 6 and study.runs[1].name == "unet-plain-years-seed0"
    assert study.mapped_run().name == "unet-plain-years-seed0"
    assert "split" not in study.figure("map")


def test_one_split_has_no_name_so_that_nothing_is_made_again():
    study = parse(Study, STUDY, "mine.yaml")
    assert list(study.splits_by_name) == [None] and study.runs[0].name == "unet-seed0"
    assert "split_name" not in dump(study.runs[0])


@pytest.mark.parametrize(
    ("study", "sentence"),
    [
        ({**STUDY, "splits": TWO_SPLITS}, "'split' and 'splits' exclude each other; give one"),
        (split_by({}), "the key 'split' is missing, without which nothing can be trained"),
        (split_by({"a-b": TWO_SPLITS["drawn"]}), "split 'a-b' must be named with letters, digits"),
        (split_by({"drawn": {"method": "dawn"}}), r"splits\.drawn\.method is 'dawn'; it must be"),
        (
            split_by({"drawn": {"method": "random", "test": [1]}}),
            r"'splits\.drawn\.test' with method 'random'",
        ),
        (
            split_by({"late": {**STUDY["split"], "test": [2300]}}),
            r"splits\.late names years \[2300\] that data",
        ),
        (
            split_by(TWO_SPLITS, samplings={"drawn": {"level": 5}}),
            "a split and a sampling are both named 'drawn', so runs .* give one of them another",
        ),
        (
            split_by(TWO_SPLITS, figures={"map": {"split": "dawn"}}),
            "'dawn' .* allowed: drawn, years",
        ),
    ],
)
def test_slips_in_splits_get_one_sentence(study, sentence):
    with pytest.raises(UserError, match=rf"^mine\.yaml: .*{sentence}") as caught:
        parse(Study, study, "mine.yaml")
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_the_small_paper_study_is_the_paper_study():
    """They differ in where the data comes from and in how long is trained, and in nothing else."""
    whole, small = (
        read_study(ROOT / f"config/{name}.yaml").model_dump() for name in ("paper", "paper-small")
    )
    assert len(whole["experiments"]) == 6 and len(whole["seeds"]) == 5 and len(small["seeds"]) == 2
    for study in (whole, small):
        for key in ("input", "download"):
            del study["data"][key]
        for experiment in study["experiments"].values():
            assert experiment["training"].pop("epochs") and experiment["training"].pop("batch_size")
        del study["name"], study["seeds"]
    assert whole == small


def test_the_paper_study_is_the_published_one():
    study = read_study(ROOT / "config/paper.yaml")
    assert study.data.source == "ugscnn" and study.samplings_by_name["icosahedral"].level == 5
    assert study.graph.kind == "published" and study.split.method == "random"
    assert (study.split.validation_share, study.split.test_share) == (0.1, 0.2)
    pairs = [(run.model.preset, run.training.class_weights) for run in study.runs[::5]]
    assert pairs == [
        (preset, weights)
        for preset in ("deepsphere", "jiang", "wide")
        for weights in ("none", "balanced")
    ]
    for run in study.runs:
        assert (run.model.kernel_size, run.training.epochs, run.training.batch_size) == (4, 30, 64)
        assert run.training.learning_rate == 1e-3
        assert run.training.plateau_patience is run.training.early_stopping is None
        assert (run.model.pooling, run.model.unpooling) == ("subsample", "constant")


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda p: p.stem)
def test_settings_are_the_same_text_with_and_without_libyaml(path):
    study = read_study(path)
    for section in (study, *study.runs):
        assert dump(section) == yaml.safe_dump(section.model_dump(mode="json"), sort_keys=False)


def test_runs_are_made_once_and_are_no_part_of_the_study():
    content = yaml.safe_load((ROOT / "config/samplings.yaml").read_text(encoding="utf-8"))
    study, other = (parse_study(content, "samplings.yaml") for _ in range(2))
    before = dump(study)
    assert study.runs is study.runs and len(study.runs) == 18
    for run in study.runs:
        assert study.run(run.name) is run
    assert study == other and dump(study) == before == dump(other)
    assert "runs" not in study.model_dump()


def test_one_sampling_has_the_name_of_its_kind():
    study = parse(Study, STUDY, "mine.yaml")
    assert list(study.samplings_by_name) == ["icosahedral"]
    assert study.sampling_of(study.runs[0]) == "icosahedral"
    assert study.samplings_by_name["icosahedral"].level == 5


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data.synthetic.seed", 4),
        ("data", {"source": "cam5", "input": "cam5"}),
        ("split", {"method": "random", "seed": 4}),
        ("samplings", SEVERAL),
        ("splits", {"drawn": {"method": "random"}, "years": STUDY["split"]}),
    ],
)
def test_dumped_settings_read_back_equal(path, value):
    study = with_value(path, value)
    if path == "splits":
        del study["split"]
    study = parse(Study, study, "mine.yaml")
    for section in (study, *study.splits_by_name.values(), study.runs[-1]):
        assert parse(type(section), yaml.safe_load(dump(section)), "settings.yaml") == section
    assert isinstance(study.runs[0], RunConfig)


def test_a_study_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        parse(Study, STUDY, "mine.yaml").name = "other"


def test_a_figure_depends_on_its_own_keys_only():
    before = parse(Study, STUDY, "mine.yaml")
    after = parse(Study, with_value("figures.map.colormap", "viridis"), "mine.yaml")
    assert before.figure("map") != after.figure("map")
    assert before.figure("precision_recall") == after.figure("precision_recall")
    assert before.figure("training_curves") == after.figure("training_curves")


def test_the_example_of_a_training_is_a_study_of_one_run():
    key = "experiments.example"
    study = read_study(
        ROOT / "config/train.example.yml",
        [
            *(f"{key}.training.epochs=2", f"{key}.model.widths=null"),
            *(f"{key}.model.preset=jiang", "sampling.level=5"),
        ],
    )
    (run,) = study.runs
    assert run.training.epochs == 2 and run.model.preset == "jiang"
    assert run.model.widths is None and study.split.test == (2108,)


@pytest.mark.parametrize(
    ("assignment", "sentence"),
    [
        ("seeds", "--set seeds: write KEY=VALUE, such as graph.neighbours=8."),
        ("=3", "--set =3: write KEY=VALUE"),
        ("name.deeper=3", "--set name.deeper=3: 'name' is no section of the study."),
        ("seeds=[1", "--set seeds=[1: the value is not valid YAML."),
        (
            "graph.neighbors=8",
            "--set: unknown key 'graph.neighbors' with kind 'knn'; allowed there: kind",
        ),
        ("graph.neighbours=2", "--set: graph.neighbours is 2; it must be at least 3."),
    ],
)
def test_slips_in_overrides_get_one_sentence(assignment, sentence):
    with pytest.raises(UserError) as caught:
        read_study(ROOT / "config/train.example.yml", [assignment])
    assert sentence in str(caught.value)


def test_overrides_are_yaml_and_numbers_with_exponents():
    content = {"a": None, "b": {"c": 1}}
    override(content, ["a.x=[8, 16]", "b.c=1e-3", "b.d=null", "e=yes it is", "f.g.h=true"])
    assert content == {
        "a": {"x": [8, 16]},
        "b": {"c": 1e-3, "d": None},
        "e": "yes it is",
        "f": {"g": {"h": True}},
    }


@pytest.mark.parametrize("path", sorted(ROOT.glob("config/*.yaml")), ids=lambda path: path.name)
def test_shipped_studies_are_valid(path):
    study = read_study(path)
    assert study.name == {"config": "demo"}.get(path.stem, path.stem.replace("-", "_"))


VARIANTS = {
    "name": "example",
    "seeds": [0, 1],
    "data": {"synthetic": {"years": [2106, 2107, 2108], "runs": [1]}},
    "split": {"method": "by_year", "validation": [2107], "test": [2108]},
    "experiments": {"unet": {"model": {"widths": [8, 16, 32]}, "training": {"epochs": 3}}},
    "variant": "longer",
    "variants": {
        "longer": {"name": "long", "experiments": {"unet": {"training": {"epochs": 9}}}},
        "one_run": {"name": "one", "seeds": [2], "data": {"synthetic": {"runs": [2]}}},
    },
}


def test_a_variant_changes_what_it_names_and_no_more():
    study = parse_study(VARIANTS, "mine.yaml")
    assert study.name == "long" and study.seeds == (0, 1)
    assert study.experiments["unet"].training.epochs == 9
    assert study.experiments["unet"].model.widths == (8, 16, 32)
    other = parse_study({**VARIANTS, "variant": "one_run"}, "mine.yaml")
    assert other.seeds == (2,) and other.data.synthetic.runs == (2,)
    assert other.data.synthetic.years == (2106, 2107, 2108)
    assert other.experiments["unet"].training.epochs == 3
    assert parse_study({**VARIANTS, "variant": None}, "mine.yaml").name == "example"
    assert VARIANTS["experiments"]["unet"]["training"] == {"epochs": 3}


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("variant", "short", "mine.yaml: variant is 'short'; allowed: longer, one_run."),
        ("variants.one_run.sead", 3, "mine.yaml, variant one_run: unknown key 'sead'; allowed"),
        ("variants.one_run.seeds", [-1], "mine.yaml, variant one_run: seeds.0 is -1; it must"),
        ("variants.one_run", 3, "mine.yaml: variants.one_run is 3; it must be a mapping"),
        ("variants.one_run.variants", {}, "mine.yaml, variant one_run: unknown key 'variants'"),
        ("variants.one_run.name", "long", "mine.yaml: the variants longer and one_run both have"),
        ("variant", 3, "mine.yaml: variant is 3; it must be text"),
    ],
)
def test_slips_in_variants_get_one_sentence(path, value, sentence):
    with pytest.raises(UserError) as caught:
        parse_study(changed(VARIANTS, path, value), "mine.yaml")
    assert str(caught.value).startswith(sentence) and str(caught.value).endswith(".")


def test_a_variant_without_variants_is_told():
    with pytest.raises(UserError, match="allowed: none, as there is no key 'variants'"):
        parse_study({**STUDY, "variant": "real"}, "mine.yaml")


def test_the_reference_is_that_of_the_code():
    written = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    assert written == config_reference(), "run `make docs`"


def sections(model):
    """Yield all sections inside one, each with its keys, and a choice also with the shared ones."""
    for field in model.model_fields.values():
        inner = sections_of(field.annotation)
        base = common_base(inner) if len(inner) > 1 else Section
        if base is not Section:
            yield base, keys_of(base)
        for each in inner:
            yield each, {k: f for k, f in keys_of(each).items() if k not in keys_of(base)}
            yield from sections(each)


TABLES = {each: keys_of(each) for each in (Study, VariantsConfig)} | dict(sections(Study))


@pytest.mark.parametrize("section", TABLES, ids=lambda section: section.__name__)
def test_the_reference_names_every_key(section):
    _, _, after = config_reference().partition(f"\n{inspect.cleandoc(section.__doc__)}\n")
    table = after.partition("\n##")[0]
    for key, field in TABLES[section].items():
        assert field.description and f"| `{key}` |" in table
        assert f"| {field.description} |" in table


@pytest.mark.parametrize("name", [name for name in FiguresConfig.model_fields if name != "style"])
def test_figures_have_the_same_defaults_without_a_study(name):
    given = parse(Study, STUDY, "mine.yaml").figure(name)
    assert FigureSettings.of(given) == FigureSettings()
