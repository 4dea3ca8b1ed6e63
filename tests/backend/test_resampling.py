"""Tables of interpolation: each new element is a mean of old ones, and in the same number they are themselves."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from tinygrad_nn.backend.resampling import blended, cubic, linear, nearest

TABLES = [
    partial(nearest, centred=False), partial(nearest, centred=True), partial(linear, corners=False),
    partial(cubic, corners=False), partial(blended, kind="linear"), partial(blended, kind="cubic"),
]  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_weights(table: Any) -> None:
    for size in (1, 2, 5):
        for count in (1, 3, 5, 11):
            windows, weights = table(size, count, size / count)
            assert windows.shape == weights.shape
            assert windows.shape[1] == count
            assert 0 <= windows.min() <= windows.max() < size
            np.testing.assert_allclose(weights.sum(0), 1)
            if count == size:
                np.testing.assert_allclose((windows * weights).sum(0), np.arange(size), atol=1e-15)
