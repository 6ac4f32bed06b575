"""Does any input end in a traceback, or change values in silence?

Data sets are changed at random (`tests/data/fields/mutations.py`), written as files, damaged, and
read as `prepare` and `predict` do. What comes of it is the same values, other ones where nobody
could tell, or one sentence; everything else is a find, which the number of its case makes again.

    python -m benchmarks.faults [--cases 10000] [--seed 0] [--workers 2] [--only NUMBER]
"""

import argparse
import collections
import contextlib
import io
import signal
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from random import Random

import h5py
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from deepsphere_pipe.runtime.processes import done_by  # noqa: E402
from tests.data.fields import mutations, outcomes  # noqa: E402
from tests.data.fields.mutations import OTHER, SAME, TOLD  # noqa: E402
from tests.data.fields.outcomes import Outcome  # noqa: E402

SECONDS = 120
"""A case that takes longer hangs."""

TWIN = {"n_lat": 32, "n_lon": 64, "years": (2106,), "runs": (1,), "days_per_year": 1}
PREDICTED = 0.25
"""Share of the cases of fields that are given to a network, too."""


def of_fields(r, folder, given):
    """Fields of any model in one file or store."""
    data, names, becomes = mutations.mutated(r, kinds_of(r))
    form = r.choice(outcomes.FORMS)
    path = outcomes.write(data, folder, form)
    if path is None:
        return None
    names.append(form)
    if r.random() < 0.15:
        outcomes.cut_or_spoilt(path, r)
        names, becomes = [*names, "bytes"], OTHER
    yield "read", names, becomes, lambda: outcomes.of_reading("era5", path)
    if given["model"] and r.random() < PREDICTED:
        # A row less is interpolated otherwise; and the sphere itself has no other order.
        seen = SAME if becomes == SAME else OTHER
        predicted = given["model"], given["expected"]
        yield "predict", names, seen, lambda: outcomes.of_prediction("era5", path, *predicted)


def of_climatenet(r, folder, given):
    """Fields with labels, a file for each time."""
    start = outcomes.with_labels(mutations.original())
    data, names, becomes = mutations.mutated(r, kinds_of(r), start=start)
    path = outcomes.as_climatenet(data, folder)
    if path is None:
        return None
    if r.random() < 0.15:
        outcomes.cut_or_spoilt(r.choice(sorted(path.glob("*.nc"))), r)
        names, becomes = [*names, "bytes"], OTHER
    if "of_no_time" in names or "time" not in data.variables:  # then names tell the day
        becomes = OTHER
    labelled = outcomes.of_reading
    yield "read", names, becomes, lambda: labelled("climatenet", path, labelled=True)


def of_cam5(r, folder, given):
    """Files of the twin in CAM5's format."""
    change = r.choice(CHANGES)
    becomes = outcomes.SAME if change in KEPT else OTHER if change in UNSEEN else TOLD
    chosen = sorted(given["twin"].glob("*.h5"))[:2]
    spoilt = r.randrange(2)
    truth = []
    for number, source in enumerate(chosen):
        with h5py.File(source) as file:
            fields, labels = file["climate/data"][()], file["climate/labels"][()]
        truth.append((fields, labels))
        target = folder / source.name
        with h5py.File(target, "w") as file:
            content = {"climate/data": fields, "climate/labels": labels}
            if number == spoilt or change in EVERYWHERE:
                content = change(dict(content), r)
            for name, values in content.items():
                file[name] = values
    if r.random() < 0.15:
        outcomes.cut_or_spoilt(folder / chosen[spoilt].name, r)
        becomes = OTHER
    yield "read", [change.__name__], becomes, lambda: read_cam5(folder, truth)


def read_cam5(folder, truth):
    """Read files as `prepare` does, and compare them with what was written."""
    from deepsphere_pipe.data.recipe import Recipe
    from deepsphere_pipe.data.sources import open_source
    from deepsphere_pipe.errors import UserError

    try:
        source = open_source("cam5", folder)
        if source.rejected:
            raise UserError(next(iter(source.rejected.values())))
        names = [channel.name for channel in source.channels]
        recipe = Recipe.of(source, outcomes.SPHERE, source.channels)
        recipe = recipe.against_first(source.snapshots)
        for snapshot, (fields, labels) in zip(source.snapshots, truth, strict=False):
            recipe.follow(snapshot)
            found = source.read(snapshot, names)
            if not np.array_equal(found.fields, fields.reshape(16, -1)):
                return Outcome(outcomes.OTHERS, f"fields of {snapshot.name}")
            if not np.array_equal(found.labels, labels.ravel()):
                return Outcome(outcomes.OTHERS, f"labels of {snapshot.name}")
    except UserError as error:
        return Outcome(outcomes.SENTENCE, str(error))
    return Outcome(outcomes.VALUES)


DATA, LABELS = "climate/data", "climate/labels"


def change_of(function, name=DATA):
    """Return a change of one of the arrays of a file."""

    def change(content, r):
        return content | {name: function(content[name], r)}

    change.__name__ = function.__name__
    return change


def channels_last(values, r):
    return np.moveaxis(values, 0, 2)


def in_wider_numbers(values, r):
    return values.astype(r.choice([">f4", "f8", "<f4"]))


def as_other_integers(values, r):
    return values.astype(r.choice(["i1", ">i4", "i8", "u2", "f4"]))


def upside_down(values, r):
    return values[:, ::-1]


