"""Some sequences of a batch through all steps of an LSTM or a GRU, and the way back: loops for numba, for float32.

Sequences know nothing of each other, so every thread takes some of them. At each step the products with the weights,
which are panels (see `row_products`), are made in place; then what else there is to do for a row, in several passes, of
which each touches few arrays, so that it is vectorised. The states are buffers for all sequences, written over at each
step: sequences that have not begun, or have ended, keep theirs there. To import this imports numba.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import compiled
from .row_products import add_products
from .scalar_functions import SCALAR_FUNCTIONS

__all__ = ["gru_backward", "gru_forward", "lstm_backward", "lstm_forward"]

ZERO, ONE = np.float32(0), np.float32(1)
_sigmoid, _tanh = SCALAR_FUNCTIONS["sigmoid"], SCALAR_FUNCTIONS["tanh"]


def _compiled(loop: Any) -> Any:
    return compiled(loop) or loop


@_compiled
def _rows(steps: Any, s: int, first: int, last: int) -> Any:
    """Where the rows of step `s` begin that belong to the sequences from `first` to `last`, and how many they are."""
    if s < 0:
        return 0, 0
    start = steps[s, 0] + first
    return start, max(0, min(steps[s, 0] + last, steps[s, 1]) - start)


@_compiled
def lstm_forward(x: Any, matrix: Any, biases: Any, hidden: Any, cell: Any, kept: Any, steps: Any, first: int,
                 last: int) -> None:  # fmt: skip
    """Write h, c, i, f, g, o into `kept`, which is (N, 6 * size); `steps` are rows (start, stop) as they are walked.

    There are no `biases`: those of an LSTM are in `x`.
    """
    size = cell.shape[1]
    h, c = hidden[first:last].copy(), cell[first:last].copy()
    flat_x, flat_h, flat_kept = x.reshape(-1), h.reshape(-1), kept.reshape(-1)
    for s in range(len(steps)):
        start, rows = _rows(steps, s, first, last)
        add_products(flat_x, start * 4 * size, 4 * size, flat_h, 0, size, matrix, 4 * size, flat_kept,
                     start * 6 * size + 2 * size, 6 * size, rows)  # fmt: skip
        for r in range(rows):
            own = kept[start + r]
            of_h, of_c = own[:size], own[size : 2 * size]
            gates, g, o = own[2 * size : 4 * size], own[4 * size : 5 * size], own[5 * size :]
            for j in range(2 * size):
                gates[j] = _sigmoid(gates[j])
            for j in range(size):
                g[j] = _tanh(g[j])
            for j in range(size):
                o[j] = _sigmoid(o[j])
            for j in range(size):
                c[r, j] = of_c[j] = gates[size + j] * c[r, j] + gates[j] * g[j]
            for j in range(size):
                h[r, j] = of_h[j] = o[j] * _tanh(c[r, j])


@_compiled
def lstm_backward(own_h: Any, own_c: Any, cell: Any, kept: Any, matrix: Any, found: Any, steps: Any, first: int,
                  last: int) -> None:  # fmt: skip
    """Write the gradients of i, f, g, o, c, h into `found`, which is (N, 6 * size).

    They come from those of all h, and of all c, of which there may be none: then it has no rows.
    """
    size = cell.shape[1]
    d_h, d_c = np.zeros((last - first, size), kept.dtype), np.zeros((last - first, size), kept.dtype)
    nothing = np.zeros(size, kept.dtype)
    flat_h, flat_found = d_h.reshape(-1), found.reshape(-1)
    for s in range(len(steps) - 1, -1, -1):
        start, rows = _rows(steps, s, first, last)
        before, going_on = _rows(steps, s - 1, first, last)
        for r in range(rows):
            row, own = start + r, found[start + r]
            c = kept[before + r, size : 2 * size] if r < going_on else cell[first + r]
            i, f = kept[row, 2 * size : 3 * size], kept[row, 3 * size : 4 * size]
            g, o = kept[row, 4 * size : 5 * size], kept[row, 5 * size :]
            of_c, of_h = own[4 * size : 5 * size], own[5 * size :]
            for j in range(size):
                t = _tanh(kept[row, size + j])
                d = d_h[r, j] + own_h[row, j]
                of_h[j] = d
                own[3 * size + j] = d * t * (o[j] * (ONE - o[j]))
                of_c[j] = d_c[r, j] + d * o[j] * (ONE - t * t)
            if len(own_c):
                for j in range(size):
                    of_c[j] += own_c[row, j]
            for j in range(size):
                own[j] = of_c[j] * g[j] * (i[j] * (ONE - i[j]))
            for j in range(size):
                own[size + j] = of_c[j] * c[j] * (f[j] * (ONE - f[j]))
            for j in range(size):
                own[2 * size + j] = of_c[j] * i[j] * (ONE - g[j] * g[j])
            for j in range(size):
                d_c[r, j] = of_c[j] * f[j]
        add_products(nothing, 0, 0, flat_found, start * 6 * size, 6 * size, matrix, size, flat_h, 0, size, rows)


@_compiled
def gru_forward(x: Any, matrix: Any, biases: Any, hidden: Any, cell: Any, kept: Any, steps: Any, first: int,
                last: int) -> None:  # fmt: skip
    """Write h, r, z, n, m into `kept`, which is (N, 5 * size)."""
    size = hidden.shape[1]
    h = hidden[first:last].copy()
    product = np.empty((last - first, 3 * size), x.dtype)
    flat_h, flat_product = h.reshape(-1), product.reshape(-1)
    for s in range(len(steps)):
        start, rows = _rows(steps, s, first, last)
        add_products(biases, 0, 0, flat_h, 0, size, matrix, 3 * size, flat_product, 0, 3 * size, rows)
        for r in range(rows):
            row, own = start + r, product[r]
            state, gates = kept[row, :size], kept[row, size:]
            for j in range(2 * size):
                gates[j] = _sigmoid(x[row, j] + own[j])
            for j in range(size):
                gates[3 * size + j] = own[2 * size + j]
            for j in range(size):
                gates[2 * size + j] = _tanh(x[row, 2 * size + j] + gates[j] * gates[3 * size + j])
            for j in range(size):
                n = gates[2 * size + j]
                h[r, j] = n + gates[size + j] * (h[r, j] - n)
            for j in range(size):
                state[j] = h[r, j]


@_compiled
def gru_backward(own_h: Any, own_c: Any, hidden: Any, kept: Any, matrix: Any, found: Any, steps: Any, first: int,
                 last: int) -> None:  # fmt: skip
    """Write the gradients of r, z, n, m, h into `found`, which is (N, 5 * size)."""
    size = hidden.shape[1]
    d_h = np.zeros((last - first, size), kept.dtype)
    rest = np.empty((last - first, size), kept.dtype)  # of h, besides that from the products
    d_product = np.empty((last - first, 3 * size), kept.dtype)
    flat_h, flat_rest, flat_product = d_h.reshape(-1), rest.reshape(-1), d_product.reshape(-1)
    for s in range(len(steps) - 1, -1, -1):
        start, rows = _rows(steps, s, first, last)
        before, going_on = _rows(steps, s - 1, first, last)
        for r in range(rows):
            row, own, of_product = start + r, found[start + r], d_product[r]
            h = kept[before + r, :size] if r < going_on else hidden[first + r]
            reset, z = kept[row, size : 2 * size], kept[row, 2 * size : 3 * size]
            n, m = kept[row, 3 * size : 4 * size], kept[row, 4 * size :]
            of_n, of_h = own[2 * size : 3 * size], own[4 * size :]
            for j in range(size):
                of_h[j] = d_h[r, j] + own_h[row, j]
            for j in range(size):
                of_n[j] = of_h[j] * (ONE - z[j]) * (ONE - n[j] * n[j])
            for j in range(size):
                of_product[j] = own[j] = of_n[j] * m[j] * (reset[j] * (ONE - reset[j]))
            for j in range(size):
                of_product[size + j] = own[size + j] = of_h[j] * (h[j] - n[j]) * (z[j] * (ONE - z[j]))
            for j in range(size):
                of_product[2 * size + j] = own[3 * size + j] = of_n[j] * reset[j]
            for j in range(size):
                rest[r, j] = of_h[j] * z[j]
        add_products(flat_rest, 0, size, flat_product, 0, 3 * size, matrix, size, flat_h, 0, size, rows)
