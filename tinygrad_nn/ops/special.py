"""Functions of statistics and of signals, elementwise."""

from __future__ import annotations

import math
from math import inf, pi
from numbers import Number
from typing import Any

from ..autograd.op import elementwise, vjp

__all__ = ["entr", "erfc", "erfinv", "logit", "sinc", "xlogy"]

_SQRT_PI = math.sqrt(pi)

# The derivative of sin(z) / z is z times a power series in z²; its coefficients, highest power first.
_SINC_SLOPE = tuple((-1) ** k * 2 * k / math.factorial(2 * k + 1) for k in range(8, 0, -1))


@elementwise(vjp(lambda xp, g, y, x: g * xp.exp(-x * x) * (-2 / _SQRT_PI), reads="x"))
def erfc(xp: Any, x: Any) -> Any:
    """One minus the error function of each element, exact where that is small.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.erfc(tg.asarray([0.0, 10.0], tg.float64))
    Tensor([1.00000000e+00, 2.08848758e-45], dtype=float64)
    """
    return xp.erfc(x)


@elementwise(vjp(lambda xp, g, y, x: g * xp.exp(y * y) * (_SQRT_PI / 2), reads="y"))
def erfinv(xp: Any, x: Any) -> Any:
    """Inverse of the error function, elementwise: infinite at -1 and 1, NaN beyond.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.erfinv(tg.asarray([0.0, 0.5], tg.float64))
    Tensor([0.        , 0.47693628], dtype=float64)
    """
    return xp.erfinv(x)


@elementwise(vjp(lambda xp, g, y, x: g / (x * (1 - x)), reads="x"))
def logit(xp: Any, x: Any) -> Any:
    """Logarithm of the odds of a probability, elementwise: ``log(x / (1 - x))``, the inverse of the sigmoid.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.logit(tg.asarray([0.5, 0.9], tg.float64))
    Tensor([0.        , 2.19722458], dtype=float64)
    """
    near = xp.less(xp.abs(x - 0.5), 0.25)  # where the difference of logarithms would cancel
    return xp.where(near, 2 * xp.atanh(2 * xp.where(near, x, 0.5) - 1), xp.log(x) - xp.log1p(-x))


def _sinc_vjp(xp: Any, g: Any, y: Any, x: Any) -> Any:
    z = x * pi
    near = xp.less(xp.abs(z), 1)
    small = xp.where(near, z, 0)
    square = small * small
    series = square * _SINC_SLOPE[0] + _SINC_SLOPE[1]
    for c in _SINC_SLOPE[2:]:
        series = series * square + c
    far = xp.where(near, 1, z)
    return g * xp.where(near, small * series, (xp.cos(far) - xp.sin(far) / far) / far) * pi


@elementwise(vjp(_sinc_vjp, reads="x"))
def sinc(xp: Any, x: Any) -> Any:
    """``sin(pi * x) / (pi * x)`` of each element; 1 at 0.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.sinc(tg.asarray([0.0, 0.5], tg.float64))
    Tensor([1.        , 0.63661977], dtype=float64)
    """
    zero = xp.equal(x, 0)
    z = xp.where(zero, 1, x) * pi
    return xp.where(zero, 1, xp.sin(z) / z)


def _beside(xp: Any, a: Any, b: Any) -> Any:
    """A number as an array of the shape beside it; one of Python's takes the dtype of that, too."""
    return xp.zeros_like(a) + b if isinstance(b, Number) else b


def _log_of_weighted(xp: Any, a: Any, b: Any) -> Any:
    """log(b), and 0 where the weight `a` is 0 and `b` none that has a finite slope: PyTorch's gradient of `a`."""
    b = _beside(xp, a, b)
    return xp.log(xp.where(xp.logical_and(a == 0, b <= 0), 1, b))


@elementwise(
    vjp(lambda xp, g, y, a, b: g * _log_of_weighted(xp, a, b), reads="a b"),
    vjp(lambda xp, g, y, a, b: g * a / b, reads="a b"),
)
def xlogy(xp: Any, a: Any, b: Any) -> Any:
    """``a * log(b)``, elementwise, and 0 where `a` is 0, whatever `b` is but NaN.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.xlogy(tg.asarray([0.0, 2.0], tg.float64), tg.asarray([0.0, 3.0], tg.float64))
    Tensor([0.        , 2.19722458], dtype=float64)
    """
    b = _beside(xp, a, b)
    weightless = xp.logical_and(a == 0, xp.equal(b, b))  # only NaN differs from itself; the weight may be a number
    return a * xp.log(xp.where(weightless, 1, b))


@elementwise(vjp(lambda xp, g, y, x: -g * (xp.log(x) + 1), reads="x"))
def entr(xp: Any, x: Any) -> Any:
    """``-x * log(x)`` of each element, what a probability adds to an entropy: 0 at 0, -inf below.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.entr(tg.asarray([0.0, 0.5, 1.0, -1.0], tg.float64))
    Tensor([0.        , 0.34657359, 0.        ,       -inf], dtype=float64)
    """
    below = xp.less(x, 0)
    return xp.where(below, -inf, 0 - x * xp.log(xp.where(xp.less_equal(x, 0), 1, x)))
