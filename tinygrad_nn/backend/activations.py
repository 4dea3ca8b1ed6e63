"""Activations on the CPU that write where the caller says: over what goes into them, where nobody else needs that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .jit import installed
from .threads import pieces_of, shared
from .updates import BLOCK

__all__ = ["ACTIVATIONS", "activated_linear", "activation_slope", "in_one_pass", "relu", "sigmoid"]

SMALL = 1024  # elements
LOOPED = 16 * 1024  # bytes from which a loop of machine code is faster than NumPy's functions one after the other


def relu(x: Any, out: Any = None) -> Any:
    """The larger of each element and 0."""
    # maximum with an array is vectorised, with a scalar it is not: half the time, once there is enough to do
    return np.maximum(x, 0 if x.size <= SMALL else np.zeros(x.shape[-1:], x.dtype), out=out)


def sigmoid(x: Any, out: Any = None) -> Any:
    """The logistic function of each element."""
    # Exact in the left tail too, where 0.5 * tanh(0.5 * x) + 0.5 is a fifth faster but 0 below -17 in float32. Where
    # exp overflows the result is 0, as it should be.
    with np.errstate(over="ignore"):
        if x.nbytes <= BLOCK or not x.flags.c_contiguous or x.dtype.kind != "f":
            return _sigmoid(x, out)
        y = np.empty_like(x) if out is None else out
        # in parts that stay in the core's own cache, for it goes over them four times
        length = BLOCK // x.itemsize
        source, target = x.reshape(-1), y.reshape(-1)
        for start in range(0, x.size, length):
            _sigmoid(source[start : start + length], target[start : start + length])
        return y


def _sigmoid(x: Any, out: Any) -> Any:
    y = np.multiply(x, -1.0, out)
    y = np.exp(y, out)
    y += 1.0
    return np.reciprocal(y, out)


ACTIVATIONS: dict[str, Callable[..., Any]] = {"relu": relu, "sigmoid": sigmoid, "tanh": np.tanh}


def activated_linear(xp: Any, x: Any, weight: Any, bias: Any = None, *, activation: str) -> Any:
    """The operation of that name, with the activation written over the product.

    Where numba is there, bias and activation of large ones are a single pass; sigmoid and tanh differ from NumPy's by
    rounding.
    """
    y = xp.matmul(x, weight.mT)
    if bias is not None and y.nbytes >= LOOPED and y.dtype == bias.dtype == np.float32 and installed() is not None:
        from .activation_loops import FORWARD  # numba takes a while to load

        rows = y.reshape(-1, y.shape[-1])
        shared(FORWARD[activation], [(rows[piece], bias) for piece in pieces_of(rows)])
        return y
    if bias is not None:
        y += bias
    return ACTIVATIONS[activation](y, y if y.dtype.kind in "fc" else None)


def activation_slope(xp: Any, rule: Callable[..., Any], g: Any, y: Any, activation: str) -> Any:
    """The gradient of what goes into an activation, from that of its value `y`: of large ones a single pass.

    It equals that of the `rule` to the last bit.
    """
    alike = g.dtype == y.dtype == np.float32 and g.shape == y.shape and g.flags.c_contiguous and y.flags.c_contiguous
    if not alike or y.nbytes < LOOPED or installed() is None:
        return rule(xp, g, y, activation)
    from .activation_loops import BACKWARD

    slope = np.empty_like(y)
    flat = g.reshape(-1), y.reshape(-1), slope.reshape(-1)
    shared(BACKWARD[activation], [tuple(x[piece] for x in flat) for piece in pieces_of(flat[0])])
    return slope


def in_one_pass(xp: Any, name: str, rule: Callable[..., Any], *arrays: Any) -> Any:
    """What the `rule` of an elementwise function says, of large arrays of the same shape in a single pass.

    It differs from that of the rule by rounding.
    """
    first = arrays[0]
    for x in arrays:
        if x.dtype != np.float32 or x.shape != first.shape or not x.flags.c_contiguous or x.nbytes < LOOPED:
            return rule(xp, *arrays)
    if installed() is None:
        return rule(xp, *arrays)
    from .gelu_loops import LOOPS

    y = np.empty_like(first)
    flat = [x.reshape(-1) for x in (*arrays, y)]
    shared(LOOPS[name], [tuple(x[piece] for x in flat) for piece in pieces_of(flat[0])])
    return y
