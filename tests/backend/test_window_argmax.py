"""The loop finds the greatest elements of windows at the same places as the plain way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_nn.backend import window_argmax
from tinygrad_nn.backend.jit import installed


@pytest.mark.skipif(installed() is None, reason="numba is not installed, or switched off")
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_same_places(dtype: Any) -> None:
    random = np.random.default_rng(0)
    x = random.integers(-3, 3, (9, 5, 150)).astype(dtype)
    if x.dtype.kind == "f":
        x[random.random(x.shape) < 0.1] = np.nan
    table = random.integers(0, 150, (4, 70))
    out = np.full((9, 5, 70), 77)
    window_argmax.window_argmax_loop(x, table, out)
    np.testing.assert_array_equal(out, window_argmax.windows_argmax(np, x, table))
    np.testing.assert_array_equal(out, window_argmax.window_argmax(x[:, ::-1], table)[:, ::-1])
    for beyond in (150, -1):
        table[2, 3] = beyond
        with pytest.raises(IndexError, match=r"windows reach from -?\d+ to \d+ along an axis of 150"):
            window_argmax.window_argmax_loop(x, table, out)
