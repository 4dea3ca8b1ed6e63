"""Arithmetic and the parts of complex numbers, elementwise. Inputs broadcast; the engine undoes that."""

from __future__ import annotations

import math
from numbers import Number
from typing import Any

from ..autograd.op import elementwise, vjp

# fmt: off
__all__ = [
    "abs", "add", "conj", "divide", "floor_divide", "imag", "multiply", "negative", "positive", "pow", "real",
    "reciprocal", "remainder", "sqrt", "square", "subtract",
]
# fmt: on


@elementwise(vjp(lambda xp, g, y, a, b: g), vjp(lambda xp, g, y, a, b: g))
def add(xp: Any, a: Any, b: Any) -> Any:
    """Sum of two arrays, elementwise: ``a + b``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.add(tg.asarray([1.0, 2.0]), 10)
    Tensor([11., 12.], dtype=float32)
    """
    return a + b


@elementwise(vjp(lambda xp, g, y, a, b: g), vjp(lambda xp, g, y, a, b: -g))
def subtract(xp: Any, a: Any, b: Any) -> Any:
    """Difference of two arrays, elementwise: ``a - b``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.subtract(tg.asarray([1.0, 2.0]), 10)
    Tensor([-9., -8.], dtype=float32)
    """
    return xp.subtract(a, b)


@elementwise(
    vjp(lambda xp, g, y, a, b: g * b, reads="b"),
    vjp(lambda xp, g, y, a, b: g * a, reads="a"),
)
def multiply(xp: Any, a: Any, b: Any) -> Any:
    """Product of two arrays, elementwise: ``a * b``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.multiply(tg.asarray([1.0, 2.0]), tg.asarray([[3.0], [4.0]]))
    Tensor([[3., 6.],
            [4., 8.]], dtype=float32)
    """
    return a * b


@elementwise(
    vjp(lambda xp, g, y, a, b: g / b, reads="b"),
    vjp(lambda xp, g, y, a, b: -g * y / b, reads="y b"),
)
def divide(xp: Any, a: Any, b: Any) -> Any:
    """Quotient of two arrays, elementwise: ``a / b``; integers are divided to floats.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.divide(tg.asarray([1.0, 2.0]), 4)
    Tensor([0.25, 0.5 ], dtype=float32)
    """
    return a / b


@elementwise(vjp(lambda xp, g, y, a, b: xp.zeros_like(g)), vjp(lambda xp, g, y, a, b: xp.zeros_like(g)))
def floor_divide(xp: Any, a: Any, b: Any) -> Any:
    """Quotient rounded down, elementwise: ``floor(a / b)``; its gradient is zero.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.floor_divide(tg.asarray([-7, 7]), 2)
    Tensor([-4,  3], dtype=int64)
    """
    return xp.floor_divide(a, b)


@elementwise(
    vjp(lambda xp, g, y, a, b: g),
    vjp(lambda xp, g, y, a, b: -g * xp.floor_divide(a, b), reads="a b"),
)
def remainder(xp: Any, a: Any, b: Any) -> Any:
    """Remainder of division with the sign of `b`, elementwise: ``a - floor(a / b) * b``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.remainder(tg.asarray([-7, 7]), 4)
    Tensor([1, 3], dtype=int64)
    """
    return a % b


