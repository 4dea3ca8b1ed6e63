"""Rounding and signs, elementwise. Steps have gradient zero, everywhere."""

from __future__ import annotations

from typing import Any

from ..autograd.op import elementwise, vjp

__all__ = ["ceil", "copysign", "floor", "nextafter", "round", "sign", "trunc"]


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


def _turned(xp: Any, t: Any, x: Any) -> Any:
    """How ``x / |x|`` moves with `x`, along `t`: real numbers keep their sign, complex ones turn."""
    if x.dtype.kind != "c":
        return xp.zeros_like(t)
    size = xp.abs(x)
    size = xp.where(xp.equal(size, 0), 1, size)
    y = x / size
    return (t - y * xp.real(xp.conj(y) * t)) / size


@elementwise(
    vjp(lambda xp, g, y, x: xp.conj(_turned(xp, xp.conj(g), x)), reads="x"),
    jvp=lambda xp, tangents, y, x: _turned(xp, tangents[0], x),
)
def sign(xp: Any, x: Any) -> Any:
    """Sign of each element, -1, 0 or 1, with a gradient of zero; of a complex element, ``x / abs(x)``.

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


@elementwise(vjp(lambda xp, g, y, a, b: g), vjp(lambda xp, g, y, a, b: xp.zeros_like(g)))
def nextafter(xp: Any, a: Any, b: Any) -> Any:
    """The next floating number after `a` in the direction of `b`, elementwise; its gradient is that of `a` itself.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.nextafter(tg.asarray([1.0], tg.float64), 2.0) - 1.0
    Tensor([2.22044605e-16], dtype=float64)
    """
    return xp.nextafter(a, b)
