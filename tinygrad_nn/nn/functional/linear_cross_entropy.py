"""Cross-entropy of what a linear layer makes of its input, in less memory than both take one after the other."""

from __future__ import annotations

from math import nan, prod
from typing import Any

from ... import ops
from ...autograd.checkpoint import checkpoint
from ...tensor import Tensor
from .classification import cross_entropy
from .reduction import check_reduction, check_tensors, reduced

__all__ = ["linear_cross_entropy"]

NAME = "linear_cross_entropy"


def linear_cross_entropy(input: Any, linear_weight: Any, target: Any, *, linear_bias: Any = None, weight: Any = None,
                         reduction: str = "mean", ignore_index: int | None = None, label_smoothing: float = 0.0,
                         batch_chunk_size: int | None = None) -> Tensor:  # fmt: skip
    """Cross-entropy of the logits ``input @ linear_weight.T + linear_bias``.

    Parameters
    ----------
    input : Tensor
        Shape (N, in) or (in,).
    linear_weight : Tensor
        Shape (C, in); or (C, d1, ..., in), for several predictions from each input.
    target : Tensor
        Class indices of shape (N,), () or (N, d1, ...), or class probabilities of shape (N, C), (C,) or
        (N, C, d1, ...).
    linear_bias : Tensor or None
        Of the shape of `linear_weight` without its last axis.
    weight : Tensor or None
        Of each class: shape (C,).
    reduction : str
        ``"mean"`` (for class indices weighted by the weights of their classes), ``"sum"``, or ``"none"``.
    ignore_index : int or None
        Target indices that do not count; None is -100.
    label_smoothing : float
        From 0 to 1: how much of the target probability is spread evenly over all classes.
    batch_chunk_size : int or None
        How many inputs are taken at a time. The logits of the others do not exist meanwhile, neither forward nor
        backward, where they are computed again; None for all at once.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of shape (N,), () or (N, d1, ...).

    Raises
    ------
    IndexError, TypeError
        As `cross_entropy`.
    ValueError
        The shapes do not fit, an argument is none of its values, or `ignore_index` is given with probabilities.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> x, vectors = tg.ones((6, 8)), tg.zeros((1000, 8))
    >>> F.linear_cross_entropy(x, vectors, tg.asarray([1, 2, 3, 4, 5, 6]), batch_chunk_size=2).item()
    6.907755374908447
    """
    check_tensors(NAME, input, target)
    check_tensors(NAME, linear_weight, target)
    check_reduction(NAME, reduction)
    _check(input, linear_weight, linear_bias, batch_chunk_size)
    logits_shape = (*input.shape[:-1], *linear_weight.shape[:-1])
    of_classes = target.shape != logits_shape
    if not of_classes and ignore_index is not None:
        raise ValueError(f"{NAME}: ignore_index={ignore_index} goes with class indices; the target has probabilities")
    ignored = -100 if ignore_index is None else ignore_index
    outputs = prod(linear_weight.shape[:-1])
    matrix = ops.reshape(linear_weight, (outputs, input.shape[-1]))
    bias = None if linear_bias is None else ops.reshape(linear_bias, (outputs,))

    def loss(x: Any, y: Any, how: str) -> Tensor:
        logits = ops.reshape(ops.linear(x, matrix, bias), (*x.shape[:-1], *linear_weight.shape[:-1]))
        return cross_entropy(logits, y, weight, ignored, how, label_smoothing)

    n = input.shape[0]
    fits = len(logits_shape) > 1 and target.shape[:1] == (n,)  # else the loss says what does not
    if batch_chunk_size is None or batch_chunk_size >= n or not fits:
        return loss(input, target, reduction)
    chunks = [slice(start, start + batch_chunk_size) for start in range(0, n, batch_chunk_size)]
    losses = ops.concat([checkpoint(loss, input[chunk], target[chunk], "none") for chunk in chunks])
    if reduction != "mean" or not of_classes:
        return reduced(losses, reduction)
    counts = ops.not_equal(target, ignored)
    weights = ops.astype(counts, losses.dtype)
    if weight is not None:
        weights = ops.where(counts, ops.getitem(weight, ops.where(counts, target, 0)), 0)
    total = ops.sum(weights)
    mean: Tensor = ops.sum(losses) / ops.where(ops.not_equal(total, 0), total, nan)
    return mean


def _check(input: Any, linear_weight: Any, linear_bias: Any, batch_chunk_size: int | None) -> None:
    several = linear_weight.ndim > 2
    if (
        linear_weight.ndim < 2
        or input.ndim not in ((2,) if several else (1, 2))
        or input.shape[-1] != linear_weight.shape[-1]
    ):
        raise ValueError(
            f"{NAME}: input has shape {input.shape}, linear_weight {linear_weight.shape}; wanted are (N, in) or (in,) "
            "and (C, in), or (N, in) and (C, d1, ..., in)"
        )
    if linear_bias is not None and linear_bias.shape != linear_weight.shape[:-1]:
        raise ValueError(f"{NAME}: linear_bias has shape {linear_bias.shape}, wanted {linear_weight.shape[:-1]}")
    if batch_chunk_size is not None and batch_chunk_size < 1:
        raise ValueError(f"{NAME}: batch_chunk_size={batch_chunk_size}, wanted at least 1")
