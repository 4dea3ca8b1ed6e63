"""Softmax of each row, and the way back: loops for numba, for float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import compiled
from .scalar_functions import SCALAR_FUNCTIONS

__all__ = ["rows_slope", "rows_softmax"]

ZERO, ONE, INFINITY = np.float32(0), np.float32(1), np.float32(np.inf)
_exp = SCALAR_FUNCTIONS["exp"]


def _rows_softmax(x: Any, period: int) -> None:
    """Softmax of each row, over what it was; 0 in rows of minus infinity.

    With a `period`, rows come in groups of that many, and row t of a group ends behind its element t.
    """
    for r in range(x.shape[0]):
        end = min(r % period + 1, x.shape[1]) if period else x.shape[1]
        row, rest = x[r, :end], x[r, end:]
        greatest = row[0]
        for j in range(row.size):
            greatest = row[j] if row[j] > greatest else greatest
        greatest = ZERO if greatest == -INFINITY else greatest
        for j in range(row.size):
            row[j] = _exp(row[j] - greatest)
        total = ZERO
        for j in range(row.size):
            total += row[j]
        factor = ONE / (ONE if total == ZERO else total)
        for j in range(row.size):
            row[j] *= factor
        for j in range(rest.size):
            rest[j] = ZERO


def _rows_slope(g: Any, y: Any, slope: Any) -> None:
    """Write the gradient of what goes into the softmax of each row into `slope`, from that of its value `y`."""
    for r in range(y.shape[0]):
        total = ZERO
        for j in range(y.shape[1]):
            total += g[r, j] * y[r, j]
        for j in range(y.shape[1]):
            slope[r, j] = y[r, j] * (g[r, j] - total)


rows_softmax = compiled(_rows_softmax) or _rows_softmax
rows_slope = compiled(_rows_slope) or _rows_slope
