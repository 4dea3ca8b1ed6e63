"""Comparisons, logic and bits: operations without a gradient."""

from __future__ import annotations

from typing import Any

from ..autograd.op import elementwise

# fmt: off
__all__ = [
    "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "equal",
    "greater", "greater_equal", "isfinite", "isinf", "isnan", "less", "less_equal", "logical_and", "logical_not",
    "logical_or", "logical_xor", "not_equal", "signbit",
]
# fmt: on


@elementwise()
def equal(xp: Any, a: Any, b: Any) -> Any:
    """Whether elements are equal: ``a == b``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.equal(tg.asarray([1, 2, 3]), 2)
    Tensor([False,  True, False], dtype=bool)
    """
    return xp.equal(a, b)


@elementwise()
def not_equal(xp: Any, a: Any, b: Any) -> Any:
    """Whether elements differ: ``a != b``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.not_equal(tg.asarray([1, 2, 3]), 2)
    Tensor([ True, False,  True], dtype=bool)
    """
    return xp.not_equal(a, b)


@elementwise()
def less(xp: Any, a: Any, b: Any) -> Any:
    """Whether elements are smaller: ``a < b``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.less(tg.asarray([1, 2, 3]), 2)
    Tensor([ True, False, False], dtype=bool)
    """
    return xp.less(a, b)


@elementwise()
def less_equal(xp: Any, a: Any, b: Any) -> Any:
    """Whether elements are smaller or equal: ``a <= b``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.less_equal(tg.asarray([1, 2, 3]), 2)
    Tensor([ True,  True, False], dtype=bool)
    """
    return xp.less_equal(a, b)


@elementwise()
def greater(xp: Any, a: Any, b: Any) -> Any:
    """Whether elements are larger: ``a > b``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.greater(tg.asarray([1, 2, 3]), 2)
    Tensor([False, False,  True], dtype=bool)
    """
    return xp.greater(a, b)


@elementwise()
def greater_equal(xp: Any, a: Any, b: Any) -> Any:
    """Whether elements are larger or equal: ``a >= b``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.greater_equal(tg.asarray([1, 2, 3]), 2)
    Tensor([False,  True,  True], dtype=bool)
    """
    return xp.greater_equal(a, b)


@elementwise()
def logical_and(xp: Any, a: Any, b: Any) -> Any:
    """Whether both elements are true; numbers are true where they are not 0.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.logical_and(tg.asarray([True, True, False]), tg.asarray([True, False, False]))
    Tensor([ True, False, False], dtype=bool)
    """
    return xp.logical_and(a, b)


@elementwise()
def logical_or(xp: Any, a: Any, b: Any) -> Any:
    """Whether one of the elements is true; numbers are true where they are not 0.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.logical_or(tg.asarray([True, True, False]), tg.asarray([True, False, False]))
    Tensor([ True,  True, False], dtype=bool)
    """
    return xp.logical_or(a, b)


@elementwise()
def logical_xor(xp: Any, a: Any, b: Any) -> Any:
    """Whether exactly one of the elements is true; numbers are true where they are not 0.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.logical_xor(tg.asarray([True, True, False]), tg.asarray([True, False, False]))
    Tensor([False,  True, False], dtype=bool)
    """
    return xp.logical_xor(a, b)


@elementwise()
def logical_not(xp: Any, x: Any) -> Any:
    """Whether each element is false; numbers are where they are 0.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.logical_not(tg.asarray([True, False]))
    Tensor([False,  True], dtype=bool)
    """
    return xp.logical_not(x)


@elementwise()
def isfinite(xp: Any, x: Any) -> Any:
    """Whether each element is neither infinite nor NaN.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.isfinite(tg.asarray([1.0, float("inf"), float("nan")]))
    Tensor([ True, False, False], dtype=bool)
    """
    return xp.isfinite(x)


@elementwise()
def isinf(xp: Any, x: Any) -> Any:
    """Whether each element is infinite.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.isinf(tg.asarray([1.0, float("inf"), float("nan")]))
    Tensor([False,  True, False], dtype=bool)
    """
    return xp.isinf(x)


@elementwise()
def isnan(xp: Any, x: Any) -> Any:
    """Whether each element is NaN.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.isnan(tg.asarray([1.0, float("inf"), float("nan")]))
    Tensor([False, False,  True], dtype=bool)
    """
    return xp.isnan(x)


@elementwise()
def signbit(xp: Any, x: Any) -> Any:
    """Whether the sign bit of each element is set (for -0.0 too).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.signbit(tg.asarray([-1.0, -0.0, 0.0]))
    Tensor([ True,  True, False], dtype=bool)
    """
    return xp.signbit(x)


@elementwise()
def bitwise_and(xp: Any, a: Any, b: Any) -> Any:
    """And of the bits of integers or booleans: ``a & b``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.bitwise_and(tg.asarray([5, 6]), 3)
    Tensor([1, 2], dtype=int64)
    """
    return xp.bitwise_and(a, b)


@elementwise()
def bitwise_or(xp: Any, a: Any, b: Any) -> Any:
    """Or of the bits of integers or booleans: ``a | b``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.bitwise_or(tg.asarray([5, 6]), 3)
    Tensor([7, 7], dtype=int64)
    """
    return xp.bitwise_or(a, b)


@elementwise()
def bitwise_xor(xp: Any, a: Any, b: Any) -> Any:
    """Exclusive or of the bits of integers or booleans: ``a ^ b``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.bitwise_xor(tg.asarray([5, 6]), 3)
    Tensor([6, 5], dtype=int64)
    """
    return xp.bitwise_xor(a, b)


@elementwise()
def bitwise_invert(xp: Any, x: Any) -> Any:
    """Every bit of integers or booleans turned over: ``~x``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.bitwise_invert(tg.asarray([0, 5]))
    Tensor([-1, -6], dtype=int64)
    """
    return xp.bitwise_invert(x)


@elementwise()
def bitwise_left_shift(xp: Any, a: Any, b: Any) -> Any:
    """Bits of the integers `a` moved left by `b` places: ``a << b``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.bitwise_left_shift(tg.asarray([5, 6]), 3)
    Tensor([40, 48], dtype=int64)
    """
    return xp.bitwise_left_shift(a, b)


@elementwise()
def bitwise_right_shift(xp: Any, a: Any, b: Any) -> Any:
    """Bits of the integers `a` moved right by `b` places: ``a >> b``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.bitwise_right_shift(tg.asarray([20, -20]), 2)
    Tensor([ 5, -5], dtype=int64)
    """
    return xp.bitwise_right_shift(a, b)
