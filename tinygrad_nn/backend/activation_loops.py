"""A bias and an activation over a large product, in one pass, and the way back: loops for numba, for float32.

The exponentials in them are those of `scalar_functions`, which take a third of the time of NumPy's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .jit import compiled
from .scalar_functions import SCALAR_FUNCTIONS

__all__ = ["BACKWARD", "FORWARD"]

ZERO, ONE = np.float32(0), np.float32(1)
_sigmoid, _tanh = SCALAR_FUNCTIONS["sigmoid"], SCALAR_FUNCTIONS["tanh"]


def _relu_loop(y: Any, bias: Any) -> None:
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            z = y[i, j] + bias[j]
            y[i, j] = z if (z >= 0) | (z != z) else ZERO


def _sigmoid_loop(y: Any, bias: Any) -> None:
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = _sigmoid(y[i, j] + bias[j])


def _tanh_loop(y: Any, bias: Any) -> None:
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = _tanh(y[i, j] + bias[j])


def _relu_slope(g: Any, y: Any, slope: Any) -> None:
    for i in range(y.size):
        slope[i] = g[i] * (ONE if y[i] > 0 else ZERO)


def _sigmoid_slope(g: Any, y: Any, slope: Any) -> None:
    for i in range(y.size):
        slope[i] = g[i] * (y[i] * (ONE - y[i]))


def _tanh_slope(g: Any, y: Any, slope: Any) -> None:
    for i in range(y.size):
        slope[i] = g[i] * (ONE - y[i] * y[i])


def _all_compiled(**loops: Callable[..., None]) -> dict[str, Callable[..., None]]:
    return {name: compiled(loop) or loop for name, loop in loops.items()}


# of the product, which they overwrite, and the bias; of the gradient and the value, into a third array
FORWARD = _all_compiled(relu=_relu_loop, sigmoid=_sigmoid_loop, tanh=_tanh_loop)
BACKWARD = _all_compiled(relu=_relu_slope, sigmoid=_sigmoid_slope, tanh=_tanh_slope)
