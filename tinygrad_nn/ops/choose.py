"""Choosing one of several arrays, elementwise. Subgradients are PyTorch's: at ties half to each side."""

from __future__ import annotations

from typing import Any

from ..autograd.op import elementwise, vjp
from .arithmetic import positive

__all__ = ["clip", "maximum", "minimum", "where"]


@elementwise(
    vjp(lambda xp, g, y, a, b: g * (a > b) + g * 0.5 * xp.equal(a, b), reads="a b"),
    vjp(lambda xp, g, y, a, b: g * (b > a) + g * 0.5 * xp.equal(a, b), reads="a b"),
)
def maximum(xp: Any, a: Any, b: Any) -> Any:
    """Larger of two arrays, elementwise; at ties each gets half of the gradient.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.maximum(tg.asarray([1.0, 5.0]), 3)
    Tensor([3., 5.], dtype=float32)
    """
    return xp.maximum(a, b)


@elementwise(
    vjp(lambda xp, g, y, a, b: g * (a < b) + g * 0.5 * xp.equal(a, b), reads="a b"),
    vjp(lambda xp, g, y, a, b: g * (b < a) + g * 0.5 * xp.equal(a, b), reads="a b"),
)
def minimum(xp: Any, a: Any, b: Any) -> Any:
    """Smaller of two arrays, elementwise; at ties each gets half of the gradient.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.minimum(tg.asarray([1.0, 5.0]), 3)
    Tensor([1., 3.], dtype=float32)
    """
    return xp.minimum(a, b)


@elementwise(
    vjp(lambda xp, g, y, condition, a, b: xp.zeros_like(g)),
    vjp(lambda xp, g, y, condition, a, b: xp.where(condition, g, 0), reads="condition"),
    vjp(lambda xp, g, y, condition, a, b: xp.where(condition, 0, g), reads="condition"),
)
def where(xp: Any, condition: Any, a: Any, b: Any) -> Any:
    """`a` where the condition holds, else `b`, elementwise; the gradient goes to the one chosen.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.where(tg.asarray([True, False]), tg.asarray([1.0, 2.0]), 0)
    Tensor([1., 0.], dtype=float32)
    """
    return xp.where(condition, a, b)


def clip(x: Any, min: Any = None, max: Any = None) -> Any:
    """Limit each element to the interval [min, max]; its gradient is 1 inside and at the bounds, else 0.

    Parameters
    ----------
    x : Tensor
        Any shape, real dtype.
    min, max : Tensor, scalar or None
        Bounds, broadcast against `x`; None for none.

    Returns
    -------
    Tensor
        Of the broadcast shape.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.clip(tg.asarray([-2.0, 0.5, 3.0]), 0, 1)
    Tensor([0. , 0.5, 1. ], dtype=float32)
    """
    if min is not None:
        x = _at_least(x, min)
    if max is not None:
        x = _at_most(x, max)
    return x if min is not None or max is not None else positive(x)


@elementwise(
    vjp(lambda xp, g, y, x, bound: g * (x >= bound), reads="x bound"),
    vjp(lambda xp, g, y, x, bound: g * (x < bound), reads="x bound"),
    name="at_least",
)
def _at_least(xp: Any, x: Any, bound: Any) -> Any:
    """The larger of `x` and a bound, elementwise; at the bound the gradient is that of `x`."""
    return xp.maximum(x, bound)


@elementwise(
    vjp(lambda xp, g, y, x, bound: g * (x <= bound), reads="x bound"),
    vjp(lambda xp, g, y, x, bound: g * (x > bound), reads="x bound"),
    name="at_most",
)
def _at_most(xp: Any, x: Any, bound: Any) -> Any:
    """The smaller of `x` and a bound, elementwise; at the bound the gradient is that of `x`."""
    return xp.minimum(x, bound)
