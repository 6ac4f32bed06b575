"""Snapshots as maps on a sampling, in one store."""

import json
from collections.abc import Sequence
from pathlib import Path

from deepsphere_pipe.config import DataConfig, SamplingConfig
from deepsphere_pipe.config.inputs import is_address
from deepsphere_pipe.data import prepare as packing
from deepsphere_pipe.data.manifest import manifest_paths
from deepsphere_pipe.data.sources import open_source, version_of
from deepsphere_pipe.data.sources.source import Source, first_readable
from deepsphere_pipe.graphs import scaled_laplacian, sphere_graph
from deepsphere_pipe.samplings import LatLonGrid, make_sampling
from deepsphere_pipe.steps.made_from import MadeFrom
from deepsphere_pipe.steps.vertex_order import prove_order


def prepare(
    data: DataConfig,
    sampling: SamplingConfig,
    snapshots: Path | str,
    out: Path,
    *,
    workers: int = 1,
    made_from: MadeFrom | None = None,
) -> None:
    """Remap snapshots to a sampling and pack them into one store with a manifest.

    Parameters
    ----------
    data
        What the snapshots are, which channels are wanted, and how they are remapped.
    sampling
        Where the maps are wanted.
    snapshots
        File or folder of the source, or an address that it reads.
    out
        The store to write: fields (map, channel, vertex) float32, in the units of CAM5, and labels
        (map, vertex) uint8; beside it ``<stem>.manifest.json`` with what it was made from.
    workers
        Processes.
    made_from
        Fingerprints, of which that of the data goes into the manifest.

    Raises
    ------
    UserError
        If the snapshots are in another order than that of their vertices, one is damaged (unless
        `data.on_error` skips it), or none is left.
    """
    version = version_of(data.source, snapshots)  # before anything is read
    source = open_source(data.source, snapshots, **data.options)
    prove_order_of(source, data.channels, str(snapshots))
    packing.prepare(
        source,
        make_sampling(sampling.name, **sampling.parameters),
        out,
        data.channels,
        remapping=data.remapping,
        labels=data.label_remapping,
        missing=data.missing,
        on_error=data.on_error,
        workers=workers,
        recorded={
            "input": str(snapshots if is_address(snapshots) else Path(snapshots).resolve()),
            "input_version": version,
            "made_from": (made_from or {}).get("data"),
        },
    )
    summary = json.loads(manifest_paths(out)[0].read_text(encoding="utf-8"))
    for note in source.notes:
        print(f"{note}.")
    print(f"{summary['maps']} maps of {summary['data']} are in {out}.")
    for name, reason in summary["skipped"].items():
        print(f"skipped {name}: {reason.removeprefix(f'{name}: ')}")


def prove_order_of(source: Source, wanted: Sequence[str], path: str) -> None:
    """Refuse a source on a sampling whose first readable map is in another order.

    Raises
    ------
    UserError
        If it is, or none of the first snapshots can be read.
    """
    if isinstance(source.grid, LatLonGrid):
        return  # which says itself where its values lie
    graph = sphere_graph(source.grid)
    there = [channel.name for channel in source.channels]
    names = [name for name in there if name in wanted or not source.far]
    first = first_readable(source, lambda snapshot: source.read(snapshot, names))
    prove_order(scaled_laplacian(graph), source.grid.coordinates, names, first.fields, path)
