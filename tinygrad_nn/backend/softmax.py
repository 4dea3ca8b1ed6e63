"""Softmax along the last axis on the CPU, with masks or a cross-entropy, and the way back: one pass over large ones."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np

from .jit import installed
from .threads import pieces_of, shared

__all__ = ["cross_entropy", "cross_entropy_slope", "masked_softmax", "softmax_slope"]

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


def cross_entropy(xp: Any, rule: Callable[..., Any], logits: Any, target: Any) -> Any:
    """The losses and the probabilities that the `rule` gives; they differ from its own by rounding."""
    if _has_loop(logits) and _has_classes(target, logits):
        from .softmax_loops import rows_cross_entropy

        probs, losses = np.empty_like(logits), np.empty(len(logits), logits.dtype)
        if _all_inside(rows_cross_entropy, pieces_of(logits), logits, target, probs, losses):
            return losses, probs
    return rule(xp, logits, target)  # which knows what to do with other classes


def cross_entropy_slope(xp: Any, rule: Callable[..., Any], g: Any, probs: Any, target: Any) -> Any:
    """The gradient of the logits, from that of each loss or of all of them: to the last bit that of the `rule`."""
    if g.dtype == probs.dtype and _has_loop(probs) and _has_classes(target, probs):
        from .softmax_loops import rows_cross_entropy_slope

        of_each, slope = np.array(np.broadcast_to(g.reshape(-1), len(probs))), np.empty_like(probs)
        if _all_inside(rows_cross_entropy_slope, pieces_of(probs), of_each, probs, target, slope):
            return slope
    return rule(xp, g, probs, target)


def _all_inside(loop: Callable[..., None], pieces: list[slice], *arrays: Any) -> bool:
    """Do a loop over the rows of arrays, in pieces; whether all classes were in bounds."""
    outside = np.zeros(1, np.bool_)
    shared(loop, [(*(x[piece] for x in arrays), outside) for piece in pieces])
    return not outside[0]


def _has_classes(target: Any, rows: Any) -> bool:
    return rows.ndim == 2 and target.shape == rows.shape[:1] and target.dtype.kind == "i" and target.flags.c_contiguous
