"""Sums over paths by a loop are those of whole arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_nn.backend import cpu, log_paths
from tinygrad_nn.backend.jit import installed


@pytest.mark.skipif(installed() is None, reason="the loops need numba: pip install tinygrad_nn[jit]")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("states", [1, 2, 41])
def test_a_loop_sums_what_whole_arrays_do(dtype: Any, states: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    emitted = random.standard_normal((30, 8, states)).astype(dtype)
    emitted[random.random(emitted.shape) < 0.1] = log_paths.NEVER
    inside = np.arange(30)[:, None] < random.integers(0, 31, 8)
    start = np.full((8, states), log_paths.NEVER, dtype)
    start[:, 0] = 0
    leap = np.where(random.random((8, states)) < 0.5, 0, log_paths.NEVER).astype(dtype)
    given = emitted[::-1], inside, start[:, ::-1].copy()[:, ::-1], leap  # not all of it in order
    wanted = log_paths.summed_paths(np, *given)
    monkeypatch.setattr(log_paths, "LOOPED", 0)
    found = cpu.log_paths(*given)
    assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
    np.testing.assert_allclose(found, wanted, rtol=2e-5 if dtype == np.float32 else 1e-12, atol=1e-5)
