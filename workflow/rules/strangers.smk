# Results that lie where this study's results belong, but were made from something else.
#
# Snakemake compares parameters with those of its own records. Where these are gone, or it is told
# not to look at parameters, such scores are made again all the same. What a step reads
# tells itself what it was made from, and is refused by name if that is something else.

from snakemake.io import IOFile
from snakemake.settings.enums import RerunTrigger


def recorded_recipe(scores):
    """Return what scores were made from: empty if they do not tell, None if there are none."""
    try:
        return json.loads(Path(scores).read_bytes())["provenance"]["made_from"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def is_stranger(kind, name):
    """Return whether the scores of a run or baseline are there, but of something else."""
    wanted = RECIPES.run(name) if kind == "runs" else RECIPES.baseline(name)
    return recorded_recipe(f"{RESULTS}/{kind}/{name}/scores.json") not in (None, wanted)


def unseen_by_snakemake(file):
    """Return whether Snakemake cannot tell if a file was made with other parameters."""
    if not workflow.is_main_process or not Path(file).exists():
        return False
    if RerunTrigger.PARAMS not in workflow.dag_settings.rerun_triggers:
        return True
    return workflow.persistence.metadata(IOFile(file)) is None


def make_strangers_again(kind, name, place):
    """Have all steps that lead to scores of something else run again, if nothing else does.

    Each of them is quick where nothing has changed for it.
    """
    folder = f"{RESULTS}/{kind}/{name}"
    if unseen_by_snakemake(f"{folder}/scores.json") and is_stranger(kind, name):
        workflow.dag.forcefiles.update(
            [*place.values(), *COMMON_MAPS, f"{folder}/model.pt", f"{folder}/scores.json"]
        )
