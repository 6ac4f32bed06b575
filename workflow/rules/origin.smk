# Which file a folder of results belongs to, so that no other study takes it over unsaid.

import os

from deepsphere_pipe.config.reading import read_yaml
from deepsphere_pipe.runtime.provenance import commit_doubt
from snakemake.logging import logger

ORIGIN = f"{RESULTS}/origin.txt"
STUDY_FILES = [os.path.relpath(path) for path in CONFIG_FILES or ["config/config.yaml"]]
# The report is made by a run of its own, with the whole study in one file.
IS_OF_REPORT = STUDY_FILES == [STUDY]


def names_in(file):
    """Return the names that a study file gives to studies."""
    with suppress(UserError):
        content = read_yaml(file)
        if isinstance(content, dict):
            variants = content.get("variants")
            parts = [content, *(variants.values() if isinstance(variants, dict) else [])]
            return {part.get("name") for part in parts if isinstance(part, dict)}
    return set()


def giver_of_name(files):
    """Return the file that gives this study its name, None if none does."""
    return next((file for file in reversed(files) if study.name in names_in(file)), None)


def check_origin():
    """Refuse a study whose results would overwrite those of another file with the same name."""
    try:
        made_by = Path(ORIGIN).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    here, other = giver_of_name(STUDY_FILES), giver_of_name(made_by)
    if other and here != other:
        raise WorkflowError(
            f"{here or STUDY_FILES[-1]}: has the name '{study.name}', as has {other}, whose results "
            f"are in {RESULTS}; give it another 'name', or remove {ORIGIN} to have these results "
            "replaced."
        )


if workflow.is_main_process and not IS_OF_REPORT:
    check_origin()
    if doubt := commit_doubt():
        logger.warning(f"No table will tell the commit of the code: {doubt}.")


def write_whole(path, text):
    """Write a file that no step ever reads half of."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(f"{path}.part").write_text(text, encoding="utf-8")
    Path(f"{path}.part").replace(path)


onstart:
    if not IS_OF_REPORT:
        write_whole(ORIGIN, "\n".join(STUDY_FILES) + "\n")
        write_whole(STUDY, study_config.dump(study))
