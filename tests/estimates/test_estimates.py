"""What steps are expected to cost, against what is built and what was measured."""

import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse
import torch
import xarray as xr
import yaml

from deepsphere_pipe.config import (
    CustomConfig,
    EquiangularConfig,
    HealpixConfig,
    IcosahedralConfig,
    RunConfig,
    SamplingConfig,
    Study,
    UNetConfig,
    parse,
    parse_study,
    read_study,
)
from deepsphere_pipe.config.data import UgscnnData
from deepsphere_pipe.config.splits import ListedSplit
from deepsphere_pipe.estimates.costs import costs_page
from deepsphere_pipe.estimates.field_files import sizes_of_fields
from deepsphere_pipe.estimates.network import A100, H100, network
from deepsphere_pipe.estimates.sizes import ASSUMED_VERTICES, n_maps, part_sizes, vertices_of
from deepsphere_pipe.estimates.steps import MIN_MINUTES, THREADS, Cost, Estimates
from deepsphere_pipe.nn.recurrence import lstm_parameters
from deepsphere_pipe.runtime.processes import threads_each
from deepsphere_pipe.samplings import make_sampling
from deepsphere_pipe.synthetic.simulation import days_written
from deepsphere_pipe.training.model_file import build_network
from tests.studies import changed

ROOT = Path(__file__).parents[2]


def study(path="config/config.yaml", **changes):
    content = read_study(ROOT / path).model_dump(mode="json")
    for key, value in changes.items():
        content = changed(content, key.replace("__", "."), value)
    return Study(**content)


# Vertices


@pytest.mark.parametrize(
    "sampling",
    [
        IcosahedralConfig(level=4),
        HealpixConfig(nside=16),
        EquiangularConfig(bandwidth=16),
        EquiangularConfig(n_lat=81, n_lon=128, poles=True),
    ],
    ids=str,
)
def test_vertices_are_those_of_the_sampling(sampling):
    made = make_sampling(sampling.name, **sampling.parameters)
    assert vertices_of(sampling) == made.n_vertices


@pytest.mark.parametrize("whole", [{"level": 5}, {"name": "healpix", "nside": 32},
                                   {"name": "equiangular", "bandwidth": 48}])  # fmt: skip
@pytest.mark.parametrize("region", [[-100, 5, -20, 45], [170, -60, -170, 10], [-180, 20, 180, 90]])
def test_vertices_of_a_region_are_nearly_those(whole, region):
    sampling = parse(SamplingConfig, {**whole, "region": list(region)}, "study")
    true = make_sampling(sampling.name, **sampling.parameters).n_vertices
    assert true <= vertices_of(sampling) <= 1.25 * true + 5


def test_vertices_of_a_file_are_counted(tmp_path):
    points = np.random.default_rng(0).uniform([-180, -80], [180, 80], (500, 2))
    lines = ["# stations", "longitude,latitude", *(f"{x},{y}" for x, y in points), ""]
    (tmp_path / "stations.csv").write_text("\n".join(lines), encoding="utf-8")
    sampling = CustomConfig(file=str(tmp_path / "stations.csv"))
    assert vertices_of(sampling) == 500
    absent = CustomConfig(file=str(tmp_path / "absent.csv"))
    assert vertices_of(absent) == ASSUMED_VERTICES


# Networks


def levels_of(counts):
    """Levels whose graphs have no edges."""
    return [
        SimpleNamespace(
            laplacian=scipy.sparse.csr_array((n, n)),
            areas=np.ones(n),
            parents=np.arange(n) % coarser,
            edge_ends=np.zeros((n, 2), np.int64),
        )
        for n, coarser in zip(counts, [*counts[1:], 1], strict=True)
    ]


