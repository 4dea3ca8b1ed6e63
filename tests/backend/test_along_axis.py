"""The loops along the last axis do what the plain way does, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_nn.backend import cpu
from tinygrad_nn.backend.along_axis import along_last
from tinygrad_nn.backend.jit import installed


@pytest.mark.skipif(installed() is None, reason="numba is not installed, or switched off")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_same_bits(dtype: type, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    x, g = random.standard_normal((20, 10, 40)).astype(dtype), random.standard_normal((20, 10, 60)).astype(dtype)
    index = random.integers(-40, 40, (20, 10, 60))
    assert along_last(x, index, -1)
    assert along_last(g, index, 2)
    found = cpu.take_along_axis(x, index, 2), cpu.put_along_axis(g, index, -1, 40)
    for call in (lambda: cpu.take_along_axis(x, index + 40), lambda: cpu.put_along_axis(g, index + 40, 2, 40)):
        with pytest.raises(IndexError, match="is out of bounds for axis 2 with size 40"):
            call()
    monkeypatch.setattr(cpu, "along_last", lambda *arrays: False)
    wanted = cpu.take_along_axis(x, index, 2), cpu.put_along_axis(g, index, -1, 40)
    for y, z in zip(found, wanted):
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, z)


def test_what_the_loops_do_not_do() -> None:
    x, index = np.zeros((20, 3000), np.float32), np.zeros((20, 3000), np.int64)
    for array, indices, axis in (
        (x, index, 0), (x[:, ::2], index, 1), (x, index[:, ::2], 1), (x[:1], index, 1), (x[:, :3], index[:, :3], 1),
        (x.astype(np.float16), index, 1), (x, index.astype(np.uint64), 1),
    ):  # fmt: skip
        assert not along_last(array, indices, axis)
