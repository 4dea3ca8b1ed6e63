"""GELU in one pass is what the formulas say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_nn.backend import cpu
from tinygrad_nn.backend.activations import in_one_pass
from tinygrad_nn.backend.jit import installed
from tinygrad_nn.ops.activation import gelu, gelu_tanh

X = np.concatenate([np.linspace(-12, 12, 8000), [np.inf, np.nan, 0.0]]).astype(np.float32)
G = np.linspace(2, -3, X.size).astype(np.float32)


def refused(*arguments: Any) -> Any:
    raise AssertionError("there is a loop for this")


@pytest.mark.skipif(installed() is None, reason="numba is not installed, or switched off")
@pytest.mark.parametrize("function", [gelu, gelu_tanh], ids=["gelu", "gelu_tanh"])
def test_loops(function: Any) -> None:
    with np.errstate(all="ignore"):
        wanted = function.forward(cpu, X.astype(np.float64))
        slope = function.rules[0](cpu, G.astype(np.float64), None, X.astype(np.float64))
    found = in_one_pass(cpu, function.name, refused, X)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    found = in_one_pass(cpu, function.name + "_slope", refused, G, X)
    np.testing.assert_allclose(found, slope, rtol=1e-5, atol=2e-6)


def test_the_rule_does_the_rest() -> None:
    for x in (X[:9], X.astype(np.float64), X[::2]):
        assert in_one_pass(cpu, "gelu", lambda *given: given, x)[1] is x
