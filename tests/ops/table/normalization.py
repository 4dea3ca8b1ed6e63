"""The row of normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_nn.ops.normalization import standardize

from .row import Row, cases


def rows() -> list[Row]:
    def call(*xs: Any, **attributes: Any) -> Any:
        y, *statistics = standardize(*xs, **attributes)
        return y, *(s.astype(y.dtype) for s in statistics)  # those of float16 are float32

    def standardized(x: Any, weight: Any = 1, bias: Any = 0, *, axes: Any, eps: float, centred: bool = True) -> Any:
        mean = np.mean(x, axis=axes, keepdims=True) * centred
        variance = np.mean((x - mean) ** 2, axis=axes, keepdims=True)
        return [(x - mean) / np.sqrt(variance + eps) * weight + bias, mean, variance]

    layer, batch, group = {"axes": (-1,)}, {"axes": (-4, -2, -1)}, {"axes": (-3, -2, -1)}
    calls = (
        ((3, 4), layer), ((2, 3, 4), (4,), (4,), layer), ((2, 3, 3), (3, 3), (3, 3), {"axes": (-2, -1)}),
        ((3, 4), (4,), {**layer, "centred": False}), ((4,), (4,), (4,), layer), ((0, 3), (3,), (3,), layer),
        ((4, 3), (3,), (3,), {"axes": (-2,)}), ((2, 3, 2, 2), (3, 1, 1), (3, 1, 1), batch), ((2, 3, 2, 2), batch),
        ((2, 2, 2, 3, 1), (2, 2, 1, 1), (2, 2, 1, 1), group), ((2, 3, 4), {"axes": (-1,), "centred": False}),
    )  # fmt: skip
    return [Row("standardize", call, standardized, cases(*calls, eps=0.1))]
