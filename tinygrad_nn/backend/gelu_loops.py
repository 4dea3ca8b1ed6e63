"""GELU and its slope in one pass: loops for numba, for float32."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt
from typing import Any

import numpy as np

from .jit import compiled
from .scalar_functions import SCALAR_FUNCTIONS

__all__ = ["LOOPS"]

ONE, HALF, MINUS_HALF = np.float32(1), np.float32(0.5), np.float32(-0.5)
SQRT_HALF, DENSITY = np.float32(sqrt(0.5)), np.float32(1 / sqrt(2 * pi))
FACTOR, CUBIC, CUBIC_3 = np.float32(sqrt(2 / pi)), np.float32(0.044715), np.float32(3 * 0.044715)
_erf, _exp, _tanh = SCALAR_FUNCTIONS["erf"], SCALAR_FUNCTIONS["exp"], SCALAR_FUNCTIONS["tanh"]


def _gelu(x: Any, out: Any) -> None:
    for i in range(x.size):
        out[i] = x[i] * (HALF * (ONE + _erf(x[i] * SQRT_HALF)))


def _gelu_slope(g: Any, x: Any, out: Any) -> None:
    for i in range(x.size):
        density = _exp(x[i] * x[i] * MINUS_HALF) * DENSITY
        out[i] = g[i] * (HALF * (ONE + _erf(x[i] * SQRT_HALF)) + x[i] * density)


def _gelu_tanh(x: Any, out: Any) -> None:
    for i in range(x.size):
        out[i] = x[i] * (HALF * (ONE + _tanh(x[i] * (ONE + x[i] * x[i] * CUBIC) * FACTOR)))


def _gelu_tanh_slope(g: Any, x: Any, out: Any) -> None:
    for i in range(x.size):
        t = _tanh(x[i] * (ONE + x[i] * x[i] * CUBIC) * FACTOR)
        slope = (ONE + x[i] * x[i] * CUBIC_3) * FACTOR
        out[i] = g[i] * (HALF * (ONE + t + x[i] * (ONE - t * t) * slope))


def _all_compiled(**loops: Callable[..., None]) -> dict[str, Callable[..., None]]:
    return {name: compiled(loop) or loop for name, loop in loops.items()}


# by the names of the functions, of which the last argument is where the result goes
LOOPS = _all_compiled(gelu=_gelu, gelu_slope=_gelu_slope, gelu_tanh=_gelu_tanh, gelu_tanh_slope=_gelu_tanh_slope)
