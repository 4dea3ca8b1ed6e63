"""The greatest element of each window of an array: one element of all windows after the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import compiled, installed

__all__ = ["window_argmax", "window_argmax_loop", "windows_argmax"]

LOOPED = 16 * 1024  # bytes of an array from which a loop of machine code is faster, and numba worth loading


def windows_argmax(library: Any, x: Any, windows: Any) -> Any:
    """The place of the greatest element of each window: of equal ones the first, and of NaN the last.

    Parameters
    ----------
    library : module
        NumPy or CuPy.
    x : array
        Shape (..., size).
    windows : array of int
        Shape (elements, windows).

    Returns
    -------
    array of int64
        Shape (..., windows).
    """
    elements = len(windows)
    best = x.take(windows[0], -1)
    chosen = library.zeros(best.shape, np.min_scalar_type(elements))  # small, so that it takes little time
    for element in range(1, elements):
        value = x.take(windows[element], -1)
        better = (value > best) | (value != value)
        best = library.maximum(best, value)
        chosen = library.maximum(chosen, better * chosen.dtype.type(element))
    return windows[chosen.astype(np.int64), library.arange(windows.shape[1])].astype(np.int64, copy=False)


def window_argmax(x: Any, windows: Any) -> Any:
    """The same on the CPU, by a loop where there is much to do and numba is installed."""
    if x.nbytes < LOOPED or x.dtype.kind not in "fiu" or x.itemsize < 4 or installed() is None:
        return windows_argmax(np, x, windows)
    out = np.empty((*x.shape[:-1], windows.shape[1]), np.int64)
    window_argmax_loop(np.ascontiguousarray(x), windows, out)
    return out


def window_argmax_loop(x: Any, windows: Any, out: Any) -> None:
    """The same, of floats or integers that lie in memory one after the other, with the result in `out`."""
    count = windows.shape[1]
    if windows.size and not 0 <= windows.min() <= windows.max() < x.shape[-1]:
        raise IndexError(f"windows reach from {windows.min()} to {windows.max()} along an axis of {x.shape[-1]}")
    memory = np.empty(count, x.dtype), np.empty(count, x.dtype), np.empty(count, np.uint32)
    rows, columns = x.reshape(-1, x.shape[-1]), windows.astype(np.uint32)  # (half the table to read for each row)
    compiled(_window_argmax)(rows, columns, *memory, out.reshape(-1, count))  # type: ignore[misc]


def _window_argmax(x: Any, windows: Any, best: Any, value: Any, chosen: Any, out: Any) -> None:
    """Row by row, one element of all windows after the other: values are gathered first, so that comparing them is
    done in vector registers, and elements are known by their number, which is a constant there.
    """
    for r in range(x.shape[0]):
        for w in range(best.size):
            best[w] = x[r, windows[0, w]]
            chosen[w] = 0
        for element in range(1, windows.shape[0]):
            for w in range(best.size):
                value[w] = x[r, windows[element, w]]
            for w in range(best.size):
                better = (value[w] > best[w]) | (value[w] != value[w])
                best[w] = value[w] if better else best[w]
                chosen[w] = np.uint32(element) if better else chosen[w]
        for w in range(best.size):
            out[r, w] = windows[chosen[w], w]
