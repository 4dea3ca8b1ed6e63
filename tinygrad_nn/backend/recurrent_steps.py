"""Recurrent networks on the CPU: where numba is there, loops over all steps, in which every thread has some sequences.

Both words take `out`: memory in order for the result, in which the plain ways put a copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from .direct_convolutions import placed
from .jit import installed
from .recurrence import backward, forward, steps_of
from .threads import count, shared, split

__all__ = ["Recurrences"]

LOOPED = 16 * 1024  # bytes from which loops of machine code are faster, and numba worth loading
SHARED = 30_000_000  # products from which a second core is worth waking, which the BLAS library keeps busy for a while
LEAST = 32  # columns that products in registers need, on any machine


class Recurrences:
    """The two words, in the namespace `xp` of NumPy arrays."""

    def __init__(self, xp: ModuleType) -> None:
        self.xp = xp

    def recurrence(self, projected: Any, hidden: Any, cell: Any, weight: Any, extra: Any, *, kind: str,
                   sizes: Sequence[int], reverse: bool = False, out: Any = None) -> Any:  # fmt: skip
        settings: Any = {"kind": kind, "sizes": sizes, "reverse": reverse}
        if not _has_loop(kind, extra, projected, hidden, cell, weight):
            return placed(forward(self.xp, projected, hidden, cell, weight, extra, **settings), out)
        from . import recurrent_loops, row_products  # numba takes a while to load

        loop = recurrent_loops.lstm_forward if kind == "lstm" else recurrent_loops.gru_forward
        x, hidden = np.ascontiguousarray(projected), np.ascontiguousarray(hidden)
        cell = hidden if cell is None else np.ascontiguousarray(cell)
        biases = np.zeros(len(weight), x.dtype) if extra is None else np.ascontiguousarray(extra)
        kept = _room(len(x), kind, hidden) if out is None else out
        steps = _walked(tuple(sizes), reverse)
        matrix = row_products.panels(weight.mT)
        shared(loop, [(x, matrix, biases, hidden, cell, kept, steps, *piece) for piece in _pieces(x, hidden)])
        return kept

    def recurrence_gradient(self, kept: Any, own_h: Any, own_c: Any, own_kept: Any, hidden: Any, cell: Any,
                            weight: Any, extra: Any, *, kind: str, sizes: Sequence[int],
                            reverse: bool = False, out: Any = None) -> Any:  # fmt: skip
        settings: Any = {"kind": kind, "sizes": sizes, "reverse": reverse}
        if own_kept is not None or not _has_loop(kind, extra, kept, hidden, cell, weight):
            gradients = backward(self.xp, kept, own_h, own_c, own_kept, hidden, cell, weight, extra, **settings)
            return placed(gradients, out)
        from . import recurrent_loops, row_products  # numba takes a while to load

        loop = recurrent_loops.lstm_backward if kind == "lstm" else recurrent_loops.gru_backward
        size, rows = hidden.shape[1], len(kept)
        kept, first = np.ascontiguousarray(kept), np.ascontiguousarray(hidden if cell is None else cell)
        own_h = np.zeros((rows, size), kept.dtype) if own_h is None else np.ascontiguousarray(own_h)
        own_c = np.empty((0, size), kept.dtype) if own_c is None else np.ascontiguousarray(own_c)
        found = _room(rows, kind, hidden) if out is None else out
        steps = _walked(tuple(sizes), reverse)
        matrix = row_products.panels(weight)
        shared(loop, [(own_h, own_c, first, kept, matrix, found, steps, *piece) for piece in _pieces(kept, hidden)])
        return found


def _has_loop(kind: str, extra: Any, *arrays: Any) -> bool:
    return (
        (kind == "gru" or (kind == "lstm" and extra is None))
        and all(x is None or x.dtype == np.float32 for x in (*arrays, extra))
        and arrays[0].nbytes >= LOOPED
        and arrays[1].shape[1] >= LEAST
        and installed() is not None
    )


def _room(rows: int, kind: str, hidden: Any) -> Any:
    return np.empty((rows, (6 if kind == "lstm" else 5) * hidden.shape[1]), hidden.dtype)


@lru_cache(64)
def _walked(sizes: tuple[int, ...], reverse: bool) -> Any:
    return np.array(steps_of(sizes, reverse))


def _pieces(rows: Any, hidden: Any) -> list[tuple[int, int]]:
    """The sequences of each thread."""
    return split(len(hidden), count() if rows.size * hidden.shape[1] >= SHARED else 1)