@pytest.mark.parametrize(
    ("model", "maps"),
    [
        ({"preset": "deepsphere"}, 1),
        ({"preset": "jiang", "kernel_size": 4, "pooling": "subsample"}, 1),
        ({"widths": [12, 30], "kernel_size": 2}, 1),
        ({"preset": "deepsphere", "temporal": "stacked"}, 3),
        ({"widths": [8, 16, 16], "temporal": "lstm"}, 3),
        ({"preset": "deepsphere", "temporal": "conv_lstm", "kernel_size": 5}, 3),
        *(
            ({"preset": "deepsphere", "temporal": kind, "matched_parameters": True}, 3)
            for kind in ("stacked", "lstm", "conv_lstm")
        ),
    ],
    ids=str,
)
def test_weights_are_nearly_those_of_the_network(model, maps):
    model = UNetConfig(**model)
    counts = [12 * 2**i for i in reversed(range(model.depth + 1))]
    run = RunConfig(experiment="a", seed=0, model=model, window={"sequence_length": maps})
    with torch.device("meta"):
        built = build_network(run, SimpleNamespace(levels=levels_of(counts)), 16)
    true = built.parameter_counts()["total"]
    assert network(model, counts, 16, 6, maps).parameters == pytest.approx(true, rel=0.2)


def test_the_published_lstm_has_302_million_parameters():
    vertices = [10242, 2562, 642, 162, 42, 12]
    static, lstm = (
        network(UNetConfig(preset="deepsphere", temporal=kind), vertices, 16, 6, 3).parameters
        for kind in ("none", "lstm")
    )
    assert lstm - static == pytest.approx(lstm_parameters(12 * 512), rel=1e-3)


def test_operations_of_one_network_by_hand():
    """Two levels, widths 4 and 6, one channel: 4 convolutions of order 2."""
    counted = network(UNetConfig(widths=[4, 6], kernel_size=2), [42, 12], 1, 6, 1)
    # stem 1→2, encoder 2→4 and 4→6, decoder 6→2, classifier 2→3
    products = 42 * 1 * 2 + 42 * 2 * 4 + 12 * 4 * 6 + 42 * 6 * 2 + 42 * 2 * 3
    assert counted.dense == pytest.approx(2 * 2 * products, rel=0.3)
    assert counted.values == pytest.approx(42 * (1 + 2 + 4 + 2 + 3) + 12 * 6, rel=0.3)


# Maps


def test_maps_of_the_twin_are_nearly_those_that_it_makes():
    data = study().data
    made = 8 * sum(
        len(days_written(data.synthetic, run, year))
        for run in data.synthetic.runs
        for year in data.synthetic.years
    )
    counted = n_maps(data)
    assert counted == pytest.approx(made, rel=0.05) and data.grid_points == 96 * 144
    assert part_sizes(study().split, data, counted) == pytest.approx(
        {"train": 1648, "validation": 536, "test": 512}, rel=0.1
    )


def test_the_archive_has_the_published_number_of_maps(tmp_path):
    archive = tmp_path / "small.zip"
    archive.write_bytes(bytes(round(10e6 * UgscnnData.file_mb)))
    paper = study("config/paper.yaml", data__input=str(archive))
    assert n_maps(paper.data) == 10
    folder = tmp_path / "cam5"
    folder.mkdir()
    for i in range(7):
        (folder / f"data-{i}.h5").touch()
    cam5 = study(data={"source": "cam5", "input": str(folder)}, split={"method": "random"})
    assert n_maps(cam5.data) == 7


def test_parts_by_lists_are_counted(tmp_path):
    for name in ("validation", "test"):
        (tmp_path / name).write_text("a\nb\n", encoding="utf-8")
    lists = {f"{name}_list": str(tmp_path / name) for name in ("validation", "test")}
    split = ListedSplit(**lists)
    sizes = part_sizes(split, study().data, 100)
    assert sizes == {"train": 100, "validation": 2, "test": 2}


# Steps: seconds and MB (2^20 bytes) of the demo, from Snakemake's benchmark files. Two idle cores.

DEMO = {
    ("synthesize",): (30.7, 561.6),
    ("prepare", ("sampling", "icosahedral")): (16.5, 508.2),
    ("sphere", ("sampling", "icosahedral")): (2.7, 270.0),
    ("split", ("sampling", "icosahedral"), ("split", "split")): (1.8, 162.0),
    ("train", ("run", "unet-seed0")): (308.8, 1991.3),
    ("evaluate", ("run", "unet-seed0")): (18.8, 994.1),
    ("baseline", ("baseline", "logistic")): (14.1, 1934.0),
    ("baseline", ("baseline", "frequency")): (8.3, 837.7),
    ("equivariance_error",): (9.3, 264.3),
    ("kernel_widths",): (20.4, 514.7),
    ("samplings",): (17.1, 286.6),
    ("spectra",): (8.2, 328.8),
    ("figure",): (4.3, 519.5),
    ("table",): (2.2, 222.3),
    ("explorer",): (2.2, 222.3),
}


