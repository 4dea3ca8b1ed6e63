"""Rows of pooling."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_nn import ops

from .row import Row, cases


def rows() -> list[Row]:
    def window_argmax(x: Any, windows: Any) -> Any:
        columns = np.arange(windows.shape[1])
        return windows[np.argmax(x[..., windows], axis=-2), columns]

    single, apart, double = np.array([[0]]), np.array([[0, 2], [1, 0]]), np.array([[1, 2, 0], [1, 0, 1], [2, 0, 0]])
    calls = (((3,), apart), ((2, 3), double), ((2, 2, 3), apart), ((1,), single), ((0, 3), apart))
    return [Row("window_argmax", ops.window_argmax, window_argmax, cases(*calls), gradient=False)]
