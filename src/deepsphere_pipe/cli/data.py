"""The verbs that make and divide data."""

import argparse
import json
from pathlib import Path

from deepsphere_pipe.cli.made_from import check_made_from
from deepsphere_pipe.cli.order import prove_order_of
from deepsphere_pipe.cli.spheres import sampling_of
from deepsphere_pipe.cli.terminal import at_terminal
from deepsphere_pipe.config import PowerSpectraConfig, SplitConfig, SyntheticConfig, read

# Verbs import what they need themselves: `--help` and planning a workflow do not wait for torch.


def synthesize(arguments: argparse.Namespace) -> None:
    """Write snapshots of the synthetic twin of CAM5."""
    from deepsphere_pipe.synthetic import synthesize

    settings = read(SyntheticConfig, arguments.config_file)
    synthesize(settings, arguments.out, workers=arguments.workers, progress=at_terminal())


def archive(arguments: argparse.Namespace) -> None:
    """Write snapshots of the synthetic twin as an archive in the format of UGSCNN's."""
    import tempfile

    from deepsphere_pipe.data.archive import write_archive
    from deepsphere_pipe.data.sources import open_source
    from deepsphere_pipe.samplings import Icosahedral
    from deepsphere_pipe.synthetic import synthesize

    settings = read(SyntheticConfig, arguments.config_file)
    sampling = Icosahedral(arguments.level)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.out.parent, prefix=".archive-") as folder:
        native = Path(folder) / "native"
        synthesize(settings, native, workers=arguments.workers, progress=at_terminal())
        source = open_source("synthetic", native)
        write_archive(source, sampling, arguments.out, progress=at_terminal())
    print(f"{len(source.snapshots)} maps of the {source.title} are in {arguments.out}.")


def download(arguments: argparse.Namespace) -> None:
    """Fetch one file from the first mirror that has it; goes on where it stopped."""
    from deepsphere_pipe.data.download import download

    download(
        arguments.urls,
        arguments.out,
        sha256=arguments.sha256,
        size=arguments.size,
        progress=at_terminal(),
    )
    print(f"{arguments.out}: is complete.")


def prepare(arguments: argparse.Namespace) -> None:
    """Remap snapshots to a sampling and pack them into one store."""
    from deepsphere_pipe.data.manifest import manifest_paths
    from deepsphere_pipe.data.prepare import prepare
    from deepsphere_pipe.data.sources import open_source, version_of

    version = version_of(arguments.source, arguments.input)  # before anything is read
    options = {"labels": arguments.label_set} if arguments.source == "cam5" else {}
    source = open_source(arguments.source, arguments.input, **options)
    prove_order_of(source, arguments.input)
    prepare(
        source,
        sampling_of(arguments),
        arguments.out,
        tuple(arguments.channels),
        remapping=arguments.remapping,
        labels=arguments.label_remapping,
        on_error=arguments.on_error,
        workers=arguments.workers,
        progress=at_terminal(),
        recorded={
            "input": str(Path(arguments.input).resolve()),
            "input_version": version,
            "made_from": dict(arguments.made_from).get("data"),
        },
    )
    summary = json.loads(manifest_paths(arguments.out)[0].read_text(encoding="utf-8"))
    print(f"{summary['maps']} maps of {summary['data']} are in {arguments.out}.")
    for name, reason in summary["skipped"].items():
        print(f"skipped {name}: {reason.removeprefix(f'{name}: ')}")


def power_spectra(arguments: argparse.Namespace) -> None:
    """Compute angular power spectra of the channels that two sources share."""
    import pandas as pd

    from deepsphere_pipe.data.power_spectra import power_spectra
    from deepsphere_pipe.data.sources import open_source
    from deepsphere_pipe.runtime.atomic import atomic_write

    settings = read(PowerSpectraConfig, arguments.config_file)
    ours = open_source(arguments.source, arguments.input)
    theirs = open_source(settings.source, settings.input)
    there = {channel.name for channel in theirs.channels}
    shared = [channel.name for channel in ours.channels if channel.name in there]
    tables = [
        power_spectra(source, shared, settings.snapshots, settings.degree_max)
        for source in (ours, theirs)
    ]
    with atomic_write(arguments.out) as temporary:
        pd.concat(tables).to_csv(temporary, index=False)


def split(arguments: argparse.Namespace) -> None:
    """Split a store and compute the statistics of its training part."""
    import numpy as np

    from deepsphere_pipe.data.events_present import absent_events, check_events
    from deepsphere_pipe.data.splits import (
        PARTS,
        check_names,
        data_summary,
        describe_split,
        leakage_percent,
        split_maps,
        write_split,
    )
    from deepsphere_pipe.data.statistics import (
        deviation_from_published,
        doubt_of_published,
        training_statistics,
    )
    from deepsphere_pipe.data.store import Store
    from deepsphere_pipe.runtime.atomic import atomic_write

    settings = read(SplitConfig, arguments.config_file)
    check_made_from(argparse.Namespace(made_from=arguments.made_from, maps=arguments.maps))
    with Store(arguments.maps) as store:
        parts = split_maps(store, settings)
        part = parts["part"].to_numpy()
        unknown = check_names(store, settings, skip=arguments.on_error == "skip")
        maps_of = {name: np.flatnonzero(part == name) for name in PARTS}
        for name in ("train", "validation"):
            check_events(store, maps_of[name], name)
        counts = {f"{name}_maps": int(n) for name, n in parts["part"].value_counts().items()}
        statistics = training_statistics(store, part)
        normalising = (
            statistics.with_published() if settings.statistics == "published" else statistics
        )
        normalising.save(arguments.out / "statistics.json")
        audit = {
            "data": store.title,
            "data_summary": data_summary(store),
            "split": describe_split(settings),
            **counts,
            "names_not_in_data": unknown,
            "events_not_in_test": absent_events(store, maps_of["test"]),
            "leakage_percent": leakage_percent(store, part),
            "statistics": settings.statistics,
            # Of the maps themselves, whatever normalises them.
            "deviation_from_published": deviation_from_published(statistics),
            "made_from": dict(arguments.made_from).get("split"),
        }
    write_split(arguments.out / "split.csv", parts)
    with atomic_write(arguments.out / "audit.json") as temporary:
        temporary.write_text(json.dumps(audit, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(audit, indent=1))
    for path, names in unknown.items():
        print(f"warning: {path}: {names['sentence']}")
    if audit["events_not_in_test"]:
        events = " and ".join(audit["events_not_in_test"])
        print(f"warning: {arguments.maps}: the test part has no {events}, so they have no score.")
    doubt = doubt_of_published(audit["deviation_from_published"])
    if doubt and audit["data"].startswith("CAM5"):
        print(f"warning: {arguments.maps}: {doubt}")
