"""Recurrent networks on the CPU: products by BLAS, and the arithmetic of a step in one loop, where numba is there.

The states are buffers for all sequences, written over at each step. Sequences that have not begun, or have ended, keep
theirs there.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from .jit import installed
from .recurrence import backward, before, forward, steps_of

__all__ = ["Recurrences"]

LOOPED = 16 * 1024  # bytes from which loops of machine code are faster, and numba worth loading


class Recurrences:
    """The two words, in the namespace `xp` of NumPy arrays."""

    def __init__(self, xp: ModuleType) -> None:
        self.xp = xp

    def recurrence(self, projected: Any, hidden: Any, cell: Any, weight: Any, extra: Any, *, kind: str,
                   sizes: Sequence[int], reverse: bool = False) -> Any:  # fmt: skip
        if not _has_loop(kind, extra, projected, hidden, cell, weight):
            return forward(self.xp, projected, hidden, cell, weight, extra, kind=kind, sizes=sizes, reverse=reverse)
        from . import recurrent_loops  # numba takes a while to load

        loop = recurrent_loops.lstm_step if kind == "lstm" else recurrent_loops.gru_step
        h = hidden.copy()
        c = h if cell is None else cell.copy()
        x, weight = np.ascontiguousarray(projected), weight.mT
        kept = np.empty((len(x), (6 if kind == "lstm" else 5) * h.shape[1]), x.dtype)
        products = np.empty((len(h), x.shape[1]), x.dtype)
        for start, stop in steps_of(sizes, reverse):
            rows = stop - start
            product = products[:rows]
            np.dot(h[:rows], weight, out=product)
            if kind == "gru" and extra is not None:
                product += extra
            loop(x[start:stop], product, h[:rows], c[:rows], kept[start:stop])
        return kept

    def recurrence_gradient(self, kept: Any, own_h: Any, own_c: Any, own_kept: Any, hidden: Any, cell: Any,
                            weight: Any, extra: Any, *, kind: str, sizes: Sequence[int],
                            reverse: bool = False) -> Any:  # fmt: skip
        if own_kept is not None or not _has_loop(kind, extra, kept, hidden, cell, weight):
            return backward(self.xp, kept, own_h, own_c, own_kept, hidden, cell, weight, extra, kind=kind, sizes=sizes,
                            reverse=reverse)  # fmt: skip
        from . import recurrent_loops  # numba takes a while to load

        loop = recurrent_loops.lstm_back if kind == "lstm" else recurrent_loops.gru_back
        size, rows = hidden.shape[1], len(kept)
        kept = np.ascontiguousarray(kept)
        states, initial = (kept[:, :size], hidden) if cell is None else (kept[:, size : 2 * size], cell)
        last = before(self.xp, states, initial, sizes, reverse)
        own_h, own_c = (np.zeros((rows, size), kept.dtype) if own is None else np.ascontiguousarray(own)
                        for own in (own_h, own_c))  # fmt: skip
        d_h = np.zeros((len(hidden), size), kept.dtype)
        more = np.zeros((len(hidden), size if kind == "lstm" else 3 * size), kept.dtype)  # of c, or of the products
        carry = np.empty_like(d_h)
        found = np.empty((rows, (6 if kind == "lstm" else 5) * size), kept.dtype)
        for start, stop in reversed(steps_of(sizes, reverse)):
            now, n = slice(start, stop), stop - start
            loop(own_h[now], own_c[now], last[now], kept[now], d_h[:n], more[:n], found[now])
            if kind == "lstm":
                np.matmul(found[now, : 4 * size], weight, out=d_h[:n])
            else:
                np.dot(more[:n], weight, out=carry[:n])
                d_h[:n] += carry[:n]
        return found


def _has_loop(kind: str, extra: Any, *arrays: Any) -> bool:
    return (
        (kind == "gru" or (kind == "lstm" and extra is None))
        and all(x is None or x.dtype == np.float32 for x in (*arrays, extra))
        and arrays[0].nbytes >= LOOPED
        and installed() is not None
    )
