"""Softmax along the last axis on the CPU, with masks, and the way back: a single pass over each row of large ones."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np

from .jit import installed

__all__ = ["masked_softmax", "softmax_slope"]

LOOPED = 16 * 1024  # bytes from which a loop of machine code is faster, and numba worth loading


def _has_loop(x: Any) -> bool:
    return x.nbytes >= LOOPED and x.dtype == np.float32 and x.flags.c_contiguous and installed() is not None


def masked_softmax(xp: Any, rule: Callable[..., Any], scores: Any, mask: Any, causal: bool) -> Any:
    """What the `rule` says, written over the scores where a loop is faster; it differs from it by rounding."""
    if not _has_loop(scores) or (mask is not None and mask.dtype.kind == "f" and mask.dtype != np.float32):
        return rule(xp, scores, mask, causal)
    from .softmax_loops import rows_softmax  # numba takes a while to load

    if mask is not None:
        if mask.dtype.kind == "f":
            scores += mask
        else:
            np.copyto(scores, -inf, where=~mask)
    rows_softmax(scores.reshape(-1, scores.shape[-1]), scores.shape[-2] if causal else 0)
    return scores


def softmax_slope(xp: Any, rule: Callable[..., Any], g: Any, y: Any) -> Any:
    """The gradient of what goes into a softmax along the last axis, from that of its value `y`."""
    if g.shape != y.shape or g.dtype != y.dtype or not g.flags.c_contiguous or not _has_loop(y):
        return rule(xp, g, y)
    from .softmax_loops import rows_slope

    slope = np.empty_like(y)
    width = y.shape[-1]
    rows_slope(g.reshape(-1, width), y.reshape(-1, width), slope.reshape(-1, width))
    return slope
