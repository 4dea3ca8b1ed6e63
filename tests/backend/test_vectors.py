"""Vectors in compiled loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_nn.backend.jit import installed

pytest.importorskip("numba", reason="numba is not installed", exc_type=ImportError)
pytestmark = pytest.mark.skipif(installed() is None, reason="numba is switched off")


def test_a_product_of_a_number_and_a_sum() -> None:
    from tinygrad_nn.backend.jit import compiled
    from tinygrad_nn.backend.vectors import LANES, add_product, greater, load, spread, store, total

    def loop(x: Any, factor: Any, y: Any) -> Any:
        scaled = greater(add_product(spread(factor), load(x, 1), load(x, 0)), spread(factor))
        store(y, 2, scaled)
        return total(scaled)

    x = np.arange(-3, LANES - 2, dtype=np.float32) ** 3
    y = np.zeros(LANES + 4, np.float32)
    made = compiled(loop)
    assert made is not None
    wanted = np.maximum(0.5 * x[1:] + x[:-1], 0.5)
    assert made(x, np.float32(0.5), y) == wanted.sum()
    np.testing.assert_array_equal(y, [0, 0, *wanted, 0, 0])
    assert np.isnan(made(np.full_like(x, np.nan), np.float32(0.5), y))
