"""Softmax of each row, cross-entropy, and the ways back: loops for numba, for float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import compiled
from .scalar_functions import SCALAR_FUNCTIONS

__all__ = ["rows_cross_entropy", "rows_cross_entropy_slope", "rows_slope", "rows_softmax"]

ZERO, ONE, INFINITY = np.float32(0), np.float32(1), np.float32(np.inf)
BLOCK = 256  # rows, whose exponentials are taken in one go: a row by itself may be shorter than a register
_exp, _log = SCALAR_FUNCTIONS["exp"], SCALAR_FUNCTIONS["log"]


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


def _rows_cross_entropy(logits: Any, target: Any, probs: Any, losses: Any, outside: Any) -> None:
    """Write the softmax of each row, and the loss where its class is `target`; tell whether one is out of bounds."""
    rows, width = logits.shape
    shifted = np.empty(BLOCK, logits.dtype)
    flat = probs.reshape(-1)
    for start in range(0, rows, BLOCK):
        stop = min(start + BLOCK, rows)
        for r in range(start, stop):
            greatest = logits[r, 0]
            for j in range(width):
                greatest = logits[r, j] if logits[r, j] > greatest else greatest
            for j in range(width):
                probs[r, j] = logits[r, j] - greatest
            known = (target[r] >= 0) & (target[r] < width)
            if not known:
                outside[0] = True
            shifted[r - start] = probs[r, target[r] if known else 0]
        for i in range(start * width, stop * width):
            flat[i] = _exp(flat[i])
        for r in range(start, stop):
            total = ZERO
            for j in range(width):
                total += probs[r, j]
            losses[r] = total
            factor = ONE / total
            for j in range(width):
                probs[r, j] *= factor
        for r in range(start, stop):
            losses[r] = _log(losses[r]) - shifted[r - start]


def _rows_cross_entropy_slope(g: Any, probs: Any, target: Any, slope: Any, outside: Any) -> None:
    """Write the gradient of the logits into `slope`, from that of each loss; tell whether a class is out of bounds."""
    for r in range(probs.shape[0]):
        for j in range(probs.shape[1]):
            slope[r, j] = probs[r, j] * g[r]
        if (target[r] >= 0) & (target[r] < probs.shape[1]):
            slope[r, target[r]] -= g[r]
        else:
            outside[0] = True


rows_softmax = compiled(_rows_softmax) or _rows_softmax
rows_slope = compiled(_rows_slope) or _rows_slope
rows_cross_entropy = compiled(_rows_cross_entropy) or _rows_cross_entropy
rows_cross_entropy_slope = compiled(_rows_cross_entropy_slope) or _rows_cross_entropy_slope
