# What all stages share: the study, its folders, and the settings files that steps read.

import yaml

import deepsphere_pipe.config as study_config  # `config` and `parse` are names of Snakemake
from snakemake.exceptions import WorkflowError

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.provenance import code_fingerprint

try:
    study = study_config.parse(
        study_config.Study, config, ", ".join(CONFIG_FILES) or "config/config.yaml"
    )
except UserError as error:
    raise WorkflowError(str(error)) from None

RESULTS = f"results/{study.name}"
LOGS = f"logs/{study.name}"
BENCHMARKS = f"{RESULTS}/benchmarks"
RUNS = [run.name for run in study.runs]


wildcard_constraints:
    run="|".join(RUNS),
    baseline="frequency|logistic",


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
            "runs": lambda: study.run(name),
        }[kind]()
    )


def settings(part):
    """Return the file with the settings of a step: the step runs again only if these change."""
    return f"{RESULTS}/settings/{part}.yaml"


localrules:
    settings,


rule settings:
    output:
        settings("{part}"),
    log:
        f"{LOGS}/settings/{{part}}.log",
    conda:
        "../../environment.yml"
    params:
        text=lambda wildcards: settings_of(wildcards.part),
    message:
        "Write the settings of {wildcards.part}"
    script:
        "../scripts/write_settings.py"
