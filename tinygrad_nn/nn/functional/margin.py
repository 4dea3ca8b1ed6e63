"""Losses that want a distance to the boundary between classes."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...creation import arange
from ...tensor import Tensor
from .reduction import check_reduction, check_tensors, check_within, labels_like, reduced

__all__ = [
    "margin_ranking_loss", "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss",
    "soft_margin_loss",
]  # fmt: skip


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0,
                        reduction: str = "mean") -> Tensor:  # fmt: skip
    """How far the first of two scores is from being the larger by a margin.

    ``max(0, margin - target * (input1 - input2))``.

    Parameters
    ----------
    input1, input2 : Tensor
        Scores, of one shape.
    target : Tensor
        Of that shape: 1 where the first should be the larger, -1 where the second should.
    margin : float
    reduction : str
        ``"mean"`` over all losses, ``"sum"``, or ``"none"``.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of the scores.

    Raises
    ------
    ValueError
        The shapes do not fit, or the reduction is unknown.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> better, worse = tg.asarray([2.0, 1.0]), tg.asarray([1.0, 3.0])
    >>> F.margin_ranking_loss(better, worse, tg.asarray([1, 1]), margin=0.5, reduction="none")
    Tensor([0. , 2.5], dtype=float32)
    """
    check_reduction("margin_ranking_loss", reduction)
    check_tensors("margin_ranking_loss", input1, input2)
    if input1.shape != input2.shape:
        raise ValueError(
            f"margin_ranking_loss: the inputs have shapes {input1.shape} and {input2.shape}; wanted is one"
        )
    target = labels_like("margin_ranking_loss", input1, target)
    return reduced(ops.clip(margin - target * (input1 - input2), 0), reduction)


def soft_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Tensor:
    """Logistic loss of two classes: ``log(1 + exp(-target * input))``.

    Parameters
    ----------
    input : Tensor
        Scores, of any shape.
    target : Tensor
        Of the shape of `input`: 1 or -1.
    reduction : str
        ``"mean"`` over all losses, ``"sum"``, or ``"none"``.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of `input`.

    Raises
    ------
    ValueError
        The shapes do not fit, or the reduction is unknown.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.soft_margin_loss(tg.asarray([0.0, 200.0]), tg.asarray([1, -1]), reduction="none")
    Tensor([  0.6931472, 200.       ], dtype=float32)
    """
    check_reduction("soft_margin_loss", reduction)
    target = labels_like("soft_margin_loss", input, target)
    return reduced(ops.softplus(-target * input, beta=1.0), reduction)


def multi_margin_loss(input: Any, target: Any, p: int = 1, margin: float = 1.0, weight: Any = None,
                      reduction: str = "mean") -> Tensor:  # fmt: skip
    """How far the score of the right class is from being the largest by a margin.

    ``sum(max(0, margin - input[y] + input[i]) ** p) / C`` over the classes ``i != y`` (Crammer and Singer 2001).

    Parameters
    ----------
    input : Tensor
        Scores of the classes, of shape (N, C) or (C,).
    target : Tensor of int
        The right class, `y`: shape (N,) or ().
    p : int
        1 or 2.
    margin : float
    weight : Tensor or None
        Of each class, shape (C,): what the loss of a sample of that class is multiplied by.
    reduction : str
        ``"mean"`` over all losses, ``"sum"``, or ``"none"``.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of `target`.

    Raises
    ------
    IndexError
        A class is not from 0 to C - 1.
    ValueError
        The shapes do not fit, `p` is neither, or the reduction is unknown.
    TypeError
        The target is not of integers.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.multi_margin_loss(tg.asarray([[0.0, 3.0, 2.5, -1.0]]), tg.asarray([1])).item()
    0.125
    """
    name = "multi_margin_loss"
    check_reduction(name, reduction)
    _check_scores(name, input, target, input.shape[:-1])
    if p not in (1, 2):
        raise ValueError(f"{name}: p={p}; wanted is 1 or 2")
    classes = input.shape[-1]
    if weight is not None and weight.shape != (classes,):
        raise ValueError(f"{name}: weight has shape {weight.shape}, wanted is one for each class: ({classes},)")
    check_within(target, 0, classes - 1, _no_class(name, 0, classes))
    index = ops.expand_dims(target, -1)  # (N, 1)
    over = ops.relu(input - ops.take_along_axis(input, index, -1) + margin)  # (N, C)
    over = ops.where(ops.not_equal(arange(classes, device=input.device), index), over if p == 1 else over * over, 0)
    losses = ops.sum(over, axis=-1) / classes
    return reduced(losses if weight is None else losses * ops.getitem(weight, target), reduction)


def multilabel_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Tensor:
    """How far the scores of the right classes are from being larger by 1 than those of all others.

    ``sum(max(0, 1 - input[y] + input[i])) / C`` over the right classes `y` and the wrong ones `i`.

    Parameters
    ----------
    input : Tensor
        Scores of the classes, of shape (N, C) or (C,).
    target : Tensor of int
        Of the shape of `input`: the right classes, then -1 and whatever follows.
    reduction : str
        ``"mean"`` over all losses, ``"sum"``, or ``"none"``.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of shape (N,) or ().

    Raises
    ------
    IndexError
        A class is not from 0 to C - 1, nor -1.
    ValueError
        The shapes do not fit, or the reduction is unknown.
    TypeError
        The target is not of integers.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> scores = tg.asarray([[0.1, 0.2, 0.4, 0.8]])
    >>> round(F.multilabel_margin_loss(scores, tg.asarray([[3, 0, -1, 1]])).item(), 4)
    0.85
    """
    name = "multilabel_margin_loss"
    check_reduction(name, reduction)
    _check_scores(name, input, target, input.shape)
    classes = input.shape[-1]
    check_within(target, -1, classes - 1, _no_class(name, -1, classes))
    right = ops.cumulative_prod(ops.astype(target >= 0, target.dtype), axis=-1) > 0  # (N, C): before the first -1
    index = ops.where(right, target, 0)
    among = ops.equal(ops.expand_dims(index, -1), arange(classes, device=input.device)) & ops.expand_dims(right, -1)
    wrong = ops.logical_not(ops.any(among, axis=-2, keepdims=True))  # (N, 1, C)
    scores = ops.expand_dims(ops.take_along_axis(input, index, -1), -1)  # (N, C, 1)
    over = ops.relu(1 - scores + ops.expand_dims(input, -2))  # (N, C, C): of each right class over each wrong one
    over = ops.where(ops.expand_dims(right, -1) & wrong, over, 0)
    return reduced(ops.sum(over, axis=(-2, -1)) / classes, reduction)


def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Tensor:
    """Binary cross-entropy of every class by itself, of which the mean is taken: several classes may be right.

    ``-mean(target * log(sigmoid(input)) + (1 - target) * log(sigmoid(-input)))`` over the classes.

    Parameters
    ----------
    input : Tensor
        Logits of the classes, of shape (..., C).
    target : Tensor
        Of the shape of `input`: 1 for right classes, 0 for wrong ones.
    weight : Tensor or None
        Of each class: shape (C,).
    reduction : str
        ``"mean"`` over all losses, ``"sum"``, or ``"none"``.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of shape (...).

    Raises
    ------
    ValueError
        The shapes do not fit, or the reduction is unknown.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> round(F.multilabel_soft_margin_loss(tg.zeros((1, 3)), tg.asarray([[1, 0, 1]])).item(), 4)
    0.6931
    """
    check_reduction("multilabel_soft_margin_loss", reduction)
    target = labels_like("multilabel_soft_margin_loss", input, target)
    losses = ops.binary_cross_entropy_with_logits(input, target)
    return reduced(ops.mean(losses if weight is None else losses * weight, axis=-1), reduction)


def _check_scores(name: str, input: Any, target: Any, wanted: tuple[int, ...]) -> None:
    """Refuse scores that are not of classes, and a target that is not of integers of the wanted shape."""
    check_tensors(name, input, target)
    if input.ndim not in (1, 2) or not input.shape[-1]:
        raise ValueError(f"{name}: the input has shape {input.shape}; wanted are scores of classes, (N, C) or (C,)")
    if target.shape != wanted:
        raise ValueError(f"{name}: the input has shape {input.shape}, the target {target.shape}; wanted is {wanted}")
    if target.dtype.kind not in "iu":
        raise TypeError(f"{name}: the target is {target.dtype}; classes are integers: use target.astype(tg.int64)")


def _no_class(name: str, least: int, classes: int) -> IndexError:
    return IndexError(f"{name}: the target has classes that are not from {least} to {classes - 1}")
