# What every result is made from: fingerprints that are parameters of all rules.
#
# By them a plan sees which results are of another study, code or data than is asked for, also where
# a step before them failed last time and left nothing to compare dates with.

import json
from contextlib import suppress

from deepsphere_pipe.data.sources import version_of
from deepsphere_pipe.provenance import content_hash
from deepsphere_pipe.recipes import Recipes

SOURCE_MODULE = f"data.sources.{SOURCES[study.data.source].module}"
SYNTHESIZED = f"{RESULTS}/data/native"
NATIVE = SYNTHESIZED if study.data.source == "synthetic" else study.data.input
# Of data that a user has, only files that are read count, not when their folder was changed.
NATIVE_BY_VERSION = NATIVE if study.data.source == "synthetic" else ancient(NATIVE)
MANIFEST = f"{RESULTS}/data/{{sphere}}/maps.manifest.json"
GRAPH_PARTS = ("equivariance_error", "kernel_widths", "samplings", "spectra")
CODE = {
    "synthesize": code_fingerprint("data.synthetic"),
    "prepare": code_fingerprint("data.prepare", SOURCE_MODULE),
    "split": code_fingerprint("data.splits", "data.statistics", "data.events_present"),
    "sphere": code_fingerprint("spheres"),
    "train": code_fingerprint("training.trainer"),
    "evaluate": code_fingerprint(
        "evaluation.evaluate",
        "evaluation.composite",
        "evaluation.measures",
        "evaluation.inference",
        "evaluation.speed",
        "training.model_file",
    ),
    "baseline": code_fingerprint(
        "evaluation.baselines", "evaluation.evaluate", "evaluation.measures"
    ),
    "power_spectra": code_fingerprint("data.power_spectra", SOURCE_MODULE),
    **{part: code_fingerprint(f"graph_study.{part}") for part in GRAPH_PARTS},
}
LIVE_VERSION = []


def input_version(sphere):
    """Return what changes with any file of the input; None for data that is made here."""
    if study.data.source == "synthetic":
        return None
    # The jobs of a cluster do not look at all files again, nor can anyone when they are gone.
    if not workflow.is_main_process or not Path(NATIVE).exists():
        with suppress(OSError, ValueError, KeyError):
            return json.loads(Path(MANIFEST.format(sphere=sphere)).read_bytes())["input_version"]
    if not LIVE_VERSION and Path(NATIVE).exists():
        LIVE_VERSION.append(version_of(study.data.source, NATIVE))
    return LIVE_VERSION[0] if LIVE_VERSION else None


RECIPES = Recipes(study, CODE, input_version, BASELINES if RUNS else {})


def made_from_flag(recipe):
    """Return the option by which scores take down what they are made from."""
    return " --made-from " + " ".join(f"{name}={value}" for name, value in recipe.items())


def spectra_recipe():
    """Return the fingerprint of the power spectra."""
    data = RECIPES.data(next(iter(study.spheres)))
    return content_hash([data, settings_of("power_spectra"), CODE["power_spectra"]])


def graph_recipe(*parts):
    """Return the fingerprint of parts of the study of graphs."""
    return content_hash([(settings_of(f"graph_study/{part}"), CODE[part]) for part in parts])
