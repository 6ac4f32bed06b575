# Which networks predict from which fields, and what predictions are made from.

from deepsphere_pipe.data.sources.listing import input_version as version_of_path

PREDICTION = f"{RESULTS}/predictions/{{prediction}}.nc"
PREDICTIONS = [PREDICTION.format(prediction=name) for name in study.predictions]
FOLLOWED_FILE = f"{RESULTS}/predictions/{{prediction}}.followed.nc"
FOLLOWED_FILES = [FOLLOWED_FILE.format(prediction=name) for name in study.followed]


wildcard_constraints:
    prediction="|".join(study.predictions) or "none",


def models_predicting(wildcards):
    """Return the models of all seeds of the network that is shown the fields."""
    runs = study.runs_predicting(wildcards.prediction)
    return [f"{RESULTS}/runs/{run.name}/model.pt" for run in runs]


def fields_shown(wildcards):
    """Return the files of the input; an address has none."""
    wanted = study.predictions[wildcards.prediction]
    return ancient(wanted.input if wanted.download else matching(wanted.input))


def options_of(wildcards):
    """Return the options that say how fields are read, and where answers are wanted."""
    wanted = study.predictions[wildcards.prediction]
    options = ["--grid", wanted.grid, "--missing", wanted.missing, *["--mask"] * wanted.masks]
    for option, values in (("variables", wanted.variables), ("times", wanted.times.model_dump())):
        named = [f"{key}={value}" for key, value in values.items() if value is not None]
        options += [f"--{option}", *named] if named else []
    return " ".join(map(quote, options))


def prediction_recipe(name):
    """Return the fingerprint of networks, settings, code and input."""
    wanted = study.predictions[name].input
    if is_address(wanted):
        return RECIPES.prediction(name, live_version("era5", wanted))
    versions = [version_of_path(path, hidden=True) for path in matching(wanted)]
    return RECIPES.prediction(name, " ".join(filter(None, versions)))


def followed_recipe(*names):
    """Return the fingerprint of cyclones that are followed, by default of all."""
    names = names or study.followed
    recipes = [prediction_recipe(name) for name in names]
    settings = [study.predictions[name].follow.model_dump(mode="json") for name in names]
    return content_hash([recipes, settings, code_of("follow")])
