"""Loops over large products beside the plain operation: the same to rounding, also at the edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_nn.backend import activations, cpu
from tinygrad_nn.backend.jit import installed
from tinygrad_nn.ops.affine import _slope


@pytest.mark.skipif(installed() is None, reason="numba is not installed, or switched off")
@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.parametrize("activation", sorted(activations.ACTIVATIONS))
def test_a_bias_and_an_activation_in_one_pass(
    activation: str, threads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinygrad_nn.backend.threads.SHARED", 0 if threads else 1 << 30)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 150, 8)).astype(np.float32)
    x[0, 0], x[0, 1], x[1, 2] = np.inf, -np.inf, np.nan
    weight, bias = rng.normal(size=(200, 8)).astype(np.float32), rng.normal(size=200).astype(np.float32)
    bias[3] = -0.0
    with np.errstate(invalid="ignore"):
        fast = activations.activated_linear(cpu, x, weight, bias, activation=activation)
        assert fast.nbytes >= activations.LOOPED
        monkeypatch.setattr(activations, "installed", lambda: None)
        plain = activations.activated_linear(cpu, x, weight, bias, activation=activation)
    assert fast.dtype == np.float32
    np.testing.assert_allclose(fast, plain, rtol=1e-6, atol=0 if activation == "relu" else 1e-37)


@pytest.mark.skipif(installed() is None, reason="numba is not installed, or switched off")
def test_what_the_loops_are_not_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activations, "LOOPED", 0)
    x, weight = np.ones((3, 2)), np.ones((4, 2))
    for bias in (np.ones(4), None, np.ones(4, np.float32)):
        y = activations.activated_linear(cpu, x, weight, bias, activation="relu")
        np.testing.assert_array_equal(y, np.full((3, 4), 2.0 if bias is None else 3.0))


@pytest.mark.skipif(installed() is None, reason="numba is not installed, or switched off")
@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.parametrize("activation", sorted(activations.ACTIVATIONS))
def test_the_way_back_in_one_pass(activation: str, threads: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinygrad_nn.backend.threads.SHARED", 0 if threads else 1 << 30)
    rng = np.random.default_rng(0)
    g, y = (rng.normal(size=(150, 200)).astype(np.float32) for _ in range(2))
    y[0, :4], g[1, :4] = [np.inf, -np.inf, np.nan, 0], [np.inf, -np.inf, np.nan, 0]
    calls = []

    def rule(*arguments: Any) -> Any:
        calls.append(arguments)
        return _slope(*arguments)

    with np.errstate(invalid="ignore"):
        fast = activations.activation_slope(cpu, rule, g, y, activation)
        assert not calls
        np.testing.assert_array_equal(fast, _slope(cpu, g, y, activation))
        others = [(g[:2], y[:2]), (g.T, y.T), (g.astype(np.float64), y)]  # small, not in order, of another dtype
        for pair in others:
            slope = activations.activation_slope(cpu, rule, *pair, activation)
            np.testing.assert_array_equal(slope, _slope(cpu, *pair, activation))
    assert len(calls) == len(others)
