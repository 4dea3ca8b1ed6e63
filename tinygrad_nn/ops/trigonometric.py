"""Trigonometric and hyperbolic functions, elementwise, of angles in radians."""

from __future__ import annotations

from typing import Any

from ..autograd.op import elementwise, vjp

# fmt: off
__all__ = [
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "hypot", "sin", "sinh", "tan", "tanh",
]
# fmt: on


@elementwise(vjp(lambda xp, g, y, x: g * xp.cos(x), reads="x"))
def sin(xp: Any, x: Any) -> Any:
    """Sine of each element, in radians.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.sin(tg.asarray([0.0, 1.0], tg.float64))
    Tensor([0.        , 0.84147098], dtype=float64)
    """
    return xp.sin(x)


@elementwise(vjp(lambda xp, g, y, x: -g * xp.sin(x), reads="x"))
def cos(xp: Any, x: Any) -> Any:
    """Cosine of each element, in radians.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.cos(tg.asarray([0.0, 1.0], tg.float64))
    Tensor([1.        , 0.54030231], dtype=float64)
    """
    return xp.cos(x)


@elementwise(vjp(lambda xp, g, y, x: g * (1 + y * y), reads="y"))
def tan(xp: Any, x: Any) -> Any:
    """Tangent of each element, in radians.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.tan(tg.asarray([0.0, 1.0], tg.float64))
    Tensor([0.        , 1.55740772], dtype=float64)
    """
    return xp.tan(x)


@elementwise(vjp(lambda xp, g, y, x: g / xp.sqrt(1 - x * x), reads="x"))
def asin(xp: Any, x: Any) -> Any:
    """Inverse sine of each element, in radians from -pi / 2 to pi / 2; NaN outside of [-1, 1].

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.asin(tg.asarray([0.0, 1.0], tg.float64))
    Tensor([0.        , 1.57079633], dtype=float64)
    """
    return xp.asin(x)


@elementwise(vjp(lambda xp, g, y, x: -g / xp.sqrt(1 - x * x), reads="x"))
def acos(xp: Any, x: Any) -> Any:
    """Inverse cosine of each element, in radians from 0 to pi; NaN outside of [-1, 1].

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.acos(tg.asarray([-1.0, 1.0], tg.float64))
    Tensor([3.14159265, 0.        ], dtype=float64)
    """
    return xp.acos(x)


@elementwise(vjp(lambda xp, g, y, x: g / (1 + x * x), reads="x"))
def atan(xp: Any, x: Any) -> Any:
    """Inverse tangent of each element, in radians from -pi / 2 to pi / 2.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.atan(tg.asarray([0.0, 1.0], tg.float64))
    Tensor([0.        , 0.78539816], dtype=float64)
    """
    return xp.atan(x)


def _square_distance(xp: Any, a: Any, b: Any) -> Any:
    square = a * a + b * b
    return square + xp.equal(square, 0)  # at the origin both gradients are 0


@elementwise(
    vjp(lambda xp, g, y, a, b: g * b / _square_distance(xp, a, b), reads="a b"),
    vjp(lambda xp, g, y, a, b: -g * a / _square_distance(xp, a, b), reads="a b"),
)
def atan2(xp: Any, a: Any, b: Any) -> Any:
    """Angle of the point (b, a), elementwise, in radians: ``atan(a / b)`` in the right quadrant; gradient 0 at (0, 0).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.atan2(tg.asarray([1.0, -1.0], tg.float64), -1.0)
    Tensor([ 2.35619449, -2.35619449], dtype=float64)
    """
    return xp.atan2(a, b)


@elementwise(
    vjp(lambda xp, g, y, a, b: g * a / y, reads="y a"),
    vjp(lambda xp, g, y, a, b: g * b / y, reads="y b"),
)
def hypot(xp: Any, a: Any, b: Any) -> Any:
    """Length of the vector (a, b), elementwise and without overflow: ``sqrt(a * a + b * b)``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.hypot(tg.asarray([3.0, 5.0]), tg.asarray([4.0, 12.0]))
    Tensor([ 5., 13.], dtype=float32)
    """
    return xp.hypot(a, b)


@elementwise(vjp(lambda xp, g, y, x: g * xp.cosh(x), reads="x"))
def sinh(xp: Any, x: Any) -> Any:
    """Hyperbolic sine of each element: ``(exp(x) - exp(-x)) / 2``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.sinh(tg.asarray([0.0, 1.0], tg.float64))
    Tensor([0.        , 1.17520119], dtype=float64)
    """
    return xp.sinh(x)


@elementwise(vjp(lambda xp, g, y, x: g * xp.sinh(x), reads="x"))
def cosh(xp: Any, x: Any) -> Any:
    """Hyperbolic cosine of each element: ``(exp(x) + exp(-x)) / 2``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.cosh(tg.asarray([0.0, 1.0], tg.float64))
    Tensor([1.        , 1.54308063], dtype=float64)
    """
    return xp.cosh(x)


@elementwise(vjp(lambda xp, g, y, x: g * (1 - y * y), reads="y"))
def tanh(xp: Any, x: Any) -> Any:
    """Hyperbolic tangent of each element: ``sinh(x) / cosh(x)``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.tanh(tg.asarray([-100.0, 0.0, 1.0], tg.float64))
    Tensor([-1.        ,  0.        ,  0.76159416], dtype=float64)
    """
    return xp.tanh(x)


@elementwise(vjp(lambda xp, g, y, x: g / xp.sqrt(x * x + 1), reads="x"))
def asinh(xp: Any, x: Any) -> Any:
    """Inverse hyperbolic sine of each element: ``log(x + sqrt(x * x + 1))``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.asinh(tg.asarray([0.0, 1.0], tg.float64))
    Tensor([0.        , 0.88137359], dtype=float64)
    """
    return xp.asinh(x)


@elementwise(vjp(lambda xp, g, y, x: g / xp.sqrt(x * x - 1), reads="x"))
def acosh(xp: Any, x: Any) -> Any:
    """Inverse hyperbolic cosine of each element: ``log(x + sqrt(x * x - 1))``; NaN below 1.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.acosh(tg.asarray([1.0, 2.0], tg.float64))
    Tensor([0.       , 1.3169579], dtype=float64)
    """
    return xp.acosh(x)


@elementwise(vjp(lambda xp, g, y, x: g / (1 - x * x), reads="x"))
def atanh(xp: Any, x: Any) -> Any:
    """Inverse hyperbolic tangent of each element: ``log((1 + x) / (1 - x)) / 2``; NaN outside of [-1, 1].

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.atanh(tg.asarray([0.0, 0.5], tg.float64))
    Tensor([0.        , 0.54930614], dtype=float64)
    """
    return xp.atanh(x)
