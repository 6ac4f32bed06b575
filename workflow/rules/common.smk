# What all stages share: the study, its folders, and functions that name files.

import csv
import hashlib
import re

import yaml

import deepsphere_pipe.config as study_config  # `config` and `parse` are names of Snakemake
from snakemake.exceptions import WorkflowError

from deepsphere_pipe.config.comparisons import ALWAYS, comparisons
from deepsphere_pipe.data.sources import SOURCES, missing_input
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures import registry
from deepsphere_pipe.runtime.provenance import code_fingerprint

try:
    study = study_config.parse_study(config, ", ".join(CONFIG_FILES) or "config/config.yaml")
except UserError as error:
    raise WorkflowError(str(error)) from None


def sampling_flags(wildcards):
    """Return the options of a verb that name the sampling."""
    sampling = study.samplings_by_name[wildcards.sampling]
    flags = [f"--sampling {sampling.name}"]
    for key, value in sampling.parameters.items():
        values = [] if value is True else value if isinstance(value, list) else [value]
        flags.append(" ".join([f"--{key.replace('_', '-')}", *(quote(str(v)) for v in values)]))
    return " ".join(flags)


def vertices_of(wildcards):
    """Return the file of vertices, if there is one: with others all that follows is new."""
    file = study.samplings_by_name[wildcards.sampling].file
    return [file] if file else []


def name_flags(sampling, split_name):
    """Return the options that name sampling and split, for a study with several."""
    names = {"sampling": sampling if study.samplings else None, "split": split_name}
    return "".join(f" --{axis}-name {name}" for axis, name in names.items() if name)


RESULTS = f"results/{study.name}"
LOGS = f"logs/{study.name}"
BENCHMARKS = f"{RESULTS}/benchmarks"
REPORT = f"{RESULTS}/report.html"
STUDY_PAGE = f"{RESULTS}/README.md"
PAGE = f"{RESULTS}/explore.html"
FIGURES = f"{RESULTS}/figures"
RUNS = [run.name for run in study.runs]
TABLE_FORMS = ("csv", "md", "html", "tex")
# Tables that this study has: all of them, and those that find something to compare.
TABLE_NAMES = (
    [*ALWAYS, *comparisons(run.model_dump(mode="json") for run in study.runs)] if RUNS else []
)
# Baselines by name: which one, on which sampling and which split.
BASELINES = {
    "-".join(filter(None, (kind, sampling if study.samplings else None, split_name))): (
        kind,
        sampling,
        split_name,
    )
    for kind in study.baselines
    for sampling in study.samplings_by_name
    for split_name in study.splits_by_name
}
# Splits by the folder that they have beside the maps, in `settings` and in the logs.
SPLITS = {
    f"splits/{name}" if name else "split": split for name, split in study.splits_by_name.items()
}


wildcard_constraints:
    run="[^/]+",  # all names would make long plans slow
    baseline="|".join(BASELINES) or "none",
    sampling="|".join(study.samplings_by_name),
    split="|".join(SPLITS) or "none",


def settings_of(part):
    """Return the slice of the study that one step depends on, as YAML text."""
    kind, _, name = part.partition("/")
    if kind == "figures":
        return yaml.safe_dump(study.figure(name), sort_keys=False)
    if kind == "page":
        return yaml.safe_dump({"study": study.name, "colours": study.figures.style.colours})
    return study_config.dump(
        {
            "study": lambda: study,
            "synthetic": lambda: study.data.synthetic,
            "split": lambda: study.split,
            "splits": lambda: study.splits[name],
            "window": lambda: study.window,
            "power_spectra": lambda: study.power_spectra,
            "runs": lambda: study.run(name),
            "graph_analysis": lambda: getattr(study.graph_analysis, name),
        }[kind]()
    )


def settings(part):
    """Return the file with the settings of a step: the step runs again only if these change."""
    return f"{RESULTS}/settings/{part}.yaml"


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
        place = place_of(*BASELINES[name][1:])
    make_strangers_again(kind, name, place)
    return place


def place_of(sampling, split_name):
    """Return maps, split and sphere by the names of sampling and split."""
    files = {**SPLIT_FILES, "maps": MAPS, "sphere": SPHERE}
    folder = f"splits/{split_name}" if split_name else "split"
    return {name: path.format(sampling=sampling, split=folder) for name, path in files.items()}


def of_all(file):
    """Return a file of every run and every baseline, networks first."""
    baselines = BASELINES if RUNS else ()
    return [f"{RESULTS}/runs/{run}/{file}" for run in RUNS] + [
        f"{RESULTS}/baselines/{name}/{file}" for name in baselines
    ]


def captions_fingerprint():
    """Return a hash of what Snakemake's report says beside the results, which it does not watch."""
    folder = Path(workflow.basedir)
    texts = sorted((*folder.glob("report/*.rst"), *folder.glob("rules/*.smk")))
    texts += [Path(registry.__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in texts)).hexdigest()[:12]


AXES = ("experiment", "sampling_name", "split_name")
