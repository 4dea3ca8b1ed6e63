"""Sums, means and maxima over bags of vectors that are looked up by integers."""

from __future__ import annotations

from math import inf
from typing import Any

from ... import ops
from ...creation import arange
from ...ops.operands import as_tensor
from ...tensor import Tensor
from .embedding import embedding, row_of_padding
from .reduction import check_within

__all__ = ["MODES", "embedding_bag"]

MODES = ("sum", "mean", "max")


def embedding_bag(input: Any, weight: Any, offsets: Any = None, max_norm: float | None = None, norm_type: float = 2.0,
                  scale_grad_by_freq: bool = False, mode: str = "mean", per_sample_weights: Any = None,
                  include_last_offset: bool = False, padding_idx: int | None = None) -> Tensor:  # fmt: skip
    """Look up rows of a table and reduce them bag by bag: ``weight[bag].sum(0)`` for each bag of indices.

    Parameters
    ----------
    input : Tensor of int
        Indices from 0 to N - 1: of shape (B, L), a bag in each row; or (n,), one bag after the other.
    weight : Tensor
        The table, of shape (N, D).
    offsets : Tensor of int or None
        Where each bag begins, of shape (B,): ascending from 0. Only for `input` of one axis.
    max_norm : float or None
        Rows that are looked up and have a greater norm are first scaled down to it, in place.
    norm_type : float
        Which norm: the p of the p-norm.
    scale_grad_by_freq : bool
        Divide the gradient of each row by how often it is looked up; not for maxima.
    mode : str
        ``"sum"``, ``"mean"`` or ``"max"``; of equal elements the first counts as the greatest.
    per_sample_weights : Tensor or None
        What each row is multiplied by, of the shape of `input`; only for sums.
    include_last_offset : bool
        Whether `offsets` ends with n, where the last bag does.
    padding_idx : int or None
        A row that stands for nothing: it does not count, and gets no gradient. A negative one is counted from the end.

    Returns
    -------
    Tensor
        Shape (B, D); zeros for an empty bag.

    Raises
    ------
    IndexError
        An index is not from 0 to N - 1, or an offset not from 0 to n.
    TypeError
        The indices or offsets are no integers.
    ValueError
        The shapes do not fit, the offsets do not ascend, or an option does not go with the mode.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> table = tg.asarray([[0.0, 0.5], [1.0, 1.5], [2.0, 2.5]])
    >>> F.embedding_bag(tg.asarray([2, 0, 1]), table, offsets=tg.asarray([0, 2]), mode="sum").tolist()
    [[2.0, 3.0], [1.0, 1.5]]
    """
    input, weight = as_tensor("embedding_bag", input), as_tensor("embedding_bag", weight)
    if mode not in MODES:
        raise ValueError(f"embedding_bag: mode={mode!r}; wanted is one of {', '.join(MODES)}")
    if scale_grad_by_freq and mode == "max":
        raise ValueError("embedding_bag: scale_grad_by_freq goes with the modes sum and mean, not max")
    starts, count = _starts(input, offsets, include_last_offset)
    rows = embedding(ops.flatten(input), weight, padding_idx, max_norm, norm_type, scale_grad_by_freq)  # (n, D)
    if per_sample_weights is not None:
        rows = rows * ops.expand_dims(_weights(per_sample_weights, input, rows, mode), -1)
    bags = ops.searchsorted(starts, arange(input.size, device=input.device), side="right") - 1  # that of each row
    counted = ops.ones_like(bags)
    if padding_idx is not None:
        padding = ops.equal(ops.flatten(input), row_of_padding("embedding_bag", weight.shape[0], padding_idx))
        counted = ops.where(padding, 0, counted)
        rows = ops.where(ops.expand_dims(padding, -1), -inf if mode == "max" else 0, rows)
    sizes = ops.scatter_add(counted, bags, (count,))
    y: Tensor
    if mode == "max" and input.size:
        y = _maxima(rows, bags, starts, ops.expand_dims(sizes > 0, -1))
    else:
        y = ops.scatter_add(rows, bags, (count, weight.shape[1]))
        if mode == "mean":
            y = y / ops.expand_dims(ops.astype(ops.maximum(sizes, 1), y.dtype), -1)
    return y


def _starts(input: Any, offsets: Any, include_last_offset: bool) -> tuple[Any, int]:
    """Where the bags begin among all indices, and how many there are."""
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError(f"embedding_bag: input of shape {input.shape} has a bag in each row; leave out offsets")
        return arange(input.shape[0], device=input.device) * input.shape[1], input.shape[0]
    if input.ndim != 1 or offsets is None:
        raise ValueError(f"embedding_bag: input has shape {input.shape}; wanted is (B, L), or (n,) with offsets")
    offsets = as_tensor("embedding_bag", offsets)
    if offsets.dtype.kind not in "iu":
        raise TypeError(f"embedding_bag: offsets are {offsets.dtype}; wanted are integers, offsets.astype(tg.int64)")
    if offsets.ndim != 1 or offsets.shape[0] < include_last_offset:
        last = ", or (B + 1,) with the last" if include_last_offset else ""
        raise ValueError(f"embedding_bag: offsets have shape {offsets.shape}, wanted (B,){last}")
    n = input.shape[0]
    if offsets.shape[0]:
        first = ValueError("embedding_bag: the first of the offsets must be 0")
        check_within(offsets[0], 0, 0, first)
        check_within(offsets, 0, n, IndexError(f"embedding_bag: there are offsets that are not from 0 to {n}"))
        check_within(offsets[1:] - offsets[:-1], 0, n, ValueError("embedding_bag: the offsets do not ascend"))
    elif n:
        raise ValueError(f"embedding_bag: there are no offsets for input of shape {input.shape}")
    if not include_last_offset:
        return offsets, offsets.shape[0]
    check_within(offsets[-1], n, n, ValueError(f"embedding_bag: the last of the offsets must be {n}, where bags end"))
    return offsets[:-1], offsets.shape[0] - 1


def _weights(weights: Any, input: Any, rows: Any, mode: str) -> Any:
    """The weight of each row."""
    weights = as_tensor("embedding_bag", weights)
    if mode != "sum":
        raise ValueError(f"embedding_bag: per_sample_weights go with mode='sum', not {mode!r}")
    if weights.shape != input.shape or weights.dtype != rows.dtype:
        raise ValueError(
            f"embedding_bag: per_sample_weights are {weights.dtype} of shape {weights.shape}; wanted is {rows.dtype} "
            f"of the shape of input, {input.shape}"
        )
    return ops.flatten(weights)


def _maxima(rows: Any, bags: Any, starts: Any, filled: Any) -> Any:
    """The greatest of each bag in each column; zeros where it is not `filled`."""
    # Sorted downwards, and then by their bags, the rows at the beginnings of bags hold the places of the greatest.
    down = ops.argsort(rows.detach(), axis=0, descending=True)
    order = ops.take_along_axis(down, ops.argsort(ops.take(bags, down.flatten()).reshape(down.shape), axis=0), axis=0)
    first = ops.take(order, ops.minimum(starts, rows.shape[0] - 1), axis=0)  # an empty bag may begin at the end
    return ops.where(filled, ops.take_along_axis(rows, first, axis=0), 0)
