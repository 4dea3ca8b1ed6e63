"""Weighted sums over windows along an axis: what averages, interpolation, and their gradients are."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from .jit import compiled, installed

__all__ = ["window_sum", "window_sum_loop", "windows_sum"]

LOOPED = 16 * 1024  # bytes of an array from which a loop of machine code is faster, and numba worth loading


def windows_sum(x: Any, windows: Any, weights: Any, axis: int) -> Any:
    """Sums of the elements of each window, times their weights; one of weight 0 does not count, even if it is NaN.

    Parameters
    ----------
    x : array of NumPy or CuPy
        Shape (..., size, ...).
    windows : array of int
        Shape (elements, windows): their places along `axis`.
    weights : array
        The same shape.
    axis : int
        Counted from the end: -1 is the last one.

    Returns
    -------
    array
        Shape (..., windows, ...).
    """
    if x.dtype == np.float16:  # added up in float32, for parts of a sum may be beyond 65504
        return windows_sum(x.astype(np.float32), windows, weights, axis).astype(x.dtype)
    total = _weighted(x, windows[0], weights[0], axis)
    for place, weight in zip(windows[1:], weights[1:]):
        total += _weighted(x, place, weight, axis)
    return total


def _weighted(x: Any, places: Any, weights: Any, axis: int) -> Any:
    """One element of each window, times its weight."""
    behind = -1 - axis
    values = x.take(places, axis)
    index = (..., weights == 0, *(slice(None),) * behind)
    values[index] = 0
    return values * weights.reshape(-1, *(1,) * behind)


def window_sum(x: Any, windows: Any, weights: Any, back: Any, back_weights: Any, axis: int) -> Any:
    """The same on the CPU, by a loop where numba is installed; the table back is what gradients need."""
    fits = x.dtype == weights.dtype and x.dtype.kind == "f" and x.itemsize >= 4
    if not fits or x.nbytes < LOOPED or installed() is None:
        return windows_sum(x, windows, weights, axis)
    axis += x.ndim
    out = np.empty((*x.shape[:axis], windows.shape[1], *x.shape[axis + 1 :]), x.dtype)
    window_sum_loop(np.ascontiguousarray(x), windows, weights, axis, out)
    return out


def window_sum_loop(x: Any, windows: Any, weights: Any, axis: int, out: Any) -> None:
    """The same, of arrays that lie in memory one after the other, with the result in `out`."""
    size = x.shape[axis]
    if windows.size and not 0 <= windows.min() <= windows.max() < size:
        raise IndexError(f"windows reach from {windows.min()} to {windows.max()} along an axis of {size}")
    before, behind = prod(x.shape[:axis]), prod(x.shape[axis:][1:])
    if behind == 1:
        columns = np.where(weights != 0, windows, size).astype(np.uint32)  # what has no weight is the zero at the end
        rows, sums = x.reshape(before, size), out.reshape(before, -1)
        compiled(_sum_along)(rows, columns, weights, np.empty(size + 1, x.dtype), sums)  # type: ignore[misc]
    elif out.size:
        slices, sums = x.reshape(before, size, behind), out.reshape(before, -1, behind)
        compiled(_sum_slices)(slices, windows, weights, sums)  # type: ignore[misc]


def _sum_along(x: Any, windows: Any, weights: Any, row: Any, out: Any) -> None:
    """Row by row, one element of all windows after the other; behind the last element stands a zero."""
    size = x.shape[1]
    row[size] = 0
    for r in range(x.shape[0]):
        for i in range(size):
            row[i] = x[r, i]
        for w in range(out.shape[1]):
            out[r, w] = row[windows[0, w]] * weights[0, w]
        for element in range(1, windows.shape[0]):
            for w in range(out.shape[1]):
                out[r, w] += row[windows[element, w]] * weights[element, w]


def _sum_slices(x: Any, windows: Any, weights: Any, out: Any) -> None:
    """Window by window, for all that stands behind the axis at once."""
    for r in range(x.shape[0]):
        for w in range(out.shape[1]):
            for b in range(x.shape[2]):
                out[r, w, b] = 0
            for element in range(windows.shape[0]):
                place, weight = windows[element, w], weights[element, w]
                if weight:
                    for b in range(x.shape[2]):
                        out[r, w, b] += x[r, place, b] * weight
