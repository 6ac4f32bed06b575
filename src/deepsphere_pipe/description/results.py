"""What the steps leave: stores, splits, spheres, networks, scores, tables."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from deepsphere_pipe.channels import CLASSES, cam5_channels
from deepsphere_pipe.config import read_study
from deepsphere_pipe.data.manifest import manifest_paths
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.description.look import Look, few
from deepsphere_pipe.description.times import times_line
from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.training.model_record import read_record

AUDIT, STATISTICS = "audit.json", "statistics.json"


def store(path: Path) -> Iterator[str]:
    """Yield what a store of maps holds."""
    with Store(path) as maps:
        yield f"data: {maps.title}"
        yield f"grid: {maps.sampling} ({maps.n_vertices} vertices)"
        yield times_line(maps.times.tolist(), maps.runs.tolist())
        yield f"channels: {', '.join(maps.channels)}"
    summary = manifest_paths(path)[0]
    if summary.exists():
        yield from manifest(summary)
    else:
        yield "problems: there is no manifest beside it"


def manifest(path: Path) -> Iterator[str]:
    """Yield what the manifest of a store says of labels and of what was left out."""
    said = json.loads(path.read_text(encoding="utf-8"))
    shares = said.get("class_frequencies", {})
    yield "labels: " + ", ".join(f"{name} {share:.3%}" for name, share in shares.items())
    skipped = said.get("skipped", {})
    yield f"left out: {few(list(skipped)) or 'nothing'}"
    yield f"made at: commit {said.get('commit') or 'unknown'}"


def split(path: Path) -> Iterator[str]:
    """Yield what the folder of a split says."""
    audit, statistics = path / AUDIT, path / STATISTICS
    if audit.exists():
        yield from of_audit(audit)
    if statistics.exists():
        yield from of_statistics(statistics)


def of_audit(path: Path) -> Iterator[str]:
    """Yield how maps were split, and what leaks."""
    said = json.loads(path.read_text(encoding="utf-8"))
    yield f"data: {said['data']}"
    parts = ", ".join(f"{said[f'{part}_maps']} {part}" for part in ("train", "validation", "test"))
    yield f"split: {said['split']}; maps: {parts}"
    leaks = (f"{share:g} % within {hours}" for hours, share in said["leakage_percent"].items())
    yield f"test maps with a training map of their run: {', '.join(leaks)}"


def of_statistics(path: Path) -> Iterator[str]:
    """Yield of what maps the statistics are, and the share of each class."""
    said = json.loads(path.read_text(encoding="utf-8"))
    yield f"statistics: of {said['n_maps']} maps; channels {', '.join(said['channels'])}"
    shares = zip(CLASSES, said["class_frequencies"], strict=False)
    yield "labels: " + ", ".join(f"{name} {share:.3%}" for name, share in shares)


def sphere(path: Path) -> Iterator[str]:
    """Yield the table of the levels of a sphere."""
    yield from Hierarchy.load(path).describe().splitlines()


def network(path: Path) -> Iterator[str]:
    """Yield what a trained network is and sees, and how it was trained."""
    record = read_record(path)
    model, progress = record.run.model, record.progress
    kind = getattr(model, "preset", None) or model.kind
    n = sum(each.numel() for each in record.weights.values())
    yield f"network: {record.run.name}, {kind}, {n:,} weights"
    yield f"grid: {record.sphere}"
    units = {each.name: each.units for each in cam5_channels()}
    names = record.statistics.channels
    yield "channels: " + ", ".join(f"{name} ({units.get(name, '?')})" for name in names)
    window = record.run.window
    if model.temporal != "none":
        yield f"window: {window.sequence_length} maps every {window.step_hours} hours"
    if "imported_from" in progress:
        yield f"imported from: {progress['imported_from']}"
        return
    yield (
        f"training: best of {progress['epochs']} epochs is {progress['best_epoch']} with a "
        f"validation mean AP of {100 * progress['best_mean_ap']:.1f} %, on "
        f"{progress['train_maps']} maps, at commit {progress['commit'] or 'unknown'}"
    )


def checkpoint(path: Path) -> Iterator[str]:
    """Yield what a training goes on from."""
    yield from network(path)
    content = Look(path).tensors
    yield f"goes on: after epoch {len(content['history'])}, iteration {content['iteration']}"


def state_dict(path: Path) -> Iterator[str]:
    """Yield the tensors of a file of weights alone."""
    tensors = Look(path).tensors
    yield f"tensors: {len(tensors)}, {sum(each.numel() for each in tensors.values()):,} numbers"
    yield f"names: {few(list(tensors), 4)}"
    yield "use: 'import-weights', if they are of the published package"


def scores(path: Path) -> Iterator[str]:
    """Yield the scores of a run, and on what they are."""
    said = Look(path).tree
    of = said["provenance"]
    yield f"run: {said['run']} ({said['kind']})"
    yield f"data: {of['data']}, {of['sampling']}; {of['test_maps']} test maps, {of['split']}"
    single = (
        f"{name} {_percent(each['average_precision'])}" for name, each in said["classes"].items()
    )
    yield f"average precision: mean {_percent(said['mean_average_precision'])}; {', '.join(single)}"
    yield f"made at: commit {of['commit'] or 'unknown'}"


def _percent(share: float | None) -> str:
    return "undefined" if share is None else f"{100 * share:.1f} %"


def histograms(path: Path) -> Iterator[str]:
    """Yield how many pixels of each class were counted."""
    with xr.open_dataset(path) as file:
        confusion = file["confusion"].values
    counts = confusion.sum(axis=1)
    yield "pixels by true class: " + ", ".join(
        f"{name} {int(n):,}" for name, n in zip(CLASSES, counts, strict=False)
    )
    yield f"most probable class is the true one: {np.trace(confusion) / max(counts.sum(), 1):.2%}"
    yield "use: 'tables' and 'figures' compute all scores from it"


def maps(path: Path) -> Iterator[str]:
    """Yield of what maps a file holds truth and probabilities."""
    with xr.open_dataset(path, engine="netcdf4", decode_times=_calendar()) as file:
        yield f"predicted by: {file.attrs.get('predicted_by', 'unknown')}"
        yield f"grid: {file.sizes['vertex']} vertices"
        yield times_line(file["time"].values.tolist(), file["run"].values.tolist())
        if "epoch" in file.sizes:
            yield f"epochs: {file.sizes['epoch']}"
        yield f"variables: {few(list(file.data_vars))}"


def composite(path: Path) -> Iterator[str]:
    """Yield of how many cyclones a composite is the mean."""
    with xr.open_dataset(path) as file:
        outcomes = str(file["outcome"].attrs.get("flag_meanings", "")).split()
        numbers = zip(outcomes, file["cyclones"].values, strict=False)
        yield "cyclones: " + ", ".join(f"{int(n)} ({name})" for name, n in numbers)
        yield f"predicted by: {file.attrs.get('predicted_by', 'unknown')}"
        yield f"variables: {few(list(file.data_vars))}"


def answers(path: Path) -> Iterator[str]:
    """Yield what `predict` wrote: who predicted, where, when, and how much was found."""
    engine = "zarr" if path.is_dir() else "netcdf4"
    with xr.open_dataset(path, engine=engine, decode_times=_calendar()) as file:
        yield f"predicted by: {file.attrs.get('models', 'unknown')}"
        yield f"source: {file.attrs.get('source', 'unknown')}"
        dims = [dim for dim in file["probability"].dims if dim not in ("time", "class")]
        mapping = file["probability"].attrs.get("grid_mapping", "")
        of_mapping = f" ({mapping})" if mapping else ""
        yield "grid: " + " x ".join(f"{dim} {file.sizes[dim]}" for dim in dims) + of_mapping
        yield times_line(np.atleast_1d(file["time"].values).tolist())
        yield f"variables: {few(list(file.data_vars))}"
        yield "use: 'plot' draws it"


def _calendar() -> Any:
    return xr.coders.CFDatetimeCoder(use_cftime=True)


def history(path: Path) -> Iterator[str]:
    """Yield how far a training came."""
    table = pd.read_csv(path)
    scores = table["validation_mean_ap"].to_numpy(np.float64)
    yield f"epochs: {len(table)}"
    if np.isfinite(scores).any():
        best = int(np.nanargmax(scores))
        epoch = int(table["epoch"].to_numpy()[best])
        yield f"best: epoch {epoch}, validation mean AP {_percent(scores[best])}"


def events(path: Path) -> Iterator[str]:
    """Yield how many cyclones and rivers there are, and how many of them have a partner."""
    table = pd.read_csv(path)
    for (name, side), rows in table.groupby(["class", "side"]):
        matched = int(rows["matched"].astype(bool).sum())
        yield f"{name}, {side}: {len(rows)}, of which {matched} are matched"
    yield f"times: {table['time'].nunique()}, {table['time'].min()} to {table['time'].max()}"


def parts(path: Path) -> Iterator[str]:
    """Yield how many maps are in each part."""
    counts = pd.read_csv(path)["part"].value_counts()
    yield "maps: " + ", ".join(f"{number} {part}" for part, number in counts.items())


def table(path: Path) -> Iterator[str]:
    """Yield rows and columns of any table."""
    found = pd.read_csv(path)
    yield f"rows: {len(found)}"
    yield f"columns: {few(list(found.columns))}"


def study(path: Path) -> Iterator[str]:
    """Yield what a study asks for; raises UserError with its first mistake."""
    said = read_study(path)
    yield f"name: {said.name}"
    yield f"data: {said.data.source}, {said.data.input or 'made here'}"
    yield f"channels: {', '.join(said.data.channels)}"
    samplings = (
        f"{name} ({section.name} {_settings(section.parameters)})"
        for name, section in said.samplings_by_name.items()
    )
    yield f"grid: {', '.join(samplings)}"
    yield f"experiments: {few(list(said.experiments)) or 'none'}"
    yield f"runs: {few([run.name for run in said.runs]) or 'none'}"


def _settings(parameters: Mapping[str, object]) -> str:
    return ", ".join(f"{key} {value}" for key, value in parameters.items() if value is not None)


def run(path: Path) -> Iterator[str]:
    """Yield what the folder of a run says of its network and its scores."""
    if (path / "model.pt").exists():
        yield from network(path / "model.pt")
    if (path / "scores.json").exists():
        yield from scores(path / "scores.json")


def results(path: Path) -> Iterator[str]:
    """Yield what the folder of a study's results holds."""
    yield from study(path / "study.yaml")
    done = sorted(each.parent.name for each in path.glob("runs/*/scores.json"))
    yield f"scored: {few(done) or 'none'}"
    if (path / "report.html").exists():
        yield f"read: {path / 'report.html'}"
