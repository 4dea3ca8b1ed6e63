"""Exponentials, logarithms and the error function, elementwise."""

from __future__ import annotations

import math
from typing import Any

from ..autograd.op import elementwise, vjp

__all__ = ["erf", "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "logaddexp"]

_LN2, _LN10, _TWO_OVER_SQRT_PI = math.log(2), math.log(10), 2 / math.sqrt(math.pi)


@elementwise(vjp(lambda xp, g, y, x: g * y, reads="y"))
def exp(xp: Any, x: Any) -> Any:
    """Exponential of each element: ``e ** x``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.exp(tg.asarray([0.0, 1.0], tg.float64))
    Tensor([1.        , 2.71828183], dtype=float64)
    """
    return xp.exp(x)


@elementwise(vjp(lambda xp, g, y, x: g * y * _LN2, reads="y"))
def exp2(xp: Any, x: Any) -> Any:
    """Two to the power of each element: ``2 ** x``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.exp2(tg.asarray([-1.0, 3.0]))
    Tensor([0.5, 8. ], dtype=float32)
    """
    return xp.exp2(x)


@elementwise(vjp(lambda xp, g, y, x: g * (y + 1), reads="y"))
def expm1(xp: Any, x: Any) -> Any:
    """``exp(x) - 1`` of each element, exact for small ones.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.expm1(tg.asarray([0.0, 1e-10], tg.float64))
    Tensor([0.e+00, 1.e-10], dtype=float64)
    """
    return xp.expm1(x)


@elementwise(vjp(lambda xp, g, y, x: g / x, reads="x"))
def log(xp: Any, x: Any) -> Any:
    """Natural logarithm of each element; -inf of 0, NaN of negative ones.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.log(tg.asarray([1.0, 10.0], tg.float64))
    Tensor([0.        , 2.30258509], dtype=float64)
    """
    return xp.log(x)


@elementwise(vjp(lambda xp, g, y, x: g / (x + 1), reads="x"))
def log1p(xp: Any, x: Any) -> Any:
    """``log(1 + x)`` of each element, exact for small ones.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.log1p(tg.asarray([0.0, 1e-10], tg.float64))
    Tensor([0.e+00, 1.e-10], dtype=float64)
    """
    return xp.log1p(x)


@elementwise(vjp(lambda xp, g, y, x: g / (x * _LN2), reads="x"))
def log2(xp: Any, x: Any) -> Any:
    """Logarithm to base 2 of each element.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.log2(tg.asarray([0.5, 8.0]))
    Tensor([-1.,  3.], dtype=float32)
    """
    return xp.log2(x)


@elementwise(vjp(lambda xp, g, y, x: g / (x * _LN10), reads="x"))
def log10(xp: Any, x: Any) -> Any:
    """Logarithm to base 10 of each element.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.log10(tg.asarray([1.0, 1000.0], tg.float64))
    Tensor([0., 3.], dtype=float64)
    """
    return xp.log10(x)


@elementwise(
    vjp(lambda xp, g, y, a, b: g * xp.sigmoid(a - b), reads="a b"),
    vjp(lambda xp, g, y, a, b: g * xp.sigmoid(b - a), reads="a b"),
)
def logaddexp(xp: Any, a: Any, b: Any) -> Any:
    """Logarithm of a sum of exponentials, elementwise and without overflow: ``log(exp(a) + exp(b))``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.logaddexp(tg.asarray([0.0, 1000.0], tg.float64), 0.0)
    Tensor([6.93147181e-01, 1.00000000e+03], dtype=float64)
    """
    return xp.logaddexp(a, b)


@elementwise(vjp(lambda xp, g, y, x: g * xp.exp(-x * x) * _TWO_OVER_SQRT_PI, reads="x"))
def erf(xp: Any, x: Any) -> Any:
    """Error function of each element: the integral of ``2 / sqrt(pi) * exp(-t * t)`` from 0 to x.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.erf(tg.asarray([0.0, 1.0], tg.float64))
    Tensor([0.        , 0.84270079], dtype=float64)
    """
    return xp.erf(x)
