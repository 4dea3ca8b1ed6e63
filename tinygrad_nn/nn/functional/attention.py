"""Attention: an average of values, weighted by how well their keys match a query."""

from __future__ import annotations

from math import sqrt
from typing import Any

from ... import ops
from ...backend import Generator
from ...backend.dtypes import is_floating
from ...ops.attention import attention_weights
from ...ops.grids import broadcast_shapes
from ...tensor import Tensor
from .dropout import dropout
from .sizes import check_floating

__all__ = ["scaled_dot_product_attention"]


def scaled_dot_product_attention(query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0,
                                 is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False, *,
                                 generator: Generator | None = None) -> Tensor:  # fmt: skip
    """``softmax(scale * query @ key.mT + attn_mask) @ value`` (Vaswani et al. 2017).

    A query that may look at no key gets 0.

    Parameters
    ----------
    query : Tensor
        Shape (..., T, D).
    key : Tensor
        Shape (..., S, D).
    value : Tensor
        Shape (..., S, E).
    attn_mask : Tensor or None
        Broadcasts to (..., T, S). Of bools: True where a query may look; of numbers: what is added to the products.
    dropout_p : float
        Probability to drop a weight. It is dropped whenever this is not 0: there is no mode of evaluation here.
    is_causal : bool
        Whether query t may look at the keys up to t only.
    scale : float or None
        A factor of the products; None is ``1 / sqrt(D)``.
    enable_gqa : bool
        Whether there may be fewer heads of keys and values than of queries, on the third axis from the end: each then
        serves several queries, one after the other (Ainslie et al. 2023).
    generator : Generator or None
        What draws which weights to drop; None is the default one of the device.

    Returns
    -------
    Tensor
        Shape (..., T, E).

    Raises
    ------
    ValueError
        The shapes do not fit.
    TypeError
        The mask is neither of bools nor floating.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> x = tg.asarray([[1.0, 0.0], [0.0, 1.0]])
    >>> F.scaled_dot_product_attention(x, x, x, is_causal=True, scale=0.0)
    Tensor([[1. , 0. ],
            [0.5, 0.5]], dtype=float32)
    """
    if enable_gqa:
        key, value = _repeated(query, key), _repeated(query, value)
    _check_shapes(query, key, value, attn_mask)
    if scale is None:
        scale = 1 / sqrt(query.shape[-1]) if query.shape[-1] else 1.0
    inputs = (query, key) if attn_mask is None else (query, key, attn_mask)
    weights = attention_weights(*inputs, scale=scale, causal=is_causal)
    if dropout_p:
        weights = dropout(weights, dropout_p, generator=generator)
    y: Tensor = ops.matmul(weights, value)
    return y


def _repeated(query: Any, x: Any) -> Any:
    """Keys or values with as many heads as there are of queries."""
    if min(query.ndim, x.ndim) < 3:
        raise ValueError(
            f"scaled_dot_product_attention: query has shape {query.shape}, its keys or values {x.shape}; with "
            "enable_gqa they need an axis of heads: (..., heads, T, D)"
        )
    heads, own = query.shape[-3], x.shape[-3]
    if not own or heads % own:
        raise ValueError(
            f"scaled_dot_product_attention: query of shape {query.shape} has {heads} heads, {x.shape} has {own}, of "
            "which that is no multiple"
        )
    return x if heads == own else ops.repeat(x, heads // own, axis=x.ndim - 3)


def _check_shapes(query: Any, key: Any, value: Any, mask: Any) -> None:
    for x in (query, key, value):
        check_floating("scaled_dot_product_attention", x)
    shapes = query.shape, key.shape, value.shape
    if min(map(len, shapes)) < 2 or shapes[0][-1] != shapes[1][-1] or shapes[1][-2] != shapes[2][-2]:
        raise ValueError(
            "scaled_dot_product_attention: query, key and value have shapes {}, {} and {}; wanted are (..., T, D), "
            "(..., S, D) and (..., S, E)".format(*shapes)
        )
    batch = _broadcast(*(shape[:-2] for shape in shapes))
    if batch is None:
        raise ValueError(
            "scaled_dot_product_attention: query, key and value have shapes {}, {} and {}; the axes in front of their "
            "last two must broadcast".format(*shapes)
        )
    if mask is None:
        return
    if mask.dtype.kind != "b" and not is_floating(mask.dtype):
        raise TypeError(
            f"scaled_dot_product_attention: attn_mask is {mask.dtype}; wanted are bools (True where a query may look) "
            "or floating numbers to add"
        )
    weights = (*batch, shapes[0][-2], shapes[1][-2])
    if _broadcast(mask.shape, weights) != weights:
        raise ValueError(
            f"scaled_dot_product_attention: attn_mask has shape {mask.shape}; wanted is one that broadcasts to "
            f"(..., T, S) = {weights}"
        )


def _broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape that they broadcast to; None if they do not."""
    try:
        return broadcast_shapes(*shapes)
    except ValueError:
        return None
