"""The loop over rows adds up what the plain way adds up, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_nn.backend import cpu, row_sums
from tinygrad_nn.backend.jit import installed


@pytest.mark.skipif(installed() is None, reason="numba is not installed, or switched off")
@pytest.mark.parametrize("rows", [50, 3000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_same_bits(rows: int, dtype: type, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    g = random.standard_normal((20, 10, 8, 4)).astype(dtype)
    index = random.integers(-rows, rows, (20, 10))
    shape = (rows, 8, 4)
    assert row_sums.has_loop(g, index, shape)
    found = cpu.scatter_add(g, index, shape)
    with pytest.raises(IndexError, match="out of bounds for axis 0"):
        cpu.scatter_add(g, index + rows, shape)
    monkeypatch.setattr(cpu, "has_loop", lambda *arrays: False)
    wanted = cpu.scatter_add(g, index, shape)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, wanted)
