"""Rounding and signs, elementwise. Steps have gradient zero, everywhere."""

from __future__ import annotations

from typing import Any

from ..autograd.op import elementwise, vjp

__all__ = ["ceil", "copysign", "floor", "round", "sign", "trunc"]


@elementwise(vjp(lambda xp, g, y, x: xp.zeros_like(g)))
def floor(xp: Any, x: Any) -> Any:
    """Largest integer that is not larger, of each element; its gradient is zero.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.floor(tg.asarray([-1.5, 1.5]))
    Tensor([-2.,  1.], dtype=float32)
    """
    return xp.floor(x)


@elementwise(vjp(lambda xp, g, y, x: xp.zeros_like(g)))
def ceil(xp: Any, x: Any) -> Any:
    """Smallest integer that is not smaller, of each element; its gradient is zero.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.ceil(tg.asarray([-1.5, 1.5]))
    Tensor([-1.,  2.], dtype=float32)
    """
    return xp.ceil(x)


@elementwise(vjp(lambda xp, g, y, x: xp.zeros_like(g)))
def round(xp: Any, x: Any) -> Any:
    """Nearest integer of each element, halves to the even one; its gradient is zero.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.round(tg.asarray([0.5, 1.5, 1.7]))
    Tensor([0., 2., 2.], dtype=float32)
    """
    return xp.round(x)


@elementwise(vjp(lambda xp, g, y, x: xp.zeros_like(g)))
def trunc(xp: Any, x: Any) -> Any:
    """Nearest integer towards zero, of each element; its gradient is zero.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.trunc(tg.asarray([-1.5, 1.5]))
    Tensor([-1.,  1.], dtype=float32)
    """
    return xp.trunc(x)


@elementwise(vjp(lambda xp, g, y, x: xp.zeros_like(g)))
def sign(xp: Any, x: Any) -> Any:
    """Sign of each element, -1, 0 or 1; its gradient is zero.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.sign(tg.asarray([-3.0, 0.0, 2.0]))
    Tensor([-1.,  0.,  1.], dtype=float32)
    """
    return xp.sign(x)


@elementwise(
    vjp(lambda xp, g, y, a, b: g * (xp.sign(a) * xp.sign(y)), reads="y a"),
    vjp(lambda xp, g, y, a, b: xp.zeros_like(g)),
)
def copysign(xp: Any, a: Any, b: Any) -> Any:
    """Size of `a` with the sign of `b`, elementwise.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.copysign(tg.asarray([1.0, -2.0]), -1)
    Tensor([-1., -2.], dtype=float32)
    """
    return xp.copysign(a, b)
