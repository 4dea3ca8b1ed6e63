"""Reductions on the CPU, straight to NumPy's ufuncs, or round what these are slow at.

np.sum and its like spend 1 to 3 us on a small array before they get to the ufunc. Sums over rows, and over few columns,
are products with ones: BLAS takes a third of the time on small arrays, an eighth on large ones.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

__all__ = ["HALF", "all", "any", "max", "min", "prod", "refuse_axes", "sum"]

HALF = np.dtype(np.float16)
MOST_ROWS = 1 << 16  # for which ones are kept
MOST_ADDED = 128  # columns that NumPy, too, adds one after the other; more of them it adds in a tree, more exactly
FEW, MANY = 16, 64  # columns so few, of rows so many, that a copy with long rows is worth its time


def refuse_axes(axis: Any) -> None:
    """Refuse an axis of an array that has none: NumPy takes 0 and -1 for its reductions there, and nobody else does."""
    if axis != ():
        raise IndexError(f"axis {axis} is out of bounds for an array without axes")


def _reduction(reduce: Any, dtype: Any = None) -> Callable[..., Any]:
    def over(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        """Over all elements, or along one axis or several."""
        if axis is not None and not x.ndim:
            refuse_axes(axis)
        return reduce(x, axis, dtype, None, keepdims)

    return over


def _extreme(reduce: Any) -> Callable[..., Any]:
    plain = _reduction(reduce)

    def over(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        """Over all elements, or along one axis or several."""
        if x.ndim != 2 or axis not in (1, -1) or x.shape[1] > FEW or x.shape[0] < MANY:
            return plain(x, axis, keepdims)
        y = reduce(np.ascontiguousarray(x.T), 0)
        return y[:, None] if keepdims else y

    return over


_sum, _wide_sum = _reduction(np.add.reduce), _reduction(np.add.reduce, np.float32)
prod = _reduction(np.multiply.reduce)
max = _extreme(np.maximum.reduce)
min = _extreme(np.minimum.reduce)
any = _reduction(np.logical_or.reduce, np.bool_)
all = _reduction(np.logical_and.reduce, np.bool_)


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum along axes."""
    if x.dtype is HALF and x.ndim:  # along some axes NumPy would round each sum to float16, which ends at 2048 + 1
        return _wide_sum(x, axis, keepdims).astype(HALF)
    if axis is None or x.ndim != 2 or x.dtype.char not in "fd" or not x.flags.forc:
        return _sum(x, axis, keepdims)
    rows, columns = x.shape
    if axis == 0 and rows <= MOST_ROWS:
        y = _ones(rows, x.dtype).dot(x)
        return y[None] if keepdims else y
    if axis in (1, -1) and columns <= MOST_ADDED:
        y = x.dot(_ones(columns, x.dtype))
        return y[:, None] if keepdims else y
    return _sum(x, axis, keepdims)


@lru_cache(maxsize=16)
def _ones(size: int, dtype: Any) -> Any:
    row = np.ones(size, dtype)
    row.flags.writeable = False  # it is kept, and given to everybody
    return row
