"""Tables of windows, along one axis and several, and seen from their elements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_nn.backend.windows import places, regular, transposed, uneven, with_weights


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


@given(size=st.integers(1, 6), windows=st.integers(1, 5), elements=st.integers(1, 4), seed=st.integers(0, 99))
def test_transposed(size: int, windows: int, elements: int, seed: int) -> None:
    """As matrices, which add up where a window has an element twice."""
    random = np.random.default_rng(seed)
    table, weights = random.integers(0, size, (elements, windows)), random.integers(-1, 2, (elements, windows))

    def matrix(table: Any, weights: Any, rows: int) -> Any:
        out = np.zeros((rows, table.shape[1]))
        np.add.at(out, (table, np.arange(table.shape[1])), weights)
        return out

    np.testing.assert_array_equal(matrix(*transposed(table, weights, size), windows), matrix(table, weights, size).T)


def test_weights_are_zero_outside() -> None:
    table, weights = with_weights(regular(3, 2, 2, 1, 1, 2), 3)
    np.testing.assert_array_equal(table, [[0, 1], [0, 2]])
    np.testing.assert_array_equal(weights, [[0, 1], [1, 1]])
