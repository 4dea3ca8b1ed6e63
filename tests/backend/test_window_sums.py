"""The loops add up windows as the plain way does, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_nn.backend.jit import installed
from tinygrad_nn.backend.window_sums import window_sum, windows_sum


@pytest.mark.skipif(installed() is None, reason="numba is not installed, or switched off")
@pytest.mark.parametrize("axis", [-1, -2, -3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_same_bits(axis: int, dtype: Any) -> None:
    random = np.random.default_rng(0)
    x = random.standard_normal((20, 21, 22)).astype(dtype)
    table, weights = random.integers(0, 20, (3, 9)), random.standard_normal((3, 9)).astype(dtype)
    weights[1:, ::2] = 0  # those do not count
    x.flat[::7] = np.nan
    back = np.zeros((1, x.shape[axis]), np.int64), np.zeros((1, x.shape[axis]), dtype)
    for array in (x, x[:, ::-1]):
        found = window_sum(array, table, weights, *back, axis)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, windows_sum(array, table, weights, axis))
    for beyond in (22, -1):
        table[2, 3] = beyond
        with pytest.raises(IndexError, match=r"windows reach from -?\d+ to \d+ along an axis of 2\d"):
            window_sum(x, table, weights, *back, axis)


def test_what_has_no_weight_does_not_count() -> None:
    x, table = np.array([np.nan, np.inf, 3.0]), np.array([[0, 2], [1, 1]])
    np.testing.assert_array_equal(windows_sum(x, table, np.array([[0.0, 2.0], [0.0, 0.0]]), -1), [0, 6])


def test_float16_is_added_up_in_float32() -> None:
    x, table, weights = np.float16([60000, 60000, 1]), np.array([[0, 0], [1, 2], [0, 1]]), np.ones((3, 2), np.float16)
    weights[2] = -1
    np.testing.assert_array_equal(windows_sum(x, table, weights, -1), np.float16([60000, 1]))
    assert windows_sum(x, table, weights, -1).dtype == np.float16
