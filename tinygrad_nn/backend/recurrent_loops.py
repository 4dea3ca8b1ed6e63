"""The arithmetic of one step of an LSTM or a GRU, and the way back: loops for numba, for float32.

Each goes over the rows of a step; a row in several passes, of which each touches few arrays, so that it is vectorised.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import compiled
from .scalar_functions import SCALAR_FUNCTIONS

__all__ = ["gru_back", "gru_step", "lstm_back", "lstm_step"]

ONE = np.float32(1)
_sigmoid, _tanh = SCALAR_FUNCTIONS["sigmoid"], SCALAR_FUNCTIONS["tanh"]


def _lstm_step(x: Any, product: Any, h: Any, c: Any, kept: Any) -> None:
    """Write h, c, i, f, g, o into `kept`, and h and c over what they were."""
    size = c.shape[1]
    for r in range(x.shape[0]):
        gates = kept[r, 2 * size :]
        for j in range(2 * size):
            gates[j] = _sigmoid(x[r, j] + product[r, j])
        for j in range(2 * size, 3 * size):
            gates[j] = _tanh(x[r, j] + product[r, j])
        for j in range(3 * size, 4 * size):
            gates[j] = _sigmoid(x[r, j] + product[r, j])
        for j in range(size):
            c[r, j] = gates[size + j] * c[r, j] + gates[j] * gates[2 * size + j]
        for j in range(size):
            h[r, j] = gates[3 * size + j] * _tanh(c[r, j])
        for j in range(size):
            kept[r, j] = h[r, j]
        for j in range(size):
            kept[r, size + j] = c[r, j]


def _lstm_back(own_h: Any, own_c: Any, before: Any, kept: Any, d_h: Any, d_c: Any, found: Any) -> None:
    """Write the gradients of i, f, g, o, c, h into `found`, and that of the c before over that of this one."""
    size = before.shape[1]
    for r in range(kept.shape[0]):
        i, f = kept[r, 2 * size : 3 * size], kept[r, 3 * size : 4 * size]
        g, o = kept[r, 4 * size : 5 * size], kept[r, 5 * size :]
        of_c, of_h = found[r, 4 * size : 5 * size], found[r, 5 * size :]
        for j in range(size):
            t = _tanh(kept[r, size + j])
            d = d_h[r, j] + own_h[r, j]
            of_h[j] = d
            found[r, 3 * size + j] = d * t * (o[j] * (ONE - o[j]))
            of_c[j] = d_c[r, j] + own_c[r, j] + d * o[j] * (ONE - t * t)
        for j in range(size):
            found[r, j] = of_c[j] * g[j] * (i[j] * (ONE - i[j]))
        for j in range(size):
            found[r, size + j] = of_c[j] * before[r, j] * (f[j] * (ONE - f[j]))
        for j in range(size):
            found[r, 2 * size + j] = of_c[j] * i[j] * (ONE - g[j] * g[j])
        for j in range(size):
            d_c[r, j] = of_c[j] * f[j]


def _gru_step(x: Any, product: Any, h: Any, c: Any, kept: Any) -> None:
    """Write h, r, z, n, m into `kept`, and h over what it was."""
    size = h.shape[1]
    for row in range(x.shape[0]):
        gates = kept[row, size:]
        for j in range(2 * size):
            gates[j] = _sigmoid(x[row, j] + product[row, j])
        for j in range(size):
            gates[3 * size + j] = product[row, 2 * size + j]
        for j in range(size):
            gates[2 * size + j] = _tanh(x[row, 2 * size + j] + gates[j] * gates[3 * size + j])
        for j in range(size):
            n = gates[2 * size + j]
            h[row, j] = n + gates[size + j] * (h[row, j] - n)
        for j in range(size):
            kept[row, j] = h[row, j]


def _gru_back(own_h: Any, own_c: Any, before: Any, kept: Any, d_h: Any, d_m: Any, found: Any) -> None:
    """Write the gradients of r, z, n, m, h into `found`, those of the products into `d_m`, and over `d_h` its part."""
    size = before.shape[1]
    for row in range(kept.shape[0]):
        r, z = kept[row, size : 2 * size], kept[row, 2 * size : 3 * size]
        n, m = kept[row, 3 * size : 4 * size], kept[row, 4 * size :]
        of_n, of_h = found[row, 2 * size : 3 * size], found[row, 4 * size :]
        for j in range(size):
            of_h[j] = d_h[row, j] + own_h[row, j]
        for j in range(size):
            of_n[j] = of_h[j] * (ONE - z[j]) * (ONE - n[j] * n[j])
        for j in range(size):
            d_m[row, j] = found[row, j] = of_n[j] * m[j] * (r[j] * (ONE - r[j]))
        for j in range(size):
            d_m[row, size + j] = found[row, size + j] = of_h[j] * (before[row, j] - n[j]) * (z[j] * (ONE - z[j]))
        for j in range(size):
            d_m[row, 2 * size + j] = found[row, 3 * size + j] = of_n[j] * r[j]
        for j in range(size):
            d_h[row, j] = of_h[j] * z[j]


lstm_step, lstm_back = compiled(_lstm_step) or _lstm_step, compiled(_lstm_back) or _lstm_back
gru_step, gru_back = compiled(_gru_step) or _gru_step, compiled(_gru_back) or _gru_back