@pytest.mark.parametrize(("step", "measured"), DEMO.items(), ids=str)
def test_requests_are_above_what_was_measured_but_not_far(step, measured):
    name, *details = step
    estimates = Estimates(study(), gpu=None)
    cost = estimates.cost(name, threads=2, files=3, **dict(details))
    requested_mb, minutes = cost.requested()
    seconds, memory = measured[0], 1.048576 * measured[1]
    assert seconds <= 60 * minutes <= max(60 * MIN_MINUTES, 10 * seconds)
    assert memory <= requested_mb <= 5 * memory
    if seconds > 10:
        assert cost.seconds == pytest.approx(seconds, rel=0.35)
    if memory > 500:
        assert cost.mem_mb == pytest.approx(memory, rel=0.15)


def test_the_network_of_the_paper_takes_what_was_measured():
    """One epoch over 4976 maps took 8.3 minutes of one core, and 4.6 GB with the maps."""
    of_that_time = study(
        "config/weighting.yaml",
        data__synthetic__years=[*range(2100, 2111)],
        data__loading={"memory_mb": 10_000},
        experiments__unet__model={"preset": "deepsphere", "kernel_size": 3},
        experiments__unet__training__epochs=9,
        experiments__unet__training__batch_size=16,
    )
    cost = Estimates(of_that_time, gpu=None).cost("train", run="unet-seed0", threads=1)
    assert cost.seconds / 9 == pytest.approx(8.3 * 60, rel=0.2)
    assert cost.mem_mb == pytest.approx(4600, rel=0.2)


def test_a_gpu_is_faster_than_published_but_not_absurdly():
    """Published: 13, 3 and 20 hours a training with the first implementation, on an older GPU."""
    for experiment, hours in (("deepsphere", 13), ("jiang", 3), ("wide", 20)):
        name = f"{experiment}-seed0"
        a100, h100 = (
            Estimates(study("config/paper.yaml"), gpu).cost("train", run=name, threads=4)
            for gpu in (A100, H100)
        )
        assert hours / 20 < h100.seconds / 3600 < a100.seconds / 3600 < hours


@pytest.mark.parametrize("gpu", [None, A100], ids=["cpu", "gpu"])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sampling__level", 6),
        ("experiments__unet__model__widths", [32, 64, 128, 256, 256]),
        ("experiments__unet__model__kernel_size", 6),
        ("experiments__unet__training__epochs", 28),
        ("experiments__unet__training__batch_size", 32),
        ("graph__neighbours", 20),
        ("data__synthetic__days_per_year", 72),
        ("gpus_per_run", 2),
    ],
)
def test_estimates_grow_with(key, value, gpu):
    def cost(study):
        return Estimates(study, gpu).cost("train", run="unet-seed0", threads=4)

    before, after = cost(study()), cost(study(**{key: value}))
    if not key.endswith(("batch_size", "gpus_per_run")):
        assert after.seconds > before.seconds
    if gpu and key == "gpus_per_run":
        assert before.seconds / 2 < after.seconds < before.seconds
    if not key.endswith(("epochs", "neighbours", "kernel_size")):
        assert after.mem_mb > before.mem_mb
    if gpu and key.endswith(("level", "widths", "batch_size")):
        assert after.gpu_mb > before.gpu_mb


def test_scores_on_a_common_sampling_cost_a_little_more():
    several = study("config/samplings.yaml")
    alone = study("config/samplings.yaml", evaluation__common_sampling=None)
    for step, names in (
        ("evaluate", {"run": "unet-icosahedral-seed0"}),
        ("baseline", {"baseline": "frequency-icosahedral"}),
    ):
        both, own = (Estimates(each, gpu=None).cost(step, **names) for each in (several, alone))
        assert own.seconds < both.seconds < 1.3 * own.seconds