def from_the_date_line(values, r):
    return np.roll(values, values.shape[2] // 2, axis=2)


def westward(values, r):
    return values[:, :, ::-1]


def axes_in_another_order(values, r):
    return values.transpose(0, 2, 1)


def channels_the_other_way(values, r):
    return values[::-1]


def in_other_units(values, r):
    values = values.copy()
    channel, factor, offset = r.choice(
        [(7, 0.01, 0), (6, 0.01, 0), (8, 1, -273.15), (12, 1, -273.15), (10, 1e3 * 86400, 0),
         (0, 1e-3, 0), (1, 0, 0), (2, 0.01, 0), (14, 9.80665, 0), (5, 1e3, 0)]
    )  # fmt: skip
    values[channel] = values[channel] * factor + offset
    return values


def with_marks(values, r):
    values = values.copy()
    values[r.choice([6, 7, 8, 9, 11, 12, 14]), r.randrange(32), r.randrange(60)] = r.choice(
        [-9999.0, 1e20, np.nan, 0.0, np.inf]
    )
    return values


def of_an_odd_type(values, r):
    return values.astype(r.choice(["S8", "c8", "bool", "i1"]))


def of_an_odd_shape(values, r):
    return r.choice(
        [values[None], values[:15], values[:, :1], values[:, :0], values[0], values.ravel(),
         values[:, ::2], values[:, :, ::2], values[()][..., None]]
    )  # fmt: skip


def of_no_class(values, r):
    values = values.astype("f4")
    values[r.randrange(32), r.randrange(60)] = r.choice([3, -1, 0.5, np.nan, 255])
    return values


def of_another_shape(values, r):
    return r.choice([values[None], values.T, values[:-1], values.ravel()])


def without_labels(content, r):
    return {DATA: content[DATA]}


def under_another_name(content, r):
    return {r.choice(["data", "climate/Data", "climate/data/x"]): content[DATA]}


def with_both_sets_of_labels(content, r):
    return {DATA: content[DATA], "climate/labels_0": content[LABELS],
            "climate/labels_1": 2 - content[LABELS]}  # fmt: skip


def of_other_weather(values, r):
    return np.roll(values, 3, axis=2)


KEPT = [
    change_of(channels_last), change_of(in_wider_numbers), change_of(as_other_integers, LABELS),
    with_both_sets_of_labels,
]  # fmt: skip
UNSEEN = [change_of(of_other_weather), without_labels]
CHANGES = [
    *KEPT, *UNSEEN, change_of(upside_down), change_of(from_the_date_line), change_of(westward),
    change_of(axes_in_another_order), change_of(channels_the_other_way), change_of(in_other_units),
    change_of(with_marks), change_of(of_an_odd_type), change_of(of_an_odd_shape),
    change_of(of_no_class, LABELS), change_of(of_another_shape, LABELS),
    under_another_name,
]  # fmt: skip
EVERYWHERE = [without_labels]
"""What is done to all files: one without labels among others is another matter."""

KINDS = (of_fields, of_fields, of_fields, of_climatenet, of_cam5)


def kinds_of(r):
    """Return which mutations are drawn from: often only those that change nothing."""
    return r.choice([(SAME,), (SAME, TOLD), (SAME, TOLD), (SAME, TOLD, OTHER)])


def case(number_and_seed):
    """Return what became of a case: rows (phase, kind, mutations, outcome, is it a find)."""
    number, seed = number_and_seed
    r, rows = Random(f"{seed} {number}"), []
    signal.signal(signal.SIGALRM, _hangs)
    signal.alarm(SECONDS)
    quiet, said = (
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.redirect_stdout(io.StringIO()),
    )
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), quiet, said:
        warnings.simplefilter("ignore")
        kind, tries = r.choice(KINDS), 0
        while not rows and tries < 50:
            inside = Path(folder, str(tries))
            inside.mkdir()
            tries += 1
            for phase, names, becomes, run in kind(r, inside, _given):
                try:
                    outcome = run()
                except Exception as error:
                    last = traceback.extract_tb(error.__traceback__)[-3:]
                    where = " < ".join(f"{Path(s.filename).name}:{s.lineno}" for s in last[::-1])
                    outcome = Outcome("traceback", f"{type(error).__name__}: {error} ({where})")
                find = outcomes.is_find(outcome, becomes)
                rows.append((phase, kind.__name__, " ".join(names), *outcome, becomes, find))
    signal.alarm(0)
    return rows


def _hangs(*_):
    raise TimeoutError(f"takes more than {SECONDS} s")


_given: dict = {}


def prepare_worker(given):
    _given.update(given)


def made(folder):
    """Make what cases need besides themselves: a twin, and a network with what it predicts."""
    from deepsphere_pipe.config import SyntheticConfig
    from deepsphere_pipe.prediction import predict
    from deepsphere_pipe.steps.synthesize import synthesize
    from tests.prediction.models import save_model

    synthesize(SyntheticConfig(**TWIN), folder / "twin", workers=1)
    model, _, _ = save_model(folder / "run", channels=mutations.NAMES)
    expected = predict(model, mutations.original())["probability"].values
    return {"twin": folder / "twin", "model": model, "expected": expected}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", type=int, help="one case, whose traceback is shown")
    options = parser.parse_args()
    counts, finds = collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = made(Path(folder))
        numbers = range(options.first, options.first + options.cases)
        numbers = [options.only] if options.only is not None else numbers
        items = [(number, options.seed) for number in numbers]
        for item, rows in done_by(options.workers, case, items, prepare_worker, (given,)):
            rows = [("", "", "", "crash", "", "", True)] if rows is None else rows
            for phase, kind, names, outcome, what, becomes, find in rows:
                counts[phase, kind, becomes, outcome] += 1
                if find or options.only is not None:
                    finds.append(item)
                    print(f"{item[0]}: {phase} {kind} [{names}] ({becomes}): {outcome} {what}",
                          flush=True)  # fmt: skip
    for key, count in sorted(counts.items()):
        print(f"{count:6d}  {', '.join(key)}")
    print(f"{sum(counts.values())} outcomes of {len(items)} cases, {len(finds)} finds")
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
