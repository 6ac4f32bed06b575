# What all stages share: the study, its folders, and functions that name files.

import csv
import hashlib
import re
from shlex import quote

import yaml

import deepsphere_pipe.config as study_config  # `config` and `parse` are names of Snakemake
from snakemake.exceptions import WorkflowError

from deepsphere_pipe.data.sources import SOURCES, missing_input
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.provenance import code_fingerprint

try:
    study = study_config.parse_study(config, ", ".join(CONFIG_FILES) or "config/config.yaml")
except UserError as error:
    raise WorkflowError(str(error)) from None


def sampling_flags(wildcards):
    """Return the options of a verb that name the sampling."""
    sampling = study.spheres[wildcards.sphere]
    flags = [f"--sampling {sampling.name}"]
    for key, value in sampling.parameters.items():
        values = [] if value is True else value if isinstance(value, list) else [value]
        flags.append(" ".join([f"--{key.replace('_', '-')}", *(quote(str(v)) for v in values)]))
    return " ".join(flags)


def vertices_of(wildcards):
    """Return the file of vertices, if there is one: with others all that follows is new."""
    file = study.spheres[wildcards.sphere].file
    return [file] if file else []


def sampling_name_flag(sphere):
    """Return the option that names the sampling, for a study with several."""
    return f" --sampling-name {sphere}" if study.samplings else ""


RESULTS = f"results/{study.name}"
LOGS = f"logs/{study.name}"
BENCHMARKS = f"{RESULTS}/benchmarks"
REPORT = f"{RESULTS}/report.html"
TABLE = f"{RESULTS}/tables/scores"
FIGURES = f"{RESULTS}/figures"
RUNS = [run.name for run in study.runs]
# Baselines by name: which one, and on which sampling.
BASELINES = {
    f"{kind}-{sphere}" if study.samplings else kind: (kind, sphere)
    for kind in study.baselines
    for sphere in study.spheres
}


wildcard_constraints:
    run="|".join(RUNS) or "none",
    baseline="|".join(BASELINES) or "none",
    sphere="|".join(study.spheres),


def settings_of(part):
    """Return the slice of the study that one step depends on, as YAML text."""
    kind, _, name = part.partition("/")
    if kind == "figures":
        return yaml.safe_dump(study.figure(name), sort_keys=False)
    return study_config.dump(
        {
            "study": lambda: study,
            "synthetic": lambda: study.data.synthetic,
            "split": lambda: study.split,
            "window": lambda: study.window,
            "power_spectra": lambda: study.power_spectra,
            "runs": lambda: study.run(name),
            "graph_study": lambda: getattr(study.graph_study, name),
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
    """Return maps, split and sphere of the sampling that a run or a baseline is on."""
    if hasattr(wildcards, "run"):
        sphere = study.sphere_of(study.run(wildcards.run))
    else:
        _, sphere = BASELINES[wildcards.baseline]
    files = {**SPLIT_FILES, "maps": MAPS, "sphere": SPHERE}
    return {name: path.format(sphere=sphere) for name, path in files.items()}


def of_all(file):
    """Return a file of every run and every baseline, networks first."""
    baselines = BASELINES if RUNS else ()
    return [f"{RESULTS}/runs/{run}/{file}" for run in RUNS] + [
        f"{RESULTS}/baselines/{name}/{file}" for name in baselines
    ]


def mapped_predictions(sphere):
    """Return the predictions that are drawn as maps on one of the samplings."""
    return f"{RESULTS}/runs/{study.mapped_run_on(sphere).name}/predictions.nc"


def captions_fingerprint():
    """Return a hash of what Snakemake's report says beside the results, which it does not watch."""
    folder = Path(workflow.basedir)
    texts = sorted((*folder.glob("report/*.rst"), *folder.glob("rules/*.smk")))
    return hashlib.sha256(b"".join(path.read_bytes() for path in texts)).hexdigest()[:12]


def headline():
    """Return the scores of the study and where the report lies, for the end of a run."""
    page = Path(REPORT)
    made = [Path(path) for path in of_all("scores.json") if Path(path).exists()]
    if page.exists() and not RUNS:
        return f"\nReport: {REPORT}\n"
    if not page.exists() or any(p.stat().st_mtime > page.stat().st_mtime for p in made):
        return ""  # the run was asked for less than everything
    with open(f"{TABLE}.csv", newline="") as table:
        lines = [
            f"  {' '.join(filter(None, (row['experiment'], row.get('sampling_name')))):<30}"
            + "".join(
                f"{name} {100 * float(row[column] or 'nan'):5.1f}   "
                for name, column in (
                    ("mean AP", "mean_average_precision"),
                    ("AP TC", "average_precision_tc"),
                    ("AP AR", "average_precision_ar"),
                )
            )
            for row in csv.DictReader(table)
        ]
    return "\n".join(["", "Test scores in per cent", *lines, "", f"Report: {REPORT}", ""])