def test_windows_cost_more_than_single_maps():
    temporal = Estimates(study("config/temporal.yaml"), None)
    seconds = {
        name: temporal.cost("train", run=f"{name}-seed0").seconds
        for name in ("static", "stacked", "conv_lstm", "lstm")
    }
    assert seconds["static"] < min(seconds["stacked"], seconds["lstm"], seconds["conv_lstm"])


def test_what_is_not_held_in_memory_is_not_asked_for():
    paper = Estimates(study("config/paper.yaml"))
    roomy = Estimates(study("config/paper.yaml", data__loading__memory_mb=100_000))
    slow, fast = (e.cost("train", run="jiang-seed0") for e in (paper, roomy))
    assert slow.requested()[0] < 10_000 < 30_000 < fast.requested()[0]
    # What reads from the disk takes longer.
    assert slow.seconds > fast.seconds


def test_another_attempt_asks_for_more():
    first, second, third = (Cost(3600, 4000).requested(attempt) for attempt in (1, 2, 3))
    assert first == (6300, 180)
    for one, other, last in zip(first, second, third, strict=True):
        assert 1.5 * one <= other <= 2 * one < last


def test_planning_many_runs_takes_no_time():
    large = study("config/paper.yaml", seeds=list(range(50)))
    names = [run.name for run in large.runs]
    start = time.process_time()
    estimates = Estimates(large)
    for name in names:
        estimates.cost("train", run=name).requested()
        estimates.cost("evaluate", run=name).requested()
    assert len(names) == 300 and time.process_time() - start < 0.3


def test_planning_imports_neither_torch_nor_matplotlib():
    command = "import sys, deepsphere_pipe.estimates.costs; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", command], check=True, capture_output=True)
    assert not {b"torch", b"matplotlib"} & set(done.stdout.split())


# The workflow


def rules():
    """Return the text of every rule of the workflow by name, without those that inherit."""
    found = {}
    for path in sorted((ROOT / "workflow/rules").glob("*.smk")):
        blocks = re.split(
            r"^(?=[ ]*(?:use )?rule\b)", path.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        for block in blocks:
            if match := re.match(r" *rule *(\w*):", block):
                found[match[1] or re.search(r'f?"(.*)"', block)[1]] = block
    return found


def local_rules():
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "workflow/rules").glob("*.smk"))
    blocks = (re.search(r"^localrules:\n((?: +\w+,\n)+)", text, re.MULTILINE) for text in texts)
    return {name for block in blocks if block for name in re.findall(r"\w+", block[1])}


THREADS_OF_RULE = r'^ +threads: (?:1|network_threads\("(\w+)"\)|THREADS\["(\w+)"\])$'


@pytest.mark.parametrize("name", sorted(rules().keys() - local_rules()))
def test_every_rule_states_what_it_needs(name):
    rule = rules()[name]
    threads = re.search(THREADS_OF_RULE, rule, re.MULTILINE)
    assert (threads[1] or threads[2] or name) == name
    assert re.search(r"^ +mem_mb=mem_mb\(", rule, re.MULTILINE)
    assert re.search(r"^ +runtime=runtime\(", rule, re.MULTILINE)
    computes = re.search(r"deepsphere_pipe (train|evaluate|predict|score-tracks) ", rule)
    assert bool(computes) == bool(re.search(r"^ +gpu=", rule, re.MULTILINE))


def test_each_part_of_the_graph_analysis_asks_for_its_own():
    text = (ROOT / "workflow/rules/graph_analysis.smk").read_text(encoding="utf-8")
    assert text.count("mem_mb=mem_mb(part)") == text.count("runtime=runtime(part)") == 1


# The page


