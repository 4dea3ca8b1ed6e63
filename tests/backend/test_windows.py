"""Tables of windows, and the loop that finds the greatest element of each: the same places as the plain way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_nn.backend import windows
from tinygrad_nn.backend.jit import installed
from tinygrad_nn.backend.windows import places, regular, uneven


def test_windows_along_an_axis() -> None:
    np.testing.assert_array_equal(regular(6, 3, 2, 1, 1, 3), [[-1, 0, 1], [1, 2, 3], [3, 4, 5]])
    np.testing.assert_array_equal(regular(4, 2, 1, 0, 3, 1), [[0, 3]])
    np.testing.assert_array_equal(uneven(5, 3), [[0, 1, -1], [1, 2, 3], [3, 4, -1]])
    np.testing.assert_array_equal(uneven(2, 4), [[0], [0], [1], [1]])


def test_tables() -> None:
    """A place outside is the one before again."""
    table = places([regular(3, 2, 1, 0, 1, 2), regular(2, 2, 2, 1, 1, 2)], (3, 2))
    np.testing.assert_array_equal(table.T, [[0, 0, 0, 2], [1, 1, 3, 3], [2, 2, 2, 4], [3, 3, 5, 5]])
    with pytest.raises(ValueError, match="a window has no element"):
        places([regular(1, 2, 1, 2, 3, 1)], (1,))


@pytest.mark.skipif(installed() is None, reason="numba is not installed, or switched off")
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_the_loop_finds_the_same_places(dtype: Any) -> None:
    random = np.random.default_rng(0)
    x = random.integers(-3, 3, (9, 5, 150)).astype(dtype)
    if x.dtype.kind == "f":
        x[random.random(x.shape) < 0.1] = np.nan
    table = random.integers(0, 150, (4, 70))
    out = np.full((9, 5, 70), 77)
    windows.window_argmax_loop(x, table, out)
    np.testing.assert_array_equal(out, windows.windows_argmax(np, x, table))
    np.testing.assert_array_equal(out, windows.window_argmax(x[:, ::-1], table)[:, ::-1])
    for beyond in (150, -1):
        table[2, 3] = beyond
        with pytest.raises(IndexError, match=r"windows reach from -?\d+ to \d+ along an axis of 150"):
            windows.window_argmax_loop(x, table, out)
