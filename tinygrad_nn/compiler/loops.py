"""Loops for what programs do beside arithmetic: choosing and adding up by indices, and along the last axis.

They write into memory that is there, where the functions of `backend.cpu` make arrays for the indices and the result.
Their results are equal to the last bit: additions are done in the same order and precision.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from ..backend.along_axis import add_along, along_rows, take_along
from ..backend.cpu import SMALL
from ..backend.jit import compiled, installed
from ..backend.row_sums import add_rows, precision
from ..backend.window_argmax import window_argmax_loop
from ..backend.window_sums import window_sum_loop

__all__ = ["bind_loop"]

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
INDICES = (np.dtype(np.int32), np.dtype(np.int64))
LONG_ROW = 24  # elements above which NumPy finds the greatest of each row faster, where there are many rows


def bind_loop(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> tuple[Any, tuple[Any, ...]] | None:
    """A loop that does what a function of the vocabulary does, on these arrays.

    Parameters
    ----------
    name : str
        Of the function.
    args, kwargs
        Its arguments.
    out : array
        Where the result goes; in no other argument's memory.

    Returns
    -------
    (callable, tuple) or None
        What to call and with which arguments, as often as wanted; it raises IndexError where the function does. None
        where there is no loop for this, or no numba.
    """
    binder = BINDERS.get(name)
    if binder is None or not out.flags.c_contiguous or installed() is None:
        return None
    return binder(out, *args, **kwargs)


# Loops: those with indices return the place of the first one that is out of range, or -1.


def _take_rows(index: Any, x: Any, out: Any) -> int:
    for k in range(index.size):
        i = index[k]
        if i < 0:
            i += x.shape[0]
        if i < 0 or i >= x.shape[0]:
            return k
        for j in range(x.shape[1]):
            out[k, j] = x[i, j]
    return -1


def _argmax(x: Any, out: Any) -> None:
    """Of several, the first one; NaN is the greatest."""
    for r in range(x.shape[0]):
        best, at = x[r, 0], 0
        for i in range(1, x.shape[1]):
            if best != best:
                break
            if not x[r, i] <= best:
                best, at = x[r, i], i
        out[r] = at


def _cumulative_sum(x: Any, out: Any) -> None:
    for r in range(x.shape[0]):
        total = x[r, 0]
        out[r, 0] = total
        for i in range(1, x.shape[1]):
            total += x[r, i]
            out[r, i] = total


# Which arrays they are for.


def _scatter_add(out: Any, g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    index = _only(index)
    if out.dtype not in FLOATS or not _fits(index, g) or g.dtype != out.dtype:
        return None
    if not shape or g.shape != (*index.shape, *shape[1:]):
        return None
    rows, width = shape[0], prod(shape[1:])
    total, index, g = out.reshape(rows, width), index.reshape(-1), g.reshape(index.size, width)
    if precision(g, out.size) == out.dtype:
        return _checked, (compiled(add_rows), 0, rows, index, g, total)
    return _summed, (compiled(add_rows), index, g, np.empty((rows, width), np.float64), total)


def _put_along_axis(out: Any, g: Any, indices: Any, axis: int, size: int) -> Any:
    if out.dtype not in FLOATS or not _fits(indices, g) or g.dtype != out.dtype or g.shape != indices.shape:
        return None
    if axis not in (-1, g.ndim - 1) or not size:
        return None
    sums = np.empty(size, precision(g, out.size))
    arrays = [along_rows(a) for a in (indices, g, out)]
    return _checked, (compiled(add_along), axis % g.ndim, size, *arrays, sums)


def _take_along_axis(out: Any, x: Any, indices: Any, axis: int = -1) -> Any:
    if not _fits(indices, x) or x.dtype not in FLOATS or axis not in (-1, x.ndim - 1):
        return None
    if indices.ndim != x.ndim or indices.shape[:-1] != x.shape[:-1] or not indices.size:
        return None
    arrays = [along_rows(a) for a in (indices, x, out)]
    return _checked, (compiled(take_along), axis % x.ndim, x.shape[-1], *arrays)


def _getitem(out: Any, x: Any, index: Any) -> Any:
    index = _only(index)
    if not _fits(index, x) or x.dtype not in FLOATS or not x.ndim:
        return None
    rows, width = x.shape[0], prod(x.shape[1:])
    arrays = (index.reshape(-1), x.reshape(rows, width), out.reshape(index.size, width))
    return _checked, (compiled(_take_rows), 0, rows, *arrays)


def _argmax_last(out: Any, x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    if not _in_order(x) or x.dtype not in FLOATS or not x.size or (x.shape[-1] > LONG_ROW and x.size > SMALL):
        return None
    if axis not in (-1, x.ndim - 1) and not (axis is None and x.ndim == 1):
        return None
    return compiled(_argmax), (along_rows(x), out.reshape(-1))


def _window_argmax(out: Any, x: Any, windows: Any) -> Any:
    if not _in_order(x) or x.dtype not in FLOATS or not out.size:
        return None
    return window_argmax_loop, (x, windows, out)


def _window_sum(out: Any, x: Any, windows: Any, weights: Any, back: Any, back_weights: Any, axis: int) -> Any:
    if not _in_order(x) or out.dtype not in FLOATS or not x.dtype == weights.dtype == out.dtype or not out.size:
        return None
    return window_sum_loop, (x, windows, weights, axis, out)


def _cumulative_sum_last(out: Any, x: Any, axis: int) -> Any:
    if not _in_order(x) or x.dtype not in FLOATS or not x.size or axis not in (-1, x.ndim - 1):
        return None
    return compiled(_cumulative_sum), (along_rows(x), along_rows(out))


BINDERS: dict[str, Callable[..., Any]] = {
    "argmax": _argmax_last,
    "cumulative_sum": _cumulative_sum_last,
    "getitem": _getitem,
    "put_along_axis": _put_along_axis,
    "scatter_add": _scatter_add,
    "take_along_axis": _take_along_axis,
    "window_argmax": _window_argmax,
    "window_sum": _window_sum,
}


def _only(index: Any) -> Any:
    return index[0] if type(index) is tuple and len(index) == 1 else index


def _in_order(x: Any) -> bool:
    """Whether the elements lie in memory one after the other, along at least one axis."""
    return type(x) is np.ndarray and x.ndim > 0 and x.flags.c_contiguous


def _fits(index: Any, x: Any) -> bool:
    return type(index) is np.ndarray and index.dtype in INDICES and index.flags.c_contiguous and _in_order(x)


# Calls.


def _checked(loop: Callable[..., int], axis: int, size: int, index: Any, *arrays: Any) -> None:
    bad = loop(index, *arrays)
    if bad >= 0:
        raise IndexError(f"index {index.flat[bad]} is out of bounds for axis {axis} with size {size}")


def _summed(loop: Callable[..., int], index: Any, g: Any, sums: Any, out: Any) -> None:
    _checked(loop, 0, len(sums), index, g, sums)
    np.copyto(out, sums, "same_kind")
