"""Attention: what is projected taken apart into heads, and how much each query takes of each key."""

from __future__ import annotations

from math import inf
from typing import Any

from ..autograd.op import op, vjp
from ..backend.dtypes import bool as boolean
from ..backend.dtypes import float16
from .batching import aligned
from .kernel import by_kernel
from .reduce import widened

__all__ = ["attention_weights", "split_heads"]


def _masked_softmax(xp: Any, scores: Any, mask: Any, causal: bool) -> Any:
    """Softmax along the last axis of scores, of shape (..., T, S), over the places where a query may look."""
    if not scores.size:
        return scores
    if mask is not None:
        scores = xp.where(mask, scores, -inf) if mask.dtype.kind == "b" else scores + mask
    if causal:
        matrix = scores[(0,) * (scores.ndim - 2)]  # (T, S)
        scores = xp.where(xp.tril(xp.ones_like(matrix, dtype=boolean)), scores, -inf)
    greatest = xp.max(scores, axis=-1, keepdims=True)
    e = xp.exp(scores - xp.where(greatest == -inf, 0, greatest))
    total = xp.sum(e, axis=-1, keepdims=True)
    return e / xp.where(total == 0, 1, total)


def _slope(xp: Any, g: Any, y: Any) -> Any:
    g, y = widened(xp, g), widened(xp, y)
    return y * (g - xp.sum(g * y, axis=-1, keepdims=True))


def _outer_vjp(xp: Any, g: Any, y: Any, *inputs: Any, **attributes: Any) -> Any:
    return by_kernel(xp, "softmax_slope", _slope, g, y)


def _query_vjp(xp: Any, g: Any, y: Any, query: Any, key: Any, mask: Any = None, *, scale: float,
               causal: bool = False) -> Any:  # fmt: skip
    return xp.matmul(g, key) * scale


def _key_vjp(xp: Any, g: Any, y: Any, query: Any, key: Any, mask: Any = None, *, scale: float,
             causal: bool = False) -> Any:  # fmt: skip
    return xp.matmul(g.mT, query) * scale


def _mask_vjp(xp: Any, g: Any, y: Any, query: Any, key: Any, mask: Any = None, *, scale: float,
              causal: bool = False) -> Any:  # fmt: skip
    return g


def _weights_jvp(xp: Any, tangents: Any, y: Any, query: Any, key: Any, mask: Any = None, *, scale: float,
                 causal: bool = False) -> Any:  # fmt: skip
    of_query, of_key, of_mask = (*tangents, None)[:3]
    parts = [] if of_query is None else [xp.matmul(widened(xp, of_query), key.mT) * scale]
    if of_key is not None:
        parts.append(xp.matmul(widened(xp, query), of_key.mT) * scale)
    if of_mask is not None:
        parts.append(xp.broadcast_to(of_mask, y.shape))
    slope = _slope(xp, sum(parts[1:], parts[0]), y)
    return xp.astype(slope, y.dtype) if y.dtype == float16 else slope


def _weights_batch(xp: Any, batched: Any, *inputs: Any, **attributes: Any) -> Any:
    return attention_weights(*aligned(inputs, batched), **attributes)


@op(
    vjp(_query_vjp, reads="key"),
    vjp(_key_vjp, reads="query"),
    vjp(_mask_vjp),
    outer=vjp(_outer_vjp, reads="y"),
    broadcasts=True,
    jvp=_weights_jvp,
    batch=_weights_batch,
)
def attention_weights(xp: Any, query: Any, key: Any, mask: Any = None, *, scale: float, causal: bool = False) -> Any:
    """How much each query takes of each key: ``softmax(scale * query @ key.mT + mask)`` along the last axis.

    Parameters
    ----------
    query : Tensor
        Shape (..., T, D).
    key : Tensor
        Shape (..., S, D).
    mask : Tensor or None
        Broadcasts to (..., T, S). Of bools: where a query may look; of numbers: what is added.
    scale : float
        A factor of the products.
    causal : bool
        Whether query t may look at the keys up to t only.

    Returns
    -------
    Tensor
        Shape (..., T, S). The weights of a query add up to 1; where it may look at nothing all of them are 0.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.ops.attention import attention_weights
    >>> attention_weights(tg.zeros((2, 3)), tg.zeros((2, 3)), scale=1.0, causal=True)
    Tensor([[1. , 0. ],
            [0.5, 0.5]], dtype=float32)
    """
    narrow = query.dtype == key.dtype == float16 and (mask is None or mask.dtype in (boolean, float16))
    scores = xp.matmul(widened(xp, query) * scale, widened(xp, key).mT)  # of float16 they may be beyond 65504
    y = by_kernel(xp, "masked_softmax", _masked_softmax, scores, mask, causal)
    return xp.astype(y, float16) if narrow else y


def _split_vjp(xp: Any, gs: Any, y: Any, x: Any, *, parts: int, heads: int) -> Any:
    known = next(g for g in gs if g is not None)
    n = known.ndim - 3
    every = [xp.zeros_like(known) if g is None else g for g in gs]
    every = [xp.permute_dims(g, (*range(n), n + 1, n, n + 2)) for g in every]  # (..., T, heads, D)
    return xp.reshape(xp.stack(every, axis=n + 1), x.shape)


def _split_batch(xp: Any, batched: Any, x: Any, **attributes: Any) -> Any:
    return split_heads(x, **attributes)


@op(vjp(_split_vjp), linear="jointly", batch=_split_batch)
def split_heads(xp: Any, x: Any, *, parts: int, heads: int) -> Any:
    """Take projections for several heads apart: queries, keys and values, each with an axis of heads.

    Parameters
    ----------
    x : Tensor
        Shape (..., T, parts * heads * D).
    parts : int
        How many there are side by side.
    heads : int
        How many there are in each part.

    Returns
    -------
    tuple of Tensor
        As many as there are parts, of shape (..., heads, T, D).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.ops.attention import split_heads
    >>> query, key, value = split_heads(tg.zeros((5, 7, 3 * 4 * 2)), parts=3, heads=4)
    >>> query.shape
    (5, 4, 7, 2)
    """
    *front, steps, width = x.shape
    n = len(front)
    x = xp.reshape(x, (*front, steps, parts, heads, width // (parts * heads)))
    x = xp.copy(xp.permute_dims(x, (n + 1, *range(n), n + 2, n, n + 3)))  # (parts, ..., heads, T, D)
    return tuple([x[i] for i in range(parts)])
