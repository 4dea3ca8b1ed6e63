"""A bias and an activation over a large product, in one pass: loops for numba, in place, for float32.

The exponentials in them are those of `scalar_functions`, which take a third of the time of NumPy's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .jit import compiled
from .scalar_functions import SCALAR_FUNCTIONS

__all__ = ["LOOPS"]

ZERO = np.float32(0)
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


LOOPS: dict[str, Callable[..., None] | None] = {
    "relu": compiled(_relu_loop), "sigmoid": compiled(_sigmoid_loop), "tanh": compiled(_tanh_loop)
}  # fmt: skip
