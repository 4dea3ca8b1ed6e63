"""What random programs are made of: views, functions with their derivatives, operators, places to write to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

import tinygrad_nn as tg

SHAPES = ((2, 2), (2,), (), (2, 1), (1, 2), (4,), (3,))
MOST = 10  # tensors at a time
LARGEST = 30.0  # values and derivatives beyond it are not computed with, so that rounding stays small

# Each works on tensors and on NumPy arrays alike; the dots keep NumPy from copying an element.
VIEWS: dict[str, Callable[[Any], Any]] = {
    "first": lambda x: x[0, ...],
    "last, kept": lambda x: x[-1:],
    "head": lambda x: x[:1],
    "tail": lambda x: x[1:],
    "every second": lambda x: x[::2],
    "backwards": lambda x: x[::-1],
    "last axis, first": lambda x: x[..., 0],
    "last axis, tail": lambda x: x[..., 1:],
    "new axis": lambda x: x[None],
    "all": lambda x: x[...],
    "element": lambda x: x[(0,) * x.ndim + (...,)],
}
TENSOR_VIEWS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "mT": (lambda x: x.mT, lambda x: x.mT),
    "permute_dims": (lambda x: x.permute_dims(tuple(range(x.ndim))[::-1]), lambda x: x.T),
    "flip": (lambda x: x.flip(), np.flip),
    "flip 0": (lambda x: x.flip(0), lambda x: np.flip(x, 0)),
    "squeeze": (lambda x: x.squeeze(), np.squeeze),
    "expand_dims": (lambda x: x.expand_dims(0), lambda x: np.expand_dims(x, 0)),
    "swapaxes": (lambda x: x.swapaxes(0, -1), lambda x: np.swapaxes(x, 0, -1)),
    "moveaxis": (lambda x: x.moveaxis(0, -1), lambda x: np.moveaxis(x, 0, -1)),
    "broadcast_to": (lambda x: x.broadcast_to((2, *x.shape)), lambda x: np.broadcast_to(x, (2, *x.shape))),
    "diagonal": (tg.linalg.diagonal, lambda x: x.reshape((*x.shape[:-2], x.shape[-1] ** 2))[..., :: x.shape[-1] + 1]),
    "unstack": (lambda x: tg.unstack(x)[-1], lambda x: x[-1, ...]),
    "reshape": (lambda x: x.reshape(-1), lambda x: x.reshape(-1)),
    "reshape to rows": (lambda x: x.reshape(-1, 1), lambda x: x.reshape(-1, 1)),
    "reshape to a square": (lambda x: x.reshape(2, 2), lambda x: x.reshape(2, 2)),
}  # fmt: skip
LAYOUT = ("diagonal", "reshape", "reshape to rows", "reshape to a square")
WAYS = {name: (f, f) for name, f in VIEWS.items()} | TENSOR_VIEWS
INDICES = {name: VIEWS[name] for name in ("first", "head", "tail", "every second", "backwards", "last axis, first")}
PLACES = {"first": 0, "head": slice(1), "tail": slice(1, None), "every second": slice(None, None, 2),
          "backwards": slice(None, None, -1), "last axis, first": (..., 0)}  # fmt: skip

# The function of the framework, that of NumPy, and its first two derivatives from x and y.
UNARY: dict[str, tuple[Any, Any, Any, Any]] = {
    "exp": (lambda x: tg.exp(x), np.exp, lambda x, y: y, lambda x, y: y),
    "tanh": (lambda x: tg.tanh(x), np.tanh, lambda x, y: 1 - y * y, lambda x, y: -2 * y * (1 - y * y)),
    "sin": (lambda x: tg.sin(x), np.sin, lambda x, y: np.cos(x), lambda x, y: -y),
    "square": (lambda x: tg.square(x), np.square, lambda x, y: 2 * x, lambda x, y: np.full_like(x, 2)),
    "cube": (lambda x: x**3, lambda x: x**3, lambda x, y: 3 * x * x, lambda x, y: 6 * x),
    "copy": (lambda x: x.copy(), lambda x: x, lambda x, y: np.ones_like(x), lambda x, y: np.zeros_like(x)),
    "negative": (lambda x: -x, lambda x: -x, lambda x, y: -np.ones_like(x), lambda x, y: np.zeros_like(x)),
    "half": (lambda x: x * 0.5, lambda x: x * 0.5, lambda x, y: np.full_like(x, 0.5), lambda x, y: np.zeros_like(x)),
    "plus one": (lambda x: x + 1, lambda x: x + 1, lambda x, y: np.ones_like(x), lambda x, y: np.zeros_like(x)),
}
BINARY = ("+", "-", "*")
OPERATE: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
}  # fmt: skip
IN_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a.__iadd__(b), "-": lambda a, b: a.__isub__(b), "*": lambda a, b: a.__imul__(b),
}  # fmt: skip

which = st.integers(0, 4 * MOST - 1)
numbers = st.sampled_from([-1.5, -0.5, 0.0, 0.5, 1.25])
flags = st.booleans()
mostly = st.sampled_from([True] * 5 + [False])
rarely = st.sampled_from([False, False, True])
