"""Linear layers, each in one operation, together with the activation that follows where that is one of a few."""

from __future__ import annotations

from typing import Any

from ..autograd.apply import apply
from ..autograd.op import Op, op, vjp
from ..autograd.variable import Variable
from ..backend.dtypes import is_differentiable
from . import activation as functions
from . import trigonometric
from .batching import padded
from .kernel import by_kernel
from .linalg import matmul_batch, rows
from .operands import as_tensor

__all__ = ["linear"]

# Those whose slope follows from their value, so that what goes into them need not be kept.
ACTIVATIONS: dict[str, Op] = {"relu": functions.relu, "sigmoid": functions.sigmoid, "tanh": trigonometric.tanh}


def _product(xp: Any, x: Any, matrix: Any) -> Any:
    """``x @ matrix``, with all rows of `x` in one product, not one for each sample."""
    if x.ndim <= 2:
        return xp.matmul(x, matrix)
    return xp.reshape(xp.matmul(rows(xp, x), matrix), (*x.shape[:-1], matrix.shape[-1]))


def _linear_jvp(xp: Any, tangents: Any, y: Any, x: Any, weight: Any, bias: Any = None) -> Any:
    of_x, of_weight, of_bias = (*tangents, None)[:3]
    parts = [] if of_x is None else [xp.matmul(of_x, weight.mT)]
    if of_weight is not None:
        parts.append(xp.matmul(x, of_weight.mT))
    if of_bias is not None:
        parts.append(xp.broadcast_to(of_bias, y.shape))
    return sum(parts[1:], parts[0])


def _linear_batch(xp: Any, batched: Any, x: Any, weight: Any, bias: Any = None) -> Any:
    y = matmul_batch(xp, batched[:2], x, weight.mT) if any(batched[:2]) else xp.matmul(x, weight.mT)
    if bias is None:
        return y
    if not batched[2]:
        return y + bias
    return y + padded(bias, y.ndim - any(batched[:2]))


def _weight_vjp(xp: Any, g: Any, y: Any, x: Any, weight: Any, bias: Any = None, activation: str = "") -> Any:
    return xp.matmul(g.mT, x) if g.ndim == 2 else xp.matmul(rows(xp, g).mT, rows(xp, x))


def _bias_vjp(xp: Any, g: Any, y: Any, x: Any, weight: Any, bias: Any = None, activation: str = "") -> Any:
    return xp.sum(g if g.ndim == 2 else rows(xp, g), axis=0)


_RULES = (
    vjp(lambda xp, g, y, x, weight, bias=None, activation="": _product(xp, g, weight), reads="weight"),
    vjp(_weight_vjp, reads="x"),
    vjp(_bias_vjp),
)


@op(*_RULES, name="linear", jvp=_linear_jvp, batch=_linear_batch)
def _linear(xp: Any, x: Any, weight: Any, bias: Any = None) -> Any:
    """A linear layer in one operation: ``x @ weight.T + bias``."""
    y = _product(xp, x, weight.mT)
    if bias is not None:
        y += bias
    return y


def _slope(xp: Any, g: Any, y: Any, activation: str) -> Any:
    return ACTIVATIONS[activation].rules[0](xp, g, y, None)


def before_activation(xp: Any, g: Any, y: Any, *inputs: Any, activation: str, **settings: Any) -> Any:
    """The gradient of what goes into the activation of a layer, from that of its value `y`."""
    return by_kernel(xp, "activation_slope", _slope, g, y, activation)


def _activated_jvp(xp: Any, tangents: Any, y: Any, *inputs: Any, activation: str) -> Any:
    return _slope(xp, _linear_jvp(xp, tangents, y, *inputs), y, activation)


def _activated_batch(xp: Any, batched: Any, *inputs: Any, activation: str) -> Any:
    return ACTIVATIONS[activation].forward(xp, _linear_batch(xp, batched, *inputs))


@op(
    *_RULES,
    outer=vjp(before_activation, reads="y"),
    jvp=_activated_jvp,
    batch=_activated_batch,
)
def activated_linear(xp: Any, x: Any, weight: Any, bias: Any = None, *, activation: str) -> Any:
    """A linear layer and its activation in one operation: ``activation(x @ weight.T + bias)``."""
    return ACTIVATIONS[activation].forward(xp, _linear.forward(xp, x, weight, bias))


def linear(x: Any, weight: Any, bias: Any = None, *, activation: str | None = None) -> Any:
    """Apply a linear layer: ``y = x @ weight.T + bias``.

    Parameters
    ----------
    x : Tensor
        Shape (..., in).
    weight : Tensor
        Shape (out, in).
    bias : Tensor or None
        Shape (out,).
    activation : str or None
        What follows each element: ``"relu"``, ``"sigmoid"`` or ``"tanh"``. In one operation it takes less time and
        memory than in two; the values are the same.

    Returns
    -------
    Tensor
        Shape (..., out).

    Raises
    ------
    TypeError
        `x` is of integers or bools, and the weight is not.
    ValueError
        The shapes do not fit, or there is no such activation here.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linear(tg.ones((2, 3)), tg.ones((4, 3)), tg.zeros((4,))).shape
    (2, 4)
    >>> tg.linear(tg.asarray([1.0, -2.0]), tg.asarray([[1.0, 0.0], [0.0, 1.0]]), activation="relu")
    Tensor([1., 0.], dtype=float32)
    """
    if not (isinstance(x, Variable) and isinstance(weight, Variable)):  # a layer calls with tensors
        x, weight = as_tensor("linear", x), as_tensor("linear", weight)
    shape = weight.array.shape
    if len(shape) != 2 or x.array.shape[-1:] != shape[1:]:
        raise ValueError(f"linear: x has shape {x.shape}, weight {shape}; wanted (..., in) and (out, in)")
    kind, own = x.array.dtype, weight.array.dtype
    if kind is not own and is_differentiable(own) and not is_differentiable(kind):
        raise TypeError(f"linear: x has dtype {kind}, wanted a floating one; x.astype(tg.{own}) converts it")
    operands: tuple[Any, ...] = (x, weight)
    if bias is not None:
        if not isinstance(bias, Variable):
            bias = as_tensor("linear", bias)
        if bias.array.shape != shape[:1]:
            raise ValueError(f"linear: bias has shape {bias.shape}, wanted {shape[:1]}")
        operands = (x, weight, bias)
    if activation is None:
        return apply(_linear, operands)
    if activation not in ACTIVATIONS:
        raise ValueError(f"linear: activation={activation!r}; wanted is one of {', '.join(ACTIVATIONS)}, or None")
    return apply(activated_linear, operands, {"activation": activation})
