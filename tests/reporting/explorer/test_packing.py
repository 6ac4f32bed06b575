"""Packing loses nothing."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from deepsphere_pipe.reporting.explorer.selection import pack
from tests.reporting.explorer.conftest import unpack

KINDS = st.sampled_from(["uint8", "uint16", "uint32", "int16"])


@given(st.data())
def test_packing_loses_nothing(data):
    shapes = array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6)
    given_arrays = {
        name: data.draw(arrays(data.draw(KINDS), shapes)) for name in ("one", "two", "three")
    }
    packed = json.loads(json.dumps(pack(given_arrays)))
    found = unpack(packed)
    assert list(found) == list(given_arrays)
    for name, array in given_arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
    assert pack(given_arrays) == packed  # no time of day in it
