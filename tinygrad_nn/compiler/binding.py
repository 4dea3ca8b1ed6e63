"""Calls: what is left of an instruction when all that can be decided before a program runs has been decided."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..backend import cpu
from ..backend.recorder import Instruction
from .fusion import Level
from .loops import bind_loop

__all__ = ["COMBINE", "REDUCTIONS", "UFUNCS", "Call", "assign", "bind_instruction", "fill", "leveled", "product_into",
           "starting"]  # fmt: skip

CLEARED = 64 * 1024  # bytes that are cleared in less time than the way to `numpy.matmul` takes longer
STARTS = {"sum": 0.0, "max": -np.inf, "min": np.inf}


def maximum(x: Any, y: Any, out: Any) -> None:
    """`numpy.maximum`, which takes a third array by its name only."""
    np.maximum(x, y, out=out)


def minimum(x: Any, y: Any, out: Any) -> None:
    """`numpy.minimum`, likewise."""
    np.minimum(x, y, out=out)


# What of the vocabulary takes `out`, besides what NumPy has.
WRITERS = ("convolution", "convolution_input", "convolution_weight", "recurrence", "recurrence_gradient")

COMBINE: dict[str, Callable[..., Any]] = {"sum": np.add, "max": maximum, "min": minimum}
REDUCTIONS = {"sum": np.add, "max": np.maximum, "min": np.minimum}

Arrays = Callable[[int, Level], Any]  # gives the array of a value of a group, by its number and level


class Call(NamedTuple):
    """A function and its arguments; it writes its result into one of them."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]


UFUNCS: dict[str, Any] = {
    name: getattr(np, name)
    for name in (
        "abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_invert bitwise_left_shift bitwise_or "
        "bitwise_right_shift bitwise_xor ceil copysign cos cosh divide equal exp exp2 floor floor_divide greater "
        "greater_equal hypot isfinite isinf isnan less less_equal log log10 log1p log2 logaddexp logical_and "
        "logical_not logical_or logical_xor maximum minimum multiply negative nextafter not_equal positive "
        "reciprocal remainder sign signbit sin sinh sqrt square subtract tan tanh trunc"
    ).split()
} | {"maximum": maximum, "minimum": minimum}  # of the vocabulary, what writes into an array that is given


def bind_instruction(i: Instruction, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> Call:
    """An instruction that is done by itself, with its result in `out`."""
    if i.name == "matmul" and out.dtype != np.float16:
        left, right = args
        return Call(product_into(left, right, out), (left, right, out))
    ufunc = UFUNCS.get(i.name)
    if ufunc is not None and not kwargs:
        return Call(ufunc, (*args, out))
    loop = bind_loop(i.name, args, kwargs, out)
    if loop is not None:
        return Call(*loop)
    function = getattr(cpu, i.name)
    if i.name in WRITERS and out.flags.c_contiguous:
        return Call(partial(function, **kwargs, out=out), args)
    return Call(_copied, (function, args, kwargs, out))


def _copied(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> None:
    """For functions that make an array of their own."""
    np.copyto(out, function(*args, **kwargs))


def product_into(a: Any, b: Any, out: Any) -> Callable[..., Any]:
    """What multiplies such arrays: `numpy.dot` takes half the time before it gets to small ones, but clears `out`, and
    copies parts of rows.
    """
    simple = a.ndim == b.ndim == 2 and a.dtype == b.dtype == out.dtype and a.flags.forc and b.flags.forc
    return np.dot if simple and out.nbytes <= CLEARED else np.matmul


def starting(name: str, total: Any) -> Call:
    """What comes before anything is added to a total."""
    return Call(fill, (total, STARTS[name]))


def fill(array: Any, value: float) -> None:
    """Give all elements the same value."""
    array.fill(value)


def assign(array: Any, other: Any) -> None:
    """Give an array the elements of another one."""
    array[...] = other


def leveled(array: Any, level: Level, grid: tuple[int, int], axes: int) -> tuple[Any, Call | None]:
    """An array as a part of a grid: a view of two axes, or of as many as vary; and a call that fills it, where its
    memory is not in order and it must be a copy.
    """
    rows, columns = (grid[0] if level.row else 1), (grid[1] if level.column else 1)
    shape = (rows, columns) if axes == 2 or level.row is level.column is True else (rows * columns,)
    view = array.reshape(shape)
    if np.may_share_memory(view, array) or not array.size:
        return view, None
    staged = np.empty(array.shape, array.dtype)
    return staged.reshape(shape), Call(np.copyto, (staged, array))
