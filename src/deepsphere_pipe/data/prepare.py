"""From the snapshots of a source to the packed store on a sampling."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from tqdm import tqdm

from deepsphere_pipe.channels import CHANNEL_NAMES, CLASSES, UNLABELLED
from deepsphere_pipe.data.kept_store import KeptStore, keep, kept_folder
from deepsphere_pipe.data.manifest import write_manifest
from deepsphere_pipe.data.packing import PartialStore
from deepsphere_pipe.data.recipe import Recipe, crash
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.data.sources.source import Source
from deepsphere_pipe.data.store_layout import StoreLayout, allocate_store
from deepsphere_pipe.errors import Unreachable, UserError
from deepsphere_pipe.runtime.processes import done_by
from deepsphere_pipe.runtime.provenance import code_fingerprint
from deepsphere_pipe.samplings import Sampling


def prepare(
    source: Source,
    sampling: Sampling,
    out: str | Path,
    channels: Sequence[str] = CHANNEL_NAMES,
    *,
    remapping: str = "bilinear",
    labels: str = "majority",
    missing: str = "refuse",
    on_error: str = "stop",
    workers: int = 1,
    recorded: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Remap every snapshot of a source and pack them into one store.

    The maps are in the order of run and time. After a kill, the same call goes on where it was.
    Made once more, with the same settings and code, it reads only what has changed of the source.
    A manifest is written beside the store, see `write_manifest`.

    Parameters
    ----------
    source, sampling, out
        What is read, where the maps are wanted, and the store to write.
    channels
        Channels to keep, in this order.
    remapping, labels, missing, on_error
        As keys of `config.data.DataSection`: "bilinear", "nearest" or "conservative"; "majority",
        "nearest" or "any"; "refuse" or "mask"; "stop" or "skip".
    workers
        Processes.
    recorded
        For the manifest besides: ``input`` (where the source lies: nothing is taken from maps of
        another place), ``input_version`` (see `sources.version_of`) and ``made_from``.

    Raises
    ------
    UserError
        If a snapshot is damaged (unless it is skipped) or none is left, or the disk is too small.
    """
    out = Path(out)
    selected = source.select(channels)
    if source.rejected and on_error == "stop":
        name, reason = next(iter(source.rejected.items()))
        raise UserError(f"{name}: {reason} {_advice(len(source.rejected) - 1)}")
    snapshots = source.snapshots
    recipe = Recipe.of(source, sampling, selected, remapping, labels, missing)
    settings = {
        "data": source.title,
        "sampling": sampling.identifier,
        "channels": list(channels),
        "remapping": remapping if recipe.fields is not None else None,
        "label_remapping": labels if recipe.labels is not None else None,
        "missing": missing,
        "options": dict(source.options),
        "code": _code_of(source),
        "input": recorded.get("input"),
    }

    def allocate(path: Path, kept: Sequence[Snapshot] = snapshots) -> StoreLayout:
        _make_room(path, out, 4 * len(kept) * len(selected) * sampling.n_vertices)
        return allocate_store(path, kept, selected, sampling, source.title)

    with (
        PartialStore(out, _plan(settings, snapshots), allocate) as partial,
        KeptStore(out, settings) as before,
    ):
        done: dict[int, dict] = {}
        for index, snapshot in enumerate(snapshots):
            if record := partial.take(before, index, snapshot):
                done[index] = record
        todo = [index for index in range(len(snapshots)) if index not in done]
        if len(todo) > 1:
            recipe = recipe.against_first([snapshots[index] for index in todo])
        problems: dict[str, str] = dict(source.rejected)
        for index, record in tqdm(
            _packed(todo, recipe, partial, workers), "prepare", total=len(snapshots),
            initial=len(done), unit="map", disable=None, mininterval=2,
        ):  # fmt: skip
            if "problem" not in record:
                partial.add(record)
                done[index] = record
            elif on_error == "skip":
                problems[snapshots[index].name] = record["problem"]
            else:
                raise UserError(f"{record['problem']} {_advice(0)}")
        kept = sorted(done)
        if not kept:
            name, reason = next(iter(problems.items()))
            raise UserError(f"{out}: no snapshot could be read; the first is {name}: {reason}")
        partial.finish(kept, lambda path: allocate(path, [snapshots[index] for index in kept]))
    packed = [(snapshots[index], done[index]) for index in kept]
    write_manifest(out, settings | dict(recorded), packed, problems)
    keep(out)


def _code_of(source: Source) -> str:
    """Return the fingerprint of the code that reads a source and remaps it."""
    module = type(source).__module__
    own = [module.partition(".")[2]] if module.startswith("deepsphere_pipe.") else []
    return code_fingerprint("data.prepare", *own)


def _plan(settings: dict, snapshots: Sequence[Snapshot]) -> str:
    """Fingerprint of what decides where each map lies and what it holds, but for its file."""
    names = [(snapshot.name, snapshot.run, str(snapshot.time)) for snapshot in snapshots]
    return hashlib.sha256(json.dumps([settings, names]).encode()).hexdigest()[:16]


def _advice(others: int) -> str:
    more = f" ({others} more are wrong)" if others else ""
    return f"Mend it or take it out{more}, or set 'data.on_error: skip' to go on without."


def _make_room(path: Path, out: Path, needed: int) -> None:
    """Refuse to begin what the disk has no room for, also without the maps kept from before."""
    if needed > shutil.disk_usage(path.parent).free:
        shutil.rmtree(kept_folder(out), ignore_errors=True)
    free = shutil.disk_usage(path.parent).free
    if needed > free:
        raise UserError(
            f"{path.parent}: the maps take {needed / 1e9:.3g} GB, but {free / 1e9:.3g} GB are "
            "free; make room or choose fewer channels."
        )


def _packed(
    todo: Sequence[int], recipe: Recipe, partial: PartialStore, workers: int
) -> Iterator[tuple[int, dict]]:
    """Write maps in several processes; yield what is to be said of each as it is done."""
    items = [(index, recipe.source.snapshots[index]) for index in todo]
    start = (recipe, partial.path, partial.layout)
    for (index, snapshot), record in done_by(workers, _pack, items, _start, start):
        yield index, record or {"map": index, "problem": crash(snapshot)}


def _start(recipe: Recipe, path: Path, layout: StoreLayout) -> None:
    global _work
    _work = recipe, os.open(path, os.O_RDWR), layout


_work: tuple[Recipe, int, StoreLayout]


def _pack(item: tuple[int, Snapshot]) -> dict:
    """Write one map and return its record, or the problem with it."""
    recipe, file, layout = _work
    index, snapshot = item
    try:
        fields, labels, checksum = recipe.follow(snapshot)
    except Unreachable:  # no damage: it may come when the step is started again, and goes on
        raise
    except UserError as error:
        return {"map": index, "problem": str(error)}
    layout.write(file, index, fields, labels)
    counts = np.bincount(labels, minlength=UNLABELLED + 1)
    return {
        "map": index,
        "version": snapshot.version,
        "checksum": checksum,
        "counts": [*counts[: len(CLASSES)].tolist(), int(counts[UNLABELLED])],
    }
