"""Rows of recurrent networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_nn.ops.recurrences import recurrent

from .activation import logistic
from .row import Row, cases


def step(kind: str, x: Any, h: Any, c: Any, weight: Any, extra: Any) -> tuple[Any, Any, Any]:
    """The states after a step of one sequence, and what is kept of it."""
    own = weight @ h
    if kind in ("tanh", "relu"):
        h = np.tanh(x + own) if kind == "tanh" else np.maximum(x + own, 0)
        return h, None, h
    if kind == "gru":
        (x_r, x_z, x_n), (r, z, m) = np.split(x, 3), np.split(own if extra is None else own + extra, 3)
        r, z = logistic(x_r + r), logistic(x_z + z)
        n = np.tanh(x_n + r * m)
        h = (1 - z) * n + z * h
        return h, None, np.concatenate([h, r, z, n, m])
    i, f, g, o = np.split(x + own, 4)
    i, f, g, o = logistic(i), logistic(f), np.tanh(g), logistic(o)
    c = f * c + i * g
    h = o * np.tanh(c)
    h = h if extra is None else extra @ h
    return h, c, np.concatenate([h, c, i, f, g, o])


def rows() -> list[Row]:
    def by_sequence(projected: Any, hidden: Any, weight: Any, more: Any = None, reduction: Any = None, *, kind: str,
                    sizes: Any, reverse: bool = False) -> Any:  # fmt: skip
        cell, extra = (more, reduction) if kind == "lstm" else (None, more)
        starts = np.cumsum((0, *sizes))
        found: dict[int, Any] = {}
        for b in range(len(hidden)):
            h, c = hidden[b], None if cell is None else cell[b]
            places = [starts[t] + b for t in range(len(sizes)) if b < sizes[t]]
            for row in reversed(places) if reverse else places:
                found[row] = step(kind, projected[row], h, c, weight, extra)
                h, c, _ = found[row]
        outputs = [np.stack(parts) for parts in zip(*(found[row] for row in range(len(projected))))]
        return [y for y in outputs if y.dtype != object]

    two, some = {"sizes": (2, 2)}, {"sizes": (3, 1)}
    back = {"reverse": True}
    calls = cases(
        ((4, 2), (2, 2), (2, 2), {"kind": "tanh", **two}),
        ((4, 1), (3, 1), (1, 1), {"kind": "tanh", **some, **back}),
        ((4, 2), (2, 2), (2, 2), {"kind": "relu", **two, **back}),
        ((4, 6), (2, 2), (6, 2), {"kind": "gru", **two, **back}),
        ((4, 3), (3, 1), (3, 1), {"kind": "gru", **some}),
        ((4, 3), (3, 1), (3, 1), (3,), {"kind": "gru", **some, **back}),
        ((4, 8), (2, 2), (8, 2), (2, 2), {"kind": "lstm", **two}),
        ((4, 4), (3, 1), (4, 1), (3, 1), {"kind": "lstm", **some}),
        ((4, 4), (3, 1), (4, 1), (3, 1), {"kind": "lstm", **some, **back}),
        ((2, 8), (2, 1), (8, 1), (2, 2), (1, 2), {"kind": "lstm", "sizes": (2,)}),
    )  # fmt: skip
    return [Row("recurrent", recurrent, by_sequence, calls)]
