"""States as JSON and tensors, and back."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_nn as tg
from tinygrad_nn.train.packing import pack, unpack

LEAVES = st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats(allow_nan=False) | st.text()
KEYS = st.text() | st.integers() | st.tuples(st.integers(), st.text())
STATES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(KEYS, inner) | st.lists(inner).map(tuple),
)


@given(state=STATES)
def test_what_json_lacks_comes_back_too(state):
    tensors = {}
    assert unpack(json.loads(json.dumps(pack(state, "x", tensors))), tensors) == state
    assert not tensors


def test_tensors_have_the_names_of_their_places(device):
    state = {"state": {0: {"step": np.int64(3), "mean": tg.ones(2, device=device)}}, "groups": [(np.zeros(1), 0.9)]}
    tensors = {}
    tree = json.loads(json.dumps(pack(state, "optimizer", tensors)))
    assert list(tensors) == ["optimizer/state/0/mean", "optimizer/groups/0/0"]
    again = unpack(tree, tensors)
    assert again["state"][0]["step"] == 3
    assert again["state"][0]["mean"] is state["state"][0]["mean"]
    assert again["groups"][0][1] == 0.9


def test_what_cannot_be_kept_is_refused_by_its_place():
    with pytest.raises(TypeError, match="optimizer/groups/0 is a function"):
        pack({"groups": [len.__class__, lambda: 0][1:]}, "optimizer", {})
