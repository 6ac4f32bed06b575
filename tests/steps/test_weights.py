"""Weights of the published package become a model that is evaluated as any, and go out again."""

import json

import numpy as np
import pytest
import torch

from deepsphere_pipe.cli import main
from deepsphere_pipe.config import RunConfig, UNetConfig, parse
from deepsphere_pipe.config.study import Study
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.nn import make_model
from deepsphere_pipe.samplings import Healpix
from deepsphere_pipe.steps.evaluate import evaluate
from deepsphere_pipe.steps.export_weights import export_weights
from deepsphere_pipe.steps.import_weights import CHANNELS, import_weights
from deepsphere_pipe.steps.prepare import prepare
from deepsphere_pipe.steps.sphere import sphere
from deepsphere_pipe.steps.split import split
from deepsphere_pipe.steps.synthesize import synthesize
from deepsphere_pipe.steps.train import train
from deepsphere_pipe.training.model_file import load_model
from deepsphere_pipe.training.model_record import (
    ModelRecord,
    read_record,
    recipe_of,
    save_content,
)
from tests.nn.published_package import forward, random_state
from tests.nn.test_published import SMALL, WHOLE
from tests.studies import TWIN

STUDY = {
    "name": "small",
    "data": {
        "synthetic": TWIN,
    },
    "sampling": {"level": 2},
    "graph": {"kind": "published"},
    "split": {"method": "by_year", "validation": [2107], "test": [2108]},
    "window": {"sequence_length": 3},
    "experiments": {
        "tiny": {
            "model": {"widths": [6, 8, 8], "pooling": "subsample", "unpooling": "constant"},
            "training": {"epochs": 1, "batch_size": 8},
        }
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Maps of 16 channels on a small sphere, their split, and that sphere."""
    folder = tmp_path_factory.mktemp("data")
    study = parse(Study, STUDY, "study.yaml")
    (sampling,) = study.samplings_by_name.values()
    maps, parts, graphs = folder / "maps.nc", folder / "split", folder / "sphere.nc"
    synthesize(study.data.synthetic, folder / "native")
    prepare(study.data, sampling, folder / "native", maps)
    split(study.split, maps, parts)
    sphere(sampling, study.graph, graphs)
    return maps, parts, graphs


def single(state):
    """Return a state as the package's script saves it: in float32."""
    return {k: v.float() if v.is_floating_point() else v for k, v in state.items()}


def saved(path, content):
    torch.save(content, path)
    return path


@pytest.mark.parametrize("temporal", ["none", "stacked", "lstm"])
@pytest.mark.parametrize("parallel", [False, True])
def test_imported_weights_are_evaluated_as_any_model(made, tmp_path, temporal, parallel, capsys):
    graphs = made[2]
    state = {
        "none": random_state(**SMALL),
        "stacked": random_state(**SMALL | {"stem": 48}, in_features=48),
        "lstm": random_state(**SMALL, lstm_values=12 * 5),
    }[temporal]
    prefix = "module." if parallel else ""
    content = {prefix + name: value for name, value in single(state).items()}
    content[f"{prefix}encoder.enc_l0.spherical_cheb.laplacian"] = torch.eye(12).to_sparse()
    weights = saved(tmp_path / "unet_state.pt", content)
    model = tmp_path / "model.pt"
    import_weights(weights, "icosahedral", model, sphere=graphs)
    evaluate(model, *made, tmp_path / "scores", device="cpu")
    assert "nobody knows on which maps unet_state.pt was trained" in capsys.readouterr().out
    scores = json.loads((tmp_path / "scores/scores.json").read_text(encoding="utf-8"))
    assert scores["run"] == "published-seed0" and scores["epochs"] is None
    assert scores["provenance"]["window"]["sequence_length"] == (1 if temporal == "none" else 3)

    hierarchy = Hierarchy.load(graphs)
    network, record = load_model(model, hierarchy)
    assert record.statistics.n_maps == 0 and record.progress["imported_from"] == "unet_state.pt"
    x = np.random.default_rng(0).standard_normal((2, 3, 162, 16))
    ours = x[:, 0] if temporal == "none" else x
    theirs = np.moveaxis(x, 1, 2).reshape(2, 162, -1) if temporal == "stacked" else ours
    with torch.no_grad():
        found = network(torch.from_numpy(ours).float()).numpy()
    laplacians = [level.laplacian for level in hierarchy.levels]
    expected = forward(state, laplacians, theirs, "icosahedral")
    assert np.abs(found - expected).max() < 1e-4 * np.abs(expected).max()


def test_maps_are_normalised_as_by_the_package(made, tmp_path):
    weights = saved(tmp_path / "unet_state.pt", single(random_state(**SMALL)))
    files = tmp_path / "means.npy", tmp_path / "stds.npy"
    values = np.arange(16, dtype=np.float32)[:, None], np.linspace(1, 2, 16)
    for file, value in zip(files, values, strict=True):
        np.save(file, value)
    model = tmp_path / "model.pt"
    import_weights(weights, "icosahedral", model, sphere=made[2], normalisation=files)
    statistics = read_record(model).statistics
    assert statistics.mean == tuple(range(16)) and statistics.std == tuple(values[1].tolist())
    evaluate(model, *made, tmp_path / "scores", device="cpu")
    for wrong in (np.arange(15.0), np.full(16, np.nan), np.array([None])):
        np.save(files[1], wrong, allow_pickle=True)
        with pytest.raises(UserError, match=r"stds\.npy: holds no number for each of 16 channels"):
            import_weights(weights, "icosahedral", model, sphere=made[2], normalisation=files)


def test_the_command_needs_no_more_than_weights_and_variant(tmp_path, capsys):
    """And what comes out again is what came in, but for the bias that ours has not."""
    state = single(random_state(**WHOLE))
    weights, model = saved(tmp_path / "unet_state.pt", state), tmp_path / "model.pt"
    command = ["import-weights", str(weights), "--variant", "healpix", "--out", str(model)]
    assert main(command) == 0
    content = torch.load(model, weights_only=True)
    assert content["sphere"].startswith("healpix-") and "-depth5-published-" in content["sphere"]
    assert content["run"]["model"]["preset"] == "deepsphere"
    out = tmp_path / "again.pt"
    assert main(["export-weights", "--model", str(model), "--out", str(out)]) == 0
    again = torch.load(out, weights_only=True)
    assert again.keys() == state.keys()
    for name, value in state.items():
        if name.endswith((".chebconv.weight", "batchnorm.weight", "batchnorm.bias", "_var")):
            assert torch.equal(again[name], value), name
    import_weights(out, "healpix", tmp_path / "second.pt")
    second = torch.load(tmp_path / "second.pt", weights_only=True)["weights"]
    assert all(torch.equal(second[name], value) for name, value in content["weights"].items())
    assert second.keys() == content["weights"].keys()
    capsys.readouterr()


def test_a_network_that_is_trained_here_goes_out(made, tmp_path):
    (run,) = parse(Study, STUDY, "study.yaml").runs
    train(run, *made, tmp_path)
    export_weights(tmp_path / "model.pt", tmp_path / "unet_state.pt")
    hierarchy = Hierarchy.load(made[2])
    network, _ = load_model(tmp_path / "model.pt", hierarchy)
    state = torch.load(tmp_path / "unet_state.pt", weights_only=True)
    x = np.random.default_rng(0).standard_normal((2, 162, 16))
    with torch.no_grad():
        found = network(torch.from_numpy(x).float()).numpy()
    laplacians = [level.laplacian for level in hierarchy.levels]
    double = {k: v.double() if v.is_floating_point() else v for k, v in state.items()}
    expected = forward(double, laplacians, x, "icosahedral")
    assert np.abs(found - expected).max() < 1e-4 * np.abs(expected).max()


def test_the_symmetric_poolings_of_healpix_are_those_of_the_package(tmp_path):
    hierarchy = build_hierarchy(Healpix(4), 2, kind="published")
    model = UNetConfig(widths=(6, 8, 8))
    assert (model.pooling, model.unpooling) == ("symmetric", "symmetric")
    network = make_model(model, hierarchy.levels, 16, 3).eval()
    run = RunConfig(experiment="net", seed=0, model=model)
    statistics = Statistics(CHANNELS, (), (), (), 0).with_published()
    record = ModelRecord(
        network.state_dict(), run, hierarchy.identifier, recipe_of(hierarchy), statistics, {}
    )
    save_content(tmp_path / "model.pt", record.content())
    export_weights(tmp_path / "model.pt", tmp_path / "unet_state.pt")
    state = torch.load(tmp_path / "unet_state.pt", weights_only=True)
    x = np.random.default_rng(0).standard_normal((2, 192, 16))
    with torch.no_grad():
        found = network(torch.from_numpy(x).float()).numpy()
    laplacians = [level.laplacian for level in hierarchy.levels]
    expected = forward(state, laplacians, x, "healpix")
    assert np.abs(found - expected).max() < 1e-4 * np.abs(expected).max()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([torch.zeros(3)], "is no state dict, which has a tensor for each name"),
        ({"epoch": 3, "state": {}}, "is no state dict, which has a tensor for each name"),
        ({"layer.weight": torch.zeros(3)}, "is no state of a U-Net of the published package"),
        (torch.nn.Linear(2, 2), "cannot be read as weights of torch"),
        (b"PK", "cannot be read as weights of torch"),
        (None, "No such file"),
    ],
)
def test_files_that_are_no_weights_get_one_sentence(content, sentence, tmp_path, capsys):
    path = tmp_path / "unet_state.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    out = tmp_path / "model.pt"
    command = ["import-weights", str(path), "--variant", "icosahedral", "--out", str(out)]
    assert main(command) == 2
    message = capsys.readouterr().err
    assert message.startswith(f"error: {path}: ") and sentence in message
    assert message.count("\n") == 1 and not out.exists()


