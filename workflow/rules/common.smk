# What all stages share: the study, its folders, and functions that name files.

import csv
import hashlib
import re

import deepsphere_pipe.config as study_config  # `config` and `parse` are names of Snakemake
from snakemake.exceptions import WorkflowError

from deepsphere_pipe.config.inputs import is_address
from deepsphere_pipe.data.sources import SOURCES, missing_input
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures import registry
from deepsphere_pipe.runtime.provenance import code_fingerprint, content_hash

try:
    study = study_config.parse_study(config, ", ".join(CONFIG_FILES) or "config/config.yaml")
    study.check_asks_for_something()
except UserError as error:
    raise WorkflowError(str(error)) from None


def vertices_of(wildcards):
    """Return the file of vertices, if there is one: with others all that follows is new."""
    file = study.samplings_by_name[wildcards.sampling].file
    return [file] if file else []


RESULTS = f"results/{study.name}"
# All of it, defaults included: what steps read. Which of it one depends on is in its parameters.
STUDY = f"{RESULTS}/study.yaml"
LOGS = f"logs/{study.name}"
BENCHMARKS = f"{RESULTS}/benchmarks"
REPORT = f"{RESULTS}/report.html"
STUDY_SUMMARY = f"{RESULTS}/README.md"
EXPLORER = f"{RESULTS}/explore.html"
FIGURES = f"{RESULTS}/figures"
RUNS = [run.name for run in study.runs]
# Splits by the folder that they have beside the maps and in the logs.
SPLITS = {
    f"splits/{name}" if name else "split": split for name, split in study.splits_by_name.items()
}


wildcard_constraints:
    run="[^/]+",  # all names would make long plans slow
    baseline="|".join(study.baselines_by_name) or "none",
    sampling="|".join(study.samplings_by_name),
    split="|".join(SPLITS) or "none",


def settings_of(figure):
    """Return what a figure depends on besides its input files, as a parameter of its rule."""
    return content_hash(study.figure(figure))


def split_named(wildcards):
    """Return the name of a split; None where the study has but one."""
    return wildcards.split.partition("/")[2] or None


def split_flag(wildcards):
    """Return the option that names the split."""
    name = split_named(wildcards)
    return f" --split-name {name}" if name else ""


def download_checks(download):
    """Return the options that say what a fetched file must be."""
    checks = {"sha256": download.sha256, "size": download.size_bytes}
    return [f"--{name} {value}" for name, value in checks.items() if value]


def on_its_sphere(wildcards):
    """Return maps, split and sphere that a run or a baseline is on."""
    if hasattr(wildcards, "run"):
        run = study.run(wildcards.run)
        kind, name, place = "runs", run.name, place_of(study.sampling_of(run), run.split_name)
    else:
        kind, name = "baselines", wildcards.baseline
        chosen = study.baselines_by_name[name]
        place = place_of(chosen.sampling, chosen.split_name)
    make_strangers_again(kind, name, place)
    return place


def place_of(sampling, split_name):
    """Return maps, split and sphere by the names of sampling and split."""
    files = {**SPLIT_FILES, "maps": MAPS, "sphere": SPHERE}
    folder = f"splits/{split_name}" if split_name else "split"
    return {name: path.format(sampling=sampling, split=folder) for name, path in files.items()}


def of_all(file):
    """Return a file of every run and every baseline, networks first."""
    return [f"{RESULTS}/runs/{run}/{file}" for run in RUNS] + [
        f"{RESULTS}/baselines/{name}/{file}" for name in study.baselines_by_name
    ]


def captions_fingerprint():
    """Return a hash of what Snakemake's report says beside the results, which it does not watch."""
    folder = Path(workflow.basedir)
    texts = sorted((*folder.glob("report/*.rst"), *folder.glob("rules/*.smk")))
    texts += [Path(registry.__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in texts)).hexdigest()[:12]


AXES = ("experiment", "sampling_name", "split_name")
