"""Rows of pooling."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_nn import ops
from tinygrad_nn.backend.windows import transposed

from .row import Row, cases


def rows() -> list[Row]:
    def window_argmax(x: Any, windows: Any) -> Any:
        columns = np.arange(windows.shape[1])
        return windows[np.argmax(x[..., windows], axis=-2), columns]

    single, apart, double = np.array([[0]]), np.array([[0, 2], [1, 0]]), np.array([[1, 2, 0], [1, 0, 1], [2, 0, 0]])
    places = (((3,), apart), ((2, 3), double), ((2, 2, 3), apart), ((1,), single), ((0, 3), apart))

    def window_sum(x: Any, windows: Any, weights: Any, back: Any, back_weights: Any, axis: int) -> Any:
        found = np.moveaxis(x, axis, -1)[..., windows] * weights
        return np.moveaxis(found.sum(-2, dtype=found.dtype), -1, axis)

    def table(windows: Any, weights: Any, size: int) -> tuple[Any, ...]:
        weights = np.array(weights, bool)
        back, back_weights = transposed(windows, weights, size)
        return windows, weights, back, back_weights.astype(bool)

    even, twice = table(apart, [[1, 1], [1, 0]], 3), table(double, [[1, 1, 1], [0, 1, 1], [1, 0, 1]], 3)
    one = table(single, [[1]], 1)
    last, before = {"axis": -1}, {"axis": -2}  # counted from the end
    sums = (
        ((3,), *even, last), ((2, 3), *twice, last), ((3, 2), *even, before), ((2, 3, 2), *twice, before),
        ((1,), *one, last), ((0, 3), *even, last), ((3, 0), *even, before), ((3, 2, 3), *twice, {"axis": -3}),
    )  # fmt: skip
    return [
        Row("window_argmax", ops.window_argmax, window_argmax, cases(*places), gradient=False),
        Row("window_sum", ops.window_sum, window_sum, cases(*sums)),
    ]