def _pow_base_vjp(xp: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
    if isinstance(b, Number):
        return g * (b * a ** (b - 1)) if b else xp.zeros_like(g)  # type: ignore[operator]
    # b * a ** (b - 1) would be 0 * inf at a = b = 0
    return g * b * xp.pow(a, xp.where(xp.not_equal(b, 0), b - 1, 0))


def _pow_exponent_vjp(xp: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
    # a ** b * log(a), whose limit at a = 0 is 0 for b > 0; the rest is 0 by convention, where y may be infinite
    if isinstance(a, Number):
        return g * y * math.log(a) if a > 0 else xp.zeros_like(g)  # type: ignore[arg-type, operator]
    positive = xp.not_equal(a, 0) if a.dtype.kind == "c" else a > 0
    return g * xp.where(positive, y, 0) * xp.log(xp.where(positive, a, 1))


@elementwise(vjp(_pow_base_vjp, reads="a b"), vjp(_pow_exponent_vjp, reads="y a"))
def pow(xp: Any, a: Any, b: Any) -> Any:
    """Power, elementwise: ``a ** b``; the gradient of the exponent is 0 where the base is not positive.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.pow(tg.asarray([1.0, 2.0, 3.0]), 2)
    Tensor([1., 4., 9.], dtype=float32)
    """
    return xp.pow(a, b)


@elementwise(vjp(lambda xp, g, y, x: -g))
def negative(xp: Any, x: Any) -> Any:
    """Negative of each element: ``-x``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.negative(tg.asarray([1.0, -2.0]))
    Tensor([-1.,  2.], dtype=float32)
    """
    return -x


@elementwise(vjp(lambda xp, g, y, x: g))
def positive(xp: Any, x: Any) -> Any:
    """A copy: ``+x``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.positive(tg.asarray([1.0, -2.0]))
    Tensor([ 1., -2.], dtype=float32)
    """
    return xp.positive(x)


@elementwise(vjp(lambda xp, g, y, x: -g * y * y, reads="y"))
def reciprocal(xp: Any, x: Any) -> Any:
    """Reciprocal of each element: ``1 / x``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.reciprocal(tg.asarray([2.0, 4.0]))
    Tensor([0.5 , 0.25], dtype=float32)
    """
    return 1 / x


@elementwise(vjp(lambda xp, g, y, x: 2 * g * x, reads="x"))
def square(xp: Any, x: Any) -> Any:
    """Square of each element: ``x * x``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.square(tg.asarray([-3.0, 2.0]))
    Tensor([9., 4.], dtype=float32)
    """
    return x * x


@elementwise(vjp(lambda xp, g, y, x: g / (2 * y), reads="y"))
def sqrt(xp: Any, x: Any) -> Any:
    """Square root of each element; NaN of negative ones.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.sqrt(tg.asarray([4.0, 9.0]))
    Tensor([2., 3.], dtype=float32)
    """
    return xp.sqrt(x)


def _direction(xp: Any, x: Any) -> Any:
    if x.dtype.kind != "c":
        return xp.sign(x)
    size = xp.abs(x)
    return xp.conj(x) / xp.where(xp.equal(size, 0), 1, size)


@elementwise(vjp(lambda xp, g, y, x: g * _direction(xp, x), reads="x"))
def abs(xp: Any, x: Any) -> Any:
    """Absolute value of each element; its gradient at 0 is 0.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.abs(tg.asarray([-3.0, 2.0]))
    Tensor([3., 2.], dtype=float32)
    """
    return xp.abs(x)


@elementwise(vjp(lambda xp, g, y, x: xp.conj(g)))
def conj(xp: Any, x: Any) -> Any:
    """Complex conjugate of each element.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.conj(tg.asarray([1 + 2j]))
    Tensor([1.-2.j], dtype=complex64)
    """
    return xp.conj(x)


@elementwise(vjp(lambda xp, g, y, x: g), view=True)
def real(xp: Any, x: Any) -> Any:
    """Real part of each element.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.real(tg.asarray([1 + 2j]))
    Tensor([1.], dtype=float32)
    """
    return xp.real(x)


@elementwise(vjp(lambda xp, g, y, x: g * -1j if x.dtype.kind == "c" else xp.zeros_like(g)), view=True)
def imag(xp: Any, x: Any) -> Any:
    """Imaginary part of each element; its gradient is zero.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.imag(tg.asarray([1 + 2j]))
    Tensor([2.], dtype=float32)
    """
    return xp.imag(x)
