# What every result is made from: fingerprints that are parameters of all rules.
#
# By them a plan sees which results are of another study, code or data than is asked for, also where
# a step before them failed last time and left nothing to compare dates with.

import json
from contextlib import suppress
from functools import cache

from deepsphere_pipe.data.sources import module_of, version_of
from deepsphere_pipe.data.sources.listing import matching
from deepsphere_pipe.steps.recipes import Recipes, code_of

SYNTHESIZED = f"{RESULTS}/data/native"
NATIVE = SYNTHESIZED if study.data.source == "synthetic" else study.data.input


def by_version(path):
    """Return what a job takes in of data that a user has: nothing of an address, which is no file.

    Only files that are read count, by their version, not when their folder was changed.
    """
    return [] if is_address(path) else ancient(path)


NATIVE_BY_VERSION = NATIVE if study.data.source == "synthetic" else by_version(NATIVE)
MANIFEST = f"{RESULTS}/data/{{sampling}}/maps.manifest.json"


def is_there(path):
    """Return whether data can be looked at; an address is asked when something depends on it."""
    return is_address(path) or Path(path).exists()


INPUT_IS_THERE = is_there(NATIVE)  # when the plan is made


@cache
def live_version(source, path):
    try:
        return version_of(source, path)
    except UserError as error:
        raise WorkflowError(str(error)) from None


def manifest_of(sampling):
    """Return what is recorded of the maps on a sampling, empty if there are none."""
    try:
        return json.loads(Path(MANIFEST.format(sampling=sampling)).read_bytes())
    except (OSError, ValueError):
        return {}


def input_version(sampling):
    """Return what changes with any file of the input; None for data that is made here."""
    if study.data.source == "synthetic":
        return None
    # The jobs of a cluster do not look at all files again, nor can anyone when they are gone.
    recorded = manifest_of(sampling).get("input_version")
    if recorded and not (workflow.is_main_process and INPUT_IS_THERE):
        return recorded
    try:
        return live_version(study.data.source, NATIVE) if is_there(NATIVE) else None
    except WorkflowError:
        if recorded and is_address(NATIVE):  # without the network, what is there is as good
            return recorded
        raise


RECIPES = Recipes(study, input_version)


def made_from_flag(recipe):
    """Return the option by which scores take down what they are made from."""
    return " --made-from " + " ".join(f"{name}={value}" for name, value in recipe.items())


def spectra_recipe():
    """Return the fingerprint of the power spectra: of both data, whatever their samplings."""
    chosen = {"source", "input", "synthetic", "times"}
    ours = study.data.model_dump(mode="json", include=chosen)
    version = input_version(next(iter(study.samplings_by_name)))
    made = code_of("synthesize") if version is None else None
    other = study.power_spectra
    # Not kept before it is there: a run that fetches it would note that it was not.
    theirs = live_version(other.source, other.input) if is_there(other.input) else None
    code = code_of("power_spectra", module_of(study.data.source), module_of(other.source))
    return content_hash([ours, version, made, theirs, other.model_dump(mode="json"), code])


def graph_recipe(*parts):
    """Return the fingerprint of parts of the analysis of graphs."""
    settings = study.graph_analysis.model_dump(mode="json")
    return content_hash(
        [(settings[part], code_fingerprint(f"graph_analysis.{part}")) for part in parts]
    )


def check_inputs():
    """Refuse a study without its files: Snakemake would leave out the steps that read them."""
    shown = {section.input: section for section in study.predictions.values()}
    for path, section in DOWNLOADS.items():
        if section is shown.get(path):
            if section.download is None:
                raise WorkflowError(f"{path}: no such file or folder; a prediction names it.")
        elif section.download is None and not (section is study.data and maps_are_made()):
            raise WorkflowError(missing_input(section.source, path))
    lists = [path for split in study.splits_by_name.values() for path in split.lists.values()]
    for path in [*lists, *(sampling.file for sampling in study.samplings_by_name.values())]:
        if path and not Path(path).exists():
            raise WorkflowError(f"{path}: no such file; this study names it.")


def maps_are_made():
    """Return whether there are maps on all samplings, made from what is asked for now."""
    return all(
        Path(MAPS.format(sampling=sampling)).exists()
        and manifest_of(sampling).get("made_from") == RECIPES.data(sampling)
        for sampling in study.samplings_by_name
    )
