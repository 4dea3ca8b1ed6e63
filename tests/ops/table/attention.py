"""Rows of attention."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_nn.ops.attention import attention_weights, split_heads

from .row import Row, cases


def rows() -> list[Row]:
    def weights(query: Any, key: Any, mask: Any = None, *, scale: float, causal: bool = False) -> Any:
        scores = np.einsum("...td,...sd->...ts", query, key) * scale
        if mask is not None:
            scores = np.where(mask, scores, -np.inf) if mask.dtype.kind == "b" else scores + mask
        if causal:
            later = np.arange(scores.shape[-1]) > np.arange(scores.shape[-2])[:, None]
            scores = np.where(later, -np.inf, scores)
        e = np.exp(scores)
        total = e.sum(axis=-1, keepdims=True)
        return np.divide(e, total, out=np.zeros_like(e), where=total > 0)

    seen = np.array([[True, False, True], [False, False, False]])  # the second query looks at nothing
    calls = cases(
        ((2, 3), (3, 3)), ((2, 1, 2, 3), (2, 3, 3)), ((2, 3, 2), (2, 2, 2), {"causal": True}),
        ((2, 3), (3, 3), {"causal": True}), ((3, 2), (2, 2), {"causal": True}), ((2, 3), (3, 3), seen),
        ((2, 2, 3), (2, 3, 3), (2, 3)), ((2, 2, 3), (2, 3, 3), (2, 1, 3), {"causal": True}), ((0, 2, 3), (0, 3, 3)),
        ((2, 3), (0, 3)),
        scale=0.7,
    )  # fmt: skip

    def split(x: Any, *, parts: int, heads: int) -> Any:
        return [np.stack(np.split(part, heads, axis=-1), axis=-3) for part in np.split(x, parts, axis=-1)]

    apart = cases(((2, 3, 6), {"parts": 3, "heads": 2}), ((2, 4), {"parts": 1, "heads": 2}),
                  ((2, 1, 2, 4), {"parts": 2, "heads": 1}), ((0, 2, 4), {"parts": 2, "heads": 2}))  # fmt: skip
    return [
        Row("attention_weights", attention_weights, weights, calls),
        Row("split_heads", split_heads, split, apart),
    ]
