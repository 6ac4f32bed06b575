"""What becomes of data sets that were changed: the same values, others, or one sentence."""

from typing import NamedTuple

import cftime
import numpy as np

from deepsphere_pipe.channels import UNLABELLED
from deepsphere_pipe.data.recipe import Recipe
from deepsphere_pipe.data.sources import open_source
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap.grids import degrees_of
from deepsphere_pipe.samplings import Icosahedral
from deepsphere_pipe.steps.prepare import prove_order_of
from tests.data.fields.climate import CHANNELS, climate
from tests.data.fields.mutations import NAMES, SAME, TOLD

BEGUN = (2020, 1, 1)
SPHERE = Icosahedral(1)


class Outcome(NamedTuple):
    """A word for it, and the sentence or the difference."""

    kind: str
    what: str = ""


VALUES, SENTENCE, OTHERS = "values", "sentence", "other values"


def is_find(outcome, becomes):
    """Return whether what became of a data set is a mistake of ours."""
    if outcome.kind not in (VALUES, SENTENCE, OTHERS):
        return True
    if outcome.kind == SENTENCE:
        return becomes == SAME or not is_sentence(outcome.what)
    return outcome.kind == OTHERS and becomes in (SAME, TOLD)


def is_sentence(text):
    return text.endswith(".") and "\n" not in text and len(text) < 600


def labels_at(latitude):
    """Return cyclones in the tropics of the north and rivers south of them."""
    return np.where(np.abs(latitude - 20) < 12, 1, np.where(latitude < -30, 2, 0))


def of_reading(source, path, labelled=False):
    """Read all that is there as `prepare` does, and compare it with the climate."""
    try:
        opened = open_source(source, path)
        for sentence in (*opened.rejected.values(), *opened.problems.values()):
            if not is_sentence(sentence):
                return Outcome(SENTENCE, sentence)
        names = [channel.name for channel in opened.channels if channel.name in NAMES]
        if opened.rejected or not names:
            raise UserError(next(iter([*opened.rejected.values(), "None of the channels."])))
        prove_order_of(opened, names, str(path))
        recipe = Recipe.of(opened, SPHERE, opened.select(names)).against_first(opened.snapshots)
        for snapshot in opened.snapshots:
            fields, labels, _ = recipe.follow(snapshot)
            assert np.isfinite(fields).all() and set(labels) <= {0, 1, 2, UNLABELLED}
            difference = _difference(opened, snapshot, names, labelled)
            if difference:
                return Outcome(OTHERS, difference)
    except UserError as error:
        return Outcome(SENTENCE, str(error))
    return Outcome(VALUES)


def _difference(source, snapshot, names, labelled):
    """Return how a snapshot differs from the climate where the grid says that its values lie."""
    longitude, latitude = degrees_of(source.grid)
    begun = cftime.datetime(*BEGUN, calendar=snapshot.time.calendar)
    time = (snapshot.time - begun).total_seconds() / 3600 / 6
    found = source.read(snapshot, names)
    for name, row in zip(names, found.fields, strict=True):
        off = np.abs(row - climate(name, longitude, latitude, time)).max()
        if not off <= 2e-3 * CHANNELS[name].published_std + 2e-6 * CHANNELS[name].published_mean:
            return f"{name} at {snapshot.time} is off by {off:.4g}"
    if labelled and not np.isin(found.labels, UNLABELLED).all():
        wrong = (found.labels != labels_at(latitude)).mean()
        return f"{wrong:.0%} of the labels differ" if wrong else ""
    return ""


def of_prediction(source, path, model, expected):
    """Predict with a network and compare with what it says of the data as it was."""
    from deepsphere_pipe.prediction import predict

    try:
        found = predict(model, path)["probability"].values
    except UserError as error:
        return Outcome(SENTENCE, str(error))
    if found.shape != expected.shape:
        return Outcome(OTHERS, f"{found.shape} instead of {expected.shape}")
    if not np.isfinite(found).all():
        return Outcome(OTHERS, "not finite")
    off = np.abs(found - expected).max()
    return Outcome(VALUES) if off < 0.02 else Outcome(OTHERS, f"probabilities off by {off:.3g}")


def write(data, folder, form):
    """Write a data set; return the path, or None where this form has no room for it."""
    path = folder / ("a.nc" if form.startswith("nc") else "a.zarr")
    try:
        if form.startswith("nc"):
            data.to_netcdf(path, format={"nc3": "NETCDF3_64BIT"}.get(form, "NETCDF4"))
        else:
            data.to_zarr(path, zarr_format=int(form[-1]), consolidated=False)
    except (ValueError, TypeError, KeyError, OverflowError, RuntimeError, OSError, AttributeError):
        return None
    except NotImplementedError:
        return None
    return path


FORMS = ("nc", "nc3", "zarr 2", "zarr 3")


def as_climatenet(data, folder):
    """Write a file for each time; return the folder, or None where it has none."""
    if "time" not in data.dims or "LABELS" not in data.variables:
        return None
    for index in range(min(data.sizes["time"], 3)):
        one = data.isel(time=[index])
        try:
            one.to_netcdf(folder / f"data-2020-01-01-01-{index}.nc")
        except (ValueError, TypeError, KeyError, OverflowError, RuntimeError, AttributeError):
            return None
    return folder


def with_labels(data):
    """Return a data set with labels that follow the latitude."""
    rows = labels_at(data["latitude"].values)[None, :, None]
    shape = (data.sizes["time"], data.sizes["latitude"], data.sizes["longitude"])
    values = np.broadcast_to(rows, shape).astype("i8")
    return data.assign(LABELS=(("time", *("latitude", "longitude")), values))


def cut_or_spoilt(path, r):
    """Take bytes from a file, or change some, as a disk or a broken copy does."""
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    file = r.choice(files)
    content = bytearray(file.read_bytes())
    if r.random() < 0.5:
        del content[r.randrange(len(content) + 1) :]
    else:
        for _ in range(r.choice([1, 8, 64])):
            if content:
                content[r.randrange(len(content))] = r.randrange(256)
    file.write_bytes(bytes(content))
