"""Studies that differ from another one in a single key."""

import copy


def changed(study: dict, path: str, value: object) -> dict:
    """Return a study with one key changed; the path has dots between the keys."""
    study = copy.deepcopy(study)
    *parents, last = path.split(".")
    section = study
    for key in parents:
        section = section.setdefault(key, {})
    section[last] = value
    return study
