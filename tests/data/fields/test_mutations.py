"""Whatever is changed in a data set: its values are read right, or one sentence refuses it.

`python -m benchmarks.faults` draws ten thousand such cases from the same mutations.
"""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepsphere_pipe.data.fields.plausibility import check_plausible
from deepsphere_pipe.data.fields.reading import ClimateFields
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.steps.check import check
from deepsphere_pipe.steps.describe import describe
from tests.data.fields import mutations, outcomes
from tests.data.fields.climate import assert_is_climate
from tests.data.fields.mutations import OTHER, SAME, TOLD
from tests.data.sources.test_cam5 import NAME as CAM5_NAME
from tests.data.specimens import SHAPE, random_map, write_cam5

SEEDS = st.integers(0, 2**32)
CASES = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(derandomize=True, max_examples=60, **CASES)
@given(SEEDS)
def test_what_changes_no_value_is_read_as_ever(seed):
    data, _, becomes = mutations.mutated(Random(seed), [SAME], most=6)
    assert becomes == SAME
    fields = ClimateFields(data)
    for time in (0, 2):
        assert_is_climate(fields, mutations.NAMES, time, atol=1e-4)


@settings(derandomize=True, max_examples=120, **CASES)
@given(SEEDS)
def test_whatever_is_changed_ends_in_the_same_values_or_in_a_sentence(seed):
    data, _, _ = mutations.mutated(Random(seed), [SAME, TOLD], most=4)
    try:
        fields = ClimateFields(data)
        fields.grid, fields.times  # noqa: B018
        for sentence in fields.problems.values():
            assert outcomes.is_sentence(sentence)
        names = [channel.name for channel in fields.channels]
        # Values in °C whose units were wiped out are told by themselves.
        check_plausible("a.nc", fields.channels, fields.read(names))
    except UserError as error:
        assert outcomes.is_sentence(str(error))
    else:
        times = data["time"].values.tolist() if "time" in data.dims else []
        if len(times) == 3 and times == sorted(times):  # the first one is still the first
            assert_is_climate(fields, [n for n in names if n in mutations.NAMES], 0, atol=1e-3)


@pytest.mark.parametrize("form", outcomes.FORMS)
@settings(derandomize=True, max_examples=25, **CASES)
@given(seed=SEEDS)
def test_files_end_in_the_same_values_or_in_a_sentence(form, seed, tmp_path_factory):
    r = Random(seed)
    data, names, becomes = mutations.mutated(r, [SAME, TOLD, OTHER])
    path = outcomes.write(data, tmp_path_factory.mktemp("a"), form)
    if path is None:  # what has no room in this form
        return
    if r.random() < 0.2:
        outcomes.cut_or_spoilt(path, r)
        becomes = OTHER
    outcome = outcomes.of_reading("era5", path)
    assert not outcomes.is_find(outcome, becomes), (names, outcome)


@settings(derandomize=True, max_examples=40, **CASES)
@given(seed=SEEDS)
def test_files_of_climatenet_do_so_with_their_labels(seed, tmp_path_factory):
    start = outcomes.with_labels(mutations.original())
    data, names, becomes = mutations.mutated(Random(seed), [SAME, TOLD], start=start)
    folder = outcomes.as_climatenet(data, tmp_path_factory.mktemp("a"))
    timeless = "of_no_time" in names or "time" not in data.variables
    if folder is None or timeless:  # names of files tell the day then
        return
    outcome = outcomes.of_reading("climatenet", folder, labelled=True)
    assert not outcomes.is_find(outcome, becomes), (names, outcome)


@settings(derandomize=True, max_examples=25, **CASES)
@given(seed=SEEDS)
def test_files_are_described_and_checked_whatever_they_hold(seed, tmp_path_factory):
    r = Random(seed)
    path = outcomes.write(
        mutations.mutated(r, [SAME, TOLD, OTHER])[0], tmp_path_factory.mktemp("a"), "nc"
    )
    if path is None:
        return
    if r.random() < 0.3:
        outcomes.cut_or_spoilt(path, r)
    assert all(map(outcomes.is_sentence, check([path])["what"]))
    try:
        assert describe(path).startswith(f"{path}: climate fields\n")
    except UserError as error:
        assert outcomes.is_sentence(str(error))


def test_a_silent_change_of_values_would_be_found(tmp_path):
    data = mutations.original()
    path = outcomes.write(data, tmp_path, "nc")
    assert outcomes.of_reading("era5", path).kind == outcomes.VALUES
    path.unlink()
    data["PSL"] = (data["PSL"] + 30).assign_attrs(units="Pa")
    outcome = outcomes.of_reading("era5", outcomes.write(data, tmp_path, "nc"))
    assert outcome.kind == outcomes.OTHERS and "PSL" in outcome.what
    assert outcomes.is_find(outcome, TOLD) and not outcomes.is_find(outcome, OTHER)
    assert outcomes.is_find(outcomes.Outcome(outcomes.SENTENCE, "No."), SAME)
    assert outcomes.is_find(outcomes.Outcome(outcomes.SENTENCE, "two\nlines."), TOLD)
    assert outcomes.is_find(outcomes.Outcome("traceback", "KeyError"), OTHER)


@settings(derandomize=True, max_examples=40, **CASES)
@given(seed=SEEDS)
def test_damaged_cam5_ends_in_a_sentence(seed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("a")
    write_cam5(folder / CAM5_NAME, *random_map(0, *SHAPE))
    outcomes.cut_or_spoilt(folder / CAM5_NAME, Random(seed))
    outcome = outcomes.of_reading("cam5", folder)
    assert not outcomes.is_find(outcome, OTHER), outcome
