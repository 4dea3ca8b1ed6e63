"""Products of a few rows and a matrix, in loops for numba that go on with them while they are in the cache; of float32.

The matrix is cut into panels, of two vectors of columns each: one lies in the cache next to the processor, and the
sums of its products with four rows are in registers. To import this imports numba.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import compiled
from .vectors import LANES, add_product, load, spread_element, store

__all__ = ["PAIR", "add_products", "panels"]

PAIR = 2 * LANES  # columns of a panel, the least that a matrix must have


def _panels(matrix: Any) -> Any:
    """A matrix, (inner, columns), as (panels, inner, PAIR): the last panel ends with the last column."""
    inner, columns = matrix.shape
    made = np.empty(((columns + PAIR - 1) // PAIR, inner, PAIR), matrix.dtype)
    for n in range(len(made)):
        first = min(n * PAIR, columns - PAIR)
        for j in range(PAIR):
            for k in range(inner):
                made[n, k, j] = matrix[k, first + j]
    return made


def _four_rows(base: Any, base_at: int, base_step: int, a: Any, at: int, step: int, panel: Any, panel_at: int,
               inner: int, y: Any, y_at: int, y_step: int) -> None:  # fmt: skip
    a0, b0 = load(base, base_at), load(base, base_at + LANES)
    a1, b1 = load(base, base_at + base_step), load(base, base_at + base_step + LANES)
    a2, b2 = load(base, base_at + 2 * base_step), load(base, base_at + 2 * base_step + LANES)
    a3, b3 = load(base, base_at + 3 * base_step), load(base, base_at + 3 * base_step + LANES)
    for k in range(inner):
        v, w = load(panel, panel_at + k * PAIR), load(panel, panel_at + k * PAIR + LANES)
        factor = spread_element(a, at + k)
        a0, b0 = add_product(factor, v, a0), add_product(factor, w, b0)
        factor = spread_element(a, at + step + k)
        a1, b1 = add_product(factor, v, a1), add_product(factor, w, b1)
        factor = spread_element(a, at + 2 * step + k)
        a2, b2 = add_product(factor, v, a2), add_product(factor, w, b2)
        factor = spread_element(a, at + 3 * step + k)
        a3, b3 = add_product(factor, v, a3), add_product(factor, w, b3)
    store(y, y_at, a0)
    store(y, y_at + LANES, b0)
    store(y, y_at + y_step, a1)
    store(y, y_at + y_step + LANES, b1)
    store(y, y_at + 2 * y_step, a2)
    store(y, y_at + 2 * y_step + LANES, b2)
    store(y, y_at + 3 * y_step, a3)
    store(y, y_at + 3 * y_step + LANES, b3)


def _one_row(base: Any, base_at: int, a: Any, at: int, panel: Any, panel_at: int, inner: int, y: Any,
             y_at: int) -> None:  # fmt: skip
    a0, b0 = load(base, base_at), load(base, base_at + LANES)
    for k in range(inner):
        factor = spread_element(a, at + k)
        a0 = add_product(factor, load(panel, panel_at + k * PAIR), a0)
        b0 = add_product(factor, load(panel, panel_at + k * PAIR + LANES), b0)
    store(y, y_at, a0)
    store(y, y_at + LANES, b0)


_four_rows = compiled(_four_rows, inlined=True) or _four_rows
_one_row = compiled(_one_row, inlined=True) or _one_row


def _add_products(base: Any, base_at: int, base_step: int, a: Any, at: int, step: int, matrix: Any, columns: int,
                  y: Any, y_at: int, y_step: int, rows: int) -> None:  # fmt: skip
    """Write the sums of `base` and ``a @ matrix`` into `y`, which must be other memory.

    All are flat, the matrix as panels; the first of the `rows` begins at base_at, at and y_at, and the others
    base_step, step and y_step further.
    """
    inner = matrix.shape[1]
    panel = matrix.reshape(-1)
    for n in range(len(matrix)):
        q = min(n * PAIR, columns - PAIR)
        place = n * inner * PAIR
        if rows < 4:
            for r in range(rows):
                _one_row(base, base_at + r * base_step + q, a, at + r * step, panel, place, inner, y,
                         y_at + r * y_step + q)  # fmt: skip
        else:
            for r in range(0, rows, 4):
                r = min(r, rows - 4)  # some rows may be computed twice
                _four_rows(base, base_at + r * base_step + q, base_step, a, at + r * step, step, panel, place, inner, y,
                           y_at + r * y_step + q, y_step)  # fmt: skip


panels = compiled(_panels) or _panels
add_products = compiled(_add_products) or _add_products