def test_the_page_of_costs_is_that_of_the_code(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert (ROOT / "docs/costs.md").read_text(encoding="utf-8") == costs_page("config"), (
        "run `make docs`"
    )


def test_the_page_has_every_study_and_variant():
    page = costs_page(ROOT / "config")
    for path in (ROOT / "config").glob("*.yaml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for variant in content.get("variants", {None: content}).values():
            name = variant.get("name", content["name"])
            assert len(re.findall(rf"^\| {name} \|", page, re.MULTILINE)) == 1
    assert "example" not in page and "archive.yml" not in page


def test_every_step_that_has_several_threads_is_given_them():
    several = [step for step, threads in THREADS.items() if threads > 1]
    assert several and not [name for name in several if "threads: 1" in rules()[name]]


@pytest.mark.parametrize(
    ("n_jobs", "n_cores", "most", "job_mb", "threads"),
    [
        (1, 2, 4, 2000, 2),  # all there is
        (1, 8, 4, 2000, 4),  # no more than it can use
        (3, 8, 4, 2000, 2),  # three at once; two cores stay idle
        (4, 2, 4, 2000, 1),
        (12, 8, 4, 2000, 1),
        (12, 8, 4, 4001, 3),  # only three fit into memory: two at once
        (12, 8, 4, 4000, 2),
        (1, 8, 4, 9000, 5),  # needs more than half of it: nothing else beside it
        (1, 2, 4, 99_000, 2),
    ],
)
def test_trainings_without_gpus_divide_the_cores(n_jobs, n_cores, most, job_mb, threads):
    assert threads_each(n_jobs, n_cores, most, job_mb, machine_mb=16_000) == threads


def unlabelled(**data):
    return parse_study({"name": "x", "data": data, "power_spectra": {}}, "x")


def fields(path, times=7, level=False):
    """Write a climate on a grid of 37 x 72, or with six levels."""
    shape, dims = [times, 37, 72], ["time", "latitude", "longitude"]
    if level:
        shape, dims = [times, 6, 37, 72], ["time", "level", "latitude", "longitude"]
    data = xr.Dataset({"t": (dims, np.zeros(shape, "f4"))}, {"time": np.arange(times)})
    if path.suffix == ".nc":
        data.to_netcdf(path)
    else:
        chunks = {"t": {"chunks": (1, *shape[1:])}}
        data.to_zarr(path, encoding=chunks, zarr_format=int(path.stem[-1]), consolidated=False)


@pytest.mark.parametrize("name", ["a.nc", "b2.zarr", "c3.zarr"])
@pytest.mark.parametrize("level", [False, True])
def test_fields_are_as_large_as_they_say(tmp_path, name, level):
    fields(tmp_path / name, level=level)
    section = unlabelled(source="era5", input=str(tmp_path / name)).data
    found = sizes_of_fields(section)
    assert (found.points, found.maps, n_maps(section)) == (37 * 72, 7, 7)
    unpacked = 0 if name == "a.nc" else 4e-6 * 37 * 72 * (6 if level else 1)
    assert found.chunk_mb == pytest.approx(unpacked)


def test_the_variables_of_a_folder_have_files_of_their_own(tmp_path):
    for name in ("ua_1.nc", "ua_2.nc", "ps_1.nc", "ps_2.nc"):
        fields(tmp_path / name)
    section = unlabelled(source="cmip6", input=str(tmp_path)).data
    assert sizes_of_fields(section)[:2] == (37 * 72, 14)
    (tmp_path / "ps_1.nc").write_bytes(b"no netCDF")
    assert sizes_of_fields(section)[:2] == (37 * 72, 14)  # looked at once
    other = unlabelled(source="cmip6", input=f"{tmp_path}/").data
    assert sizes_of_fields(other).points == other.grid_points


@pytest.mark.parametrize(
    ("times", "most"),
    [
        ({"start": "2020", "end": "2020", "every_hours": 6}, 1464),
        ({"start": "2020-01-01", "end": "2020-01-02", "every_hours": 12}, 4),
        ({"start": "2020-02", "end": "2020-03"}, 2 * 31 * 24),
        ({"start": "2020-02-30", "end": "2020-02-30"}, 24),
        ({"start": "2020"}, 1460),
    ],
)
def test_so_many_times_are_chosen(times, most):
    data = unlabelled(source="cmip6", input="nowhere", times=times).data
    assert sizes_of_fields(data).maps == min(most, 1460)


def test_finer_grids_and_larger_chunks_ask_for_more_memory(tmp_path):
    fields(tmp_path / "b2.zarr", level=True)
    small, large = (
        Estimates(unlabelled(source="era5", input=str(path))).cost("prepare").mem_mb
        for path in (tmp_path / "b2.zarr", tmp_path / "nowhere")
    )
    assert small < large
