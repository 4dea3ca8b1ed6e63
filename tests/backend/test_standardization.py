"""Loops for normalisation beside the plain operation: the same to rounding, and only where they are meant for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_nn.autograd.backward import unbroadcast
from tinygrad_nn.backend import cpu, standardization
from tinygrad_nn.backend.jit import installed
from tinygrad_nn.ops.normalization import _slopes, _standardized

pytestmark = pytest.mark.skipif(installed() is None, reason="numba is not installed, or switched off")

CASES: list[tuple[tuple[int, ...], Any, dict[str, Any]]] = [
    ((16, 8, 64), (64,), {"axes": (-1,)}), ((16, 8, 64), (64,), {"axes": (-1,), "centred": False}),
    ((4, 20, 64), (20, 64), {"axes": (-2, -1)}), ((80, 64), None, {"axes": (-1,)}),
    ((8, 6, 10, 9), (6, 1, 1), {"axes": (-4, -2, -1)}), ((8, 3, 4, 10, 9), (3, 4, 1, 1), {"axes": (-3, -2, -1)}),
    ((8, 6, 10, 9), None, {"axes": (-2, -1)}), ((80, 64), (64,), {"axes": (-2,)}), ((80, 64), None, {"axes": (-2,)}),
]  # fmt: skip


def given(shape: tuple[int, ...], parameters: Any, dtype: Any = np.float32) -> list[Any]:
    draw = np.random.default_rng(0)
    shapes = [shape] if parameters is None else [shape, parameters, parameters]
    return [draw.normal(3, 1, s).astype(dtype) for s in shapes]


@pytest.mark.parametrize(("shape", "parameters", "attributes"), CASES, ids=str)
def test_values_and_gradients(shape: tuple[int, ...], parameters: Any, attributes: dict[str, Any]) -> None:
    arrays, attributes = given(shape, parameters), {**attributes, "eps": 1e-5}
    plain = _standardized(cpu, *arrays, **attributes)
    for found, wanted in zip(standardization.standardized(*arrays, **attributes), plain, strict=True):
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
    g = np.random.default_rng(1).normal(size=shape[::-1]).astype(np.float32).T  # its rows do not lie in order
    fast = standardization.standardized_slopes((g, None, None), plain, *arrays, **attributes)
    slow = _slopes(cpu, (g, None, None), plain, *arrays, **attributes)
    for x, found, wanted in zip(arrays, fast, slow, strict=False):
        np.testing.assert_allclose(
            unbroadcast(cpu, found, x.shape), unbroadcast(cpu, wanted, x.shape), rtol=1e-4, atol=1e-4
        )


def test_what_the_loops_are_not_for() -> None:
    x, weight, bias = given((100, 64), (64,))
    attributes: dict[str, Any] = {"axes": (-1,), "eps": 1e-5}
    y = standardization.standardized(x, weight, bias, **attributes)
    assert y is not None
    few, wide, apart = (x[:8], weight, bias), (x.astype(np.float64), weight, bias), (x[:, ::2], weight[::2], bias[::2])
    others = [few, wide, apart, (x, 1, bias), (x, weight.astype(np.float64), bias), (x, weight, bias[:1])]
    assert all(standardization.standardized(*arrays, **attributes) is None for arrays in others)
    assert standardization.standardized(x.reshape(-1, 64, 4), **{**attributes, "axes": (-3, -1)}) is None  # short rows
    assert standardization.standardized(x, centred=False, **attributes) is None
    g = np.ones_like(x)
    for gs in ((None, y[1], None), (g, y[1], None), (g.astype(np.float64), None, None)):
        assert standardization.standardized_slopes(gs, y, x, weight, bias, **attributes) is None