def test_other_spheres_and_variants_are_refused(made, tmp_path):
    weights = saved(tmp_path / "unet_state.pt", single(random_state(**SMALL)))
    study = parse(Study, STUDY | {"graph": {"neighbours": 6}}, "study.yaml")
    (sampling,) = study.samplings_by_name.values()
    sphere(sampling, study.graph, tmp_path / "ours.nc")
    out = tmp_path / "model.pt"
    with pytest.raises(UserError, match=r"ours\.nc: is icosahedral.*graph\.kind 'published' only"):
        import_weights(weights, "icosahedral", out, sphere=tmp_path / "ours.nc")
    with pytest.raises(UserError, match="weights of variant 'healpix' mean the same with sampling"):
        import_weights(weights, "healpix", out, sphere=made[2])
    with pytest.raises(UserError, match="no variant 'equiangular': choose one of icosahedral"):
        import_weights(weights, "equiangular", out)
    assert not out.exists()


@pytest.mark.parametrize(
    ("graph", "poolings"),
    [
        ({"neighbours": 6}, {}),
        ({"kind": "published"}, {"pooling": "average", "unpooling": "copy"}),
    ],
)
def test_networks_on_other_graphs_or_poolings_do_not_go_out(made, tmp_path, graph, poolings):
    tiny = STUDY["experiments"]["tiny"]
    experiments = {"tiny": {**tiny, "model": tiny["model"] | poolings}}
    content = {**STUDY, "graph": graph, "experiments": experiments}
    study = parse(Study, content, "study.yaml")
    (sampling,), (run,) = study.samplings_by_name.values(), study.runs
    sphere(sampling, study.graph, tmp_path / "sphere.nc")
    train(run, *made[:2], tmp_path / "sphere.nc", tmp_path)
    with pytest.raises(UserError, match=r"model\.pt: .* has graph\.kind 'published' with"):
        export_weights(tmp_path / "model.pt", tmp_path / "unet_state.pt")
    assert not (tmp_path / "unet_state.pt").exists()
